// What can be done with a message on the screen: its menu, by mouse, finger and keyboard; finding and jumping.
import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { Message } from '../../../src/sdk/app/model.ts';
import { quoting } from '../../../src/protocol/drafty-writer.ts';
import { clients, newOpenChat, settled, useFakeClients, useRealClients, windowOf } from '../../support/chat-fixture.ts';
import { newMessage } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

const newChat = async (messages: readonly Message[], attributes = '') => {
  const chat = await newOpenChat(`mode="inline" ${attributes}`);
  const inside = windowOf(chat)!.shadowRoot!;
  const client = clients.at(-1)!;
  client.link('online');
  const conversation = client.current();
  conversation.show(messages);
  await settled(chat);
  const list = inside.querySelector('kefu-message-list')!;
  const composer = inside.querySelector('kefu-composer')!;
  await list.updateComplete;
  const bubble = (at: number): HTMLElement =>
    [...list.shadowRoot!.querySelectorAll('kefu-message')].at(at)!.shadowRoot!.querySelector('.bubble')!;
  const dialog = () =>
    [...chat.shadowRoot!.children].flatMap((child) => child.shadowRoot?.querySelector('dialog.menu') ?? []).at(-1);
  const items = (): string[] => [...(dialog()?.querySelectorAll('button') ?? [])].map((one) => one.textContent);
  const rightClick = (at: number): boolean =>
    bubble(at).dispatchEvent(
      new PointerEvent('contextmenu', {
        bubbles: true,
        composed: true,
        cancelable: true,
        clientX: 40,
        clientY: 40,
        pointerType: 'mouse',
      }),
    );
  const choose = async (label: string): Promise<void> => {
    [...dialog()!.querySelectorAll('button')].find(({ textContent }) => textContent === label)!.click();
    await until('the menu is gone', () => !dialog());
  };
  const said = (): string => inside.querySelector('.said')!.textContent;
  return { chat, inside, list, composer, conversation, bubble, dialog, items, rightClick, choose, said };
};

const own = (seqid: number, change: Partial<Message> = {}): Message =>
  newMessage(seqid, { own: true, at: Date.now(), ...change });

