// The session: who is logged in after each new link, and what is kept of it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Subject } from 'rxjs';
import { volatileDeviceStore } from '../../../src/sdk/datalink/device-store.ts';
import type { SessionOptions } from '../../../src/sdk/datalink/session.ts';
import { memoryStore } from '../../../src/sdk/datalink/key-value-store.ts';
import type { KeyValueStore } from '../../../src/sdk/datalink/key-value-store.ts';
import { RefusedError } from '../../../src/sdk/datalink/request-errors.ts';
import { Session } from '../../../src/sdk/datalink/session.ts';
import { Link } from '../../../src/sdk/network/link.ts';
import { AGENT, FakeGateway } from '../../support/fake-gateway.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const KEY = 'token';

let clock: ManualClock;
let gateway: FakeGateway;
let store: KeyValueStore;
let device: SessionOptions['device'];
let link: Link;
let session: Session;

const begin = (role: 'visitor' | 'agent', lang?: string): void => {
  const random = (): number => 0.5;
  link = new Link({ connect: gateway.connect, clock, random, wake$: new Subject() });
  session = new Session(link, store, { role, lang, device, storageKey: KEY, alone: (act) => act() }, clock, random);
};

beforeEach(() => {
  clock = new ManualClock();
  gateway = new FakeGateway(clock);
  store = memoryStore();
  device = volatileDeviceStore;
});

