// The core alone: no sockets, no file, no time and no randomness but what it is given.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Ctrl } from '../../src/protocol/server-packet.ts';
import { hashOfToken } from '../../src/gateway/auth.ts';
import { DEFAULT_LIMITS } from '../../src/gateway/config.ts';
import { createLog } from '../../src/gateway/log.ts';
import type { Store } from '../../src/gateway/store/store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryPipe } from './memory-pipe.ts';
import { memoryStore, newCore } from './new-core.ts';
import { msgid } from './test-client.ts';

/** Two visitors and what the gateway said to them and logged, from the first packet to the end. */
async function run(seed: string): Promise<string> {
  const clock = new ManualClock();
  const lines: string[] = [];
  const core = await newCore({ clock, seed, log: createLog('debug', clock, (line) => lines.push(line) > 0) });
  const pipes = [new MemoryPipe(), new MemoryPipe()];
  for (const [n, pipe] of pipes.entries()) {
    assert.equal(core.refusal('192.0.2.1'), undefined);
    core.connect(pipe, '192.0.2.1');
    await pipe.say({ hi: { id: '1', ver: '0.25', kefu: { v: 1 } } });
    await pipe.say({ acc: { id: '2', user: 'new', scheme: 'anonymous', login: true } });
    await pipe.say({ sub: { id: '3', topic: `newk${n}` } });
    const { topic } = (JSON.parse(pipe.received.at(-1)!) as { ctrl: { topic: string } }).ctrl;
    await pipe.say({ pub: { id: '4', topic, content: 'hello' } });
    await clock.advance(700);
  }
  assert.match(pipes[0]!.received.join(''), /"data"/);
  await clock.advance(33_000);
  assert.match(lines.join(''), /"slow"/, 'nobody acked');
  const idle = new MemoryPipe();
  core.connect(idle, '192.0.2.2');
  await clock.advance(DEFAULT_LIMITS.helloDeadlineMs);
  assert.equal(idle.closeCode, 4400);
  const closed = core.close();
  assert.equal(core.refusal('192.0.2.3'), 503);
  await clock.advance(10_000);
  await closed;
  assert.equal(clock.waiting, 0, 'nothing goes on after the end');
  return [...pipes.flatMap(({ received }) => received), ...lines].join('\n');
}

describe('a core in memory', () => {
  test('runs the same way again from the same seed, and another way from another', async () => {
    const first = await run('a');
    assert.equal(await run('a'), first);
    assert.notEqual(await run('b'), first);
  });
});

describe('marks', () => {
  test('that the store could not take are saved when it can, even after everybody has left', async () => {
    const clock = new ManualClock();
    const real = memoryStore();
    let failures = 20;
    const store = new Proxy(real, {
      get: (target, name: keyof Store) =>
        name === 'saveMarks' && (failures -= 1) > 0 ? () => Promise.reject(new Error('disk full')) : target[name],
    });
    const core = await newCore({ clock, store });
    const pipes = [new MemoryPipe(), new MemoryPipe()];
    const last = ({ received }: MemoryPipe): Ctrl => (JSON.parse(received.at(-1)!) as { ctrl: Ctrl }).ctrl;
    const [one, two] = pipes as [MemoryPipe, MemoryPipe];
    for (const pipe of pipes) {
      core.connect(pipe, '192.0.2.1');
      await pipe.say({ hi: { id: '1', ver: '0.25', kefu: { v: 1 } } });
    }
    const token = { hash: hashOfToken('secret'), expiresAt: clock.now() + 1e9 };
    await real.createUser({ id: 'usrAgent', kind: 'agent', public: undefined, createdAt: 0, token });
    await two.say({ login: { id: '2', scheme: 'token', secret: 'secret' } });
    await two.say({ sub: { id: '3', topic: 'me' } });
    await one.say({ acc: { id: '2', user: 'new', scheme: 'anonymous', login: true } });
    await one.say({ sub: { id: '3', topic: 'newk' } });
    const topic = last(one).topic ?? '';
    await one.say({ pub: { topic, content: 'hello' } });
    await two.say({ sub: { id: '4', topic } });
    await two.say({ note: { topic, what: 'read', seq: 1 } });
    for (const pipe of pipes) pipe.terminate();
    await clock.advance(35_000);
    const readBy = async (): Promise<number | undefined> =>
      (await real.conversation(topic))?.members.find(({ user }) => user === 'usrAgent')?.read;
    assert.equal(await readBy(), 0);
    await clock.advance(35_000);
    assert.equal(await readBy(), 1);
    await core.close();
  });
});

