// Login by JWT: who the host's server says the visitor is, and what becomes of the anonymous one of the device.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { subjectOf } from '../../../src/protocol/jwt.ts';
import { jwtLogin } from '../../../src/sdk/app/jwt-login.ts';
import type { TokenProvider } from '../../../src/sdk/app/jwt-login.ts';
import type { Client } from '../../../src/sdk/app/model.ts';
import { AGENT } from '../../support/fake-gateway.ts';
import { jwtOf } from '../../support/jwt.ts';
import { MemoryDevice } from '../../support/memory-device.ts';
import { listed, seqids, states, texts, World } from './world.ts';

let world: World;
/** What the device keeps of an anonymous visitor, and of customer 7. */
let anonymous: MemoryDevice;
let kept: MemoryDevice;

/** A page whose host has tokens. */
class Chat {
  token: string | undefined;
  tokenProvider: TokenProvider | undefined;
  readonly reasons: string[] = [];
  readonly client: Client;
  isKnown = false;
  /** What is on the screen in place of what the anonymous visitor had there. */
  shownAtFirst: unknown[] = [];
  /** The client of the anonymous visitor of this device. */
  readonly former: Client;

  constructor(subject = '7', former?: Client) {
    this.former = former ?? world.page(anonymous).client;
    const login = jwtLogin({
      host: this,
      subjectOf,
      subject,
      client: () => this.client,
      isOver: () => false,
      former: this.former,
      needed: (reason) => this.reasons.push(reason),
      other: () => this.reasons.push('other'),
      known: () => {
        this.isKnown = true;
        this.shownAtFirst = texts(this.client.current());
      },
    });
    const { client } = world.page(kept, kept.store, {
      subject,
      logIn: login,
      ended: (reason) => this.reasons.push(`ended ${reason}`),
    });
    this.client = client;
  }

  get secrets(): string[] {
    return world.gateway.of('login').flatMap(({ scheme, secret }) => (scheme === 'jwt' ? [atob(secret)] : []));
  }
}

const logInSoon = async (chat: Chat): Promise<void> => {
  chat.client.current();
  chat.client.connect();
  await world.soon();
};

beforeEach(() => {
  world = new World();
  anonymous = new MemoryDevice();
  kept = new MemoryDevice();
});

