// The outbox: every message goes until the gateway has answered, and is frozen when it never will.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LIMITS } from '../../../src/protocol/limits.ts';
import type { Ctrl } from '../../../src/protocol/server-packet.ts';
import { draftMessage } from '../../../src/sdk/datalink/message.ts';
import type { Message } from '../../../src/sdk/datalink/message.ts';
import { MessagePool } from '../../../src/sdk/datalink/message-pool.ts';
import { Outbox } from '../../../src/sdk/datalink/outbox.ts';
import {
  BusyError,
  LinkLostError,
  RefusedError,
  RequestTimeoutError,
} from '../../../src/sdk/datalink/request-errors.ts';
import { ManualClock, settled } from '../../support/manual-clock.ts';
import { msgid, numbered } from './messages.ts';

const DAY_MS = 24 * 3_600_000;

interface Attempt {
  readonly key: string;
  /** It is only asked what became of the message. */
  readonly asks: boolean;
  readonly accept: (ctrl?: Partial<Ctrl>) => void;
  readonly fail: (error: Error) => void;
}

let clock: ManualClock;
let pool: MessagePool;
let attempts: Attempt[];
let numberings: number[];
/** What this device keeps, and the way it does so. */
let kept: Map<string, Message>;
let keep: (message: Message) => Promise<void>;
/** What other pages were told. */
let told: Message[];
let outbox: Outbox;

/** Adds messages, and lets this device keep them. */
const add = async (...ns: number[]): Promise<void> => {
  for (const n of ns) outbox.add(pool.upsert(draftMessage(msgid(n), n, clock.now(), `mine ${String(n)}`, {})));
  await settled();
};
const stateOf = (n: number): string | undefined => pool.get(msgid(n))?.state;
const order = (): string[] => Array.from({ length: pool.length }, (_, at) => pool.at(at)?.key.slice(-2) ?? '');
const keys = (): string[] => attempts.map(({ key }) => key.slice(-2));
const accept = async (index: number, seq?: number): Promise<void> => {
  attempts[index]?.accept(seq === undefined ? {} : { params: { seq } });
  await settled();
};
const fail = async (index: number, error: Error): Promise<void> => {
  attempts[index]?.fail(error);
  await settled();
};

beforeEach(() => {
  clock = new ManualClock();
  pool = new MessagePool();
  attempts = [];
  numberings = [];
  kept = new Map();
  keep = async (message) => void kept.set(message.key, message);
  told = [];
  outbox = new Outbox({
    pool,
    clock,
    keep: (message) => keep(message),
    drop: (key) => void kept.delete(key),
    tell: (message) => told.push(message),
    publish: ({ key }, asks) =>
      new Promise((resolve, reject) => {
        attempts.push({
          key,
          asks,
          accept: (ctrl) => {
            resolve({ code: 202, ...ctrl });
          },
          fail: reject,
        });
      }),
    numbered: (seqid) => numberings.push(seqid),
  });
});

