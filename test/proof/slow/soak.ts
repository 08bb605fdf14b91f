// `npm run soak -- slow`: many links, and slow readers among them.
import { parseArgs } from 'node:util';
import { violationsText } from '../check.ts';
import { runSlowReaders, SLOW } from './slow.ts';

export const help = `npm run soak -- slow                 ${SLOW.links} links, ${SLOW.slow} of them reading 1 KB a second; a stop; three minutes
  --links N      in all (${SLOW.links})
  --slow N       of them slow (${SLOW.slow})
  --seconds N    how long the slow ones fall behind (${SLOW.writeMs / 1_000})
  --seed N       (${SLOW.seed})`;

/** What one slow reader may cost the gateway: what is on its way to it and not acked, with the room that a heap needs. */
const PER_SLOW_BYTES = 512 * 1_024;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { links: text, slow: text, seconds: text, seed: text } });
  const { summary, violations } = await runSlowReaders(
    {
      ...SLOW,
      links: Number(values.links ?? SLOW.links),
      slow: Number(values.slow ?? SLOW.slow),
      writeMs: Number(values.seconds ?? SLOW.writeMs / 1_000) * 1_000,
      seed: Number(values.seed ?? SLOW.seed),
    },
    (line) => console.log(line),
  );
  console.log(JSON.stringify(summary, undefined, 2));
  if (violations.length > 0) console.log(violationsText(violations));
  return (
    violations.length + summary.unsettled.length === 0 &&
    summary.behind > 0 &&
    summary.bytesPerSlow <= PER_SLOW_BYTES &&
    summary.peakConnectsPerSecond <= summary.allowedConnectsPerSecond
  );
}
