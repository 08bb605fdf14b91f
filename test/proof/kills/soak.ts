// `npm run soak -- kills`: the kill matrix at full length.
import { parseArgs } from 'node:util';
import { violationsText } from '../check.ts';
import { canFillDisk, runDiskFull } from './disk-full.ts';
import { KILL_POINTS } from './kill-points.ts';
import { KILLS, runKills } from './kills.ts';

export const help = `npm run soak -- kills                every point ten times, a full disk; about ten minutes
  --rounds N     how often each (10)
  --seed N       of the first round; each has its own (1)
  --rate N       messages a second (${KILLS.rate})
  --point TEXT   only the points with this in their name`;

/** From the start of the process to ready, at most. */
const READY_MS = 2_000;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { rounds: text, seed: text, rate: text, point: text } });
  const rounds = Number(values.rounds ?? 10);
  const seed = Number(values.seed ?? 1);
  const points = KILL_POINTS.filter(({ name }) => name.includes(values.point ?? ''));
  const say = (line: string): void => console.log(line);
  let isGood = points.length > 0;
  let kills = 0;
  let stops = 0;
  let messages = 0;
  let slowestReadyMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    say(`round ${round + 1} of ${rounds}, seed ${seed + round}`);
    const rate = Number(values.rate ?? KILLS.rate);
    const { summary, violations } = await runKills({ ...KILLS, seed: seed + round, rate, points }, say);
    say(JSON.stringify(summary));
    if (violations.length > 0) say(violationsText(violations));
    kills += summary.kills;
    stops += summary.stops;
    messages += summary.stored;
    slowestReadyMs = Math.max(slowestReadyMs, summary.slowestReadyMs);
    isGood &&= violations.length + summary.failures.length + summary.unsettled.length === 0;
    isGood &&= summary.stored === summary.sent && summary.slowestReadyMs <= READY_MS;
  }
  if (canFillDisk()) {
    say('a full disk');
    const { summary, violations } = await runDiskFull(seed, say);
    say(JSON.stringify(summary));
    if (violations.length > 0) say(violationsText(violations));
    isGood &&= violations.length + summary.unsettled.length === 0 && summary.stored === summary.sent;
  } else say('NOT RUN: the full disk, which only root on Linux can make');
  say(
    `${kills} kill -9 at ${points.length} points and with torn logs, ${stops} orderly stops, ` +
      `${messages.toLocaleString('en')} messages; ready after ${slowestReadyMs} ms at most`,
  );
  return isGood;
}
