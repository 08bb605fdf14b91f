// In seq order: whatever comes in whatever order goes on in order, once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeqOrder } from '../../../src/sdk/datalink/in-seq-order.ts';
import { numbered } from './messages.ts';

const seqids = (messages: readonly { seqid: number | undefined }[]): (number | undefined)[] =>
  messages.map(({ seqid }) => seqid);

describe('in seq order', () => {
  it('never hands on what is deleted while it is held back', () => {
    const order = new SeqOrder(0);
    assert.deepEqual(order.accept(numbered(2)), []);
    order.forget({ low: 2 });
    assert.deepEqual(order.skip({ low: 2 }), []);
    assert.deepEqual(order.accept(numbered(1)), [numbered(1)]);
    assert.equal(order.contiguous, 2);
  });

  it('hands on what became of one that was taken back while it was held back', () => {
    const order = new SeqOrder(0);
    order.accept(numbered(2));
    order.skip({ low: 3 });
    order.accept(numbered(4));
    order.forget({ low: 2, hi: 4 }, (message) => ({ ...message, content: null }));
    assert.deepEqual(order.accept(numbered(1)), [numbered(1), { ...numbered(2), content: null }, numbered(4)]);
  });

  it('hands every message on once, in order, whatever the order of coming, and passes over what is skipped', () => {
    const plan = fc
      .record({ start: fc.nat(50), size: fc.integer({ min: 1, max: 80 }), random: fc.infiniteStream(fc.nat(1000)) })
      .chain(({ start, size }) => {
        const all = Array.from({ length: size }, (_, n) => start + 1 + n);
        return fc.record({
          start: fc.constant(start),
          all: fc.constant(all),
          skipped: fc.subarray(all),
          coming: fc.shuffledSubarray([...all, ...all], { minLength: size * 2, maxLength: size * 2 }),
        });
      });
    fc.assert(
      fc.property(plan, ({ start, all, skipped, coming }) => {
        const order = new SeqOrder(start);
        const shown: (number | undefined)[] = [];
        for (const seqid of coming) {
          const old = seqid <= order.contiguous;
          const ready = skipped.includes(seqid) ? order.skip({ low: seqid }) : order.accept(numbered(seqid));
          // A repeat of what was handed on passes as it is: the pool knows it.
          if (old) assert.ok(ready.length <= 1);
          else shown.push(...seqids(ready));
          const gap = order.gap;
          if (gap) assert.equal(gap.low, order.contiguous + 1);
        }
        assert.deepEqual(
          shown,
          all.filter((seqid) => !skipped.includes(seqid)),
        );
        assert.equal(order.contiguous, all.at(-1));
        assert.equal(order.gap, undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('names the first gap only, up to what has come', () => {
    const order = new SeqOrder(10);
    assert.equal(order.gap, undefined);
    assert.deepEqual(order.accept(numbered(13)), []);
    assert.deepEqual(order.accept(numbered(16)), []);
    assert.deepEqual(order.gap, { low: 11, hi: 13 });
    assert.deepEqual(seqids(order.accept(numbered(11))), [11]);
    assert.deepEqual(order.gap, { low: 12, hi: 13 });
    assert.deepEqual(seqids(order.accept(numbered(12))), [12, 13]);
    assert.deepEqual(order.gap, { low: 14, hi: 16 });
    order.reached(20);
    assert.deepEqual(seqids(order.skip({ low: 14, hi: 16 })), [16]);
    assert.deepEqual(order.gap, { low: 17, hi: 21 });
  });

  it('shows what came early although a skip covers it', () => {
    const order = new SeqOrder(0);
    order.accept(numbered(2));
    assert.deepEqual(seqids(order.skip({ low: 1, hi: 4 })), [2]);
    assert.equal(order.contiguous, 3);
  });

  it('holds back a bounded number, and asks for the rest again', () => {
    const order = new SeqOrder(0);
    for (let seqid = 2; seqid <= 1_000; seqid += 1) order.accept(numbered(seqid));
    assert.deepEqual(order.gap, { low: 1, hi: 2 });
    const ready = order.accept(numbered(1));
    assert.equal(ready.length, 257);
    assert.deepEqual(order.gap, { low: 258, hi: 1_001 });
  });

  it('takes what was asked for however much is held back behind it', () => {
    const order = new SeqOrder(0);
    // Own messages, numbered while the ones of others before them were missed.
    order.skip({ low: 4, hi: 500 });
    const gap = order.gap;
    assert.deepEqual(gap, { low: 1, hi: 4 });
    // A page comes newest first, and then its end: what is not here by then is passed over.
    const shown = [3, 2, 1].flatMap((seqid) => order.accept(numbered(seqid)));
    assert.deepEqual(seqids([...shown, ...order.skip(gap)]), [1, 2, 3]);
  });

  it('gets over a gap of any size without remembering it', () => {
    const order = new SeqOrder(0);
    order.reached(1_000_000);
    let asked = 0;
    for (let gap = order.gap; gap; gap = order.gap) {
      order.skip(gap);
      asked += 1;
    }
    assert.equal(asked, 1);
    assert.equal(order.contiguous, 1_000_000);
  });
});
