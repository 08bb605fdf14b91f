// hi, acc and login: who may come in, and as whom.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { Ctrl } from '../../src/protocol/server-packet.ts';
import { JumpingClock } from './jumping-clock.ts';
import { newFolder, newGateway, PASSWORD } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

const basic = (name: string, password: string): string => Buffer.from(`${name}:${password}`).toString('base64');

describe('hi', () => {
  test('must be first, of a version that is understood', async (t) => {
    const gateway = await newGateway(t);
    const { url } = gateway;
    const client = await TestClient.connect(url, { greets: false });
    assert.equal((await client.request('login', { scheme: 'token', secret: 'x' })).code, 409);
    const old = await client.request('hi', { ver: '0.15' });
    assert.equal(old.code, 505);
    assert.equal(old.text, 'version not supported');
    const hi = await client.request('hi', { ver: '0.25', kefu: { v: 1 } });
    assert.equal(hi.code, 201);
    assert.deepEqual(hi.params?.['kefu'], { v: 1, epoch: await gateway.store.secret({ name: 'epoch', value: 'new' }) });
    assert.equal(hi.params['ver'], '0.25');
    assert.equal(typeof hi.params['build'], 'string');
    assert.equal(hi.params['maxMessageSize'], 65_536);
    assert.match(hi.ts ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(
      (await client.request('hi', { ver: '0.25', lang: 'en' })).code,
      200,
      'a second one tells the language',
    );
    await client.close();
  });

  test('everything else needs a login', async (t) => {
    const { url } = await newGateway(t);
    const client = await TestClient.connect(url);
    assert.equal((await client.request('sub', { topic: 'me' })).code, 401);
    assert.equal((await client.request('get', { topic: 'me', what: 'desc' })).code, 401);
    assert.equal((await client.request('pub', { topic: 'grpAAAAAAAAAAAAAAAA', content: 'x' })).code, 401);
    await client.close();
  });
});

describe('acc', () => {
  test('an anonymous visitor gets a token that stays good, and the same', async (t) => {
    const dataDir = await newFolder();
    const gateway = await newGateway(t, { dataDir });
    const visitor = await TestClient.visitor(gateway.url);
    assert.match(visitor.user, /^usr[\w-]{22}$/);
    assert.equal(Buffer.from(visitor.token, 'base64').length, 32);
    await visitor.close();
    for (let n = 0; n < 2; n += 1) {
      const again = await TestClient.token(gateway.url, visitor.token);
      assert.equal(again.user, visitor.user);
      assert.equal(again.token, visitor.token, 'an answer that is lost must not lose the account');
      await again.close();
    }
    await gateway.close();
    const restarted = await newGateway(t, { dataDir });
    assert.equal((await TestClient.token(restarted.url, visitor.token)).user, visitor.user);
  });

  test('other schemes are for operators who want them', async (t) => {
    const closed = await newGateway(t);
    const secret = basic('carol', 'a long password');
    const one = await TestClient.connect(closed.url);
    assert.equal((await one.request('acc', { user: 'new', scheme: 'basic', secret, login: true })).code, 403);
    assert.equal((await one.request('acc', { user: 'new', scheme: 'anonymous' })).code, 400);
    assert.equal((await one.request('acc', { scheme: 'anonymous', login: true })).code, 400);

    const open = await newGateway(t, { openRegistration: true });
    const two = await TestClient.connect(open.url);
    assert.equal((await two.request('acc', { user: 'new', scheme: 'basic', secret: 'nonsense' })).code, 400);
    const made = await two.request('acc', { user: 'newx', scheme: 'basic', secret, login: true });
    assert.equal(made.code, 200);
    assert.equal(made.params?.['authlvl'], 'auth');
    assert.equal((await two.request('login', { scheme: 'basic', secret })).code, 409);
    const three = await TestClient.connect(open.url);
    assert.equal((await three.request('acc', { user: 'new', scheme: 'basic', secret })).code, 409, 'taken');
    const carol = await TestClient.login(open.url, 'Carol', 'a long password');
    assert.equal((await carol.request('sub', { topic: 'newk' })).code, 200, 'as a visitor');
    const topic = await carol.open();
    const change = { trusted: { 'x-kefu': { phase: 'resolved' } } };
    assert.equal((await carol.request('set', { topic, desc: change })).code, 403, 'no agent');
  });

  test('one address makes only so many accounts', async (t) => {
    const { url } = await newGateway(t, { limits: { accounts: { perSecond: 0.01, burst: 2 } } });
    await TestClient.visitor(url);
    await TestClient.visitor(url);
    const third = await TestClient.connect(url);
    const refused = await third.request('acc', { user: 'new', scheme: 'anonymous', login: true });
    assert.equal(refused.code, 429);
    assert.ok(Number(refused.params?.['retryAfter']) > 1_000);
  });

  test('a name that is too long is refused', async (t) => {
    const { url } = await newGateway(t);
    const client = await TestClient.connect(url);
    const desc = { public: { fn: 'x'.repeat(5_000) } };
    const ctrl = await client.request('acc', { user: 'new', scheme: 'anonymous', login: true, desc });
    assert.equal(ctrl.code, 413);
  });
});

describe('login', () => {
  test('wrong token, name, password, scheme: the same answer', async (t) => {
    const { url } = await newGateway(t);
    const client = await TestClient.connect(url);
    const answers = [];
    for (const [scheme, secret] of [
      ['token', 'AAAA'],
      ['basic', basic('mei', 'wrong password')],
      ['basic', basic('nobody', PASSWORD)],
      ['basic', 'nonsense'],
      ['reset', ''],
    ] as const) {
      const { code, text, params } = await client.request('login', { scheme, secret });
      answers.push(JSON.stringify({ code, text, params }));
    }
    assert.deepEqual(new Set(answers), new Set(['{"code":401,"text":"authentication required"}']));
    const mei = await client.request('login', { scheme: 'basic', secret: basic('MEI', PASSWORD) });
    assert.equal(mei.code, 200);
    assert.equal(mei.params?.['authlvl'], 'auth');
    assert.equal((await client.request('login', { scheme: 'token', secret: 'AAAA' })).code, 409);
  });

  test('guessing ends after a few tries, and only for who guesses wrong', async (t) => {
    const { url } = await newGateway(t, { limits: { loginFailures: { perSecond: 0.001, burst: 3 } } });
    const client = await TestClient.connect(url);
    for (let n = 0; n < 3; n += 1) await (await TestClient.login(url, 'mei', PASSWORD)).close();
    for (let n = 0; n < 3; n += 1)
      assert.equal((await client.request('login', { scheme: 'basic', secret: basic('mei', `guess ${n}`) })).code, 401);
    const blocked = await client.request('login', { scheme: 'basic', secret: basic('mei', PASSWORD) });
    assert.equal(blocked.code, 429);
    assert.ok(Number(blocked.params?.['retryAfter']) > 0);
  });

  test('a link tries only so many tokens', async (t) => {
    const { url } = await newGateway(t, { limits: { badTokens: 3 } });
    const client = await TestClient.connect(url);
    for (let n = 0; n < 3; n += 1)
      assert.equal((await client.request('login', { scheme: 'token', secret: `guess ${n}` })).code, 401);
    assert.equal(await client.waitClose(), 4429);
  });

  test('a visitor has so many links at a time', async (t) => {
    const { url } = await newGateway(t, { limits: { linksPerVisitor: 2 } });
    const one = await TestClient.visitor(url);
    const two = await TestClient.token(url, one.token);
    const login = async (): Promise<Ctrl> => {
      const link = await TestClient.connect(url);
      return link.request('login', { scheme: 'token', secret: one.token });
    };
    const refused = await login();
    assert.deepEqual([refused.code, refused.params?.['reason']], [429, 'links']);
    assert.ok(Number(refused.params?.['retryAfter']) > 0);
    await two.close();
    // The gateway may hear of it a moment later.
    let code = 0;
    for (let n = 0; n < 50 && code !== 200; n += 1) code = (await login()).code;
    assert.equal(code, 200);
    for (let n = 0; n < 3; n += 1) await TestClient.login(url, 'mei', PASSWORD);
  });

  test('hi and login have deadlines', async (t) => {
    const clock = new JumpingClock();
    const { url } = await newGateway(t, { clock });
    const silent = await TestClient.connect(url, { greets: false });
    const anonymous = await TestClient.connect(url);
    const visitor = await TestClient.visitor(url);
    clock.jump(LIMITS.helloDeadlineMs);
    assert.equal(await silent.waitClose(), 4400);
    await anonymous.settle();
    clock.jump(LIMITS.loginDeadlineMs);
    assert.equal(await anonymous.waitClose(), 4400);
    await visitor.settle();
  });
});

describe('me', () => {
  test('desc, an empty list, the own name', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url, 'Vera');
    const id = visitor.send('sub', { topic: 'me', get: { what: 'desc sub tags' } });
    assert.equal((await visitor.answer(id)).code, 200);
    assert.deepEqual((await visitor.waitMeta(id, 'desc')).desc?.public, { fn: 'Vera' });
    const empty = await visitor.wait('204', () =>
      visitor.ctrls().find(({ code, params }) => code === 204 && params?.['what'] === 'sub'),
    );
    assert.equal(empty.id, id);
    assert.equal((await visitor.request('sub', { topic: 'me' })).code, 304);
    assert.equal((await visitor.request('set', { topic: 'me', desc: { public: { fn: 'Vera B.' } } })).code, 200);
    assert.equal((await visitor.request('set', { topic: 'me', desc: { private: {} } })).code, 501);
    const other = await TestClient.token(url, visitor.token);
    const desc = other.send('get', { topic: 'me', what: 'desc' });
    assert.deepEqual((await other.waitMeta(desc, 'desc')).desc?.public, { fn: 'Vera B.' });
    assert.equal((await visitor.request('leave', { topic: 'me' })).code, 200);
    assert.equal((await visitor.request('leave', { topic: 'me' })).code, 304);
  });
});
