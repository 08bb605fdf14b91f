// Long polling: the same sessions over plain http.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { LIMITS } from '../../src/protocol/limits.ts';
import { systemClock } from '../../src/gateway/clock.ts';
import { DEFAULT_LIMITS } from '../../src/gateway/config.ts';
import { createLog } from '../../src/gateway/log.ts';
import type { GatewayOptions, RunningGateway } from '../../src/gateway/server.ts';
import { JumpingClock } from './jumping-clock.ts';
import { newGateway as startGateway, PASSWORD } from './new-gateway.ts';
import { ask } from './polling-socket.ts';
import type { Reply } from './polling-socket.ts';
import { msgid, TestClient } from './test-client.ts';

const FAST = { visitorPubs: { perSecond: 1e6, burst: 1e6 }, packets: { perSecond: 1e6, burst: 1e6 } };
/** Sessions that poll no more at the end hold nobody up. */
const newGateway = (t: TestContext, options: Partial<GatewayOptions> = {}): Promise<RunningGateway> =>
  startGateway(t, { ...options, limits: { goodbyeMs: 100, ...options.limits } });

const path = '/v0/channels/lp?apikey=any';

const codeOf = ({ body }: Reply): number => (JSON.parse(body) as { ctrl: { code: number } }).ctrl.code;

/** A session by hand: each request on its own. */
async function openSession(
  url: string,
): Promise<{ sid: string; post: (body: string) => Promise<Reply>; poll: () => Promise<Reply> }> {
  const opened = await ask(url + path, 'POST').reply;
  assert.equal(opened.status, 201);
  const { ctrl } = JSON.parse(opened.body) as { ctrl: { params: { sid: string; kefu: unknown } } };
  const { sid, kefu } = ctrl.params;
  assert.deepEqual(kefu, { v: 1 });
  const post = (body: string) => ask(url + path, 'POST', { body, headers: { 'X-Kefu-Sid': sid } }).reply;
  return { sid, post, poll: () => post('') };
}

const hi = (id: string): string => JSON.stringify({ hi: { id, ver: '0.25', kefu: { v: 1 } } });

for (const polls of ['ours', 'stock'] as const)
  describe(`a client that polls (${polls})`, () => {
    test('has a whole session: hi, account, conversation, messages both ways, receipts, probe', async (t) => {
      const { url } = await newGateway(t);
      const options = { polls, kefu: polls === 'ours' };
      const visitor = await TestClient.connect(url, { ...options, greets: false });
      assert.equal((await visitor.request('hi', { ver: '0.25' })).code, 200, 'not 201');
      visitor.terminate();
      const agent = await TestClient.login(url, 'mei', PASSWORD);
      await agent.request('sub', { topic: 'me' });
      const vera = await TestClient.visitor(url, 'Vera', options);
      vera.raw('1');
      await vera.wait('the answer to a probe', () => vera.texts[0]);
      const topic = await vera.open('k', 'desc sub data');
      assert.equal(await vera.say(topic, 'hello', msgid(1)), 1);
      await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
      await agent.attach(topic);
      assert.equal(await agent.say(topic, 'hi there'), 2);
      assert.equal((await vera.waitData(topic, 2)).content, 'hi there');
      vera.note(topic, 'read', 2);
      await agent.waitInfo({ topic, from: vera.user, what: 'read', seq: 2 });
    });

    test('messages keep the order of sending, and every one comes once', async (t) => {
      const { url } = await newGateway(t, { limits: FAST });
      const options = { polls, kefu: polls === 'ours' };
      const writer = await TestClient.visitor(url, 'Writer', options);
      const topic = await writer.open();
      const reader = await TestClient.token(url, writer.token, options);
      await reader.attach(topic);
      const ids = Array.from({ length: 150 }, (_, n) =>
        writer.send('pub', { topic, content: `m${n}`, noecho: true, head: { 'x-kefu-msgid': msgid(n) } }),
      );
      const ctrls = await Promise.all(ids.map((id) => writer.answer(id)));
      const seqs = ctrls.map(({ params }) => params?.['seq']);
      assert.deepEqual(
        seqs,
        ids.map((_, n) => n + 1),
      );
      await reader.waitData(topic, 150);
      assert.deepEqual(
        reader.data(topic).map(({ seq }) => seq),
        seqs,
      );
    });
  });

