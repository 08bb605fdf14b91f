// <kefu-chat> whose page names the visitor: the real SDK, against a gateway in memory.
import { expect } from '@open-wc/testing';
import { NEVER } from 'rxjs';
import { createClient } from '../../src/sdk/app/client.ts';
import { systemClock } from '../../src/sdk/network/clock.ts';
import { KefuChat } from '../../src/widget/kefu-chat.ts';
import { inWindow, launcherOf, newChat, settled, useFakeClients, useRealClients } from '../support/chat-fixture.ts';
import { FakeGateway } from '../support/fake-gateway.ts';
import { jwtOf } from '../support/jwt.ts';
import { until } from '../support/until.ts';

let gateway: FakeGateway;
let made: string[];
let server: string;
let count = 0;

const markup = (): string => `<kefu-chat server="${server}" channel="web" lang="en"></kefu-chat>`;

const texts = (chat: KefuChat): string[] =>
  [...(chat.opened ? inWindow(chat, 'kefu-message-list').shadowRoot!.querySelectorAll('kefu-message') : [])].map(
    (row) => row.shadowRoot!.querySelector('.text')?.textContent ?? '',
  );

const shows = (chat: KefuChat, ...expected: string[]): Promise<unknown> =>
  until(`${expected.join(', ')} on the screen`, () => texts(chat).join() === expected.join());

const online = (chat: KefuChat): Promise<unknown> => until('a link', () => chat.state === 'online');

/** What the gateway has stored, with who wrote it. */
const stored = (): string[] =>
  [...gateway.topics.values()].flatMap(({ messages }) =>
    messages.map(({ from, content }) => `${from ?? ''}: ${JSON.stringify(content).slice(1, -1)}`),
  );

const type = async (chat: KefuChat, text: string): Promise<void> => {
  const composer = inWindow(chat, 'kefu-composer');
  const area = composer.shadowRoot!.querySelector('textarea')!;
  area.value = text;
  area.dispatchEvent(new InputEvent('input', { bubbles: true }));
  area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  await settled(chat);
};

const openChat = async (chat: KefuChat): Promise<void> => {
  chat.open();
  await settled(chat);
};

const databases = async (): Promise<string[]> =>
  (await indexedDB.databases()).flatMap(({ name }) => (name?.includes(server) ? [name] : []));

