import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isTextTooLong } from '../../src/protocol/content.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { roomFor } from '../../src/ui/text-room.ts';

describe('roomFor', () => {
  it('is silent while there is plenty of room', () => {
    assert.equal(roomFor(''), undefined);
    assert.equal(roomFor('a'.repeat(LIMITS.textCodePoints - 200)), undefined);
  });

  it('counts characters down, past the end', () => {
    assert.equal(roomFor('a'.repeat(LIMITS.textCodePoints - 100)), 100);
    assert.equal(roomFor('a'.repeat(LIMITS.textCodePoints)), 0);
    assert.equal(roomFor('a'.repeat(LIMITS.textCodePoints + 5)), -5);
  });

  it('counts in characters where bytes are what is short', () => {
    const most = Math.floor(LIMITS.textBytes / 3);
    assert.equal(roomFor('字'.repeat(most - 10)), 10);
    assert.equal(roomFor('字'.repeat(most + 10)), -10);
    // an emoji is four bytes in two UTF-16 units
    assert.equal(roomFor('😀'.repeat(LIMITS.textBytes / 4 + 1)), -1);
  });

  it('is negative exactly for what the protocol refuses', () => {
    const unit = fc.constantFrom('a', 'é', '字', '😀', ' ');
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: 1, max: 5_200 }), fc.integer({ min: 0, max: 5_200 }), (a, b, n, m) => {
        const text = a.repeat(n) + b.repeat(m);
        assert.equal((roomFor(text) ?? 0) < 0, isTextTooLong(text));
      }),
      { numRuns: 300 },
    );
  });
});
