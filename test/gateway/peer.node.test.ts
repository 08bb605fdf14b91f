// Peer: when a link is taken for dead.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/gateway/config.ts';
import { Peer } from '../../src/gateway/peer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryPipe } from './memory-pipe.ts';

function setUp(): { pipe: MemoryPipe; advance: (ms: number) => Promise<void>; sleep: (ms: number) => void } {
  const hand = new ManualClock();
  let slept = 0;
  const clock = {
    now: () => hand.now(),
    elapsed: () => hand.elapsed() + slept,
    after: (ms: number, act: () => void) => hand.after(ms, act),
  };
  const pipe = new MemoryPipe();
  const events = { frame: () => undefined, closed: () => undefined };
  new Peer(pipe, { id: 'x', address: '192.0.2.1', limits: DEFAULT_LIMITS, clock }, events);
  return {
    pipe,
    advance: (ms) => hand.advance(ms),
    /** Time goes by, and the process does nothing: it is busy, or the machine sleeps. */
    sleep(ms) {
      slept += ms;
    },
  };
}

describe('a quiet link', () => {
  test('is pinged after 25 s, again after half of the rest, and cut after 36', async () => {
    const { pipe, advance } = setUp();
    await advance(24_900);
    assert.equal(pipe.pings, 0);
    await advance(200);
    assert.equal(pipe.pings, 1);
    await advance(10_800);
    assert.deepEqual([pipe.pings, pipe.isOpen], [2, true]);
    await advance(200);
    assert.equal(pipe.closeCode, 1006);
  });

  test('that answers any ping, or says something, stays', async () => {
    const { pipe, advance } = setUp();
    for (let n = 0; n < 10; n += 1) {
      await advance(n % 2 === 0 ? 26_000 : 35_000);
      if (n % 3 === 0) await pipe.say({ note: {} });
      else pipe.pong();
    }
    await advance(24_000);
    assert.equal(pipe.isOpen, true);
  });

  test('is not cut by a process that was busy: the answer may lie unread', async () => {
    const { pipe, advance, sleep } = setUp();
    await advance(20_000);
    sleep(100_000);
    await advance(5_000);
    assert.deepEqual([pipe.pings, pipe.isOpen], [1, true]);
    sleep(100_000);
    await advance(6_000);
    assert.deepEqual([pipe.pings, pipe.isOpen], [2, true]);
    pipe.pong();
    await advance(24_000);
    assert.equal(pipe.isOpen, true);
  });
});
