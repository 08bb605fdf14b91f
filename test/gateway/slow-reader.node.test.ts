// A receiver that does not read, or reads slowly: bounded memory here, and nothing lost to it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashOfToken } from '../../src/gateway/auth.ts';
import { systemClock } from '../../src/gateway/clock.ts';
import { createLog } from '../../src/gateway/log.ts';
import { ManualClock, settled } from '../support/manual-clock.ts';
import { MemoryPipe } from './memory-pipe.ts';
import { memoryStore, newCore } from './new-core.ts';
import { newGateway } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

const FAST = { visitorPubs: { perSecond: 1e6, burst: 1e6 }, packets: { perSecond: 1e6, burst: 1e6 } };

interface Packet {
  readonly ctrl?: { readonly topic: string; readonly params: { readonly token: string } };
  readonly data?: { readonly seq: number };
  readonly info?: { readonly what: string };
}
const parse = (text: string): Packet => JSON.parse(text) as Packet;

describe('a link whose network takes nothing', () => {
  const set = async (kefu: boolean) => {
    const clock = new ManualClock();
    const store = memoryStore();
    const token = { hash: hashOfToken('secret'), expiresAt: clock.now() + 1e9 };
    await store.createUser({ id: 'usrAgent', kind: 'agent', public: undefined, createdAt: 0, token });
    const core = await newCore({ clock, store, limits: FAST });
    const [writer, reader, agent] = [new MemoryPipe(), new MemoryPipe(), new MemoryPipe()];
    const say = async (pipe: MemoryPipe, packet: object): Promise<Packet> => {
      await pipe.say(packet);
      return parse(pipe.received.at(-1) ?? '{}');
    };
    core.connect(writer, '192.0.2.1');
    await say(writer, { hi: { id: '1', ver: '0.25', kefu: { v: 1 } } });
    const { ctrl } = await say(writer, { acc: { id: '2', user: 'new', scheme: 'anonymous', login: true } });
    const topic = (await say(writer, { sub: { id: '3', topic: 'newk' } })).ctrl?.topic ?? '';
    core.connect(reader, '192.0.2.1');
    await say(reader, { hi: { id: '1', ver: '0.25', ...(kefu && { kefu: { v: 1 } }) } });
    await say(reader, { login: { id: '2', scheme: 'token', secret: ctrl?.params.token } });
    await say(reader, { sub: { id: '3', topic } });
    core.connect(agent, '192.0.2.2');
    await say(agent, { hi: { id: '1', ver: '0.25' } });
    await say(agent, { login: { id: '2', scheme: 'token', secret: 'secret' } });
    await say(agent, { sub: { id: '3', topic: 'me' } });
    await say(agent, { sub: { id: '4', topic } });
    const publish = async (count: number, length: number): Promise<void> => {
      for (let n = 0; n < count; n += 1)
        await writer.say({ pub: { topic, content: 'x'.repeat(length), noecho: true } });
      await settled();
    };
    const got = (): number[] => reader.received.flatMap((text) => parse(text).data?.seq ?? []);
    return { clock, topic, reader, agent, say, publish, got };
  };

  for (const kefu of [true, false])
    test(`holds 256 KiB at most, and gets everything when it goes on (${kefu ? 'ours' : 'stock'})`, async () => {
      const { topic, reader, say, publish, got } = await set(kefu);
      reader.isStuck = true;
      let most = 0;
      for (let n = 0; n < 30; n += 1) {
        await publish(10, 5_000);
        most = Math.max(most, reader.bufferedBytes);
      }
      assert.ok(most > 200_000 && most < 256 * 1024 + 6_000, String(most));
      for (let n = 0; n < 100 && got().at(-1) !== 300; n += 1) {
        reader.drain();
        await settled();
        if (kefu) await say(reader, { note: { topic, what: 'recv', seq: got().at(-1) } });
      }
      assert.deepEqual(
        got(),
        Array.from({ length: 300 }, (_, n) => n + 1),
      );
    });

  test('gets a page of history as fast as it takes it', async () => {
    const { topic, reader, say, publish } = await set(false);
    await publish(100, 5_000);
    reader.isStuck = true;
    await say(reader, { get: { id: 'h', topic, what: 'data', data: { limit: 100 } } });
    assert.ok(reader.bufferedBytes < 256 * 1024 + 6_000, String(reader.bufferedBytes));
    reader.drain();
    await settled();
    assert.match(reader.received.at(-1)!, /"code":208/);
  });

  test('loses typing, and no receipt', async () => {
    const { clock, topic, reader, agent, say, publish } = await set(false);
    await publish(1, 10);
    const type = async (): Promise<void> => {
      await clock.advance(1_000);
      await say(agent, { note: { topic, what: 'kp' } });
    };
    await type();
    reader.isStuck = true;
    await publish(60, 5_000);
    await type();
    await say(agent, { note: { topic, what: 'read', seq: 1 } });
    reader.drain();
    await type();
    const infos = reader.received.flatMap((text) => parse(text).info?.what ?? []);
    assert.deepEqual(infos, ['kp', 'read', 'kp']);
  });
});

for (const polls of [undefined, 'ours'] as const)
  describe(`a client that stops reading (${polls === undefined ? 'WebSocket' : 'long polling'})`, () => {
    test('is cut, and finds everything in the store when it comes back', async (t) => {
      const lines: string[] = [];
      const log = createLog('info', systemClock, (line) => lines.push(line) > 0);
      const { url } = await newGateway(t, {
        log,
        limits: { ...FAST, pauseBytes: 32 * 1024, repushMs: 50, giveUpMs: 400, goodbyeMs: 100 },
      });
      const writer = await TestClient.visitor(url);
      const topic = await writer.open();
      const reader = await TestClient.token(url, writer.token, { polls });
      await reader.attach(topic);
      reader.socket.pause();
      // Fills what the system buffers between the two, too.
      for (let n = 0; n < 1_500; n += 1) writer.send('pub', { topic, content: 'x'.repeat(5_000), noecho: true });
      assert.equal(await writer.say(topic, 'last'), 1_501);
      await writer
        .wait('the cut', () => (lines.some((line) => line.includes('"slow"')) ? true : undefined))
        .catch(() => {
          assert.fail(lines.slice(-5).join(''));
        });
      reader.terminate();
      const back = await TestClient.token(url, writer.token, { polls });
      await back.attach(topic);
      const id = back.send('get', { topic, what: 'data', data: { since: 1_402 } });
      assert.equal((await back.answer(id)).params?.['count'], 100);
    });
  });