describe('outbox', () => {
  it('keeps messages until it is open, then sends them in order', async () => {
    await add(1, 2, 3);
    assert.deepEqual(attempts, []);
    assert.equal(stateOf(1), 'queued');
    assert.equal(kept.size, 3);
    outbox.open();
    assert.deepEqual(keys(), ['01', '02', '03']);
    assert.equal(stateOf(1), 'sending');
    await accept(0, 7);
    assert.equal(stateOf(1), 'sent');
    assert.equal(pool.get(msgid(1))?.seqid, 7);
    assert.deepEqual(numberings, [7]);
    assert.deepEqual([...kept.keys()], [msgid(2), msgid(3)]);
    assert.equal(outbox.length, 2);
  });

  it('has a window of 64', async () => {
    outbox.open();
    await add(...Array.from({ length: 100 }, (_, n) => n + 1));
    assert.equal(attempts.length, LIMITS.sendWindow);
    assert.equal(stateOf(65), 'queued');
    await accept(0, 1);
    assert.equal(attempts.length, LIMITS.sendWindow + 1);
    assert.equal(attempts.at(-1)?.key, msgid(65));
  });

  it('sends again on the next link what was on its way on the lost one, with the same msgid and in order', async () => {
    outbox.open();
    await add(1, 2);
    outbox.close();
    await fail(0, new LinkLostError());
    await fail(1, new LinkLostError());
    assert.equal(stateOf(1), 'queued');
    assert.equal(attempts.length, 2);
    await add(3);
    outbox.open();
    assert.deepEqual(keys(), ['01', '02', '01', '02', '03']);
    await accept(2, 1);
    assert.equal(pool.length, 3);
    assert.equal(stateOf(1), 'sent');
  });

  it('takes a timeout for unknown, never for failed', async () => {
    outbox.open();
    await add(1);
    await fail(0, new RequestTimeoutError());
    assert.deepEqual(keys(), ['01', '01']);
    await accept(1, 1);
    assert.equal(stateOf(1), 'sent');
  });

  it('does not send what an echo has shown to be stored', async () => {
    await add(1);
    const message = pool.get(msgid(1));
    assert.ok(message);
    pool.upsert({ ...message, seqid: 4, base: 4, n: 0, state: 'sent' });
    outbox.open();
    assert.deepEqual(attempts, []);
    assert.equal(outbox.length, 0);
    assert.equal(kept.size, 0);
  });

  it('waits as long as a busy gateway says, with everything behind', async () => {
    outbox.open();
    await add(1);
    await fail(0, new BusyError(503, 4_000));
    assert.equal(stateOf(1), 'queued');
    await add(2);
    await clock.advance(3_999);
    assert.deepEqual(keys(), ['01']);
    await clock.advance(1);
    assert.deepEqual(keys(), ['01', '01', '02']);
  });

  it('lets nothing overtake what was turned away late', async () => {
    outbox.open();
    await add(1, 2, 3);
    // The answers to 2 and 3 are still on their way when the time to wait is over: the gateway may turn them away too.
    await fail(0, new BusyError(429, 1_000));
    await add(4);
    await clock.advance(5_000);
    assert.deepEqual(keys(), ['01', '02', '03']);
    await fail(1, new BusyError(429, 1_000));
    await accept(2, 1);
    assert.deepEqual(keys(), ['01', '02', '03'], 'and then there is another time to wait');
    await clock.advance(1_000);
    assert.deepEqual(keys(), ['01', '02', '03', '01', '02', '04']);
  });

  it('starts anew on a new link, whatever the last one had turned away', async () => {
    outbox.open();
    await add(1, 2);
    await fail(0, new BusyError(429, 60_000));
    outbox.close();
    await fail(1, new LinkLostError('lost'));
    outbox.open();
    await settled();
    assert.deepEqual(keys(), ['01', '02', '01', '02']);
  });

  it('has half as many on their way after each "busy", and one more for every window that comes through', async () => {
    outbox.open();
    await add(...Array.from({ length: 200 }, (_, n) => n + 1));
    const turnAway = async (): Promise<number> => {
      const from = attempts.length;
      await clock.advance(1_000);
      for (let at = from; at < attempts.length; at += 1) attempts[at]?.fail(new BusyError(429, 1_000));
      await settled();
      return attempts.length - from;
    };
    for (const { fail } of attempts) fail(new BusyError(429, 1_000));
    await settled();
    const sizes: number[] = [];
    for (let times = 0; times < 7; times += 1) sizes.push(await turnAway());
    assert.deepEqual(sizes, [32, 16, 8, 4, 2, 1, 1]);
    const from = attempts.length;
    await clock.advance(1_000);
    assert.equal(attempts.length, from + 1);
    await accept(from, 1);
    assert.equal(attempts.length, from + 3, 'two windows');
    await accept(from + 1, 2);
    await accept(from + 2, 3);
    assert.equal(attempts.length, from + 6);
    assert.deepEqual(keys().slice(from), ['01', '02', '03', '04', '05', '06']);
  });

  it('waits a second when a busy gateway does not say', async () => {
    outbox.open();
    await add(1);
    await fail(0, new BusyError(503, undefined));
    await clock.advance(999);
    assert.equal(attempts.length, 1);
    await clock.advance(1);
    assert.equal(attempts.length, 2);
  });

  it('freezes a refused message where it stands, and goes on with the next', async () => {
    pool.upsert(numbered(1));
    outbox.open();
    await add(1, 2);
    await fail(0, new RefusedError(422, 'word'));
    assert.equal(stateOf(1), 'refused');
    assert.equal(pool.get(msgid(1))?.reason, 'word');
    pool.upsert(numbered(2));
    assert.deepEqual(order(), ['#1', '01', '#2', '02']);
    await accept(1, 3);
    outbox.close();
    outbox.open();
    assert.deepEqual(keys(), ['01', '02'], 'never again');
    assert.deepEqual(
      [...kept.values()].map(({ state, base }) => [state, base]),
      [['refused', 1]],
      'also after a reload',
    );
  });

  it('keeps a message that was taken without a seqid in its place', async () => {
    pool.upsert(numbered(1));
    outbox.open();
    await add(1, 2);
    await accept(0);
    assert.equal(stateOf(1), 'sent');
    assert.equal(pool.get(msgid(1))?.seqid, undefined);
    await accept(1, 2);
    pool.upsert(numbered(3));
    assert.deepEqual(order(), ['#1', '01', '02', '#3']);
    assert.deepEqual(numberings, [2]);
  });

  it('lets a message expire after a day that the gateway has not got, and keeps it in its place', async () => {
    await add(1);
    await clock.advance(DAY_MS + 1);
    await add(2);
    outbox.open();
    assert.deepEqual(keys(), ['01'], 'what is behind waits for the answer');
    assert.equal(attempts[0]?.asks, true);
    assert.equal(stateOf(1), 'queued');
    await fail(0, new RefusedError(404, 'not found'));
    assert.equal(stateOf(1), 'expired');
    assert.deepEqual(keys(), ['01', '02']);
    assert.equal(attempts[1]?.asks, false);
    pool.upsert(numbered(1));
    assert.deepEqual(order(), ['01', '#1', '02']);
    assert.equal(kept.get(msgid(1))?.state, 'expired');
  });

  it('asks for all that are too old at once, and again on the next link', async () => {
    await add(1, 2, 3);
    await clock.advance(DAY_MS + 1);
    outbox.open();
    assert.deepEqual(keys(), ['01', '02', '03']);
    await accept(0, 5);
    await accept(1);
    outbox.close();
    await fail(2, new LinkLostError());
    assert.deepEqual([stateOf(1), stateOf(2), stateOf(3)], ['sent', 'sent', 'queued']);
    assert.equal(pool.get(msgid(1))?.seqid, 5);
    outbox.open();
    assert.deepEqual(keys().slice(3), ['03']);
    assert.equal(attempts[3]?.asks, true);
  });

  it('leaves expired what another page has found too old while it was on its way here', async () => {
    await add(1);
    outbox.open();
    const message = pool.get(msgid(1));
    assert.ok(message);
    pool.replace({ ...message, state: 'expired', base: 0 });
    outbox.forget(msgid(1));
    await fail(0, new RequestTimeoutError());
    assert.equal(stateOf(1), 'expired');
    assert.equal(attempts.length, 1);
  });

  it('is a draft until this device has kept it; what is behind waits too', async () => {
    outbox.open();
    let done = (): void => undefined;
    keep = () => new Promise((resolve) => (done = resolve));
    await add(1);
    keep = async () => undefined;
    await add(2);
    assert.deepEqual([stateOf(1), stateOf(2)], ['draft', 'queued']);
    assert.deepEqual(keys(), []);
    done();
    await settled();
    assert.deepEqual(keys(), ['01', '02']);
    assert.equal(pool.get(msgid(1))?.volatile, false);
    assert.deepEqual(
      told.map(({ key, state }) => [key.slice(-2), state]),
      [
        ['02', 'queued'],
        ['01', 'queued'],
      ],
    );
  });

  it('goes without storage that refuses, or takes longer than a quarter of a second, and says so', async () => {
    keep = () => Promise.reject(new Error('refused'));
    await add(1);
    let done = (): void => undefined;
    keep = () => new Promise((resolve) => (done = resolve));
    await add(2);
    await clock.advance(250);
    assert.deepEqual([stateOf(1), stateOf(2)], ['queued', 'queued']);
    assert.deepEqual([pool.get(msgid(1))?.volatile, pool.get(msgid(2))?.volatile], [true, true]);
    done();
    await settled();
    assert.equal(pool.get(msgid(2))?.volatile, false, 'late is not never');
  });

  it('refuses what is too much for it', async () => {
    await add(...Array.from({ length: LIMITS.outbox + 1 }, (_, n) => n + 1));
    assert.equal(stateOf(LIMITS.outbox), 'queued');
    assert.equal(stateOf(LIMITS.outbox + 1), 'refused');
    assert.equal(outbox.length, LIMITS.outbox);
  });

  it('sends nothing while another page leads', async () => {
    outbox.leads = false;
    outbox.open();
    await add(1);
    assert.deepEqual(keys(), []);
    outbox.leads = true;
    assert.deepEqual(keys(), ['01']);
  });

  it('takes what was kept in the order of sending', async () => {
    for (const n of [3, 1, 2]) {
      const message = pool.upsert({ ...draftMessage(msgid(n), n, clock.now(), '', {}), state: 'queued' });
      outbox.take(message);
      outbox.take(message);
    }
    outbox.open();
    assert.deepEqual(keys(), ['01', '02', '03']);
  });

  it('sends a message that is exactly a day old', async () => {
    await add(1);
    await clock.advance(DAY_MS);
    outbox.open();
    assert.equal(stateOf(1), 'sending');
  });

  it('leaves no timers', async () => {
    outbox.open();
    await add(1);
    await fail(0, new BusyError(503, 4_000));
    outbox.destroy();
    assert.equal(clock.waiting, 0);
  });
});