describe('the menu of a message', () => {
  beforeEach(useFakeClients);
  afterEach(() => {
    useRealClients();
    sessionStorage.clear();
  });

  it('has what can be done with it', async () => {
    const { rightClick, items, dialog } = await newChat([
      newMessage(1),
      own(2),
      own(3, { at: Date.now() - 121_000 }),
      own(0, { key: 'x', seqid: undefined, state: 'expired' }),
      own(0, { key: 'y', seqid: undefined, state: 'refused', reason: 'words' }),
    ]);
    for (const [at, wanted] of [
      [0, ['Reply', 'Copy']],
      [1, ['Reply', 'Copy', 'Edit', 'Take back']],
      [2, ['Reply', 'Copy', 'Edit']],
      [3, ['Try again', 'Copy', 'Remove']],
      [4, ['Copy', 'Remove']],
    ] as const) {
      expect(rightClick(at)).to.equal(false);
      expect(items()).to.deep.equal(wanted);
      await sendKeys({ press: 'Escape' });
      await until('the menu is gone', () => !dialog());
    }
  });

  it('leaves a tombstone, and a link in a text, to the browser', async () => {
    const { rightClick, bubble, list, dialog } = await newChat([
      newMessage(1, { content: 'See https://example.com' }),
      newMessage(2, { content: null, head: { 'x-kefu-recalled': 'usrAnna' } }),
    ]);
    expect(rightClick(0)).to.equal(false);
    await sendKeys({ press: 'Escape' });
    await until('the menu is gone', () => !dialog());
    const event = new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true });
    expect(bubble(0).querySelector('a')!.dispatchEvent(event)).to.equal(true);
    const notice = [...list.shadowRoot!.querySelectorAll('kefu-message')].at(1)!.shadowRoot!.querySelector('.notice')!;
    expect(
      notice.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true })),
    ).to.equal(true);
  });

  it('answers and edits, and goes on with what was typed before', async () => {
    const { rightClick, choose, composer, conversation } = await newChat([newMessage(1), own(2, { content: 'Two' })]);
    composer.change('typed', undefined);
    rightClick(0);
    await choose('Reply');
    expect(composer.target).to.deep.include({ kind: 'reply', seqid: 1, excerpt: 'Message 1' });
    rightClick(1);
    await choose('Edit');
    expect(composer.value).to.equal('Two');
    composer.change('Three', composer.target);
    composer.send();
    const list = conversation.messages$.value;
    expect(list.at(list.length - 1)).to.deep.include({ content: 'Three', head: { replace: ':2' } });
    expect(composer.value).to.equal('typed');
  });

  it('an edit keeps the quote', async () => {
    const content = quoting('Anna', 'How many?', 'Two');
    const { rightClick, choose, composer, conversation } = await newChat([own(1, { content, head: { reply: '7' } })]);
    rightClick(0);
    await choose('Edit');
    expect(composer.value).to.equal('Two');
    composer.change('Three', composer.target);
    composer.send();
    const list = conversation.messages$.value;
    expect(list.at(list.length - 1)!.content).to.deep.equal(quoting('Anna', 'How many?', 'Three'));
  });

  it('takes back, and says so when that is too late', async () => {
    const { rightClick, choose, conversation, said } = await newChat([own(1)]);
    rightClick(0);
    await choose('Take back');
    expect(conversation.calls).to.include('recall m1');
    conversation.answer = () => Promise.reject(Object.assign(new Error('refused'), { name: 'RefusedError' }));
    rightClick(0);
    await choose('Take back');
    await until('it is said', () => said() === 'It’s too late to take this back');
    conversation.answer = () => Promise.reject(new Error('lost'));
    rightClick(0);
    await choose('Take back');
    await until('it is said', () => said() === 'That didn’t work. Try again.');
  });

  it('an edit of a message that is gone goes too, and its author is told, unless they took it back', async () => {
    const edit = own(0, { key: 'e', seqid: undefined, state: 'refused', reason: 'gone' });
    const { conversation, list, said } = await newChat([own(1)]);
    const show = async (message: Message): Promise<void> => {
      conversation.show([message]);
      await until('it is shown', () => conversation.calls.includes(`discard ${message.edit!.key}`));
    };
    await show(own(1, { from: 'usrMe', edit, content: null, head: { 'x-kefu-recalled': 'usrMe' } }));
    expect(said()).to.equal('');
    await show(own(1, { edit: { ...edit, key: 'f' } }));
    expect(said()).to.equal('That message is gone, and your change with it');
    await show(
      own(1, {
        edit: { ...edit, key: 'g', state: 'expired', reason: undefined },
        head: { 'x-kefu-recalled': 'usrAnna' },
      }),
    );
    conversation.show([own(1, { edit: { ...edit, key: 'h', reason: 'words' } })]);
    await list.updateComplete;
    expect(conversation.calls).not.to.include('discard h');
  });

  it('opens by keyboard, is walked by arrows, and gives the focus back', async () => {
    const { chat, list, bubble, dialog, items } = await newChat([newMessage(1), own(2)]);
    list.shadowRoot!.querySelector<HTMLElement>('.scroller')!.focus();
    await sendKeys({ press: 'ArrowUp' });
    await sendKeys({ press: 'ArrowUp' });
    await sendKeys({ press: 'ArrowDown' });
    expect(bubble(1).matches(':focus')).to.equal(true);
    await sendKeys({ down: 'Shift' });
    await sendKeys({ press: 'F10' });
    await sendKeys({ up: 'Shift' });
    const focused = (): string => dialog()!.querySelector(':focus')!.textContent;
    expect(focused()).to.equal('Reply');
    await expect(chat).to.be.accessible();
    await sendKeys({ press: 'ArrowUp' });
    expect(focused()).to.equal(items().at(-1));
    await sendKeys({ press: 'Home' });
    expect(focused()).to.equal('Reply');
    await sendKeys({ press: 'Escape' });
    await until('the menu is gone', () => !dialog());
    expect(bubble(1).matches(':focus')).to.equal(true);
    expect(chat.opened).to.equal(true);
  });

  it('opens when a finger stays, and not when it moves', async () => {
    const { bubble, dialog } = await newChat([newMessage(1)]);
    const touch = (type: string, clientX: number): void => {
      bubble(0).dispatchEvent(
        new PointerEvent(type, { bubbles: true, composed: true, pointerType: 'touch', clientX, clientY: 20 }),
      );
    };
    const asked = performance.now();
    touch('pointerdown', 20);
    touch('pointermove', 60);
    touch('pointerdown', 20);
    await until('the menu', dialog);
    expect(performance.now() - asked).to.be.greaterThan(450);
    touch('pointerup', 20);
    let clicks = 0;
    document.body.addEventListener('click', () => (clicks += 1), { once: true });
    bubble(0).click();
    expect(clicks).to.equal(0, 'lifting the finger is no tap');
    await until('the next one is', () => {
      bubble(0).click();
      return clicks === 1;
    });
  });
});

