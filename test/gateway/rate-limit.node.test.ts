// Token buckets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RateLimit } from '../../src/gateway/rate-limit.ts';

describe('rate limit', () => {
  test('a burst, then the rate, each key for itself', () => {
    let now = 0;
    const limit = new RateLimit({ perSecond: 2, burst: 3 }, () => now);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => limit.take('a')),
      [0, 0, 0, 500],
    );
    assert.equal(limit.take('b'), 0);
    now = 250;
    assert.equal(limit.take('a'), 250);
    now = 500;
    assert.equal(limit.take('a'), 0);
    assert.equal(limit.take('a'), 500);
    now = 1_000_000;
    assert.deepEqual(
      [1, 2, 3, 4].map(() => limit.take('a')),
      [0, 0, 0, 500],
      'no more than the burst is saved up',
    );
  });

  test('an hour has its own bound', () => {
    let now = 0;
    const limit = new RateLimit({ perSecond: 2, burst: 2, perHour: 6 }, () => now);
    const taken = (): number => {
      let count = 0;
      while (limit.take('a') === 0) count += 1;
      return count;
    };
    assert.equal(taken(), 2);
    now = 1_000;
    assert.equal(taken(), 2);
    now = 60_000;
    assert.equal(taken(), 2);
    now = 61_000;
    assert.equal(limit.take('a'), 600_000 - 61_000, 'one in ten minutes');
    now = 3_600_000 * 3;
    assert.equal(taken(), 2);
  });

  test('what is given back may be taken again; a clock set back fills nothing', () => {
    let now = 10_000;
    const limit = new RateLimit({ perSecond: 1, burst: 1 }, () => now);
    assert.equal(limit.take('a'), 0);
    limit.giveBack('a');
    assert.equal(limit.take('a'), 0);
    now = 0;
    assert.equal(limit.take('a'), 1_000);
  });

  test('memory stays bounded, and those who wait are not let off', () => {
    const limit = new RateLimit({ perSecond: 0.001, burst: 1 }, () => 0);
    for (let n = 0; n < 25_000; n += 1) limit.take(`key ${n}`);
    assert.ok(limit.size <= 10_000);
    assert.ok(limit.take('key 24999') > 0);
  });
});
