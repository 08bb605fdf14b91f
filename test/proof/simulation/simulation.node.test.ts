// P1 to P9 on virtual time: the real SDK core and the real gateway core, and everything that befalls software. The part
// that fits into every test run; `npm run soak -- simulation` is the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsText } from '../check.ts';
import { runSeeds } from './seeds.ts';
import { linkKindOf } from './simulation.ts';
import { Summary } from './summary.ts';
import type { Report } from './worker.ts';

const MESSAGES = 1_500;
const WORKERS = 2;

const story = ({ seed, violations }: Report): string =>
  `${violationsText(violations)}\n  again: npm run soak -- simulation --seeds ${seed} --messages ${MESSAGES} --tabs 1 --trace`;

test('P1 P2 P3 P4 P5 P6 P7 P8 P9: nothing is lost, doubled or out of order, and everybody sees the same', async () => {
  const seeds = Array.from({ length: 40 }, (_, index) => index + 1).filter((seed) => linkKindOf(seed) === 'stream');
  const summary = new Summary();
  const reports = await runSeeds({ seeds: seeds.slice(0, 16), messages: MESSAGES, workers: WORKERS, tabs: 1 });
  for (const report of reports) summary.add(report);
  console.log(summary.text());
  const bad = reports.filter(({ violations }) => violations.length > 0);
  assert.deepEqual(
    bad.map(({ seed }) => seed),
    [],
    bad.map(story).join('\n'),
  );
  assert.deepEqual(summary.missingFaults(), []);
});

test('the same seed is the same run, to the last event', async () => {
  const hashes = async (): Promise<(string | undefined)[]> =>
    (await runSeeds({ seeds: [1, 2, 3], messages: 300, workers: WORKERS, hashes: true })).map(({ hash }) => hash);
  const first = await hashes();
  assert.equal(new Set(first).size, 3);
  assert.deepEqual(await hashes(), first);
});