describe('kefu-chat whose page names the visitor', () => {
  beforeEach(() => {
    useFakeClients();
    count += 1;
    server = `https://im-${String(count)}-${String(Date.now())}.example.com`;
    gateway = new FakeGateway(systemClock);
    made = [];
    KefuChat.clientFactory = (options) => {
      made.push(options.subject ?? '');
      return createClient(options, { connect: gateway.connect, clock: systemClock, wake$: NEVER });
    };
  });
  afterEach(useRealClients);

  it('costs nothing before it is opened', async () => {
    const chat = await newChat(markup());
    let asked = 0;
    chat.tokenProvider = () => {
      asked += 1;
      return jwtOf('7');
    };
    chat.setUser({ id: '7' });
    chat.token = jwtOf('7');
    await settled(chat);
    expect([made, asked, gateway.connections.length]).to.deep.equal([[], 0, 0]);
    expect(await databases()).to.deep.equal([]);
    await openChat(chat);
    await online(chat);
    expect(chat.isConnected && launcherOf(chat)).to.not.equal(null);
    expect(gateway.of('login').map(({ scheme }) => scheme)).to.deep.equal(['jwt']);
    expect(gateway.of('acc')).to.have.length(0);
    expect(asked).to.equal(0);
  });

  it('keeps an anonymous visitor on the screen until the gateway has said who they are, and goes on with the conversation', async () => {
    const chat = await newChat(markup());
    await openChat(chat);
    await online(chat);
    await type(chat, 'anonymous');
    await until('stored', () => stored().length === 1);
    const [before] = stored();
    let answer: (() => void) | undefined;
    chat.tokenProvider = () => new Promise((resolve) => (answer = () => resolve(jwtOf('7'))));
    const give = await until('the provider is asked', () => answer);
    await type(chat, 'while the token is on its way');
    await shows(chat, 'anonymous', 'while the token is on its way');
    give();
    await until('known', () => gateway.subjects.has('7'));
    await until('both stored', () => stored().length === 2);
    await shows(chat, 'anonymous', 'while the token is on its way');
    expect(stored()[0]).to.equal(before);
    expect(gateway.topics.size).to.equal(1);
    expect(gateway.of('acc')).to.have.length(1);
    expect(localStorage.getItem(`kefu:visitor:${server}`)).to.equal(null);
    await online(chat);
  });

  it('resolves a send() that was made before', async () => {
    const chat = await newChat(markup());
    gateway.reachable = false;
    const sent = chat.send('early');
    await until('it waits', () => chat.state !== 'idle');
    gateway.reachable = true;
    chat.token = jwtOf('7');
    expect((await sent).seq).to.equal(1);
    expect(stored()).to.deep.equal(['usrKnown7: early']);
  });

  it('ends everything of the former at once for somebody else, who sees none of it', async () => {
    const chat = await newChat(markup());
    chat.token = jwtOf('7');
    await openChat(chat);
    await online(chat);
    await type(chat, 'of seven');
    await until('stored', () => stored().length === 1);
    inWindow(chat, 'kefu-composer').shadowRoot!.querySelector('textarea')!.value = '';
    gateway.reachable = false;
    gateway.cut();
    await type(chat, 'of seven, not sent');
    chat.setUser({ id: '8' }, jwtOf('8'));
    await settled(chat);
    expect(texts(chat)).to.deep.equal([]);
    void chat.send('of eight');
    await shows(chat, 'of eight');
    gateway.reachable = true;
    await until('stored', () => stored().length === 2);
    expect(stored()).to.deep.equal(['usrKnown7: of seven', 'usrKnown8: of eight']);
    chat.setUser({ id: '7' }, jwtOf('7', 2));
    await shows(chat, 'of seven', 'of seven, not sent');
    await until('stored', () => stored().length === 3);
    expect(stored()).to.include('usrKnown7: of seven, not sent');
  });

  for (const leave of ['logout', 'another user'])
    it(`does not go back to who has left when their token comes late: ${leave}`, async () => {
      const chat = await newChat(markup());
      let give: (() => void) | undefined;
      const provider = (): Promise<string> => new Promise((resolve) => (give = () => resolve(jwtOf('7'))));
      chat.tokenProvider = provider;
      chat.setUser({ id: '7' });
      await openChat(chat);
      const late = await until('the provider is asked', () => give);
      if (leave === 'logout') chat.logout();
      else chat.setUser({ id: '8' }, jwtOf('8'));
      await online(chat);
      late();
      void chat.send('of another');
      await until('stored', () => stored().length === 1);
      expect(stored()[0]).to.not.include('usrKnown7');
      expect(chat.token).to.equal(leave === 'logout' ? undefined : jwtOf('8'));
      expect(gateway.subjects.has('7')).to.equal(false);
    });

  it('sends what is written in the same task as setUser() under the new name', async () => {
    const chat = await newChat(markup());
    chat.token = jwtOf('7');
    await openChat(chat);
    await online(chat);
    chat.setUser({ id: '8' }, jwtOf('8'));
    await chat.send('of eight');
    expect(stored()).to.deep.equal(['usrKnown8: of eight']);
  });

  it('shows what the device has kept of the user at once and without a network, and nothing of others', async () => {
    const first = await newChat(markup());
    first.token = jwtOf('7');
    await openChat(first);
    await online(first);
    await type(first, 'of seven');
    await until('stored', () => stored().length === 1);
    first.destroy();
    gateway.reachable = false;
    const chat = await newChat(markup());
    chat.setUser({ id: '8' });
    await openChat(chat);
    await until('a try', () => chat.state !== 'idle');
    chat.setUser({ id: '7' });
    await shows(chat, 'of seven');
    chat.setUser({ id: '8' });
    await settled(chat);
    expect(texts(chat)).to.deep.equal([]);
    chat.setUser();
    await settled(chat);
    expect(texts(chat)).to.deep.equal([]);
  });

  it('says when a token is needed, and survives a provider that throws', async () => {
    const chat = await newChat(markup());
    const reasons: string[] = [];
    document.body.addEventListener('kefu-token-needed', ({ detail }) => reasons.push(detail.reason), { once: true });
    chat.addEventListener('kefu-token-needed', ({ detail }) => reasons.push(detail.reason), { once: true });
    chat.tokenProvider = () => {
      throw new Error('the page is broken');
    };
    await openChat(chat);
    await type(chat, 'written meanwhile');
    await until('the page is told', () => reasons.length === 2);
    expect(reasons).to.deep.equal(['provider', 'provider']);
    await shows(chat, 'written meanwhile');
    expect(stored()).to.deep.equal([]);
    chat.tokenProvider = () => jwtOf('7');
    await until('stored', () => stored().length === 1);
    expect(stored()).to.deep.equal(['usrKnown7: written meanwhile']);
    await shows(chat, 'written meanwhile');
  });

  it('says that the gateway lets nobody in without a token', async () => {
    gateway.intercept = ({ acc }, line) => {
      if (acc) gateway.ctrl(line, 403, { id: acc.id ?? '', params: { reason: 'identity' } });
      return acc !== undefined;
    };
    const chat = await newChat(markup());
    const told = new Promise((resolve) => {
      chat.addEventListener('kefu-token-needed', ({ detail }) => resolve(detail.reason), { once: true });
    });
    await openChat(chat);
    expect(await told).to.equal('identity');
    await until('refused', () => chat.state === 'refused');
    chat.tokenProvider = () => jwtOf('7');
    await online(chat);
  });

  it('logs out: forgets the user, the ways to name one and what is kept, and begins anew', async () => {
    const chat = await newChat(markup());
    chat.setUser({ id: '7' });
    chat.tokenProvider = () => jwtOf('7');
    await openChat(chat);
    await online(chat);
    await type(chat, 'of seven');
    await until('stored', () => stored().length === 1);
    chat.logout();
    expect([chat.token, chat.tokenProvider]).to.deep.equal([undefined, undefined]);
    await settled(chat);
    expect(texts(chat)).to.deep.equal([]);
    await until('an anonymous visitor', () => gateway.of('acc').length === 1);
    await online(chat);
    gateway.reachable = false;
    gateway.cut();
    chat.setUser({ id: '7' });
    await until('the known one is gone', () => chat.state !== 'online');
    await settled(chat);
    expect(texts(chat)).to.deep.equal([]);
  });
});