describe('login by JWT', () => {
  it('logs in with the token, and keeps on the device nothing to log in with', async () => {
    const chat = new Chat();
    chat.token = jwtOf('7');
    await logInSoon(chat);
    assert.equal(chat.client.link$.value.state, 'online');
    assert.equal(chat.client.me$.value?.id, 'usrKnown7');
    assert.deepEqual(chat.secrets, [chat.token]);
    assert.equal(world.gateway.of('login')[0]?.kefu, undefined);
    assert.equal(kept.token, undefined);
    assert.equal(kept.values.get('kefu:visitor:https://im.example.com:7'), undefined);
    assert.equal(world.gateway.of('acc').length, 0);
    assert.deepEqual(chat.reasons, []);
  });

  it('asks the provider for a fresh token on each link but the one that has a new one', async () => {
    const chat = new Chat();
    let asked = 0;
    chat.token = jwtOf('7', 0);
    chat.tokenProvider = () => Promise.resolve(jwtOf('7', (asked += 1)));
    await logInSoon(chat);
    assert.equal(asked, 0);
    for (let links = 1; links <= 2; links += 1) {
      world.gateway.cut();
      await world.clock.advance(5_000);
      assert.equal(asked, links);
    }
    assert.equal(chat.client.link$.value.state, 'online');
    assert.deepEqual(chat.secrets, [jwtOf('7', 0), jwtOf('7', 1), jwtOf('7', 2)]);
  });

  it('says that the token has expired, and asks the provider for another after a back-off', async () => {
    const chat = new Chat();
    let asked = 0;
    chat.tokenProvider = () => Promise.resolve(jwtOf('7', (asked += 1)));
    world.gateway.jwtRefusal = 'expired';
    await logInSoon(chat);
    assert.deepEqual([chat.reasons, asked], [['expired'], 1]);
    world.gateway.jwtRefusal = undefined;
    await world.clock.advance(1_000);
    assert.equal(asked, 2);
    assert.equal(chat.client.link$.value.state, 'online');
    assert.deepEqual(chat.reasons, ['expired']);
  });

  it('never sends a refused token again, keeps trying, and takes a new one at once', async () => {
    const chat = new Chat();
    chat.token = jwtOf('7');
    world.gateway.jwtRefusal = 'token';
    await logInSoon(chat);
    await world.clock.advance(120_000);
    assert.deepEqual([chat.reasons, chat.secrets.length], [['token'], 1]);
    assert.equal(chat.client.link$.value.state, 'retrying');
    world.gateway.jwtRefusal = undefined;
    chat.token = jwtOf('7', 2);
    chat.client.connect();
    // An attempt may have been made within the last second.
    await world.clock.advance(1_100);
    assert.equal(chat.client.link$.value.state, 'online');
  });

  const failing: [string, TokenProvider][] = [
    [
      'throws',
      () => {
        throw new Error('page');
      },
    ],
    ['rejects', () => Promise.reject(new Error('page'))],
    ['never answers', () => new Promise<string>(() => undefined)],
    ['answers rubbish', () => 'rubbish'],
    ['answers nothing', () => Promise.resolve(JSON.parse('null') as string)],
  ];
  for (const [what, provider] of failing) {
    it(`survives a provider that ${what}`, async () => {
      const chat = new Chat();
      chat.tokenProvider = provider;
      await logInSoon(chat);
      await world.clock.advance(5_100);
      assert.equal(chat.reasons[0], 'provider');
      assert.equal(chat.client.link$.value.state, 'retrying');
      chat.tokenProvider = () => jwtOf('7');
      await world.clock.advance(30_000);
      assert.equal(chat.client.link$.value.state, 'online');
      assert.equal(chat.secrets.length, 1);
    });
  }

  it('says that there is no token, that the gateway has no keys, that it wants one', async () => {
    const without = new Chat();
    await logInSoon(without);
    assert.deepEqual(without.reasons, ['missing']);
    without.client.destroy();
    world.gateway.hasKeys = false;
    const chat = new Chat();
    chat.token = jwtOf('7');
    await logInSoon(chat);
    assert.deepEqual([chat.reasons, chat.secrets], [['unsupported'], []]);
    assert.equal(chat.client.link$.value.state, 'retrying');
    chat.client.destroy();
    world.gateway.intercept = ({ acc }, line) => {
      if (acc) world.gateway.ctrl(line, 403, { id: acc.id ?? '', params: { reason: 'identity' } });
      return acc !== undefined;
    };
    const reasons: string[] = [];
    const { client } = world.page(anonymous, anonymous.store, { ended: (reason) => reasons.push(reason) });
    client.connect();
    await world.soon();
    assert.deepEqual(reasons, ['identity']);
    assert.equal(client.link$.value.state, 'refused');
  });

  it('never logs in by the token of somebody else', async () => {
    const chat = new Chat();
    chat.tokenProvider = () => jwtOf('8');
    await logInSoon(chat);
    await world.clock.advance(60_000);
    assert.deepEqual(chat.secrets, []);
    assert.equal(chat.token, jwtOf('8'));
    assert.equal(chat.reasons[0], 'other');
  });

  describe('on the device of an anonymous visitor', () => {
    let former: Client;

    beforeEach(async () => {
      former = world.page(anonymous).client;
      former.current().send('stored');
      former.connect();
      await world.clock.advance(1_000);
      former.disconnect();
    });

    it('makes the account a known one, and wipes what was kept of the anonymous one', async () => {
      const user = former.me$.value?.id;
      const token = anonymous.token;
      const chat = new Chat('7', former);
      chat.token = jwtOf('7');
      await logInSoon(chat);
      assert.deepEqual(world.gateway.of('login').at(-1)?.kefu, { from: token });
      assert.equal(chat.client.me$.value?.id, user);
      assert.deepEqual(texts(chat.client.current()), ['stored']);
      assert.ok(chat.isKnown);
      assert.deepEqual(chat.shownAtFirst, ['stored'], 'nothing goes away and comes back');
      assert.equal(anonymous.token, undefined);
      assert.deepEqual([anonymous.own.size, anonymous.seen.size], [0, 0]);
      assert.equal(anonymous.values.get('kefu:visitor:https://im.example.com'), undefined);
    });

    it('sends once and in order what was written without a link, before what the known one writes', async () => {
      for (const text of ['a', 'b', 'c']) former.current().send(text);
      await world.soon();
      const msgids = listed(former.current()).map(({ msgid }) => msgid);
      const chat = new Chat('7', former);
      chat.client.current().send('known');
      chat.tokenProvider = async () => {
        await new Promise<void>((resolve) => void world.clock.after(500, resolve));
        // Written while the token was on its way, and not painted yet.
        former.current().send('d');
        return jwtOf('7');
      };
      await logInSoon(chat);
      assert.deepEqual(texts(chat.client.current()), ['known']);
      await world.clock.advance(3_000);
      assert.deepEqual(texts(chat.client.current()), ['stored', 'a', 'b', 'c', 'd', 'known']);
      assert.deepEqual(seqids(chat.client.current()), [1, 2, 3, 4, 5, 6]);
      assert.deepEqual(
        listed(chat.client.current())
          .slice(0, 4)
          .map(({ msgid }) => msgid),
        msgids,
      );
      const [topic] = world.gateway.topics.values();
      assert.deepEqual(
        topic?.messages.map(({ content }) => content),
        ['stored', 'a', 'b', 'c', 'd', 'known'],
      );
      assert.equal(world.gateway.topics.size, 1);
      assert.equal(anonymous.own.size, 0);
    });

    it('keeps them where they are until the gateway has said who the visitor is', async () => {
      former.current().send('a');
      await world.soon();
      const chat = new Chat();
      chat.token = jwtOf('7');
      world.gateway.jwtRefusal = 'token';
      await logInSoon(chat);
      assert.deepEqual(texts(chat.client.current()), []);
      assert.deepEqual([anonymous.own.get('newweb')?.size, kept.own.size], [1, 0]);
      assert.ok(anonymous.token);
    });

    it('finds them on the device, of a page that is gone', async () => {
      former.current().send('a');
      await world.soon();
      former.destroy();
      const chat = new Chat();
      chat.token = jwtOf('7');
      await logInSoon(chat);
      await world.clock.advance(2_000);
      assert.deepEqual(texts(chat.client.current()), ['stored', 'a']);
      assert.equal(anonymous.own.size, 0);
      // On the next link nobody is looked for any more.
      world.gateway.cut();
      await world.clock.advance(5_000);
      assert.equal(world.gateway.of('login').at(-1)?.kefu, undefined);
    });

    it('moves what was refused, and files that are not there yet', async () => {
      former.current().sendFile(new File(['%PDF'], 'a.pdf', { type: 'application/pdf' }), { name: 'a.pdf' });
      await world.soon();
      assert.deepEqual(states(former.current()), ['sent', 'uploading']);
      const chat = new Chat('7', former);
      chat.token = jwtOf('7');
      await logInSoon(chat);
      await world.clock.advance(3_000);
      assert.deepEqual(states(chat.client.current()), ['sent', 'sent']);
      assert.equal(world.files.uploads.size, 1);
    });

    it('tells the other pages of the anonymous visitor to leave', async () => {
      const reasons: string[] = [];
      const other = world.page(anonymous, anonymous.store, { ended: (reason) => reasons.push(reason) }).client;
      other.connect();
      other.current().send('from the other page');
      await world.clock.advance(1_000);
      const chat = new Chat();
      chat.token = jwtOf('7');
      await logInSoon(chat);
      assert.deepEqual(reasons, ['left']);
      assert.equal(other.link$.value.state, 'idle');
      await world.clock.advance(3_000);
      assert.deepEqual(texts(chat.client.current()), ['stored', 'from the other page']);
      assert.equal(world.gateway.of('acc').length, 1);
    });

    it('goes on with that conversation, whichever the device had of the customer before', async () => {
      world.gateway.subjects.set('7', 'usrKnown7');
      const old = world.gateway.conversation('usrKnown7', 2);
      await kept.store.see('newweb', {
        user: 'usrKnown7',
        name: old.name,
        epoch: 'one',
        low: 1,
        contiguous: 2,
        clear: 0,
        messages: [],
        members: [],
        status: undefined,
        public: undefined,
        touched: 0,
        myRead: 0,
      });
      former.current().send('a');
      const chat = new Chat('7', former);
      chat.token = jwtOf('7');
      await logInSoon(chat);
      await world.clock.advance(2_000);
      assert.deepEqual(texts(chat.client.current()), ['stored', 'a']);
      assert.deepEqual(chat.shownAtFirst, ['stored', 'a']);
      assert.equal(old.newest, 2);
    });

    it('takes the conversation to the account that the customer has already', async () => {
      world.gateway.subjects.set('7', 'usrKnown7');
      former.current().send('a');
      await world.soon();
      const chat = new Chat('7', former);
      chat.token = jwtOf('7');
      await logInSoon(chat);
      await world.clock.advance(2_000);
      assert.equal(chat.client.me$.value?.id, 'usrKnown7');
      assert.deepEqual(texts(chat.client.current()), ['stored', 'a']);
      const [topic] = world.gateway.topics.keys();
      world.gateway.publish(topic ?? '', AGENT.user, 'answer');
      await world.soon();
      assert.deepEqual(texts(chat.client.current()), ['stored', 'a', 'answer']);
    });
  });
});
