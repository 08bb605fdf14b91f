// Runs inside a page with a strict policy: uses the widget and the desk, and tells its parent what the policy had to say.
import { defineDesk } from '../../src/desk/define.ts';
import { KefuDesk } from '../../src/desk/kefu-desk.ts';
import { cardContent } from '../../src/protocol/card.ts';
import { quoting } from '../../src/protocol/drafty-writer.ts';
import { readShorthand } from '../../src/protocol/shorthand.ts';
import { DraftEvent } from '../../src/ui/request-events.ts';
import { defineWidget } from '../../src/widget/define.ts';
import { KefuChat } from '../../src/widget/kefu-chat.ts';
import { FakeClient, user } from './fake-client.ts';
import { picture } from './pictures.ts';

export interface PolicyReport {
  readonly kefu: 'policy-report';
  readonly violations: readonly string[];
  readonly errors: readonly string[];
  /** Selectors that found nothing on the finished page. */
  readonly missing: readonly string[];
  /** The looks have arrived: styles were not blocked. */
  readonly styled: boolean;
  /** Violations after one was made on purpose: the page can see them. */
  readonly control: number;
}

const violations: string[] = [];
const errors: string[] = [];
addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective}: ${event.sample}`));
addEventListener('error', (event) => errors.push(event.message));
addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));

const clients: FakeClient[] = [];
const make = (options: ConstructorParameters<typeof FakeClient>[0]): FakeClient => {
  const client = new FakeClient(options);
  clients.push(client);
  return client;
};
KefuChat.clientFactory = make;
KefuDesk.clientFactory = make;

const frames = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((next) => requestAnimationFrame(next));
};

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const agent = user('usrAda', 'Ada');

const useChat = async (): Promise<HTMLElement> => {
  const chat = document.createElement('kefu-chat');
  chat.greeting = 'Hello';
  document.body.append(chat);
  chat.open({ text: 'Draft' });
  await frames(2);
  const client = clients.at(-1)!;
  client.link('online');
  const conversation = client.current();
  conversation.users.set(agent.id, agent);
  conversation.change({ phase: 'assigned', agent });
  conversation.receive('Look: https://example.com/<script>alert(1)</script>', { from: agent.id });
  conversation.receive(readShorthand('*bold* `code`'), { from: agent.id });
  conversation.receive(quoting('Ada', 'bold code', 'Yes'), { from: agent.id, head: { reply: '2' } });
  conversation.receive(cardContent('product', { title: 'Kettle', picture: PIXEL, url: 'https://example.com/' })!, {
    from: agent.id,
  });
  const image = { mime: 'image/png', val: PIXEL.slice(PIXEL.indexOf(',') + 1), width: 40, height: 30 };
  conversation.receive({ txt: ' ', fmt: [{ len: 1 }], ent: [{ tp: 'IM', data: image }] }, { from: agent.id });
  const mine = conversation.send('One');
  conversation.settle(mine.key);
  conversation.settle(conversation.send('Two').key, { state: 'refused', reason: 'words' });
  conversation.settle(conversation.send('Three').key, { state: 'expired' });
  for (let i = 0; i < 200; i += 1) conversation.receive(`Line ${i}`, { from: agent.id });
  conversation.typing$.set([agent]);
  conversation.resolve$.set(() => 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=');
  await useFiles(chat);
  client.link('retrying');
  chat
    .shadowRoot!.querySelector('kefu-window')!
    .shadowRoot!.querySelector('kefu-composer')!
    .dispatchEvent(new DraftEvent({ text: 'x', target: undefined }));
  await frames(3);
  chat.close();
  conversation.receive('Unread', { from: agent.id });
  await frames(2);
  return chat;
};

/** Brings a picture, sees it in the sheet, sends it, and looks at what was sent. */
const useFiles = async (chat: HTMLElement): Promise<void> => {
  const composer = (): Element | null | undefined =>
    chat.shadowRoot!.querySelector('kefu-window')?.shadowRoot?.querySelector('kefu-composer');
  const inDialog = (selector: string): HTMLElement | null | undefined =>
    [...chat.shadowRoot!.children].at(-1)?.shadowRoot?.querySelector(selector);
  while (!composer()?.querySelector('input')) await frames(1);
  const input = composer()!.querySelector('input')!;
  const data = new DataTransfer();
  data.items.add(await picture(40, 30));
  input.files = data.files;
  input.dispatchEvent(new Event('change'));
  while (!inDialog('img.thumb')) await frames(1);
  inDialog('.main')!.click();
  while (inDialog('dialog')) await frames(1);
  const list = chat.shadowRoot!.querySelector('kefu-window')!.shadowRoot!.querySelector('kefu-message-list')!;
  const media = (): HTMLElement | null | undefined =>
    [...list.shadowRoot!.querySelectorAll('kefu-message')].at(-1)?.shadowRoot?.querySelector('button.media');
  while (!media()) await frames(1);
  media()!.click();
  while (!inDialog('.viewer img')) await frames(1);
  inDialog('.viewer img')!.click();
  await frames(2);
  inDialog('[aria-label=Close]')!.click();
};

const useDesk = async (): Promise<HTMLElement> => {
  const desk = document.createElement('kefu-desk');
  document.body.append(desk);
  await frames(2);
  const client = clients.at(-1)!;
  await client.login('Ada', 'secret');
  const page = { title: 'Shop', url: 'https://example.com/' };
  const visitor = user('usrVisitor');
  const waiting = client.add('b', { phase: 'queued', visitor, page, waitingSince: Date.now() });
  const conversation = client.add('a', { phase: 'assigned', visitor, page, agent: client.me$.value });
  conversation.receive('Hello', { from: visitor.id });
  waiting.receive('Anyone?', { from: visitor.id });
  await frames(2);
  const inbox = desk.shadowRoot!.querySelector('kefu-inbox')!;
  inbox.shadowRoot!.querySelector<HTMLElement>('kefu-inbox-row')!.click();
  await frames(3);
  return desk;
};

const run = async (): Promise<void> => {
  defineWidget();
  defineDesk();
  const chat = await useChat();
  const desk = await useDesk();
  const missing = [
    ...['kefu-window', 'kefu-launcher'].filter((selector) => !chat.shadowRoot!.querySelector(selector)),
    ...['kefu-inbox', 'kefu-thread'].filter((selector) => !desk.shadowRoot!.querySelector(selector)),
  ];
  const styled =
    getComputedStyle(chat).position === 'fixed' &&
    getComputedStyle(desk.shadowRoot!.querySelector('kefu-thread')!).display === 'flex';
  const before = [...violations];
  document.body.setAttribute('style', 'color: red');
  await frames(2);
  const report: PolicyReport = {
    kefu: 'policy-report',
    violations: before,
    errors,
    missing,
    styled,
    control: violations.length - before.length,
  };
  parent.postMessage(report, location.origin === 'null' ? '*' : location.origin);
};

void run();
