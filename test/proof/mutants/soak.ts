// `npm run soak -- mutants`: what finds each planted bug, and how soon.
import { cleanSeeds, hunt, SEEDS } from './hunt.ts';
import { MUTANTS } from './mutants.ts';

export const help = `npm run soak -- mutants              ${MUTANTS.length} planted bugs, each to be found within ${SEEDS} seeds`;

/** Resolves with whether all were found. */
export async function soak(): Promise<boolean> {
  const seeds = await cleanSeeds();
  let alive = 0;
  for (const mutant of MUTANTS) {
    const found = await hunt(mutant, seeds);
    if (!found) alive += 1;
    console.log(
      `${found ? `✓ seed ${String(found.seed).padStart(2)} ${found.invariant.padEnd(4)}` : '✗ alive       '} ${mutant.name}`,
    );
  }
  console.log(`${MUTANTS.length - alive} of ${MUTANTS.length} found`);
  return alive === 0;
}
