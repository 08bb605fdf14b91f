// P1 to P5 at every point where the gateway may die, each once; `npm run soak -- kills` is the whole.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { violationsText } from '../check.ts';
import { canFillDisk, runDiskFull } from './disk-full.ts';
import { KILL_POINTS } from './kill-points.ts';
import { KILLS, runKills } from './kills.ts';

test('the text of every point is in its source once: who changes the source takes the point along', () => {
  const missing = KILL_POINTS.filter(({ file, find }) => {
    const source = readFileSync(new URL(`../../../src/gateway/${file}`, import.meta.url), 'utf8');
    return source.split(find).length !== 2;
  });
  assert.deepEqual(
    missing.map(({ name, file, find }) => ({ name, file, find })),
    [],
  );
});

test('P1 P2 P3 P4 P5: a gateway that dies at any point, or is stopped, loses and doubles nothing', async () => {
  const lines: string[] = [];
  const { summary, violations } = await runKills(KILLS, (line) => lines.push(line));
  const story = (): string => `${JSON.stringify(summary)}\n${lines.join('\n')}\n${violationsText(violations)}`;
  assert.equal(violations.length, 0, story());
  assert.deepEqual(summary.failures, [], story());
  assert.deepEqual(summary.unsettled, [], story());
  assert.equal(summary.stored, summary.sent, story());
  assert.equal(summary.kills, KILL_POINTS.length + KILLS.tears.length);
  // The promise is 2 s to ready; on a machine that others use too, that much processor time is what can be asked for.
  assert.ok(summary.mostReadyCpuMs <= 2_000, story());
});

if (canFillDisk())
  test('P1 P2 P3 P4: a full disk takes nothing and lets nobody overtake; with room again all goes on', async () => {
    const lines: string[] = [];
    const { summary, violations } = await runDiskFull(1, (line) => lines.push(line));
    const story = (): string => `${JSON.stringify(summary)}\n${lines.join('\n')}\n${violationsText(violations)}`;
    assert.equal(violations.length, 0, story());
    assert.deepEqual(summary.unsettled, [], story());
    assert.equal(summary.stored, summary.sent, story());
    assert.ok(summary.turnedAway >= (summary.startedFull ? 40 : 20), story());
  });
else console.error('NOT RUN: the full disk, which only root on Linux can make');