describe('a poll', () => {
  test('of ours gives all there is, one packet a line; of a stock client one packet', async (t) => {
    const { url } = await newGateway(t);
    const { sid, post, poll } = await openSession(url);
    const posted = await post([hi('1'), hi('2'), '1', hi('3')].join('\n'));
    assert.deepEqual([posted.status, posted.body], [200, '']);
    const lines = (await poll()).body.split('\n');
    assert.equal(lines.length, 4);
    assert.ok(lines.includes('0'));
    assert.match(lines.at(-1)!, /"id":"3"/);
    const stock = (body: string): Promise<Reply> => ask(`${url + path}&sid=${sid}`, 'POST', { body }).reply;
    await stock(hi('4'));
    await stock(hi('5'));
    assert.match((await stock('')).body, /"id":"4"[^\n]*$/);
    assert.match((await stock('')).body, /"id":"5"[^\n]*$/);
  });

  test('waits, then is answered empty; a second one ends the first', async (t) => {
    const { url } = await newGateway(t, { limits: { pollMs: 60, helloDeadlineMs: 60_000 } });
    const { post, poll } = await openSession(url);
    const empty = await poll();
    assert.deepEqual([empty.status, empty.body], [200, '']);
    await post(hi('1'));
    let answered = '';
    while (answered === '') answered = (await poll()).body;
    assert.match(answered, /"id":"1"/);
    const { url: slow } = await newGateway(t, { limits: { pollMs: 60_000 } });
    const session = await openSession(slow);
    const first = session.poll();
    const second = session.poll();
    const older = await Promise.race([first, second]);
    assert.equal(older.body, '');
    await session.post(hi('1'));
    assert.match((await Promise.all([first, second])).map(({ body }) => body).join(), /"id":"1"/);
  });

  test('that breaks off ends the session: nobody knows what has come', async (t) => {
    const { url } = await newGateway(t);
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url, 'Vera', { polls: 'ours' });
    const topic = await visitor.open();
    await visitor.say(topic, 'hello');
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    visitor.terminate();
    await agent.waitPres({ topic: 'me', src: topic, what: 'off' });
  });

  test('comes too late when the session has been idle', async (t) => {
    const clock = new JumpingClock();
    const { url } = await newGateway(t, { clock, limits: { loginDeadlineMs: 3_600_000 } });
    const { poll, post } = await openSession(url);
    await post(hi('1'));
    assert.match((await poll()).body, /"id":"1"/);
    clock.jump(DEFAULT_LIMITS.pingEveryMs);
    for (let n = 0; n < 2; n += 1) clock.jump((LIMITS.idleMs - DEFAULT_LIMITS.pingEveryMs) / 2);
    const late = await poll();
    assert.deepEqual([late.status, codeOf(late)], [403, 403]);
    assert.equal((await post(hi('2'))).status, 403);
  });

  test('hears that the gateway stops, then that the session is over', async (t) => {
    const gateway = await newGateway(t, { limits: { drainMs: 50 } });
    const visitor = await TestClient.visitor(gateway.url, 'Vera', { polls: 'ours' });
    const closed = gateway.close();
    await visitor.wait('205', () => visitor.ctrls().find(({ code }) => code === 205));
    assert.equal(await visitor.waitClose(), 1006);
    await closed;
  });
});

