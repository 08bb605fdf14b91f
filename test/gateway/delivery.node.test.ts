// Delivery on a clock of its own: windows, acks, pushing again, giving up.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Delivery } from '../../src/gateway/delivery.ts';
import type { DeliverySink, DeliverySource } from '../../src/gateway/delivery.ts';
import type { MessageFrame } from '../../src/gateway/message-frame.ts';
import { ManualClock, settled } from '../support/manual-clock.ts';

const frameOf = (seq: number, bytes = 1): MessageFrame => ({
  seq,
  note: false,
  bytes,
  frame: `m${seq}`,
  nothing: `t${seq}`,
  deleted: false,
});

class Source implements DeliverySource {
  newest: number;
  /** Messages below are not in memory. */
  recentFrom = 1;
  failures = 0;
  loads = 0;
  /** Of every message. */
  bytes = 1;
  constructor(newest = 0) {
    this.newest = newest;
  }
  recent(seq: number): MessageFrame | undefined {
    return seq >= this.recentFrom && seq <= this.newest ? frameOf(seq, this.bytes) : undefined;
  }
  async load(low: number, end: number): Promise<readonly MessageFrame[]> {
    this.loads += 1;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('store down');
    }
    return Array.from({ length: end - low }, (_, n) => frameOf(low + n, this.bytes));
  }
}

