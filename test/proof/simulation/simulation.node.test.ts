// P1 to P9 on virtual time: the real SDK core and the real gateway core, and everything that befalls software. The part
// that fits into every test run; `npm run soak -- simulation` is the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsText } from '../check.ts';
import { runSeeds } from './seeds.ts';
import { Summary } from './summary.ts';
import type { Report } from './worker.ts';

const MESSAGES = 1_500;
/** Every class of links, and every fault in each of them. */
const SEEDS = Array.from({ length: 32 }, (_, index) => index + 1);
const WORKERS = 2;

const story = ({ seed, violations }: Report, tabs: number): string =>
  `${violationsText(violations)}\n  again: npm run soak -- simulation --seeds ${seed} --messages ${MESSAGES} --tabs ${tabs} --trace`;

for (const tabs of [1, 2])
  test(`P1 P2 P3 P4 P5 P6 P7 P8 P9: nothing is lost, doubled or out of order, and everybody sees the same; tabs: ${tabs}`, async () => {
    const summary = new Summary();
    const reports = await runSeeds({ seeds: SEEDS, messages: MESSAGES, workers: WORKERS, tabs });
    for (const report of reports) summary.add(report);
    console.log(summary.text());
    const bad = reports.filter(({ violations }) => violations.length > 0);
    assert.deepEqual(
      bad.map(({ seed }) => seed),
      [],
      bad.map((report) => story(report, tabs)).join('\n'),
    );
    assert.deepEqual(summary.missing(), []);
  });

test('the same seed is the same run, to the last event', async () => {
  const hashes = async (): Promise<(string | undefined)[]> =>
    (await runSeeds({ seeds: [1, 2, 3], messages: 300, workers: WORKERS, hashes: true })).map(({ hash }) => hash);
  const first = await hashes();
  assert.equal(new Set(first).size, 3);
  assert.deepEqual(await hashes(), first);
});
