// <kefu-desk>: login, inbox, thread, details, keys.
import { aTimeout, expect, fixture, fixtureCleanup } from '@open-wc/testing';
import { sendKeys, setViewport } from '@web/test-runner-commands';
import { defineDesk } from '../../src/desk/define.ts';
import { KefuDesk } from '../../src/desk/kefu-desk.ts';
import type { KefuInbox } from '../../src/desk/kefu-inbox.ts';
import type { KefuThread } from '../../src/desk/kefu-thread.ts';
import { DraftEvent, ReadEvent, REQUEST_EVENTS, SendRequestEvent } from '../../src/ui/request-events.ts';
import { FakeClient, START_MS, user } from '../support/fake-client.ts';
import type { FakeConversation } from '../support/fake-client.ts';
import { expectFocus, focused } from '../support/focus.ts';
import { textOf } from '../support/shown-text.ts';
import { until } from '../support/until.ts';

const realFactory = KefuDesk.clientFactory;
const ada = user('usrAda', 'Ada');
const visitor = user('usrVisitor');
const page = { title: 'Rill kettle', url: 'https://shop.example/kettles/rill' };

let client: FakeClient;
/** Whether the client remembers a login. */
let remembered: boolean;
const pageTitle = 'Desk';

const settled = async (desk: KefuDesk): Promise<void> => {
  for (let round = 0; round < 3; round += 1) {
    await desk.updateComplete;
    for (const part of desk.shadowRoot!.querySelectorAll<KefuDesk>(
      'kefu-inbox, kefu-thread, kefu-customer, kefu-login',
    )) {
      await part.updateComplete;
      for (const row of part.shadowRoot!.querySelectorAll<KefuDesk>('kefu-inbox-row')) await row.updateComplete;
    }
  }
};

const newDesk = async (): Promise<KefuDesk> => {
  const desk = await fixture<KefuDesk>('<kefu-desk server="https://im.example.com"></kefu-desk>');
  await settled(desk);
  return desk;
};

const part = <K extends keyof HTMLElementTagNameMap>(desk: KefuDesk, tag: K): HTMLElementTagNameMap[K] => {
  const found = desk.shadowRoot!.querySelector(tag);
  if (!found) throw new Error(`no ${tag}`);
  return found;
};
const inbox = (desk: KefuDesk): KefuInbox => part(desk, 'kefu-inbox');
const thread = (desk: KefuDesk): KefuThread => part(desk, 'kefu-thread');
const rows = (desk: KefuDesk): HTMLElement[] => [
  ...inbox(desk).shadowRoot!.querySelectorAll<HTMLElement>('kefu-inbox-row'),
];
const tab = (desk: KefuDesk, section: string): HTMLElement => inbox(desk).shadowRoot!.querySelector(`#tab-${section}`)!;
const inThread = (desk: KefuDesk, selector: string): HTMLElement | null =>
  thread(desk).shadowRoot!.querySelector(selector);

const choose = async (desk: KefuDesk, index: number): Promise<void> => {
  rows(desk)[index]!.click();
  await settled(desk);
};

const section = async (desk: KefuDesk, name: string): Promise<void> => {
  tab(desk, name).click();
  await settled(desk);
};

const mine = (id: string, text: string, info: object = {}): FakeConversation => {
  const conversation = client.add(id, { phase: 'assigned', agent: ada, visitor, page, ...info });
  conversation.users.set(visitor.id, visitor);
  conversation.receive(text, { from: visitor.id });
  return conversation;
};

