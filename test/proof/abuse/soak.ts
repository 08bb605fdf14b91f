// `npm run soak -- abuse`: malformed frames and requests by the million (T8).
import { parseArgs } from 'node:util';
import { abuseText, runAbuse } from './abuse.ts';

export const help = `npm run soak -- abuse                malformed frames and requests, while two people talk
  --frames N     (1000000)
  --seed N       (by the clock)`;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { frames: text, seed: text } });
  const options = { frames: Number(values.frames ?? 1_000_000), seed: Number(values.seed ?? Date.now() % 1e9) };
  const summary = await runAbuse(options, (line) => console.log(line));
  console.log(abuseText(summary));
  return summary.findings.length === 0;
}