describe('what is not taken', () => {
  test('unknown sessions, other methods, other pages', async (t) => {
    const { url } = await newGateway(t, { allowedOrigins: ['https://shop.example'] });
    for (const headers of [{ 'X-Kefu-Sid': 'nonsense' }, { 'X-Kefu-Sid': '' }] as Record<string, string>[])
      assert.equal((await ask(url + path, 'POST', { headers }).reply).status, 403);
    assert.equal((await ask(`${url + path}&sid=nonsense`, 'POST').reply).status, 403);
    assert.equal((await ask(url + path, 'GET').reply).status, 405);
    const page = async (origin: string, method = 'POST'): Promise<Reply> =>
      ask(url + path, method, {
        headers: {
          Origin: origin,
          'Access-Control-Request-Headers': 'x-kefu-sid',
          'Access-Control-Request-Method': 'POST',
        },
      }).reply;
    const good = await page('https://shop.example');
    assert.deepEqual([good.status, good.headers['access-control-allow-origin']], [201, 'https://shop.example']);
    assert.equal(good.headers['access-control-allow-credentials'], undefined);
    assert.equal(good.headers.vary, 'Origin');
    const asked = await page('https://shop.example', 'OPTIONS');
    assert.equal(asked.status, 204);
    assert.equal(asked.headers['access-control-allow-origin'], 'https://shop.example');
    assert.match(String(asked.headers['access-control-allow-headers']), /x-kefu-sid/);
    for (const origin of ['https://evil.example', 'null'])
      for (const method of ['POST', 'OPTIONS']) {
        const bad = await page(origin, method);
        assert.deepEqual([bad.status, bad.headers['access-control-allow-origin']], [403, undefined]);
      }
  });

  test('too many sessions of one address', async (t) => {
    const { url } = await newGateway(t, { limits: { linksPerAddress: 1 } });
    await openSession(url);
    const refused = await ask(url + path, 'POST').reply;
    assert.deepEqual([refused.status, codeOf(refused)], [429, 429]);
  });

  test('too much at once, malformed packets, a flood: the session is over as a WebSocket would be', async (t) => {
    const { url } = await newGateway(t, { limits: { packets: { perSecond: 1, burst: 50 } } });
    const large = await openSession(url);
    assert.equal((await large.post('x'.repeat(LIMITS.packetBytes + 1))).status, 413);
    assert.equal((await large.poll()).status, 403);
    const bad = await openSession(url);
    await bad.post(`${hi('1')}\n${'nonsense\n'.repeat(30)}`);
    const lines = (await bad.poll()).body.split('\n');
    assert.equal(lines.filter((line) => line.includes('"code":400')).length, 20);
    assert.equal((await bad.poll()).status, 403);
    const flood = await openSession(url);
    await flood.post('1\n'.repeat(100));
    assert.ok((await flood.poll()).body.split('\n').length <= 52);
    assert.equal((await flood.poll()).status, 403);
  });

  test('a request that breaks off in the middle harms nobody', async (t) => {
    const lines: string[] = [];
    const log = createLog('warn', systemClock, (line) => lines.push(line) > 0);
    const { url, port } = await newGateway(t, { log });
    const { sid, poll } = await openSession(url);
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nX-Kefu-Sid: ${sid}\r\nContent-Length: 100\r\n\r\n{"hi":`);
    await once(socket, 'connect');
    const waiting = poll();
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    assert.equal((await waiting).status, 403, 'nobody knows what was said');
    assert.deepEqual(lines, []);
  });
});

describe('the secret of a session', () => {
  test('is 256 bits, and in no log', async (t) => {
    const lines: string[] = [];
    const log = createLog('debug', systemClock, (line) => lines.push(line) > 0);
    const { url } = await newGateway(t, { log });
    const { sid, post, poll } = await openSession(url);
    assert.equal(Buffer.from(sid, 'base64url').length, 32);
    await post(hi('1'));
    await poll();
    await post(`nonsense ${sid}`);
    await poll();
    assert.match(lines.join(''), /"opened"/);
    assert.ok(!lines.join('').includes(sid));
  });
});
