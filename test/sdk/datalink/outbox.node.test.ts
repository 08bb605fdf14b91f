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
  readonly accept: (ctrl?: Partial<Ctrl>) => void;
  readonly fail: (error: Error) => void;
}

let clock: ManualClock;
let pool: MessagePool;
let attempts: Attempt[];
let numberings: number[];
/** What the outbox store keeps. */
let kept: Map<string, Message>;
let outbox: Outbox;

const add = (...ns: number[]): void => {
  for (const n of ns) outbox.add(pool.upsert(draftMessage(msgid(n), n, clock.now(), `mine ${String(n)}`, {})));
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
  outbox = new Outbox({
    pool,
    clock,
    topic: () => 'grpConversation001',
    store: {
      put: async (_, message) => void kept.set(message.key, message),
      remove: async (_, key) => void kept.delete(key),
      load: async () => [...kept.values()],
    },
    publish: ({ key }) =>
      new Promise((resolve, reject) => {
        attempts.push({
          key,
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
    add(1, 2, 3);
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
    add(...Array.from({ length: 100 }, (_, n) => n + 1));
    assert.equal(attempts.length, LIMITS.sendWindow);
    assert.equal(stateOf(65), 'queued');
    await accept(0, 1);
    assert.equal(attempts.length, LIMITS.sendWindow + 1);
    assert.equal(attempts.at(-1)?.key, msgid(65));
  });

  it('sends again on the next link what was on its way on the lost one, with the same msgid and in order', async () => {
    outbox.open();
    add(1, 2);
    outbox.close();
    await fail(0, new LinkLostError());
    await fail(1, new LinkLostError());
    assert.equal(stateOf(1), 'queued');
    assert.equal(attempts.length, 2);
    add(3);
    outbox.open();
    assert.deepEqual(keys(), ['01', '02', '01', '02', '03']);
    await accept(2, 1);
    assert.equal(pool.length, 3);
    assert.equal(stateOf(1), 'sent');
  });

  it('takes a timeout for unknown, never for failed', async () => {
    outbox.open();
    add(1);
    await fail(0, new RequestTimeoutError());
    assert.deepEqual(keys(), ['01', '01']);
    await accept(1, 1);
    assert.equal(stateOf(1), 'sent');
  });

  it('does not send what an echo has shown to be stored', async () => {
    add(1);
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
    add(1);
    await fail(0, new BusyError(503, 4_000));
    assert.equal(stateOf(1), 'queued');
    add(2);
    await clock.advance(3_999);
    assert.deepEqual(keys(), ['01']);
    await clock.advance(1);
    assert.deepEqual(keys(), ['01', '01', '02']);
  });

  it('waits a second when a busy gateway does not say', async () => {
    outbox.open();
    add(1);
    await fail(0, new BusyError(503, undefined));
    await clock.advance(999);
    assert.equal(attempts.length, 1);
    await clock.advance(1);
    assert.equal(attempts.length, 2);
  });

  it('freezes a refused message where it stands, and goes on with the next', async () => {
    pool.upsert(numbered(1));
    outbox.open();
    add(1, 2);
    await fail(0, new RefusedError(422, 'word'));
    assert.equal(stateOf(1), 'refused');
    assert.equal(pool.get(msgid(1))?.reason, 'word');
    pool.upsert(numbered(2));
    assert.deepEqual(order(), ['#1', '01', '#2', '02']);
    await accept(1, 3);
    outbox.close();
    outbox.open();
    assert.deepEqual(keys(), ['01', '02'], 'never again');
    assert.equal(kept.size, 0);
  });

  it('keeps a message that was taken without a seqid in its place', async () => {
    pool.upsert(numbered(1));
    outbox.open();
    add(1, 2);
    await accept(0);
    assert.equal(stateOf(1), 'sent');
    assert.equal(pool.get(msgid(1))?.seqid, undefined);
    await accept(1, 2);
    pool.upsert(numbered(3));
    assert.deepEqual(order(), ['#1', '01', '02', '#3']);
    assert.deepEqual(numberings, [2]);
  });

  it('lets a message expire after a day, and sends it again when the user wants it', async () => {
    add(1);
    await clock.advance(DAY_MS + 1);
    add(2);
    outbox.open();
    assert.equal(stateOf(1), 'expired');
    assert.deepEqual(keys(), ['02']);
    pool.upsert(numbered(1));
    assert.deepEqual(order(), ['01', '#1', '02']);
    outbox.retry(msgid(1));
    assert.deepEqual(keys(), ['02', '01']);
    assert.equal(stateOf(1), 'sending');
    outbox.retry(msgid(2));
    assert.equal(attempts.length, 2, 'what did not expire is not sent twice');
  });

  it('sends a message that is exactly a day old', async () => {
    add(1);
    await clock.advance(DAY_MS);
    outbox.open();
    assert.equal(stateOf(1), 'sending');
  });

  it('leaves no timers', async () => {
    outbox.open();
    add(1);
    await fail(0, new BusyError(503, 4_000));
    outbox.destroy();
    assert.equal(clock.waiting, 0);
  });
});
