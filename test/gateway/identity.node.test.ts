// A visitor who is known by a signed token: the same person on every device, and what they said before.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunningGateway } from '../../src/gateway/server.ts';
import { JWT_SECRET, signToken } from '../support/sign-token.ts';
import { newGateway } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

const known = (test: TestContext, isRequired = false): Promise<RunningGateway> =>
  newGateway(test, { jwt: { keysFile: undefined, secret: JWT_SECRET, audience: 'kefu', isRequired } });

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

  test('a token of somebody who is no anonymous visitor counts for nothing', async (t) => {
    const { url } = await known(t);
    const [wang, mei] = [
      await TestClient.known(url, await signToken({ sub: 'c-1' })),
      await TestClient.login(url, 'mei', 'correct horse'),
    ];
    const topic = await wang.open();
    for (const from of [wang.token, mei.token, 'nobody', '']) {
      const client = await TestClient.known(url, await signToken({ sub: `c-2 ${from}` }), from);
      assert.ok(client.user !== wang.user && client.user !== mei.user);
      assert.equal((await client.attach(topic)).code, 404);
    }
    assert.equal((await (await TestClient.token(url, mei.token)).attach(topic)).code, 200, 'who they were they are');
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

  test('required: nobody becomes a visitor without; who was one stays one', async (t) => {
    const { url, store } = await known(t, true);
    const client = await TestClient.connect(url);
    const { code, params } = await client.request('acc', { user: 'new', scheme: 'anonymous', login: true });
    assert.deepEqual([code, params], [403, { reason: 'identity' }]);
    assert.equal((await client.showToken(await signToken({ sub: 'c' }))).code, 200, 'on the same link');
    assert.equal((await store.userOfSubject('c'))?.kind, 'visitor');
  });
});