describe('kefu-desk', () => {
  before(() => setViewport({ width: 1280, height: 800 }));
  beforeEach(() => {
    defineDesk();
    document.title = pageTitle;
    remembered = true;
    KefuDesk.clientFactory = (options) => {
      client = new FakeClient(options);
      const connect = client.connect.bind(client);
      client.connect = () => {
        connect();
        if (remembered) {
          client.me$.set(ada);
          client.link('online');
        } else client.link('refused');
      };
      return client;
    };
  });
  afterEach(() => {
    fixtureCleanup();
    KefuDesk.clientFactory = realFactory;
  });

  describe('login', () => {
    beforeEach(() => {
      remembered = false;
    });

    const fields = (desk: KefuDesk): { name: HTMLInputElement; password: HTMLInputElement; form: HTMLFormElement } => {
      const root = part(desk, 'kefu-login').shadowRoot!;
      return {
        name: root.querySelector('#name')!,
        password: root.querySelector('#password')!,
        form: root.querySelector('form')!,
      };
    };

    it('asks for name and password with what password managers need, and lets in', async () => {
      const desk = await newDesk();
      const { name, password, form } = fields(desk);
      expect([name.autocomplete, password.autocomplete, password.type]).to.deep.equal([
        'username',
        'current-password',
        'password',
      ]);
      await expect(desk).to.be.accessible();
      const asked: string[] = [];
      client.onLogin = async (...given) => void asked.push(...given);
      name.value = ' ada ';
      password.value = 's3cret ';
      form.requestSubmit();
      await until('the inbox is there', () => desk.shadowRoot!.querySelector('kefu-inbox') !== null);
      expect(asked).to.deep.equal(['ada', 's3cret ']);
      expect(client.options.role).to.equal('agent');
    });

    for (const [name, words] of [
      ['RefusedError', 'Name or password is wrong.'],
      ['RequestTimeoutError', 'The server didn’t answer. Please try again.'],
      ['Error', 'Logging in didn’t work. Please try again.'],
    ] as const) {
      it(`says what went wrong: ${name}`, async () => {
        const desk = await newDesk();
        const form = fields(desk);
        client.onLogin = async () => {
          throw Object.assign(new Error('no'), { name });
        };
        form.name.value = 'ada';
        form.password.value = 'wrong';
        form.form.requestSubmit();
        await until(words, () => textOf(part(desk, 'kefu-login')).includes(words));
        expect(form.password.value).to.equal('');
        expect(form.name.value).to.equal('ada');
        expectFocus(form.password);
      });
    }

    it('waits without a flash of the form while a remembered agent is let in', async () => {
      KefuDesk.clientFactory = (options) => (client = new FakeClient(options));
      const desk = await newDesk();
      expect(client.link$.value.state).to.equal('connecting');
      expect(desk.shadowRoot!.querySelector('kefu-login')).to.equal(null);
      client.link('refused');
      await settled(desk);
      expect(desk.shadowRoot!.querySelector('kefu-login')).not.to.equal(null);
    });

    it('logs out', async () => {
      remembered = true;
      const desk = await newDesk();
      mine('a', 'Hello');
      await settled(desk);
      await choose(desk, 0);
      desk.shadowRoot!.querySelector<HTMLElement>('.rail button')!.click();
      await settled(desk);
      expect(client.me$.value).to.equal(undefined);
      expect(desk.shadowRoot!.querySelector('kefu-login')).not.to.equal(null);
    });
  });

  describe('inbox', () => {
    it('shows who wrote what, when, how much is unread and how long they wait', async () => {
      const desk = await newDesk();
      const now = START_MS + 3_600_000;
      desk.clock = { now: () => now, after: () => () => {} };
      mine('a', 'Does it\n fit?', { visitor: user('usrKj3f'), waitingSince: now - 43_000 });
      mine('b', 'Late', { visitor: user('usrM', 'Mirela'), waitingSince: now - 400_000 }).receive('Very');
      const answered = mine('c', 'Thanks', { visitor: user('usrJ', 'Jun') });
      answered.settle(answered.send('You are welcome').key);
      desk.requestUpdate();
      await settled(desk);
      const texts = rows(desk).map(textOf);
      expect(texts[0]).to.match(/Visitor [0-9A-F]{4} .*Does it fit\? 1 1 unread message Waiting 43s/);
      expect(texts[1]).to.match(/Mirela .*Very 2 2 unread messages Waiting 6m/);
      expect(texts[2]).to.match(/Jun .*You: You are welcome/);
      expect(rows(desk).map((row) => row.hasAttribute('late'))).to.deep.equal([false, true, false]);
    });

    it('lets the waiting time tick', async () => {
      const desk = await newDesk();
      let now = START_MS;
      const ticks: (() => void)[] = [];
      desk.clock = {
        now: () => now,
        after: (_, act) => {
          ticks.push(act);
          return () => {};
        },
      };
      mine('a', 'Hi', { waitingSince: START_MS });
      desk.requestUpdate();
      await settled(desk);
      expect(textOf(rows(desk)[0]!)).to.contain('Waiting 0s');
      now += 5000;
      for (const tick of ticks.splice(0)) tick();
      await settled(desk);
      expect(textOf(rows(desk)[0]!)).to.contain('Waiting 5s');
    });

    it('has sections, the longest wait first in the queue', async () => {
      const desk = await newDesk();
      mine('a', 'Open');
      mine('w1', 'Second', { phase: 'queued', agent: undefined, waitingSince: START_MS + 2000 });
      mine('w2', 'First', { phase: 'queued', agent: undefined, waitingSince: START_MS });
      mine('r', 'Done', { phase: 'resolved' });
      mine('n', 'Nobody', { phase: 'new' });
      await settled(desk);
      expect(rows(desk)).to.have.length(1);
      expect(textOf(tab(desk, 'waiting'))).to.equal('Waiting 2');
      await section(desk, 'waiting');
      expect(rows(desk).map(textOf).join()).to.match(/First.*Second/);
      await section(desk, 'resolved');
      expect(rows(desk)).to.have.length(1);
      expect(tab(desk, 'resolved').getAttribute('aria-selected')).to.equal('true');
    });

    it('says so when a section is empty', async () => {
      const desk = await newDesk();
      expect(textOf(inbox(desk))).to.contain('All caught up');
      expect(textOf(part(desk, 'main'))).to.contain('Pick a conversation');
    });

    it('is used with the keys alone', async () => {
      const desk = await newDesk();
      const conversations = [mine('a', 'One'), mine('b', 'Two'), mine('c', 'Three')];
      await settled(desk);
      rows(desk)[0]!.focus();
      await sendKeys({ press: 'ArrowDown' });
      await sendKeys({ press: 'End' });
      await sendKeys({ press: 'ArrowUp' });
      await settled(desk);
      expectFocus(rows(desk)[1]);
      expect(rows(desk).map(({ tabIndex }) => tabIndex)).to.deep.equal([-1, 0, -1]);
      expect(conversations.some(({ opened }) => opened)).to.equal(false);
      await sendKeys({ press: 'Enter' });
      await settled(desk);
      expect(conversations[1]!.opened).to.equal(true);
      expect(rows(desk)[1]!.getAttribute('aria-selected')).to.equal('true');
      await until('focus in the reply', () => focused()?.localName === 'textarea');
      await sendKeys({ press: 'Escape' });
      await settled(desk);
      expectFocus(rows(desk)[1]);

      tab(desk, 'open').focus();
      await sendKeys({ press: 'ArrowRight' });
      await settled(desk);
      expect(tab(desk, 'waiting').getAttribute('aria-selected')).to.equal('true');
      expectFocus(tab(desk, 'waiting'));
    });

    it('goes from conversation to conversation while a reply is being written', async () => {
      const desk = await newDesk();
      const [, b] = [mine('a', 'One'), mine('b', 'Two')];
      await settled(desk);
      await choose(desk, 0);
      await sendKeys({ down: 'Alt' });
      await sendKeys({ press: 'ArrowDown' });
      await sendKeys({ up: 'Alt' });
      await settled(desk);
      expect(thread(desk).conversation === b).to.equal(true);
    });
  });

  describe('thread', () => {
    it('answers the requests of its elements for the conversation that is shown', async () => {
      const desk = await newDesk();
      const a = mine('a', 'One');
      const b = mine('b', 'Two');
      await settled(desk);
      await choose(desk, 1);
      const heard: string[] = [];
      const hear = (event: Event): void => void heard.push(event.type);
      for (const type of REQUEST_EVENTS) document.addEventListener(type, hear);
      inThread(desk, 'kefu-message-list')!.dispatchEvent(new ReadEvent());
      inThread(desk, 'kefu-composer')!.dispatchEvent(new SendRequestEvent('Hello'));
      for (const type of REQUEST_EVENTS) document.removeEventListener(type, hear);
      expect(heard).to.deep.equal([]);
      expect(b.messages$.value.at(1)?.content).to.equal('Hello');
      expect(b.info$.value.unread).to.equal(0);
      expect(a.calls).to.deep.equal([]);
    });

    it('keeps a draft for each conversation', async () => {
      const desk = await newDesk();
      mine('a', 'One');
      mine('b', 'Two');
      await settled(desk);
      await choose(desk, 0);
      inThread(desk, 'kefu-composer')!.dispatchEvent(new DraftEvent({ text: 'For one', target: undefined }));
      await choose(desk, 1);
      expect(inThread(desk, 'kefu-composer')).to.have.property('value', '');
      await choose(desk, 0);
      expect(inThread(desk, 'kefu-composer')).to.have.property('value', 'For one');
    });

    it('calls the nameless visitor the same in inbox, header and details', async () => {
      const desk = await newDesk();
      mine('a', 'One');
      await settled(desk);
      await choose(desk, 0);
      const name = /Visitor [0-9A-F]{4}/.exec(textOf(rows(desk)[0]!))![0];
      expect(textOf(inThread(desk, 'header')!)).to.contain(name);
      expect(textOf(part(desk, 'kefu-customer'))).to.contain(name);
    });

    it('shows who is known by what is signed, with a mark, whatever they call themselves', async () => {
      const desk = await newDesk();
      const identity = { id: 'c-42', name: '王芳', email: 'w@example.org', picture: 'data:image/png;base64,AAAA' };
      mine('a', 'One', { visitor: user('usrW', 'The director'), identity });
      mine('b', 'Two', { visitor: user('usrJ', 'Jun'), identity: { id: 'c-43' } });
      mine('c', 'Three', { visitor: user('usrK', 'Kay') });
      await settled(desk);
      const marks = (from: ParentNode): (string | null)[] =>
        [...from.querySelectorAll('[role="img"]')].map((mark) => mark.getAttribute('aria-label'));
      const row = (index: number): ShadowRoot => rows(desk)[index]!.shadowRoot!;
      expect(textOf(rows(desk)[0]!)).to.match(/^王芳 /);
      expect(marks(row(0))).to.deep.equal(['Verified']);
      expect(row(0).querySelector('kefu-avatar')!.user!.avatar).to.equal(identity.picture);
      for (const [index, name] of [
        [1, 'Jun'],
        [2, 'Kay'],
      ] as const) {
        expect(textOf(row(index).querySelector('.name')!)).to.equal(name);
        expect(marks(row(index)), 'their own word').to.deep.equal([]);
      }
      await choose(desk, 0);
      expect(textOf(inThread(desk, 'header')!)).to.match(/王芳 On the page now · c-42 · w@example.org/);
      expect(marks(inThread(desk, 'header')!)).to.deep.equal(['Verified']);
      const details = part(desk, 'kefu-customer');
      expect(textOf(details)).to.match(/王芳 .*Customer ID c-42 E-mail w@example.org/);
      expect(marks(details.shadowRoot!)).to.deep.equal(['Verified']);
      expect(textOf(thread(desk))).not.to.contain('director');
      await choose(desk, 1);
      expect(textOf(details)).to.match(/Jun .*Customer ID c-43/);
      expect(marks(details.shadowRoot!)).to.deep.equal([]);
      await choose(desk, 2);
      expect(textOf(details)).not.to.contain('Customer ID');
      await expect(desk).to.be.accessible();
    });

    it('takes a waiting conversation before anybody writes in it, and follows it', async () => {
      const desk = await newDesk();
      const waiting = mine('w', 'Anyone?', { phase: 'queued', agent: undefined, waitingSince: START_MS });
      waiting.answer = async () => waiting.change({ phase: 'assigned', agent: ada });
      await settled(desk);
      await section(desk, 'waiting');
      await choose(desk, 0);
      expect(inThread(desk, 'kefu-composer')).to.equal(null);
      inThread(desk, '.take button')!.click();
      await until('one can write', () => inThread(desk, 'kefu-composer') !== null);
      await settled(desk);
      expect(waiting.calls).to.include('take');
      expect(tab(desk, 'open').getAttribute('aria-selected')).to.equal('true');
      expect(rows(desk)).to.have.length(1);
    });

    it('resolves by button and by keys, and says when that failed', async () => {
      const desk = await newDesk();
      const a = mine('a', 'One');
      a.answer = () => Promise.reject(new Error('no'));
      await settled(desk);
      await choose(desk, 0);
      inThread(desk, 'header .action')!.click();
      await until('it says that it did not work', () => textOf(thread(desk)).includes('That didn’t work.'));
      a.answer = async () => a.change({ phase: 'resolved' });
      await sendKeys({ down: 'Alt' });
      await sendKeys({ press: 'KeyR' });
      await sendKeys({ up: 'Alt' });
      await until('it is resolved', () => textOf(thread(desk)).includes('A new message opens the conversation again.'));
      expect(a.calls.filter((call) => call === 'resolve')).to.have.length(2);
      expect(textOf(thread(desk))).not.to.contain('That didn’t work.');
      expect(inThread(desk, 'header .action')).to.equal(null);
    });

    it('is left when its conversation is gone', async () => {
      const desk = await newDesk();
      mine('a', 'One');
      await settled(desk);
      await choose(desk, 0);
      client.conversations$.set([]);
      await settled(desk);
      expect(desk.shadowRoot!.querySelector('kefu-thread')).to.equal(null);
    });
  });

  describe('details', () => {
    it('tell where the visitor is, and link only to the web', async () => {
      const desk = await newDesk();
      const a = mine('a', 'One');
      await settled(desk);
      await choose(desk, 0);
      const link = (): HTMLAnchorElement | null => part(desk, 'kefu-customer').shadowRoot!.querySelector('a');
      expect(link()!.href).to.equal(page.url);
      expect(link()!.rel).to.equal('noopener noreferrer');
      expect(textOf(part(desk, 'kefu-customer'))).to.contain('Rill kettle');
      a.change({ page: { title: 'Trap', url: 'javascript:alert(1)' } });
      await settled(desk);
      expect(link()).to.equal(null);
      expect(textOf(part(desk, 'kefu-customer'))).to.contain('Trap');
      inThread(desk, '[aria-pressed]')!.click();
      await settled(desk);
      expect(desk.shadowRoot!.querySelector('kefu-customer')).to.equal(null);
    });
  });

  describe('the page', () => {
    it('has the number of unread messages in its title', async () => {
      const desk = await newDesk();
      const a = mine('a', 'One');
      expect(document.title).to.equal(`(1) ${pageTitle}`);
      a.markRead();
      expect(document.title).to.equal(pageTitle);
      mine('b', 'Two');
      desk.destroy();
      expect(document.title).to.equal(pageTitle);
    });

    it('shows inbox or thread on a phone, with a way back', async () => {
      await setViewport({ width: 390, height: 844 });
      const desk = await newDesk();
      mine('a', 'One');
      await settled(desk);
      const visible = (tag: string): boolean =>
        (desk.shadowRoot!.querySelector<HTMLElement>(tag)?.offsetWidth ?? 0) > 0;
      expect([visible('kefu-inbox'), visible('main')]).to.deep.equal([true, false]);
      await choose(desk, 0);
      expect([visible('kefu-inbox'), visible('main'), visible('kefu-customer')]).to.deep.equal([false, true, false]);
      expect(desk.shadowRoot!.querySelector('kefu-thread')!.offsetWidth).to.equal(desk.offsetWidth);
      inThread(desk, '.back')!.click();
      await until('the inbox is there again', () => visible('kefu-inbox'));
      expectFocus(rows(desk)[0]);
      await setViewport({ width: 1280, height: 800 });
    });

    it('is left without a trace when the desk goes', async () => {
      const desk = await newDesk();
      mine('a', 'One');
      await settled(desk);
      await choose(desk, 0);
      expect(client.observed).to.be.greaterThan(0);
      desk.remove();
      await aTimeout(0);
      expect(client.destroyed).to.equal(true);
      expect(client.observed).to.equal(0);
    });

    it('is accessible with a thread, in the dark and in Chinese', async () => {
      const desk = await newDesk();
      const a = mine('a', 'One', { waitingSince: START_MS });
      mine('b', 'Two', { agent: user('usrBen', 'Ben') });
      a.settle(a.send('Answer').key);
      await settled(desk);
      await choose(desk, 0);
      await expect(desk).to.be.accessible();
      desk.style.setProperty('--kefu-duration', '0s');
      desk.theme = 'dark';
      desk.lang = 'zh-CN';
      await settled(desk);
      expect(textOf(inbox(desk))).to.contain('排队中');
      await expect(desk).to.be.accessible();
    });
  });
});
