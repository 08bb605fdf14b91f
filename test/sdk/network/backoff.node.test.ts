// Back-off: how long it waits, at most and at least.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from '../../../src/sdk/network/backoff.ts';

const below1 = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoff', () => {
  it('grows from half a second to 20 seconds, on top of a floor', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoffMs(attempt, 1)),
      [700, 1200, 2200, 4200, 8200, 16_200, 20_200, 20_200],
    );
  });

  it('takes any part of it: full jitter, also at the cap', () => {
    fc.assert(
      fc.property(fc.nat(2000), below1, (attempt, random) => {
        const ms = backoffMs(attempt, random);
        assert.equal(backoffMs(attempt, 0), 200);
        assert.ok(ms >= 200 && ms < 20_200);
        assert.ok(Math.abs((ms - 200) / (backoffMs(attempt, 1) - 200) - random) < 1e-9);
      }),
    );
  });
});
