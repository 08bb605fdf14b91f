// What comes from the wrong pages, too often, too large, or makes no sense: the gateway goes on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { LIMITS } from '../../src/protocol/limits.ts';
import { DEFAULT_LIMITS } from '../../src/gateway/config.ts';
import { createLog } from '../../src/gateway/log.ts';
import { systemClock } from '../../src/gateway/clock.ts';
import { JumpingClock } from './jumping-clock.ts';
import { newGateway, PASSWORD } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

/** A small generator whose whole run follows from its seed. */
const randomFrom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
  return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
};

async function handshake(url: string, headers: Record<string, string>, path = '/v0/channels'): Promise<number> {
  const socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
  const [event] = await Promise.race([
    once(socket, 'open').then(() => [101]),
    once(socket, 'unexpected-response').then(([, response]) => [(response as { statusCode: number }).statusCode]),
  ]);
  socket.on('error', () => undefined);
  socket.terminate();
  return event ?? 0;
}

describe('origins', () => {
  test('on loopback: pages of this machine, and who is no browser', async (t) => {
    const { url } = await newGateway(t);
    assert.equal(await handshake(url, {}), 101);
    assert.equal(await handshake(url, { Origin: 'http://localhost:8000' }), 101);
    assert.equal(await handshake(url, { Origin: url }), 101);
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://', 'nonsense'])
      assert.equal(await handshake(url, { Origin: origin }), 403, origin);
  });

  test('with a list: the pages on it', async (t) => {
    const { url } = await newGateway(t, { allowedOrigins: ['https://shop.example'] });
    assert.equal(await handshake(url, { Origin: 'https://shop.example' }), 101);
    assert.equal(await handshake(url, { Origin: 'https://shop.example.evil.example' }), 403);
    assert.equal(await handshake(url, { Origin: 'http://shop.example' }), 403);
  });

  test('with a list for a channel: its pages, and no other conversations from them', async (t) => {
    const { url } = await newGateway(t, { allowedOrigins: ['https://shop.example', 'vip=https://vip.example'] });
    const opens = async (origin: string, polls?: 'ours'): Promise<number[]> => {
      const visitor = await TestClient.visitor(url, 'Visitor', { headers: { Origin: origin }, polls });
      const tags = (channel: string) => ({ topic: `new${channel}`, set: { tags: [`channel:${channel}`] } });
      const codes = ['web', 'vip'].map(async (channel) => (await visitor.request('sub', tags(channel))).code);
      return Promise.all(codes);
    };
    assert.deepEqual(await opens('https://shop.example'), [200, 200]);
    assert.deepEqual(await opens('https://vip.example'), [403, 200]);
    assert.deepEqual(await opens('https://vip.example', 'ours'), [403, 200]);
    assert.equal(await handshake(url, { Origin: 'https://other.example' }), 403);
  });

  test('other paths are not found, too many links are refused', async (t) => {
    const { url } = await newGateway(t, { limits: { linksPerAddress: 2 } });
    assert.equal(await handshake(url, {}, '/'), 404);
    assert.equal(await handshake(url, {}, '/v0/channels/lp'), 404);
    const held = [await TestClient.connect(url), await TestClient.connect(url)];
    assert.equal(await handshake(url, {}), 429);
    await Promise.all(held.map((client) => client.close()));
    assert.equal(await handshake(url, {}), 101);
  });
});