describe('session', () => {
  it('says hi with its version and language, makes an account, keeps the token', async () => {
    begin('visitor', 'zh-CN');
    assert.equal(store.get(KEY), undefined);
    link.start();
    await clock.advance(100);
    const [hi] = gateway.of('hi');
    assert.equal(hi?.ver, '0.25');
    assert.equal(hi.lang, 'zh-CN');
    assert.deepEqual(hi.kefu, { v: 1 });
    const token = 'token of usrVisitor0001';
    assert.deepEqual(session.login$.value, {
      user: 'usrVisitor0001',
      name: undefined,
      token,
      kefu: true,
      epoch: 'one',
    });
    assert.equal(store.get(KEY), 'token of usrVisitor0001');
    assert.equal(link.state$.value, 'live');
  });

  it('is the same user on every later link', async () => {
    begin('visitor');
    link.start();
    await clock.advance(100);
    gateway.cut();
    assert.equal(typeof session.login$.value, 'undefined');
    await clock.advance(5_000);
    assert.equal(session.login$.value?.user, 'usrVisitor0001');
    assert.equal(gateway.of('acc').length, 1);
    assert.deepEqual(
      gateway.of('login').map(({ secret }) => secret),
      ['token of usrVisitor0001'],
    );
  });

  it('makes a visitor a new account when the token is no longer known', async () => {
    store.set(KEY, 'forgotten');
    begin('visitor');
    link.start();
    await clock.advance(100);
    assert.equal(session.login$.value?.user, 'usrVisitor0001');
    assert.equal(store.get(KEY), 'token of usrVisitor0001');
  });

  it('gives the new account its time when the token is no longer known', async () => {
    store.set(KEY, 'forgotten');
    begin('visitor');
    let isSlow = true;
    gateway.intercept = (packet, line) => {
      if (!isSlow || !(packet.login ?? packet.acc)) return false;
      clock.after(4_000, () => {
        isSlow = false;
        gateway.received(JSON.stringify(packet), line);
        isSlow = true;
      });
      return true;
    };
    link.start();
    await clock.advance(9_000);
    assert.equal(session.login$.value?.user, 'usrVisitor0001');
    assert.equal(gateway.connections.length, 1);
  });

  it('waits for answers that are on their way before it follows the gateway that goes away', async () => {
    begin('visitor');
    link.start();
    await clock.advance(100);
    const last = session.requests.request('leave', { topic: 'me' });
    gateway.intercept = ({ leave }, line) => {
      clock.after(3_000, () => {
        gateway.ctrl(line, 200, { id: leave?.id ?? '' });
      });
      return leave !== undefined;
    };
    const slow = session.requests.request('leave', { topic: 'me' });
    gateway.push({ ctrl: { code: 205, text: 'server shutdown', params: { after: 0 } } });
    assert.equal((await Promise.all([last, slow, clock.advance(4_000)]))[1].code, 200);
    assert.equal(link.state$.value, 'live');
    assert.equal(gateway.connections.length, 2);
  });

  it('keeps the token when the gateway is only busy', async () => {
    begin('visitor');
    link.start();
    await clock.advance(100);
    gateway.intercept = ({ login }, line) => {
      if (login) gateway.ctrl(line, 503, { id: login.id ?? '' });
      return login !== undefined;
    };
    gateway.cut();
    await clock.advance(60_000);
    assert.equal(store.get(KEY), 'token of usrVisitor0001');
    gateway.intercept = () => false;
    await clock.advance(30_000);
    assert.equal(session.login$.value?.user, 'usrVisitor0001');
  });

  describe('P7: with a device that keeps the token', () => {
    let kept: string | undefined;
    let writes: number;
    let write: () => Promise<void>;

    beforeEach(() => {
      kept = undefined;
      writes = 0;
      write = () => Promise.resolve();
      device = {
        token: () => Promise.resolve(kept),
        keepToken: async (token) => {
          writes += 1;
          await write();
          kept = token;
        },
      };
    });

    it('is the same user when the store has lost it with the browser', async () => {
      begin('visitor');
      link.start();
      await clock.advance(100);
      assert.equal(kept, 'token of usrVisitor0001');
      session.destroy();
      store = memoryStore();
      begin('visitor');
      link.start();
      await clock.advance(100);
      assert.equal(session.login$.value?.user, 'usrVisitor0001');
      assert.equal(gateway.of('acc').length, 1);
      assert.equal(writes, 1, 'what is kept is not written again');
    });

    it('sends nothing before the token of a new account is kept', async () => {
      let done = (): void => undefined;
      write = () => new Promise((resolve) => (done = resolve));
      begin('visitor');
      link.start();
      await clock.advance(100);
      assert.equal(typeof session.login$.value, 'undefined');
      done();
      await clock.advance(0);
      assert.equal(session.login$.value?.user, 'usrVisitor0001');
    });

    it('goes on with a device that fails or does not answer', async () => {
      for (const answer of [() => Promise.reject(new Error('full')), () => new Promise<never>(() => undefined)]) {
        device = { token: answer, keepToken: answer };
        begin('visitor');
        link.start();
        await clock.advance(5_000);
        assert.equal(session.login$.value?.user, 'usrVisitor0001');
        session.destroy();
        link.destroy();
      }
      assert.equal(gateway.of('acc').length, 1, 'the store has it');
    });

    it('forgets the one that the gateway does not know, and finds the one in the store', async () => {
      begin('visitor');
      link.start();
      await clock.advance(100);
      gateway.cut();
      kept = 'forgotten';
      await clock.advance(5_000);
      assert.equal(session.login$.value?.user, 'usrVisitor0001');
      assert.equal(gateway.of('acc').length, 1);
      assert.equal(kept, 'token of usrVisitor0001');
    });
  });

  it('refuses an agent whose token is no longer known', async () => {
    store.set(KEY, 'forgotten');
    begin('agent');
    link.start();
    await clock.advance(100);
    assert.equal(link.state$.value, 'fatal');
    assert.equal(store.get(KEY), undefined);
    assert.equal(gateway.of('acc').length, 0);
  });

  it('rejects a login that the gateway closes the door on', async () => {
    begin('agent');
    gateway.intercept = () => {
      gateway.cut(4403);
      return true;
    };
    const refused = assert.rejects(session.logIn(AGENT.name, AGENT.password), RefusedError);
    await clock.advance(100);
    await refused;
    assert.equal(link.state$.value, 'fatal');
  });

  it('sends a name and a password in UTF-8', async () => {
    begin('agent');
    void session.logIn('李雷', 'пароль').catch(() => undefined);
    await clock.advance(100);
    const secret = gateway.of('login')[0]?.secret ?? '';
    assert.equal(Buffer.from(secret, 'base64').toString('utf8'), '李雷:пароль');
  });

  it('knows a stock peer', async () => {
    gateway.stock = true;
    begin('visitor');
    link.start();
    await clock.advance(100);
    assert.equal(session.login$.value?.kefu, false);
  });

  it('passes over what it does not understand', async () => {
    begin('visitor');
    link.start();
    await clock.advance(100);
    for (const text of ['', '{', '[]', '{"future":{}}', '{"data":{"seq":"x"}}', 'null']) gateway.line.push(text);
    assert.equal(link.state$.value, 'live');
  });

  it('tries again when hi is not answered', async () => {
    let once = true;
    gateway.intercept = ({ hi }) => hi !== undefined && once && !(once = false);
    begin('visitor');
    link.start();
    await clock.advance(15_000);
    assert.equal(link.state$.value, 'live');
    assert.equal(gateway.connections.length, 2);
  });

  it('logs out: forgets the token, ends the link', async () => {
    begin('visitor');
    link.start();
    await clock.advance(100);
    session.logOut();
    assert.equal(store.get(KEY), undefined);
    assert.equal(session.login$.value, undefined);
    assert.equal(clock.waiting, 0);
  });
});
