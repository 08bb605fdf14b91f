// The simulation finds bugs: each of those that are planted, within 50 seeds.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { cleanSeeds, hunt, SEEDS } from './hunt.ts';
import { MUTANTS } from './mutants.ts';

describe('a planted bug is found', () => {
  let seeds: number[];
  before(async () => {
    seeds = await cleanSeeds();
    assert.ok(seeds.length >= SEEDS / 2, `only ${seeds.length} of ${SEEDS} seeds are clean without one`);
  });

  for (const mutant of MUTANTS)
    it(mutant.name, async () => {
      assert.ok(await hunt(mutant, seeds), `alive after the seeds ${seeds.join(' ')}`);
    });
});
