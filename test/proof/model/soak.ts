// `npm run soak -- model`: pool and order against their model.
import { parseArgs } from 'node:util';
import { compare } from './model.ts';

const RUNS = 5_000;

export const help = `npm run soak -- model                ${RUNS.toLocaleString('en')} runs of up to 100 commands
  --runs N
  --seed N                           another one each time`;

/** Resolves with whether model and SDK did the same. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({ args: [...args], options: { runs: { type: 'string' }, seed: { type: 'string' } } });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  const runs = Number(values.runs ?? RUNS);
  try {
    compare(runs, seed);
  } catch (error) {
    console.log(String(error));
    return false;
  }
  console.log(`${runs} runs, seed ${seed}: no divergence`);
  return true;
}