describe('messages that are turned away', () => {
  /** A visitor's link, attached to a topic; `pub` says how the message is answered. */
  const sender = async (
    clock: ManualClock,
    options: Omit<Parameters<typeof newCore>[0], 'clock'>,
  ): Promise<{
    end: () => Promise<void>;
    last: () => Ctrl;
    open: (key: string) => Promise<string>;
    pub: (n: number, to?: string) => Promise<readonly unknown[]>;
  }> => {
    const core = await newCore({ clock, ...options });
    const pipe = new MemoryPipe();
    const last = (): Ctrl =>
      pipe.received
        .map((text) => (JSON.parse(text) as { ctrl?: Ctrl }).ctrl)
        .filter((ctrl) => ctrl !== undefined)
        .at(-1)!;
    core.connect(pipe, '192.0.2.1');
    await pipe.say({ hi: { id: '1', ver: '0.25', kefu: { v: 1 } } });
    await pipe.say({ acc: { id: '2', user: 'new', scheme: 'anonymous', login: true } });
    const open = async (key: string): Promise<string> => {
      await pipe.say({ sub: { id: key, topic: `new${key}` } });
      return last().topic ?? '';
    };
    const own = await open('k');
    const pub = async (n: number, topic = own): Promise<readonly unknown[]> => {
      const head = { 'x-kefu-msgid': msgid(n) };
      await pipe.say({ pub: { id: `m${n}`, topic, noecho: true, content: 'x', head } });
      const { id, code, params } = last();
      return [id, code, params?.['seq']];
    };
    const end = (): Promise<void> => {
      pipe.terminate();
      return core.close();
    };
    return { end, last, open, pub };
  };

  test('are told how long to wait, and wait for the first of them, however many more there might be by then', async () => {
    const clock = new ManualClock();
    const { end, last, open, pub } = await sender(clock, { limits: { visitorPubs: { perSecond: 50, burst: 5 } } });
    for (const n of [1, 2, 3, 4, 5]) assert.deepEqual(await pub(n), [`m${n}`, 202, n]);
    assert.deepEqual(await pub(6), ['m6', 429, undefined]);
    const retryAfter = Number(last().params?.['retryAfter']);
    assert.ok(retryAfter >= 1_000, String(retryAfter));
    await clock.advance(100);
    assert.deepEqual(await pub(7), ['m7', 429, undefined], 'though there is a token again');
    assert.deepEqual((await pub(8, await open('other'))).slice(1), [202, 1], 'not held back elsewhere');
    await clock.advance(retryAfter - 100);
    for (const n of [6, 7]) assert.deepEqual(await pub(n), [`m${n}`, 202, n]);
    await end();
  });

  test('come in in their order: one that failed on the disk was before those that were too many', async () => {
    const clock = new ManualClock();
    const real = memoryStore();
    const failing: ((error: Error) => void)[] = [];
    let isFailing = true;
    const store = new Proxy(real, {
      get: (target, name: keyof Store) =>
        name === 'append' && isFailing ? () => new Promise((_, reject) => failing.push(reject)) : target[name],
    });
    const { end, last, pub } = await sender(clock, { store, limits: { visitorPubs: { perSecond: 1, burst: 2 } } });
    await pub(1);
    await pub(2);
    assert.deepEqual(await pub(3), ['m3', 429, undefined]);
    for (const fail of failing) fail(new Error('disk full'));
    isFailing = false;
    await clock.advance(1_000);
    assert.equal(last().code, 503);
    assert.deepEqual(await pub(3), ['m3', 503, undefined]);
    assert.deepEqual(await pub(1), ['m1', 202, 1]);
    for (const n of [2, 3]) {
      await clock.advance(1_000);
      assert.deepEqual(await pub(n), [`m${n}`, 202, n]);
    }
    await end();
  });

  test('P4: are not overtaken by a page that was frozen with the answers before it; one that gives up the first is heard', async () => {
    const clock = new ManualClock();
    const { end, pub } = await sender(clock, { limits: { visitorPubs: { perSecond: 1, burst: 1 } } });
    const answers = async (...ns: number[]): Promise<unknown[]> => {
      const codes: unknown[] = [];
      for (const n of ns) codes.push((await pub(n)).slice(1));
      return codes;
    };
    const turnedAway = [429, undefined];
    assert.deepEqual(await answers(1, 2), [[202, 1], turnedAway]);
    await clock.advance(12_000);
    // The page has woken, and has read the first answer only.
    assert.deepEqual(await answers(3), [turnedAway]);
    await clock.advance(1_000);
    assert.deepEqual(await answers(2, 3), [turnedAway, turnedAway]);
    await clock.advance(1_000);
    assert.deepEqual(await answers(2), [[202, 2]]);
    await clock.advance(1_000);
    assert.deepEqual(await answers(3, 4), [[202, 3], turnedAway]);
    await clock.advance(1_000);
    // The fourth has been stored over another link.
    assert.deepEqual(await answers(5), [turnedAway]);
    await clock.advance(1_000);
    assert.deepEqual(await answers(5), [[202, 4]]);
    await end();
  });
});
