// Virtual seq and the pool, against an array that is sorted anew by the rule after every step.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { draftMessage } from '../../../src/sdk/datalink/message.ts';
import type { Message } from '../../../src/sdk/datalink/message.ts';
import { MessagePool } from '../../../src/sdk/datalink/message-pool.ts';
import { FLOATING } from '../../../src/sdk/datalink/virtual-seq.ts';
import { msgid, numbered } from './messages.ts';

/** A message as the rule sees it. */
interface Bubble {
  base: number;
  n: number;
}

const kinds = ['send', 'send', 'store', 'store', 'other', 'other', 'deliver', 'deliver', 'deliver'] as const;
const rare = ['refuse', 'unnumbered', 'expire', 'retry', 'page', 'remove'] as const;
const act = fc.tuple(fc.constantFrom(...kinds, ...kinds, ...rare), fc.nat(1_000));

/** One life of a pool: the gateway numbers what it stores, and news of that arrive in any order and more than once. */
const live = (acts: readonly (readonly [string, number])[]): void => {
  const pool = new MessagePool();
  const model = new Map<string, Bubble>();
  /** The gateway's log: whose message has which seqid. */
  const stored: { seqid: number; key: string; message: Message }[] = [];
  const shown = new Set<number>();
  let newest = 0;
  let lastN = 0;

  const order = (): string[] =>
    [...model.entries()]
      .sort(([, a], [, b]) => Math.min(a.base, newest) - Math.min(b.base, newest) || a.n - b.n)
      .map(([key]) => key);
  const keys = (): string[] => Array.from({ length: pool.length }, (_, index) => pool.at(index)?.key ?? '');
  const one = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(1, list.length)];
  const isStored = (key: string): boolean => stored.some((entry) => entry.key === key);
  const floating = (): string[] =>
    [...model.entries()].filter(([key, { base }]) => base === FLOATING && !isStored(key)).map(([key]) => key);

  const deliver = ({ seqid, key, message }: { seqid: number; key: string; message: Message }): void => {
    newest = Math.max(newest, seqid);
    if (!shown.has(seqid)) model.set(key, { base: seqid, n: 0 });
    shown.add(seqid);
    pool.upsert({ ...message, seqid, base: seqid, n: 0, state: 'sent' });
  };
  const freeze = (key: string | undefined, state: 'refused' | 'sent' | 'expired'): void => {
    const bubble = key === undefined ? undefined : model.get(key);
    if (key === undefined || !bubble) return;
    if (state !== 'expired') pool.update(key, { state: 'sending' });
    pool.update(key, { state });
    bubble.base = newest;
  };

  for (const [kind, pick] of acts) {
    const before = keys();
    const newestBefore = newest;
    /** The one message that this step is about: nothing else may change its place among the others. */
    let moved: string | undefined;
    if (kind === 'send') {
      lastN += 1;
      const message = draftMessage(msgid(lastN), lastN, 0, 'mine', {});
      model.set(message.key, { base: FLOATING, n: lastN });
      pool.upsert(message);
      pool.update(message.key, { state: 'queued' });
    } else if (kind === 'store') {
      const key = one(floating(), pick);
      const message = key === undefined ? undefined : pool.get(key);
      if (key !== undefined && message) stored.push({ seqid: stored.length + 1, key, message });
    } else if (kind === 'other') {
      const message = numbered(stored.length + 1);
      stored.push({ seqid: stored.length + 1, key: message.key, message });
    } else if (kind === 'deliver') {
      const entry = one(stored.slice(-20), pick);
      moved = entry?.key;
      if (entry) deliver(entry);
    } else if (kind === 'page') {
      // Old and known ones: repeats of what is there change nothing.
      for (const entry of stored.slice(0, pick % 50).filter(({ seqid }) => shown.has(seqid))) deliver(entry);
    } else if (kind === 'refuse') freeze(one(floating(), pick), 'refused');
    else if (kind === 'unnumbered') freeze(one(floating(), pick), 'sent');
    else if (kind === 'expire') freeze(one(floating(), pick), 'expired');
    else if (kind === 'retry') {
      const key = one(
        [...model.keys()].filter((name) => pool.get(name)?.state === 'expired'),
        pick,
      );
      const bubble = key === undefined ? undefined : model.get(key);
      moved = key;
      if (key !== undefined && bubble) {
        pool.update(key, { state: 'queued' });
        bubble.base = FLOATING;
      }
    } else if (kind === 'remove') {
      const key = one(
        [...model.keys()].filter((name) => pool.get(name)?.state === 'refused'),
        pick,
      );
      if (key !== undefined) {
        pool.remove(key);
        model.delete(key);
      }
    }

    const after = keys();
    assert.deepEqual(after, order(), kind);
    assert.equal(new Set(after).size, after.length, 'nothing twice');
    after.forEach((key, index) => {
      assert.equal(pool.indexOf(key), index);
      assert.equal(pool.get(key), pool.at(index));
    });
    // What was there keeps its order, but for the one message that got its seqid and, when the topic has moved on, for
    // floating ones that pass frozen ones.
    const isFrozen = (key: string): boolean => {
      const bubble = model.get(key);
      return bubble !== undefined && bubble.n > 0 && bubble.base !== FLOATING;
    };
    const stays = (key: string): boolean =>
      key !== moved && model.has(key) && (newest === newestBefore || !isFrozen(key));
    assert.deepEqual(
      before.filter(stays),
      after.filter((key) => stays(key) && before.includes(key)),
      kind,
    );
  }
  for (const { seqid } of stored) assert.equal(pool.bySeqid(seqid)?.seqid, shown.has(seqid) ? seqid : undefined);
};

