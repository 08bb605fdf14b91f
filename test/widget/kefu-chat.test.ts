// <kefu-chat>: attributes, methods, events, focus, life and death.
import { aTimeout, expect, nextFrame, oneEvent } from '@open-wc/testing';
import { sendKeys, setViewport } from '@web/test-runner-commands';
import {
  DiscardRequestEvent,
  DraftEvent,
  LoadOlderRequestEvent,
  ReadEvent,
  REQUEST_EVENTS,
  RetryRequestEvent,
  SendRequestEvent,
  TypingEvent,
} from '../../src/ui/request-events.ts';
import { SendError } from '../../src/widget/kefu-chat.ts';
import type { KefuChat } from '../../src/widget/kefu-chat.ts';
import {
  button,
  clients,
  inWindow,
  launcherOf,
  newChat,
  rings,
  settled,
  useFakeClients,
  useRealClients,
  windowOf,
} from '../support/chat-fixture.ts';
import { message, user } from '../support/fake-client.ts';
import { expectFocus, focused, focusPage } from '../support/focus.ts';
import { textOf } from '../support/shown-text.ts';
import { until } from '../support/until.ts';

const open = async (chat: KefuChat): Promise<void> => {
  chat.open();
  await settled(chat);
};

describe('kefu-chat', () => {
  before(focusPage);
  beforeEach(() => {
    sessionStorage.clear();
    useFakeClients();
  });
  afterEach(useRealClients);

  describe('opening and closing', () => {
    it('makes a client when it is first opened, and only then', async () => {
      const chat = await newChat();
      expect(clients).to.have.length(0);
      expect(chat.state).to.equal('idle');
      expect(windowOf(chat)).to.equal(null);

      await open(chat);
      expect(clients).to.have.length(1);
      expect(clients[0]!.connected).to.equal(true);
      expect(clients[0]!.current().opened).to.equal(true);
      expect(clients[0]!.options).to.include({ server: 'https://im.example.com', role: 'visitor', channel: 'web' });
      expect(clients[0]!.options.page!()).to.deep.equal({ title: document.title, url: location.href });

      expect(clients[0]!.options.persist).to.equal('local');

      chat.close();
      await settled(chat);
      await open(chat);
      expect(clients).to.have.length(1);
    });

    it('stays connected while it is closed', async () => {
      const chat = await newChat();
      await open(chat);
      chat.close();
      await settled(chat);
      expect(clients[0]!.connected).to.equal(true);
      expect(clients[0]!.destroyed).to.equal(false);
    });

    it('reflects the attribute open and obeys it', async () => {
      const chat = await newChat();
      chat.setAttribute('open', '');
      await settled(chat);
      expect(windowOf(chat)!.hidden).to.equal(false);
      chat.close();
      await settled(chat);
      expect(chat.hasAttribute('open')).to.equal(false);
      expect(windowOf(chat)!.hidden).to.equal(true);
      chat.toggle();
      await settled(chat);
      expect(chat.hasAttribute('open')).to.equal(true);
      chat.toggle(true);
      expect(chat.opened).to.equal(true);
      chat.toggle(false);
      expect(chat.opened).to.equal(false);
    });

    it('opens and closes by the property that frameworks set where an element has one, and stays callable', async () => {
      const chat = await newChat();
      Object.assign(chat, { open: true });
      await settled(chat);
      expect(chat.hasAttribute('open')).to.equal(true);
      expect(windowOf(chat)).not.to.equal(null);
      Object.assign(chat, { open: false });
      await settled(chat);
      expect(chat.hasAttribute('open')).to.equal(false);
      await open(chat);
      expect(chat.hasAttribute('open')).to.equal(true);
    });

    it('opens with the attribute from the start', async () => {
      const chat = await newChat('<kefu-chat server="https://im.example.com" open></kefu-chat>');
      expect(clients).to.have.length(1);
      expect(windowOf(chat)!.hidden).to.equal(false);
      expectFocus(document.body);
    });

    it('is opened and closed by the launcher, which says so', async () => {
      const chat = await newChat();
      expect(button(chat).getAttribute('aria-expanded')).to.equal('false');
      button(chat).click();
      await settled(chat);
      expect(chat.opened).to.equal(true);
      expect(button(chat).getAttribute('aria-expanded')).to.equal('true');
      expect(button(chat).getAttribute('aria-label')).to.equal('Close chat');
      button(chat).click();
      await settled(chat);
      expect(chat.opened).to.equal(false);
      expect(button(chat).getAttribute('aria-label')).to.equal('Open chat');
    });

    it('puts the text of open() into the composer and never over what was typed', async () => {
      const chat = await newChat();
      chat.open({ text: 'About the kettle: ' });
      await settled(chat);
      const composer = inWindow(chat, 'kefu-composer') as HTMLElement & { value: string };
      expect(composer.value).to.equal('About the kettle: ');

      composer.dispatchEvent(new DraftEvent({ text: 'About the kettle: does it sing?', target: undefined }));
      chat.open({ text: 'About the kettle: ' });
      await settled(chat);
      expect(composer.value).to.equal('About the kettle: does it sing?');

      chat.open({ text: 'And the cup.' });
      await settled(chat);
      expect(composer.value).to.equal('About the kettle: does it sing?\nAnd the cup.');
    });
  });

  describe('focus', () => {
    it('goes to the composer on a click and back to the launcher on Escape', async () => {
      const chat = await newChat();
      button(chat).focus();
      await sendKeys({ press: 'Enter' });
      await settled(chat);
      await until('focus in the composer', () => focused()?.localName === 'textarea');

      await sendKeys({ press: 'Escape' });
      await settled(chat);
      expect(chat.opened).to.equal(false);
      expectFocus(button(chat));
    });

    it('goes back to the launcher from the close button', async () => {
      const chat = await newChat();
      button(chat).click();
      await settled(chat);
      const close = inWindow(chat, '[part="close"]');
      close.focus();
      close.click();
      await settled(chat);
      expectFocus(button(chat));
    });

    it('is not taken when the page opens the chat by attribute', async () => {
      const chat = await newChat();
      const field = document.createElement('input');
      document.body.append(field);
      field.focus();
      chat.opened = true;
      await settled(chat);
      expectFocus(field);
      field.remove();
    });

    it('keeps Escape inside, and the keys of the composer away from the shortcuts of the page', async () => {
      const chat = await newChat();
      const heard: string[] = [];
      const listen = (event: KeyboardEvent): void => void heard.push(event.key);
      document.addEventListener('keydown', listen);
      button(chat).click();
      await settled(chat);
      await until('focus in the composer', () => focused()?.localName === 'textarea');
      await sendKeys({ press: 'a' });
      await sendKeys({ press: 'Escape' });
      document.removeEventListener('keydown', listen);
      expect(chat.opened).to.equal(false);
      expect(heard).to.deep.equal([]);
    });
  });

  describe('events', () => {
    it('says that it is ready, with its version', async () => {
      const { version } = (await (await fetch('/package.json')).json()) as { version: string };
      const chat = document.createElement('kefu-chat');
      const ready = oneEvent(chat, 'kefu-ready');
      document.body.append(chat);
      expect((await ready).detail).to.deep.equal({ version });
      expect(chat.version).to.equal(version);
      chat.remove();
    });

    it('tells who opened and closed', async () => {
      const chat = await newChat();
      const heard: string[] = [];
      document.addEventListener('kefu-open', hear);
      document.addEventListener('kefu-close', hear);
      function hear(event: Event): void {
        heard.push(`${event.type} ${(event as CustomEvent<{ by: string }>).detail.by}`);
      }
      chat.open();
      await settled(chat);
      button(chat).click();
      await settled(chat);
      chat.opened = true;
      await settled(chat);
      chat.opened = false;
      chat.opened = true;
      await settled(chat);
      document.removeEventListener('kefu-open', hear);
      document.removeEventListener('kefu-close', hear);
      expect(heard).to.deep.equal(['kefu-open page', 'kefu-close user', 'kefu-open page']);
    });

    it('passes on the link, each change once', async () => {
      const chat = await newChat();
      const heard: string[] = [];
      chat.addEventListener('kefu-state', ({ detail }) => heard.push(`${detail.state}${detail.stale ? ' stale' : ''}`));
      await open(chat);
      clients[0]!.link('online');
      clients[0]!.link('online');
      clients[0]!.link('retrying');
      expect(chat.state).to.equal('retrying');
      expect(heard).to.deep.equal(['connecting stale', 'online', 'retrying stale']);
    });

    it('counts unread messages on the launcher and for the page', async () => {
      const chat = await newChat();
      const counts: number[] = [];
      chat.addEventListener('kefu-unread', ({ detail }) => counts.push(detail.count));
      await open(chat);
      chat.close();
      await settled(chat);
      const conversation = clients[0]!.current();
      conversation.receive('Still there?');
      conversation.receive('Hello?');
      await settled(chat);
      expect(chat.unread).to.equal(2);
      const badge = launcherOf(chat)!.shadowRoot!.querySelector('.badge')!;
      expect(badge.textContent).to.equal('2');
      expect(button(chat).getAttribute('aria-label')).to.equal('Open chat, 2 unread messages');

      await open(chat);
      inWindow(chat, 'kefu-message-list').dispatchEvent(new ReadEvent());
      await settled(chat);
      expect(counts).to.deep.equal([1, 2, 0]);
      expect(launcherOf(chat)!.shadowRoot!.querySelector('.badge')).to.equal(null);
    });

    it('rings for what nobody sees, in one page of the device, unless it is told not to', async () => {
      const chat = await newChat();
      await open(chat);
      const [client] = clients;
      client!.current().receive('Seen');
      expect(rings.count).to.equal(0);
      chat.close();
      await settled(chat);
      client!.current().send('Mine');
      client!.current().receive('Unseen');
      expect(rings.count).to.equal(1);
      client!.leads$.set(false);
      client!.current().receive('Another page rings');
      expect(rings.count).to.equal(1);
      client!.leads$.set(true);
      chat.noSound = true;
      client!.current().receive('Quiet');
      expect(rings.count).to.equal(1);
    });

    it('tells of messages and what becomes of them', async () => {
      const chat = await newChat();
      const heard: unknown[] = [];
      chat.addEventListener('kefu-message', ({ detail: { own, msgid, seq } }) => heard.push({ own, msgid, seq }));
      chat.addEventListener('kefu-status', ({ detail }) => heard.push(detail));
      await open(chat);
      const conversation = clients[0]!.current();
      const mine = conversation.send('Hi');
      conversation.settle(mine.key);
      const theirs = conversation.receive('Hello');
      const refused = conversation.send('Bad');
      conversation.settle(refused.key, { state: 'refused', reason: 'words' });
      expect(heard).to.deep.equal([
        { own: true, msgid: mine.msgid, seq: undefined },
        { msgid: mine.msgid, status: 'sent', reason: undefined },
        { own: false, msgid: theirs.msgid, seq: 2 },
        { own: true, msgid: refused.msgid, seq: undefined },
        { msgid: refused.msgid, status: 'refused', reason: 'words' },
      ]);
    });

    it('keeps the requests of its elements to itself', async () => {
      const chat = await newChat();
      await open(chat);
      const heard: string[] = [];
      const hear = (event: Event): void => void heard.push(event.type);
      for (const type of [...REQUEST_EVENTS, 'kefu-close-request']) document.addEventListener(type, hear);
      const composer = inWindow(chat, 'kefu-composer');
      for (const event of [
        new SendRequestEvent('x'),
        new DraftEvent({ text: '', target: undefined }),
        new TypingEvent(),
        new ReadEvent(),
      ])
        composer.dispatchEvent(event);
      inWindow(chat, '[part="close"]').click();
      for (const type of [...REQUEST_EVENTS, 'kefu-close-request']) document.removeEventListener(type, hear);
      expect(heard).to.deep.equal([]);
    });
  });

  describe('persist', () => {
    for (const persist of ['session', 'none'])
      it(`${persist} is what the client is told`, async () => {
        const chat = await newChat(`<kefu-chat server="https://im.example.com" persist="${persist}"></kefu-chat>`);
        await open(chat);
        expect(clients[0]!.options.persist).to.equal(persist);
      });
  });

  describe('logout', () => {
    it('wipes what is kept, and whoever writes next is somebody else', async () => {
      const chat = await newChat();
      await open(chat);
      inWindow(chat, 'kefu-composer').dispatchEvent(new DraftEvent({ text: 'half a sent', target: undefined }));
      chat.logout();
      await settled(chat);
      expect(clients[0]!).to.include({ loggedOut: true, destroyed: true });
      expect(clients).to.have.length(2);
      expect(sessionStorage).to.have.length(0);
      expect(textOf(inWindow(chat, 'kefu-composer'))).not.to.contain('half');
    });

    it('works before the chat was opened, without a link', async () => {
      const chat = await newChat();
      chat.logout();
      await settled(chat);
      expect(clients).to.have.length(1);
      expect(clients[0]!).to.include({ loggedOut: true, connected: false, destroyed: true });
    });
  });

  describe('requests of its elements', () => {
    it('reach the conversation', async () => {
      const chat = await newChat();
      await open(chat);
      const { calls } = clients[0]!.current();
      const composer = inWindow(chat, 'kefu-composer');
      const list = inWindow(chat, 'kefu-message-list');
      composer.dispatchEvent(new SendRequestEvent('Hello'));
      composer.dispatchEvent(new TypingEvent());
      list.dispatchEvent(new RetryRequestEvent('k'));
      list.dispatchEvent(new DiscardRequestEvent('k'));
      list.dispatchEvent(new LoadOlderRequestEvent());
      list.dispatchEvent(new ReadEvent());
      expect(calls).to.deep.equal(['open', 'send', 'typing', 'retry k', 'discard k', 'loadOlder', 'markRead']);
      expect(clients[0]!.current().messages$.value.at(0)?.content).to.equal('Hello');
    });

    it('read nothing while the window is closed, and what is there when it opens', async () => {
      const chat = await newChat();
      const conversation = () => clients[0]!.current();
      await open(chat);
      conversation().receive('Seen');
      await settled(chat);
      await until('read while open', () => conversation().calls.includes('markRead'));
      chat.close();
      await settled(chat);
      await until('the window is hidden', () => getComputedStyle(windowOf(chat)!).visibility === 'hidden');
      conversation().calls.length = 0;
      conversation().receive('Not seen');
      await settled(chat);
      await nextFrame();
      expect(conversation().calls).to.deep.equal([]);
      await open(chat);
      await until('read when it opened', () => conversation().calls.includes('markRead'));
    });
  });

  describe('send()', () => {
    it('opens the link, and resolves when the gateway has the message', async () => {
      const chat = await newChat();
      const sent = chat.send('From the page');
      expect(chat.opened).to.equal(false);
      const conversation = clients[0]!.current();
      const message = conversation.messages$.value.at(0)!;
      conversation.settle(message.key, { state: 'sent', seqid: 7 });
      expect(await sent).to.deep.equal({ msgid: message.msgid, seq: 7 });
      expect(conversation.messages$.observed).to.equal(0);
    });

    it('rejects when the message is refused, and when the element goes', async () => {
      const chat = await newChat();
      const refused = chat.send('Bad word');
      const conversation = clients[0]!.current();
      conversation.settle(conversation.messages$.value.at(0)!.key, { state: 'refused', reason: 'words' });
      const error = await refused.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(SendError);
      expect((error as SendError).reason).to.equal('words');

      const orphan = chat.send('Too late');
      chat.destroy();
      expect(await orphan.catch((reason: unknown) => reason)).to.be.instanceOf(SendError);
    });

    it('sends nothing empty, and leaves no unhandled rejection to a page that does not wait', async () => {
      const unhandled: unknown[] = [];
      const hear = (event: PromiseRejectionEvent): void => void unhandled.push(event.reason);
      addEventListener('unhandledrejection', hear);
      const chat = await newChat();
      void chat.send('  ');
      await aTimeout(0);
      removeEventListener('unhandledrejection', hear);
      expect(unhandled).to.deep.equal([]);
      expect(clients[0]?.current().messages$.value.length ?? 0).to.equal(0);
    });
  });

  describe('attributes', () => {
    it('change the texts at any time, without a new client', async () => {
      const chat = await newChat();
      await open(chat);
      const header = inWindow(chat, '[part="header"]');
      expect(textOf(header)).to.contain('Chat with us');
      chat.setAttribute('heading', 'Ember & Rill');
      chat.setAttribute('placeholder', 'Ask away');
      chat.setAttribute('greeting', 'Hi there');
      chat.setAttribute('lang', 'zh-CN');
      await settled(chat);
      expect(textOf(header)).to.contain('Ember & Rill');
      expect(button(chat).getAttribute('aria-label')).to.equal('关闭聊天窗口');
      expect(inWindow(chat, 'kefu-composer')).to.have.property('placeholder', 'Ask away');
      expect(inWindow(chat, 'kefu-message-list')).to.have.property('greeting', 'Hi there');
      expect(clients).to.have.length(1);
    });

    it('server and channel begin another conversation', async () => {
      const chat = await newChat();
      await open(chat);
      chat.channel = 'sales';
      await settled(chat);
      expect(clients).to.have.length(2);
      expect(clients[0]!.destroyed).to.equal(true);
      expect(clients[0]!.observed).to.equal(0);
      expect(clients[1]!.options.channel).to.equal('sales');
      chat.server = 'wss://other.example.com/path';
      await settled(chat);
      expect(clients[2]!.options.server).to.equal('wss://other.example.com');
      expect(clients[2]!.connected).to.equal(true);
    });

    it('server is where the script came from, unless said otherwise', async () => {
      const chat = await newChat('<kefu-chat></kefu-chat>');
      await open(chat);
      expect(clients[0]!.options.server).to.equal(location.origin);
      expect(clients[0]!.options).not.to.have.property('channel');
    });

    it('a server that is none is said to the visitor and to nobody else', async () => {
      const chat = await newChat('<kefu-chat server="javascript:alert(1)"></kefu-chat>');
      await open(chat);
      expect(clients).to.have.length(0);
      expect(inWindow(chat, 'kefu-link-banner')).to.have.nested.property('link.state', 'refused');
      const refused = new SendRequestEvent('x');
      inWindow(chat, 'kefu-composer').dispatchEvent(refused);
      expect(refused.defaultPrevented).to.equal(true);
    });

    it('theme="host" follows the page', async () => {
      const chat = await newChat('<kefu-chat theme="host"></kefu-chat>');
      expect(chat.hasAttribute('data-dark')).to.equal(false);
      document.documentElement.classList.add('dark');
      await until('it is dark', () => chat.hasAttribute('data-dark'));
      document.documentElement.classList.remove('dark');
      await until('it is light again', () => !chat.hasAttribute('data-dark'));
    });
  });

  it('lets a page style what an own message has become', async () => {
    const style = document.head.appendChild(document.createElement('style'));
    style.textContent = 'kefu-chat::part(delivered) { color: rgb(1 2 3) } kefu-chat::part(read) { color: rgb(4 5 6) }';
    try {
      const chat = await newChat();
      await open(chat);
      const conversation = clients[0]!.current();
      conversation.show([1, 2, 3].map((seqid) => message('Mine', { own: true, seqid })));
      conversation.changeList({ recv: 2, read: 1 });
      await settled(chat);
      const rows = [...inWindow(chat, 'kefu-message-list').shadowRoot!.querySelectorAll('kefu-message')];
      const colors = rows.map((row) => getComputedStyle(row.shadowRoot!.querySelector('[part~=receipt]')!).color);
      expect(colors.slice(0, 2)).to.deep.equal(['rgb(4, 5, 6)', 'rgb(1, 2, 3)']);
      expect(['rgb(4, 5, 6)', 'rgb(1, 2, 3)']).not.to.include(colors[2]);
    } finally {
      style.remove();
    }
  });

  describe('the agent', () => {
    it('is in the header once there is one, and the heading before', async () => {
      const chat = await newChat('<kefu-chat server="https://im.example.com" heading="Ember"></kefu-chat>');
      await open(chat);
      const header = inWindow(chat, '[part="header"]');
      expect(textOf(header)).to.equal('Ember');
      clients[0]!.current().change({ phase: 'queued' });
      await settled(chat);
      await until('nobody is there yet', () => textOf(header).includes('Someone will be with you soon'));
      clients[0]!.current().change({ phase: 'assigned', agent: user('usrAda', 'Ada') });
      await until('the agent is there', () => /Ada Online · Ember/.test(textOf(header)));
      clients[0]!.current().change({ agent: user('usrAda', 'Ada', false) });
      await until('the agent is away', () => /Away/.test(textOf(header)));
    });
  });

  describe('drafts', () => {
    it('outlive the element and the page, per conversation, and leave no trace before the chat was opened', async () => {
      const chat = await newChat();
      await open(chat);
      inWindow(chat, 'kefu-composer').dispatchEvent(new DraftEvent({ text: 'Half a sen', target: undefined }));
      chat.destroy();

      const other = await newChat('<kefu-chat server="https://im.example.com" channel="other"></kefu-chat>');
      await open(other);
      expect(inWindow(other, 'kefu-composer')).to.have.property('value', '');

      const again = await newChat();
      await open(again);
      expect(inWindow(again, 'kefu-composer')).to.have.property('value', 'Half a sen');
      inWindow(again, 'kefu-composer').dispatchEvent(new DraftEvent({ text: '', target: undefined }));
      again.destroy();
      expect(sessionStorage).to.have.length(0);
    });

    it('keep what they are about', async () => {
      const target = { seqid: 7, kind: 'reply', name: 'Ada', excerpt: 'How many?' } as const;
      const chat = await newChat();
      await open(chat);
      inWindow(chat, 'kefu-composer').dispatchEvent(new DraftEvent({ text: '', target }));
      chat.destroy();
      const again = await newChat();
      await open(again);
      expect(inWindow(again, 'kefu-composer')).to.have.deep.property('target', target);
    });
  });

  describe('modes', () => {
    it('inline and full show the window without a launcher, and open at the first touch', async () => {
      for (const mode of ['inline', 'full']) {
        const chat = await newChat(`<kefu-chat server="https://im.example.com" mode="${mode}"></kefu-chat>`);
        expect(launcherOf(chat)).to.equal(null);
        expect(windowOf(chat)!.hidden).to.equal(false);
        expect(chat.opened).to.equal(false);
        expect(clients).to.have.length(0);
        windowOf(chat)!.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
        await settled(chat);
        expect(chat.opened).to.equal(true);
        expect(clients.splice(0)).to.have.length(1);
        await sendKeys({ press: 'Escape' });
        expect(windowOf(chat)!.hidden).to.equal(false);
        chat.destroy();
      }
    });

    it('a first message that comes faster than anything else is sent', async () => {
      const chat = await newChat('<kefu-chat server="https://im.example.com" mode="inline"></kefu-chat>');
      inWindow(chat, 'kefu-composer').dispatchEvent(new SendRequestEvent('Quick'));
      expect(clients[0]!.current().messages$.value.at(0)?.content).to.equal('Quick');
    });

    it('the host is as large as what is visible of it', async () => {
      const chat = await newChat();
      const size = (): [number, number] => [chat.getBoundingClientRect().width, chat.getBoundingClientRect().height];
      expect(size()).to.deep.equal([60, 60]);
      await open(chat);
      chat.close();
      await settled(chat);
      expect(size()).to.deep.equal([60, 60]);
      // and what is hidden takes no click
      const { left, top } = chat.getBoundingClientRect();
      await until('it takes no click', () => document.elementFromPoint(left - 100, top - 100) !== chat);
    });

    it('stands in its corner whatever the page says of *', async () => {
      const style = document.createElement('style');
      style.textContent =
        '* { position: relative; margin: 50px; padding: 9px; font: italic 40px serif; z-index: 1; float: left }';
      document.head.append(style);
      const chat = await newChat();
      const { right, bottom } = chat.getBoundingClientRect();
      const { position, zIndex } = getComputedStyle(chat);
      await open(chat);
      const font = getComputedStyle(inWindow(chat, '[part="header"]'));
      expect({ fontStyle: font.fontStyle, position, zIndex }).to.deep.equal({
        fontStyle: 'normal',
        position: 'fixed',
        zIndex: '2147483000',
      });
      expect([Math.round(innerWidth - right), Math.round(innerHeight - bottom)]).to.deep.equal([20, 20]);
      style.remove();
    });
  });

  describe('on a phone', () => {
    before(() => setViewport({ width: 390, height: 700 }));
    after(() => setViewport({ width: 800, height: 600 }));

    it('the window takes the whole of what is visible, and the page stays as it was', async () => {
      const { overflow, position } = getComputedStyle(document.body);
      const chat = await newChat();
      await open(chat);
      const { left, top, width, height } = windowOf(chat)!.getBoundingClientRect();
      expect({ left, top, width, height }).to.deep.equal({
        left: 0,
        top: 0,
        width: 390,
        height: visualViewport!.height,
      });
      expect(launcherOf(chat)!.offsetWidth).to.equal(0);
      expect(getComputedStyle(document.body)).to.include({ overflow, position });

      // the keyboard takes its share
      Object.defineProperty(visualViewport, 'height', { configurable: true, value: 400 });
      visualViewport!.dispatchEvent(new Event('resize'));
      await until('it has made room', () => windowOf(chat)!.getBoundingClientRect().height === 400);
      Reflect.deleteProperty(visualViewport!, 'height');

      chat.close();
      await settled(chat);
      expect(chat.style.length).to.equal(0);
      expect(launcherOf(chat)!.offsetWidth).to.equal(60);
    });

    it('the field is large enough for iOS not to zoom in', async () => {
      const chat = await newChat();
      await open(chat);
      const field = inWindow(chat, 'kefu-composer').shadowRoot!.querySelector('textarea')!;
      expect(parseFloat(getComputedStyle(field).fontSize)).to.be.at.least(16);
    });
  });

  describe('life', () => {
    it('moves within the page with its client, its window and its open state', async () => {
      const chat = await newChat();
      await open(chat);
      const shown = windowOf(chat);
      const place = document.createElement('div');
      document.body.append(place);
      place.append(chat);
      await aTimeout(0);
      await settled(chat);
      expect(clients).to.have.length(1);
      expect(clients[0]!.destroyed).to.equal(false);
      expect(windowOf(chat) === shown).to.equal(true);
      clients[0]!.current().receive('Seen after the move');
      clients[0]!.link('online');
      expect(chat.state).to.equal('online');
      expect(chat.unread).to.equal(1);
      place.remove();
    });

    it('frees everything when it is removed, and begins anew when it comes back', async () => {
      const chat = await newChat();
      await open(chat);
      const place = chat.parentElement!;
      chat.remove();
      await until('the client is gone', () => clients[0]!.destroyed);
      expect(clients[0]!.observed).to.equal(0);
      expect(chat.state).to.equal('idle');
      place.append(chat);
      await settled(chat);
      expect(clients).to.have.length(2);
      expect(chat.opened).to.equal(true);
    });

    it('destroy() leaves nothing behind: no listener, no subscription, no element', async () => {
      const balance = new Map<string, number>();
      const count = (target: EventTarget, name: string): (() => void) => {
        const { addEventListener: add, removeEventListener: remove } = target;
        const tally = (type: string, by: number): void =>
          void balance.set(`${name} ${type}`, (balance.get(`${name} ${type}`) ?? 0) + by);
        target.addEventListener = function (this: EventTarget, ...args: Parameters<EventTarget['addEventListener']>) {
          tally(args[0], 1);
          add.apply(target, args);
        };
        target.removeEventListener = function (
          this: EventTarget,
          ...args: Parameters<EventTarget['removeEventListener']>
        ) {
          tally(args[0], -1);
          remove.apply(target, args);
        };
        return () => {
          target.addEventListener = add;
          target.removeEventListener = remove;
        };
      };
      const restore = [count(window, 'window'), count(document, 'document'), count(visualViewport!, 'viewport')];
      const chat = document.createElement('kefu-chat');
      chat.mode = 'full';
      chat.theme = 'host';
      document.body.append(chat);
      await open(chat);
      expect([...balance.values()].some((number) => number > 0)).to.equal(true);
      chat.destroy();
      expect(chat.isConnected).to.equal(false);
      expect(clients[0]!.destroyed).to.equal(true);
      expect(clients[0]!.observed).to.equal(0);
      await until('nothing is listened to any more', () => [...balance.values()].every((number) => number === 0));
      for (const undo of restore) undo();
    });

    it('several know nothing of each other', async () => {
      const one = await newChat();
      const two = await newChat('<kefu-chat server="https://im.example.com" channel="sales"></kefu-chat>');
      await open(one);
      expect(two.opened).to.equal(false);
      await open(two);
      expect(clients.map(({ options }) => options.channel)).to.deep.equal(['web', 'sales']);
      clients[1]!.current().receive('Only here');
      expect([one.unread, two.unread]).to.deep.equal([0, 1]);
      one.destroy();
      expect(clients.map(({ destroyed }) => destroyed)).to.deep.equal([true, false]);
    });
  });

  describe('accessibility', () => {
    it('is clean: closed, open, with messages, with an agent', async () => {
      const chat = await newChat('<kefu-chat server="https://im.example.com" greeting="Hello"></kefu-chat>');
      await expect(chat).to.be.accessible();
      await open(chat);
      clients[0]!.link('online');
      const conversation = clients[0]!.current();
      conversation.change({ phase: 'assigned', agent: user('usrAda', 'Ada') });
      conversation.users.set('usrAda', user('usrAda', 'Ada'));
      conversation.settle(conversation.send('Hi').key);
      conversation.receive('Hello, what is it about?', { from: 'usrAda' });
      await settled(chat);
      await expect(chat).to.be.accessible();
      expect(windowOf(chat)!.getAttribute('role')).to.equal('dialog');
      expect(windowOf(chat)!.getAttribute('aria-label')).to.equal('Chat with us');
      chat.theme = 'dark';
      await settled(chat);
      await expect(chat).to.be.accessible();
    });
  });
});
