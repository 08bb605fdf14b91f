// What the gateway writes about its work: one JSON object a line, and nothing of anybody in it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { kefu, startGateway } from './gateway-process.ts';
import { signToken } from '../support/sign-token.ts';
import { newFolder } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

const FIELDS = new Set('ts level code conn topic net msgid ms count close port kind error'.split(' '));
/** In everything that anybody says, is called, knows or brings. */
const CANARY = 'c4n4ry';
const KEY = `${CANARY} and what else a key has to have`;

describe('the log', () => {
  test('is JSON, line by line, without content, names, tokens and whole addresses, also of what goes wrong', async (t) => {
    const dataDir = await newFolder();
    const { child, url, errors } = await startGateway(t, dataDir, {
      LOG_LEVEL: 'debug',
      ALLOWED_ORIGINS: 'https://shop.example',
      JWT_SECRET: KEY,
    });
    const password = `${CANARY} password`;
    await kefu(dataDir, ['agent', 'add', CANARY, '--name', CANARY], '', { AGENT_PASSWORD: password });
    const agent = await TestClient.login(url, CANARY, password);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url, CANARY, { headers: { 'User-Agent': CANARY } });
    const topic = await visitor.open(CANARY);
    await visitor.say(topic, CANARY, msgid(1));
    await visitor.say(topic, `another ${CANARY}`, msgid(1));
    await agent.attach(topic);
    await agent.request('set', { topic, desc: { trusted: { 'x-kefu': { phase: 'resolved' } } } });

    const claims = { sub: CANARY, name: CANARY, email: `${CANARY}@example.org` };
    const key = new TextEncoder().encode(KEY);
    for (const device of [await TestClient.visitor(url), await TestClient.visitor(url)]) {
      await device.open();
      await TestClient.known(url, await signToken(claims, { key }), device.token);
    }
    const stale = await signToken({ ...claims, iat: 1, exp: 2 }, { key });
    await (await TestClient.connect(url)).showToken(stale, CANARY);

    const polling = await TestClient.visitor(url, CANARY, { polls: 'ours' });
    await polling.close();
    const stranger = await TestClient.connect(url);
    stranger.raw(`{"${CANARY}`);
    stranger.raw(JSON.stringify({ pub: { id: CANARY, topic: CANARY, content: CANARY } }));
    const secret = Buffer.from(`${CANARY}:${CANARY}`).toString('base64');
    await stranger.request('login', { scheme: 'basic', secret });
    await stranger.request('login', { scheme: 'token', secret: CANARY });
    await assert.rejects(TestClient.connect(url, { headers: { Origin: `https://${CANARY}.example` } }));
    await fetch(`${url}/${CANARY}?${CANARY}=${visitor.token}`);
    const headers = { 'X-Tinode-Auth': `Token ${visitor.token}`, 'X-Kefu-Name': CANARY, 'X-Kefu-Upload': CANARY };
    await fetch(`${url}/v0/file/u/`, { method: 'POST', headers, body: CANARY });

    // The store fails under what is asked of it.
    const database = new DatabaseSync(join(dataDir, 'kefu.db'));
    database.exec('pragma foreign_keys = off; drop table messages; drop table files');
    database.close();
    const failed = await visitor.request('pub', { topic, content: CANARY, head: { 'x-kefu-msgid': msgid(2) } });
    assert.equal(failed.code, 503);
    assert.equal((await visitor.request('get', { topic, what: 'data' })).code, 500);
    await fetch(`${url}/v0/file/u/`, { method: 'POST', headers, body: CANARY });
    // When everything that it wrote has come, too.
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    assert.deepEqual(await closed, [0, null]);

    const log = errors();
    const lines = log.trimEnd().split('\n');
    const codes = new Set<unknown>();
    for (const line of lines) {
      const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
      for (const field of Object.keys(value)) assert.ok(FIELDS.has(field), line);
      assert.match(String(value['ts']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(String(value['level']), /^(debug|info|warn|error)$/);
      assert.match(String(value['code']), /^[a-z]+(-[a-z]+)*$/);
      codes.add(value['code']);
    }
    for (const code of [
      'listening',
      'opened',
      'login-failed',
      'merged',
      'refused',
      'msgid-reused',
      'append',
      'handler',
      'closed',
      'stopped',
    ])
      assert.ok(codes.has(code), `${code} of ${[...codes].join(' ')}`);
    for (const secret of [
      CANARY,
      secret64(CANARY),
      visitor.token,
      agent.token,
      visitor.user,
      topic,
      msgid(1),
      '127.0.0.1',
    ])
      assert.ok(!log.includes(secret), `${secret} in ${lines.find((line) => line.includes(secret))}`);
  });
});

const secret64 = (text: string): string => Buffer.from(`${text}:${text}`).toString('base64');