class Sink implements DeliverySink {
  pushed: number[] = [];
  isFull = false;
  isEmpty = true;
  isStalled = false;
  drains: (() => void)[] = [];
  push(message: MessageFrame): void {
    this.pushed.push(message.seq);
  }
  onDrain(act: () => void): void {
    this.drains.push(act);
  }
  stalled(): void {
    this.isStalled = true;
  }
  /** What was pushed since the last call. */
  take(): number[] {
    return this.pushed.splice(0);
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

function setUp(newest = 0, acks = true): { source: Source; sink: Sink; clock: ManualClock; delivery: Delivery } {
  const source = new Source(newest);
  const sink = new Sink();
  const clock = new ManualClock();
  const options = { acks, window: 4, windowBytes: 1_000, retryMs: 2_000, giveUpMs: 30_000 };
  const delivery = new Delivery(source, sink, options, clock);
  return { source, sink, clock, delivery };
}

describe('delivery', () => {
  test('starts at what is newest, and opens the window with each ack', () => {
    const { source, sink, delivery } = setUp(10);
    delivery.pump();
    assert.deepEqual(sink.take(), []);
    source.newest = 20;
    delivery.pump();
    assert.deepEqual(sink.take(), range(11, 14));
    delivery.pump();
    assert.deepEqual(sink.take(), []);
    delivery.ack(12);
    assert.deepEqual(sink.take(), [15, 16]);
    delivery.ack(11);
    delivery.ack(12);
    assert.deepEqual(sink.take(), [], 'nothing new');
    delivery.ack(99);
    assert.deepEqual(sink.take(), [], 'an ack of what there is not yet acks what there is');
    source.newest = 21;
    delivery.pump();
    assert.deepEqual(sink.take(), [21]);
  });

  test('without progress pushes (acked, sent] again after 2, 4, 8, 16 s, and gives up after 30', async () => {
    const { source, sink, delivery, clock } = setUp();
    source.newest = 3;
    delivery.pump();
    sink.take();
    const at = clock.now();
    const again: number[] = [];
    while (!sink.isStalled && clock.now() - at < 60_000) {
      await clock.advance(1_000);
      if (sink.pushed.length > 0) {
        assert.deepEqual(sink.take(), [1, 2, 3]);
        again.push((clock.now() - at) / 1_000);
      }
    }
    assert.deepEqual(again, [2, 6, 14]);
    assert.equal((clock.now() - at) / 1_000, 30);
    source.newest = 9;
    delivery.pump();
    assert.deepEqual(sink.take(), [], 'it is over');
    assert.equal(clock.waiting, 0);
  });

  test('progress starts the waiting anew; nothing outstanding waits for nothing', async () => {
    const { source, sink, delivery, clock } = setUp();
    source.newest = 3;
    delivery.pump();
    await clock.advance(1_900);
    delivery.ack(2);
    sink.take();
    await clock.advance(1_900);
    assert.deepEqual(sink.take(), []);
    await clock.advance(200);
    assert.deepEqual(sink.take(), [3]);
    delivery.ack(3);
    assert.equal(clock.waiting, 0);
    await clock.advance(100_000);
    assert.deepEqual(sink.take(), []);
    assert.equal(sink.isStalled, false);
    source.newest = 4;
    delivery.pump();
    await clock.advance(2_000);
    assert.deepEqual(sink.take(), [4, 4]);
    assert.equal(sink.isStalled, false, 'the silence before counts for nothing');
  });

  test('what is not in memory comes from the store, in order, and again when the store was down', async () => {
    const { source, sink, delivery, clock } = setUp();
    source.newest = 6;
    source.recentFrom = 4;
    source.failures = 1;
    delivery.pump();
    await settled();
    assert.deepEqual(sink.take(), []);
    await clock.advance(2_000);
    assert.deepEqual(sink.take(), range(1, 4));
    delivery.ack(4);
    assert.deepEqual(sink.take(), [5, 6]);
  });

  test('an own message needs no push and no ack of its own', async () => {
    const { source, sink, delivery, clock } = setUp();
    delivery.skip(1);
    source.newest = 1;
    delivery.pump();
    assert.deepEqual(sink.take(), []);
    assert.equal(clock.waiting, 0);
    source.newest = 2;
    delivery.pump();
    delivery.skip(3);
    source.newest = 4;
    delivery.pump();
    assert.deepEqual(sink.take(), [2, 4]);
    await clock.advance(2_000);
    assert.deepEqual(sink.take(), [2, 3, 4], 'without an ack the receiver may not know of it');
  });

  test('a full link pauses, and goes on when there is room', () => {
    const { source, sink, delivery } = setUp();
    source.newest = 2;
    sink.isFull = true;
    delivery.pump();
    delivery.pump();
    assert.deepEqual(sink.take(), []);
    assert.equal(sink.drains.length, 1);
    sink.isFull = false;
    sink.drains.pop()?.();
    assert.deepEqual(sink.take(), [1, 2]);
  });

  test('the window counts bytes too; one message always may go', async () => {
    for (const recentFrom of [1, 1_000]) {
      const { source, sink, delivery } = setUp();
      source.recentFrom = recentFrom;
      source.bytes = 400;
      source.newest = 9;
      delivery.pump();
      await settled();
      assert.deepEqual(sink.take(), [1, 2]);
      delivery.ack(1);
      await settled();
      assert.deepEqual(sink.take(), [3]);
      source.bytes = 5_000;
      delivery.ack(2);
      await settled();
      assert.deepEqual(sink.take(), []);
      const { loads } = source;
      for (let n = 0; n < 5; n += 1) {
        delivery.pump();
        await settled();
      }
      assert.equal(source.loads, loads, 'the store is not asked in vain');
      delivery.ack(3);
      await settled();
      assert.deepEqual(sink.take(), [4]);
      delivery.ack(4);
      await settled();
      assert.deepEqual(sink.take(), [5]);
    }
  });

  test('nothing is pushed again while the network still has the first ones; giving up does not wait', async () => {
    const { source, sink, delivery, clock } = setUp();
    source.newest = 2;
    sink.isEmpty = false;
    delivery.pump();
    await clock.advance(10_000);
    assert.deepEqual(sink.take(), [1, 2]);
    sink.isEmpty = true;
    await clock.advance(4_000);
    assert.deepEqual(sink.take(), [1, 2]);
    sink.isEmpty = false;
    await clock.advance(20_000);
    assert.equal(sink.isStalled, true);
  });

  test('a full link takes no more from the store either', async () => {
    const { source, sink, delivery } = setUp();
    source.recentFrom = 1_000;
    source.newest = 4;
    delivery.pump();
    sink.isFull = true;
    await settled();
    assert.deepEqual(sink.take(), []);
    sink.isFull = false;
    sink.drains.pop()?.();
    await settled();
    assert.deepEqual(sink.take(), [1, 2, 3, 4]);
  });

  test('who does not ack gets everything once', async () => {
    const { source, sink, delivery, clock } = setUp(0, false);
    source.newest = 10;
    delivery.skip(5);
    delivery.pump();
    assert.deepEqual(
      sink.take(),
      range(1, 10).filter((seq) => seq !== 5),
    );
    await clock.advance(60_000);
    assert.deepEqual(sink.take(), []);
    assert.equal(sink.isStalled, false);
  });

  test('whatever happens: ascending runs, never more than the window, everything in the end', async () => {
    const seed = Date.now();
    const step = fc.oneof(
      fc.record({ kind: fc.constant('more' as const), n: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constant('ack' as const), n: fc.nat(60) }),
      fc.record({ kind: fc.constant('wait' as const), n: fc.nat(3_000) }),
      fc.record({ kind: fc.constant('forget' as const), n: fc.constant(0) }),
      fc.record({ kind: fc.constant('size' as const), n: fc.nat(1_500) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { source, sink, delivery, clock } = setUp();
        const has = new Set<number>();
        let contiguous = 0;
        const read = (): void => {
          for (const seq of sink.take()) {
            assert.ok(seq <= contiguous + 4 + 4, `${seq} with ${contiguous}`);
            has.add(seq);
          }
          while (has.has(contiguous + 1)) contiguous += 1;
        };
        for (const { kind, n } of steps) {
          if (kind === 'more') {
            source.newest += n;
            delivery.pump();
          } else if (kind === 'ack') delivery.ack(Math.min(n, contiguous));
          else if (kind === 'wait') await clock.advance(n);
          else if (kind === 'size') source.bytes = n;
          else source.recentFrom = source.newest + 1;
          await settled();
          read();
        }
        for (let turn = 0; turn < 1_000 && contiguous < source.newest; turn += 1) {
          delivery.ack(contiguous);
          await clock.advance(500);
          read();
        }
        assert.equal(contiguous, source.newest);
        assert.equal(sink.isStalled, false);
        delivery.close();
        assert.equal(clock.waiting, 0);
      }),
      { seed, numRuns: 200 },
    );
  });
});
