// Sets of seqids against a plain set of numbers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { endOf, SeqSet } from '../../src/protocol/seq.ts';

describe('SeqSet', () => {
  test('is what a set of numbers is', () => {
    const seed = Date.now();
    const range = fc.tuple(fc.nat(60), fc.nat(12)).map(([low, length]) => ({ low, hi: low + length }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
        const set = new SeqSet();
        const model = new Set<number>();
        for (const { low, hi } of ranges) {
          set.add(low, hi);
          for (let seq = low; seq < hi; seq += 1) model.add(seq);
        }
        for (let seq = 0; seq < 80; seq += 1) assert.equal(set.has(seq), model.has(seq), `has ${seq}`);
        let missing = 5;
        while (model.has(missing)) missing += 1;
        assert.equal(set.firstMissing(5), missing);
        const all = (parts: readonly { low: number; hi?: number }[]): number[] =>
          parts.flatMap((part) => Array.from({ length: endOf(part) - part.low }, (_, n) => part.low + n));
        assert.deepEqual(
          all(set.ranges()),
          [...model].sort((a, b) => a - b),
        );
        const gaps = Array.from({ length: 50 }, (_, n) => n + 3).filter((seq) => !model.has(seq));
        assert.deepEqual(all(set.missing(3, 53)), gaps);
      }),
      { seed, numRuns: 500 },
    );
  });
});
