// Hunt: runs a mutant over seeds in which nothing is wrong without it, until the checker finds it.
import { availableParallelism } from 'node:os';
import type { Invariant } from '../checker.ts';
import { runSeeds } from '../simulation/seeds.ts';
import type { Mutant } from './mutants.ts';

/** A mutant must be found in so many. */
export const SEEDS = 50;
const MESSAGES = 1_500;

export interface Catch {
  readonly seed: number;
  readonly invariant: Invariant;
}

/** The seeds up to {@link SEEDS} whose runs keep every invariant as the sources are. */
export async function cleanSeeds(): Promise<number[]> {
  const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
  const reports = await runSeeds({ seeds, messages: MESSAGES, tabs: 1, workers: availableParallelism() });
  return reports.filter(({ violations }) => violations.length === 0).map(({ seed }) => seed);
}

/** The first seed that shows the mutant, and by what; undefined when none does. */
export async function hunt(mutant: Mutant, seeds: readonly number[]): Promise<Catch | undefined> {
  let found: Catch | undefined;
  await runSeeds({
    seeds,
    messages: MESSAGES,
    tabs: 1,
    workers: 1,
    patch: mutant,
    onReport: ({ seed, violations: [violation] }) => {
      if (violation) found = { seed, invariant: violation.invariant };
      return found !== undefined;
    },
  });
  return found;
}
