// `npm run soak -- half-open`: dead, silent and slow links at full length.
import { parseArgs } from 'node:util';
import { drawnCases, idleCut, SHORT_CASES, slow } from './cases.ts';
import { outcomeText, runHalfOpen, runSlow } from './half-open.ts';
import { whyNotIsolated } from './isolated.ts';

export const help = `npm run soak -- half-open            30 dead links of 10 to 60 s, 5 on a way that cuts the silent, 5 slow ones; three minutes
  --cases N      how many dead links, all at the same time (30)
  --seed N       of what is drawn (1)`;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { cases: text, seed: text } });
  const seed = Number(values.seed ?? 1);
  const reason = await whyNotIsolated();
  if (reason !== undefined) {
    console.log(`NOT RUN: ${reason}`);
    return false;
  }
  const silent = [65_000, 75_000, 90_000, 110_000, 130_000].map((silentMs) => idleCut(60_000, silentMs));
  const cases = [...SHORT_CASES, ...drawnCases(Number(values.cases ?? 30), seed), ...silent];
  console.log(`${cases.length} links at the same time, seed ${seed}`);
  const outcomes = [...(await runHalfOpen(cases, seed))];
  for (const outcome of outcomes) console.log(outcomeText(outcome));
  // One after the other: together they would be slower still.
  for (const messages of [5, 10, 15, 20, 25]) {
    const slowly = await runSlow([slow(messages)], seed);
    for (const outcome of slowly) console.log(outcomeText(outcome));
    outcomes.push(...slowly);
  }
  const longest = (key: 'foundMs' | 'recoveredMs', some: typeof outcomes): string =>
    (Math.max(0, ...some.map((one) => one[key] ?? 0)) / 1000).toFixed(2);
  const drops = outcomes.slice(0, cases.length);
  const told = drops.filter(({ isTold }) => isTold === true);
  console.log(
    `found after ${longest('foundMs', drops)} s at most; well again after ${longest('recoveredMs', told)} s at most ` +
      `once told, ${longest('recoveredMs', drops)} s untold`,
  );
  return outcomes.every(({ failures }) => failures.length === 0);
}
