// `npm run soak -- browsers`: pages and browsers that are reloaded, killed, frozen and robbed, at full length.
import { parseArgs } from 'node:util';
import { countsText } from '../check.ts';
import { engineAt } from './engine.ts';
import type { EngineName } from './engine.ts';
import { KINDS } from './kinds.ts';
import type { Kind, KindName } from './kinds.ts';
import { perform } from './perform.ts';

const ENGINES: readonly EngineName[] = ['chromium', 'firefox'];
const NAMES = Object.keys(KINDS) as KindName[];

export const help = `npm run soak -- browsers             everything in Chromium and Firefox; about a quarter of an hour
  --engines A,B  of ${ENGINES.join(', ')}
  --kinds A,B    of ${NAMES.join(', ')}
  --share X      of the rounds of each kind (1)
  --seed N       (1)`;

const chosen = <T extends string>(given: string | undefined, all: readonly T[]): readonly T[] => {
  const wanted = given?.split(',') ?? [...all];
  for (const one of wanted) if (!all.some((name) => name === one)) throw new Error(`There is no ${one}.`);
  return all.filter((name) => wanted.includes(name));
};

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = { type: 'string' } as const;
  const options = { engines: text, kinds: text, share: text, seed: text };
  const { values } = parseArgs({ args: [...args], options });
  const share = Number(values.share ?? 1);
  const seed = Number(values.seed ?? 1);
  let isGood = true;
  for (const engine of chosen(values.engines, ENGINES)) {
    if (!engineAt(engine)) {
      console.log(`NOT TESTED: ${engine} is not installed`);
      isGood &&= values.engines === undefined;
      continue;
    }
    for (const name of chosen(values.kinds, NAMES)) {
      const kind: Kind = KINDS[name];
      const rounds = Math.max(1, Math.round(kind.rounds * share));
      const since = Date.now();
      const { counts, painted, late, restored, wrong } = await perform(engine, name, rounds, seed);
      const isWell = wrong === '' && late.length === 0;
      isGood &&= isWell;
      console.log(
        `${isWell ? '✓' : '✗'} ${name} in ${engine}, ${rounds} rounds, seed ${seed}: ${countsText(counts)}; ` +
          `${painted} bubbles timed, ${late.length} not in the first frame; ${restored} pages restored; ` +
          `${Math.round((Date.now() - since) / 1000)} s`,
      );
      if (late.length > 0) console.log(`  late: ${late.join(', ')}`);
      if (wrong !== '') console.log(wrong.replaceAll(/^/gm, '  '));
    }
  }
  return isGood;
}