describe('bad packets', () => {
  test('are named, and too many of them end the link', async (t) => {
    const { url } = await newGateway(t);
    const client = await TestClient.connect(url);
    client.raw('{');
    client.raw('{"hi":{"ver":1}}');
    client.raw(Buffer.from([1, 2, 3]));
    await client.wait('400s', () =>
      client.ctrls().filter(({ code }) => code === 400).length === 3 ? true : undefined,
    );
    assert.deepEqual(
      client
        .ctrls()
        .slice(-3)
        .map(({ text }) => text),
      ['not JSON', 'hi.ver: string expected', 'not JSON'],
    );
    for (let n = 0; n < 30; n += 1) client.raw('nonsense');
    assert.equal(await client.waitClose(), 4400);
    assert.equal(client.ctrls().filter(({ code }) => code === 400).length, 20);
  });

  test('a frame over the limit closes with 1009, fragments without end too', async (t) => {
    const { url } = await newGateway(t);
    const large = await TestClient.connect(url);
    large.raw('x'.repeat(LIMITS.packetBytes + 1));
    assert.equal(await large.waitClose(), 1009);
    const many = await TestClient.connect(url);
    for (let n = 0; n < 100; n += 1) many.socket.send('x', { fin: false });
    assert.equal(await many.waitClose(), 1008);
  });

  test('a flood ends the link', async (t) => {
    const { url } = await newGateway(t, { limits: { packets: { perSecond: 10, burst: 50 } } });
    const client = await TestClient.connect(url);
    for (let n = 0; n < 100; n += 1) client.raw('1');
    assert.equal(await client.waitClose(), 4429);
    assert.ok(client.texts.length < 60);
  });

  test('a link without a sign of life is cut; one that only pongs is not', async (t) => {
    const clock = new JumpingClock();
    const { url } = await newGateway(t, { clock });
    const dead = await TestClient.visitor(url);
    const alive = await TestClient.visitor(url);
    const other = await TestClient.visitor(url);
    // Reads nothing, so answers no ping.
    dead.socket.pause();
    const pinged = once(alive.socket, 'ping');
    clock.jump(DEFAULT_LIMITS.pingEveryMs);
    await pinged;
    for (let n = 0; n < 2; n += 1) {
      // The answer to the ping has come before this one.
      await other.settle();
      clock.jump((LIMITS.idleMs - DEFAULT_LIMITS.pingEveryMs) / 2);
    }
    dead.socket.resume();
    assert.equal(await dead.waitClose(), 1006);
    await alive.settle();
  });

  test('raw sockets that break off harm nobody', async (t) => {
    const { url, port } = await newGateway(t);
    for (const bytes of [
      'GET /v0/channels HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'GET /v0/channels HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n',
      '\x00\x01\x02 nonsense\r\n\r\n',
      'GET //evil.example/../../etc/passwd HTTP/1.1\r\nHost: [\r\n\r\n',
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      await once(socket, 'data').catch(() => undefined);
      socket.destroy();
    }
    await (await TestClient.visitor(url)).close();
  });

  test('thousands of malformed frames: every one answered or passed over, the gateway lives', async (t) => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
    t.diagnostic(`SEED=${seed}`);
    const random = randomFrom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const lines: string[] = [];
    const log = createLog('error', systemClock, (line) => lines.push(line) > 0);
    const { url } = await newGateway(t, {
      log,
      limits: { badPackets: 1e9, packets: { perSecond: 1e9, burst: 1e9 } },
    });
    const victim = await TestClient.visitor(url);
    const topic = await victim.open();
    await victim.say(topic, 'mine');
    const agent = await TestClient.login(url, 'sam', PASSWORD);
    const attacker = await TestClient.visitor(url);
    const own = await attacker.open();

    const kinds = [
      'hi',
      'acc',
      'login',
      'sub',
      'leave',
      'pub',
      'get',
      'set',
      'del',
      'note',
      'data',
      'ctrl',
      '__proto__',
    ];
    const names = [
      'id', 'topic', 'what', 'seq', 'head', 'content', 'get', 'set', 'sub', 'desc', 'data', 'del', 'delseq', 'hard', 'since',
      'before', 'limit', 'ranges', 'low', 'hi', 'scheme', 'secret', 'user', 'login', 'ver', 'trusted', 'x-kefu', 'phase',
      'agent', 'public', 'fn', 'tags', 'mode', 'unsub', 'noecho', 'constructor', 'toString', 'kefu', 'v', 'x-kefu-msgid',
    ]; // prettier-ignore
    const words = [topic, own, 'me', 'newk', 'fnd', '', 'data desc sub del', 'read', 'recv', 'kp', 'msg', 'token', 'basic', 'anonymous',
      'resolved', 'assigned', '0.25', 'a'.repeat(300), '\u0000', '\ud800', '%s%n', "'; drop table users;--"]; // prettier-ignore
    const numbers = [0, 1, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 53 - 1, 1e308, 100];
    const value = (depth: number): unknown => {
      const roll = random();
      if (roll < 0.35) return pick(words);
      if (roll < 0.55) return pick(numbers);
      if (roll < 0.65) return pick([true, false, null]);
      if (depth > 4) return [];
      if (roll < 0.75) return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
      return Object.fromEntries(
        Array.from({ length: 1 + Math.floor(random() * 6) }, () => [pick(names), value(depth + 1)]),
      );
    };
    const frame = (): string => {
      let text = JSON.stringify({ [pick(kinds)]: value(1) });
      const roll = random();
      // Nothing that would log in as somebody or make accounts: that is another test's.
      if (roll < 0.1) text = text.slice(0, Math.floor(random() * text.length));
      else if (roll < 0.2) {
        const at = Math.floor(random() * text.length);
        text = text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + 1);
      } else if (roll < 0.22) text = '['.repeat(1 + Math.floor(random() * 5_000));
      return text;
    };
    for (let round = 0; round < 10; round += 1) {
      for (let n = 0; n < 300; n += 1) {
        attacker.raw(frame());
        if (n % 10 === 0) agent.raw(frame());
      }
      await Promise.all([attacker.settle(), agent.settle()]);
    }
    assert.deepEqual(lines, [], 'no handler failed');
    const id = victim.send('get', { topic, what: 'data' });
    assert.equal((await victim.answer(id)).params?.['count'], 1, 'the victim’s conversation is as it was');
    assert.doesNotMatch(JSON.stringify(attacker.packets), /"mine"/);
    await (await TestClient.visitor(url)).close();
  });
});

describe('the log', () => {
  test('tells of events, and of nothing that people said or are', async (t) => {
    const lines: string[] = [];
    const log = createLog('debug', systemClock, (line) => lines.push(line) > 0);
    const { url } = await newGateway(t, { log });
    const visitor = await TestClient.visitor(url, 'CANARY name');
    const topic = await visitor.open();
    await visitor.say(topic, 'CANARY text');
    const failed = await TestClient.connect(url);
    await failed.request('login', { scheme: 'basic', secret: Buffer.from('canary:CANARY').toString('base64') });
    visitor.raw('CANARY{');
    await visitor.settle();
    await visitor.close();
    const all = lines.join('');
    assert.match(all, /"opened"/);
    assert.match(all, /"login-failed"/);
    for (const secret of [/canary/i, new RegExp(topic), new RegExp(visitor.user), /127\.0\.0\.1/])
      assert.doesNotMatch(all, secret);
    assert.ok(!all.includes(visitor.token));
    for (const line of lines) assert.ok(JSON.parse(line));
  });
});
