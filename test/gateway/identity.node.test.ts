// A visitor who is known by a signed token: the same person on every device, and what they said before.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunningGateway } from '../../src/gateway/server.ts';
import { JWT_SECRET, signToken } from '../support/sign-token.ts';
import { newGateway, PASSWORD } from './new-gateway.ts';
import { TestClient, msgid } from './test-client.ts';

const JWT = { keysFile: undefined, secret: JWT_SECRET, audience: 'kefu', isRequired: false };
const limits = { visitorPubs: { perSecond: 1_000, burst: 1_000 } };

const known = (test: TestContext, isRequired = false): Promise<RunningGateway> =>
  newGateway(test, { limits, jwt: { ...JWT, isRequired } });

describe('identity', () => {
  test('hi says whether signed tokens are known here', async (t) => {
    for (const [gateway, jwt] of [
      [await known(t), true],
      [await newGateway(t), undefined],
    ] as const) {
      const client = await TestClient.connect(gateway.url, { greets: false });
      const { params } = await client.request('hi', { ver: '0.25', kefu: { v: 1 } });
      assert.equal((params?.['kefu'] as { jwt?: boolean }).jwt, jwt);
      if (jwt === undefined) assert.equal((await client.showToken(await signToken({ sub: 'c' }))).code, 401);
    }
  });

  test('nobody has it yet: a new account, the same on every device', async (t) => {
    const { url } = await known(t);
    const phone = await TestClient.known(url, await signToken({ sub: 'c-1', name: 'Wang' }));
    const topic = await phone.open();
    await phone.say(topic, 'hello');
    const laptop = await TestClient.known(url, await signToken({ sub: 'c-1', name: 'Wang' }));
    assert.equal(laptop.user, phone.user);
    assert.equal(await laptop.open(), topic);
    const other = await TestClient.known(url, await signToken({ sub: 'c-2' }));
    assert.notEqual(other.user, phone.user);
    assert.equal((await other.attach(topic)).code, 404, 'a conversation of somebody else');
    assert.notEqual(await other.open(), topic);
  });

  test('nobody has it yet, and an anonymous visitor was talking: that account, by a new token alone', async (t) => {
    const { url } = await known(t);
    const before = await TestClient.visitor(url);
    const topic = await before.open();
    await before.say(topic, 'hello');
    const after = await TestClient.known(url, await signToken({ sub: 'c-1' }), before.token);
    assert.equal(after.user, before.user);
    assert.equal(await after.open(), topic);
    assert.notEqual(after.token, before.token);
    const client = await TestClient.connect(url);
    assert.equal((await client.request('login', { scheme: 'token', secret: before.token })).code, 401);
    assert.equal((await client.request('login', { scheme: 'token', secret: after.token })).code, 200);
    assert.equal((await TestClient.known(url, await signToken({ sub: 'c-1' }), before.token)).user, before.user);
  });

  test('two pages at once are one person', async (t) => {
    const { url } = await known(t);
    const before = await TestClient.visitor(url);
    const jwt = await signToken({ sub: 'c-1' });
    const both = await Promise.all([1, 2, 3].map(() => TestClient.known(url, jwt, before.token)));
    assert.deepEqual(new Set(both.map(({ user }) => user)), new Set([before.user]));
    const anew = await Promise.all([1, 2, 3].map(async () => TestClient.known(url, await signToken({ sub: 'c-2' }))));
    assert.equal(new Set(anew.map(({ user }) => user)).size, 1);
  });

  test('somebody has it, and an anonymous visitor was talking: what they said is that person’s', async (t) => {
    const { url } = await known(t);
    const phone = await TestClient.known(url, await signToken({ sub: 'c-1' }));
    const earlier = await phone.open();
    await phone.say(earlier, 'earlier');
    const before = await TestClient.visitor(url, 'Vera');
    const topic = await before.open();
    const mei = await TestClient.login(url, 'mei', PASSWORD);
    await mei.request('sub', { topic: 'me', get: { what: 'sub' } });
    await mei.attach(topic);
    await before.say(topic, 'one', msgid(1));
    await mei.request('set', { topic, desc: { trusted: { 'x-kefu': { phase: 'assigned' } } } });
    await mei.say(topic, 'two');
    await before.say(topic, 'three', msgid(3));
    await mei.waitData(topic, 3);
    mei.packets.length = 0;

    const after = await TestClient.known(url, await signToken({ sub: 'c-1' }), before.token);
    assert.equal(after.user, phone.user);
    assert.deepEqual(
      [await before.waitClose(), before.ctrls().at(-1)?.code],
      [1001, 401],
      'who is somebody else now logs in anew',
    );
    assert.equal(await after.open(), topic, 'what was going on goes on');
    const id = after.send('get', { topic, what: 'desc data' });
    await after.answer(id);
    assert.deepEqual(
      after.data(topic).map(({ seq, from, content }) => [seq, from, content]),
      [
        [3, after.user, 'three'],
        [2, mei.user, 'two'],
        [1, after.user, 'one'],
      ],
    );
    assert.equal((await after.waitMeta(id, 'desc')).desc?.read, 3, 'as far as they have read it');
    for (const [n, text, seq] of [
      [1, 'one', 1],
      [3, 'three', 3],
    ] as const) {
      const head = { 'x-kefu-msgid': msgid(n) };
      const { code, params } = await after.request('pub', { topic, content: text, head });
      assert.deepEqual([code, params], [202, { seq, dup: true }], 'sent again by the next page');
    }
    assert.equal((await after.attach(earlier)).code, 200, 'and what was said earlier is there');

    await mei.waitPres({ topic, what: 'upd' });
    await mei.waitPres({ topic: 'me', src: topic, what: 'upd' });
    await after.say(topic, 'four');
    assert.equal((await mei.waitData(topic, 4)).from, after.user);
    await mei.say(topic, 'five');
    await after.waitData(topic, 5);
    const sub = mei.send('get', { topic, what: 'sub' });
    const { sub: members = [] } = await mei.waitMeta(sub, 'sub');
    assert.deepEqual(new Set(members.map(({ user }) => user)), new Set([after.user, mei.user]));
  });

  test('two pages at once, somebody having it: one merges, all are the same, no link is left as it was', async (t) => {
    const { url, store } = await known(t);
    const wang = await TestClient.known(url, await signToken({ sub: 'c-1' }));
    const before = await TestClient.visitor(url);
    const idle = await TestClient.token(url, before.token);
    const topic = await before.open();
    await before.say(topic, 'one');
    const jwt = await signToken({ sub: 'c-1' });
    const pages = await Promise.all([1, 2, 3].map(() => TestClient.known(url, jwt, before.token)));
    for (const page of pages) assert.deepEqual([page.user, await page.open()], [wang.user, topic]);
    for (const link of [before, idle]) {
      assert.equal(await link.waitClose(), 1001);
      assert.equal(link.ctrls().at(-1)?.code, 401);
    }
    assert.equal(await store.user(before.user), undefined);
    const client = await TestClient.connect(url);
    assert.equal((await client.request('login', { scheme: 'token', secret: before.token })).code, 401);
  });

  test('a message that was on its way when its sender became another is stored once', async (t) => {
    const { url } = await known(t);
    const wang = await TestClient.known(url, await signToken({ sub: 'c-1' }));
    const before = await TestClient.visitor(url);
    const topic = await before.open();
    const jwt = await signToken({ sub: 'c-1' });
    const after = await TestClient.connect(url);
    const sent = Array.from({ length: 40 }, (_, n) => n + 1);
    const say = (client: TestClient, n: number): string =>
      client.send('pub', { topic, content: `m${n}`, head: { 'x-kefu-msgid': msgid(n) } });
    const ids = sent.slice(0, 20).map((n) => say(before, n));
    const login = after.showToken(jwt, before.token);
    ids.push(...sent.slice(20).map((n) => say(before, n)));
    assert.equal((await login).params?.['user'], wang.user);
    await before.waitClose();
    const answers = before.ctrls().filter(({ id = '' }) => ids.includes(id));
    assert.equal(await after.open(), topic);
    const again = await Promise.all(sent.map((n) => after.answer(say(after, n))));
    for (const answer of answers) {
      if (answer.code !== 202) continue;
      const { code, params } = again[ids.indexOf(answer.id ?? '')] ?? {};
      assert.deepEqual([code, params], [202, { seq: answer.params?.['seq'], dup: true }]);
    }
    const seqs = again.map(({ params }) => Number(params?.['seq']));
    assert.deepEqual(seqs, sent, 'each once, in the order of sending');
    await wang.attach(topic);
    await wang.answer(wang.send('get', { topic, what: 'data', data: { limit: 100 } }));
    assert.deepEqual(new Set(wang.data(topic).map(({ from }) => from)), new Set([wang.user]));
  });

  test('a token of somebody who is no anonymous visitor counts for nothing', async (t) => {
    const { url } = await known(t);
    const [wang, mei] = [
      await TestClient.known(url, await signToken({ sub: 'c-1' })),
      await TestClient.login(url, 'mei', PASSWORD),
    ];
    const topic = await wang.open();
    for (const from of [wang.token, mei.token, 'nobody', '']) {
      const client = await TestClient.known(url, await signToken({ sub: `c-2 ${from}` }), from);
      assert.ok(client.user !== wang.user && client.user !== mei.user);
      assert.equal((await client.attach(topic)).code, 404);
    }
    assert.equal((await (await TestClient.token(url, mei.token)).attach(topic)).code, 200, 'who they were they are');
  });

  test('agents see what is signed, in the list and in the conversation; nobody else does, and nobody changes it', async (t) => {
    const { url } = await known(t);
    const mei = await TestClient.login(url, 'mei', PASSWORD);
    await mei.request('sub', { topic: 'me', get: { what: 'sub' } });
    const seen = async (who: TestClient, topic: string): Promise<unknown[]> => {
      const found: unknown[] = [];
      for (const [name, query, part] of [
        ['me', { what: 'sub' }, 'sub'],
        ['me', { what: 'sub', sub: { topic } }, 'sub'],
        [topic, { what: 'desc' }, 'desc'],
      ] as const) {
        const meta = await who.waitMeta(who.send('get', { topic: name, ...query }), part);
        const trusted = part === 'desc' ? meta.desc?.trusted : meta.sub?.find((one) => one.topic === topic)?.trusted;
        found.push((trusted?.['x-kefu'] as { identity?: unknown } | undefined)?.identity);
      }
      return found;
    };
    const claims = { sub: 'c-1', name: 'Wang', email: 'w@example.org', picture: 'https://shop.example/w.png' };
    const wang = await TestClient.known(url, await signToken(claims));
    const topic = await wang.open();
    await wang.say(topic, 'hello');
    await mei.attach(topic);
    const { sub: id, ...card } = claims;
    assert.deepEqual(await seen(mei, topic), Array(3).fill({ id, ...card }));
    await wang.request('sub', { topic: 'me' });
    assert.deepEqual(await seen(wang, topic), Array(3).fill(undefined));
    assert.equal((await wang.request('set', { topic: 'me', desc: { public: { fn: 'The director' } } })).code, 200);
    const forged = { trusted: { 'x-kefu': { identity: { id: 'c-2' } } } };
    assert.equal((await wang.request('set', { topic, desc: forged })).code, 403);
    assert.equal((await wang.request('set', { topic: 'me', desc: forged })).code, 403);
    assert.deepEqual(await seen(mei, topic), Array(3).fill({ id, ...card }));

    const other = await TestClient.known(url, await signToken({ sub: 'c-2' }));
    const others = await other.open();
    await other.say(others, 'hello');
    for (const what of ['desc', 'sub', 'data']) assert.equal((await other.request('get', { topic, what })).code, 404);
    assert.ok(!JSON.stringify(other.packets).includes('Wang'));

    mei.packets.length = 0;
    await TestClient.known(url, await signToken({ sub: 'c-1', name: 'Wang Fang' }));
    await mei.waitPres({ topic, what: 'upd' });
    assert.deepEqual(await seen(mei, topic), Array(3).fill({ id, name: 'Wang Fang' }), 'as it was signed last');
  });

  test('who was anonymous is known to agents from the moment that they are', async (t) => {
    const { url } = await known(t);
    const mei = await TestClient.login(url, 'mei', PASSWORD);
    await mei.request('sub', { topic: 'me', get: { what: 'sub' } });
    const before = await TestClient.visitor(url, 'Vera');
    const topic = await before.open();
    await before.say(topic, 'hello');
    await mei.attach(topic);
    await TestClient.known(url, await signToken({ sub: 'c-1', name: 'Wang' }), before.token);
    await mei.waitPres({ topic, what: 'upd' });
    const { desc } = await mei.waitMeta(mei.send('get', { topic, what: 'desc' }), 'desc');
    assert.deepEqual((desc?.trusted?.['x-kefu'] as { identity?: unknown }).identity, { id: 'c-1', name: 'Wang' });
  });

  test('one that is not good: whether a fresh one would help, and no more; too many cut the link', async (t) => {
    const { url } = await known(t);
    const client = await TestClient.connect(url);
    const iat = Math.floor(Date.now() / 1_000);
    for (const [jwt, reason] of [
      [await signToken({ sub: 'c', iat: iat - 3_600, exp: iat - 600 }), 'expired'],
      [await signToken({ sub: 'c', aud: 'other' }), 'token'],
      [await signToken({ sub: 'c' }, { key: new Uint8Array(32) }), 'token'],
      ['', 'token'],
    ] as const) {
      const { code, params } = await client.showToken(jwt);
      assert.deepEqual([code, params], [401, { reason }]);
    }
    const id = client.send('login', { scheme: 'jwt', secret: 'AAAA' });
    assert.equal((await client.answer(id)).code, 401);
    assert.equal(await client.waitClose(), 4429);
  });

  test('in the demo its own customers, signed by a key of its own', async (t) => {
    const { url } = await newGateway(t, { demo: true });
    const sign = (name: string, headers = {}): Promise<Response> =>
      fetch(`${url}/demo/token?name=${encodeURIComponent(name)}`, { method: 'POST', headers });
    const { token } = (await (await sign('Lin Yue')).json()) as { token: string };
    const lin = await TestClient.known(url, token);
    assert.ok(lin.user);
    for (const [name, headers] of [
      ['Somebody', {}],
      ['', {}],
      ['Lin Yue', { Origin: 'https://elsewhere.example' }],
    ] as const) {
      const refused = await sign(name, headers);
      assert.deepEqual([refused.status, await refused.json()], [403, { error: 'no such customer' }]);
    }
    const another = await newGateway(t, { demo: true });
    assert.equal((await (await TestClient.connect(another.url)).showToken(token)).code, 401, 'each its own key');
    for (const gateway of [await newGateway(t), await known(t), await newGateway(t, { demo: true, jwt: JWT })])
      assert.ok((await fetch(`${gateway.url}/demo/token?name=Lin%20Yue`, { method: 'POST' })).status >= 404);
    assert.equal((await fetch(`${url}/demo/token?name=Lin%20Yue`)).status, 404, 'not by a link');
  });

  test('required: nobody becomes a visitor without; who was one stays one', async (t) => {
    const { url, store } = await known(t, true);
    const client = await TestClient.connect(url);
    const { code, params } = await client.request('acc', { user: 'new', scheme: 'anonymous', login: true });
    assert.deepEqual([code, params], [403, { reason: 'identity' }]);
    assert.equal((await client.showToken(await signToken({ sub: 'c' }))).code, 200, 'on the same link');
    assert.equal((await store.userOfSubject('c'))?.kind, 'visitor');
  });
});