describe('virtual seq', () => {
  it('places every message by the rule, once, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 120 }), (acts) => {
        live(acts);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps a floating message at the end, a frozen one in its place, and moves none that was answered in turn', () => {
    const pool = new MessagePool();
    const texts = (): string[] => Array.from({ length: pool.length }, (_, at) => pool.at(at)?.key.slice(-2) ?? '');
    for (let seqid = 1; seqid <= 2; seqid += 1) pool.upsert(numbered(seqid));
    for (let n = 1; n <= 3; n += 1) pool.upsert(draftMessage(msgid(n), n, 0, 'mine', {}));
    for (let n = 1; n <= 3; n += 1) pool.update(msgid(n), { state: 'queued' });
    assert.deepEqual(texts(), ['#1', '#2', '01', '02', '03']);
    pool.update(msgid(2), { state: 'sending' });
    pool.update(msgid(2), { state: 'refused', reason: 'no' });
    assert.deepEqual(texts(), ['#1', '#2', '01', '02', '03']);
    pool.upsert(numbered(3));
    assert.deepEqual(texts(), ['#1', '#2', '02', '#3', '01', '03']);
    const first = pool.get(msgid(1));
    assert.ok(first);
    pool.upsert({ ...first, seqid: 4, base: 4, n: 0, state: 'sent' });
    assert.deepEqual(texts(), ['#1', '#2', '02', '#3', '01', '03']);
  });

  it('takes the own message for the one that came under another key before its sender was known', () => {
    const pool = new MessagePool();
    const own = pool.upsert(draftMessage(msgid(1), 1, 0, 'mine', {}));
    pool.upsert(numbered(1));
    assert.equal(pool.length, 2);
    pool.upsert({ ...own, seqid: 1, base: 1, n: 0, state: 'sent' });
    assert.equal(pool.length, 1);
    assert.equal(pool.get('#1'), undefined);
    assert.equal(pool.at(0)?.key, msgid(1));
  });

  it('changes nothing by an impossible change of state', () => {
    const pool = new MessagePool();
    pool.upsert(numbered(1));
    assert.equal(pool.update('#1', { state: 'refused' })?.state, 'sent');
    assert.equal(pool.update('nobody', { state: 'queued' }), undefined);
  });
});