describe('search in a conversation', () => {
  beforeEach(useFakeClients);
  afterEach(() => {
    useRealClients();
    sessionStorage.clear();
  });

  const hit = (seq: number) => ({ seq, from: 'usrAnna', ts: '2026-11-18T12:00:00.000Z', text: 'kettle' });

  it('shows where the text stands, the newest first, and asks for more at the end', async () => {
    const far = Array.from({ length: 4 }, (_, n) => newMessage(n + 1, { content: `The kettle ${n + 1}` }));
    const { chat, inside, conversation, list } = await newChat(far);
    conversation.onFind = (_query, before) =>
      Promise.resolve(before === undefined ? { hits: [hit(4), hit(3)], before: 3 } : { hits: [hit(1)] });
    inside.querySelector<HTMLElement>('.who + .icon')!.click();
    await sendKeys({ type: 'kettle' });
    await sendKeys({ press: 'Enter' });
    const status = (): string => inside.querySelector('.search [role=status]')!.textContent;
    await until('the first', () => status() === '1/2+');
    await until('lit up', () => CSS.highlights.get('kefu-found')?.size === 4);
    await expect(chat).to.be.accessible();
    await sendKeys({ press: 'Enter' });
    await until('the second', () => status() === '2/2+');
    await sendKeys({ press: 'ArrowUp' });
    await until('the last', () => status() === '3/3');
    expect(conversation.calls).to.include('find kettle 3');
    await sendKeys({ down: 'Shift' });
    await sendKeys({ press: 'Enter' });
    await sendKeys({ up: 'Shift' });
    await until('back', () => status() === '2/3');
    await sendKeys({ press: 'Escape' });
    expect(inside.querySelector('.search')).to.equal(null);
    expect(CSS.highlights.has('kefu-found')).to.equal(false);
    expect(inside.querySelector('.who + .icon')!.matches(':focus')).to.equal(true);
    expect(chat.opened && list.isConnected).to.equal(true);
  });

  it('says when there is nothing, or no link', async () => {
    const { inside, conversation } = await newChat([newMessage(1)]);
    inside.querySelector<HTMLElement>('.who + .icon')!.click();
    const status = (): string => inside.querySelector('.search [role=status]')!.textContent;
    await sendKeys({ type: 'no' });
    await until('nothing', () => status() === 'Nothing found');
    conversation.onFind = () => Promise.reject(new Error('lost'));
    await sendKeys({ type: 'w' });
    await until('failed', () => status() === 'That didn’t work. Try again.');
  });

  it('loads what is around a message that is not here, and what is missing where one reads', async () => {
    const quote = newMessage(900, { content: quoting('Anna', 'First', 'Yes'), head: { reply: '100' } });
    const { conversation, list } = await newChat([quote]);
    conversation.onLoadOlder = (before) => {
      if (before === 125) {
        conversation.show([newMessage(99), newMessage(100, { content: 'First' }), newMessage(101), quote]);
        conversation.changeList({ missingBefore: [900] });
      }
      return Promise.resolve();
    };
    const row = (at: number) => [...list.shadowRoot!.querySelectorAll('kefu-message')].at(at)!;
    row(0).shadowRoot!.querySelector<HTMLElement>('.quote')!.click();
    await until('it is here', () => list.shadowRoot!.querySelectorAll('kefu-message').length === 4);
    expect(conversation.calls).to.include('loadOlder 125');
    // The row above the hole is in view: the reader comes from there.
    await until('what is missing', () => conversation.calls.includes('loadOlder 152'));
  });
});
