// P1 to P5 in a cluster, the part that fits into every test run; `npm run soak -- cluster` is the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsText } from '../check.ts';
import { runFaults, runRollingRestart } from './cluster.ts';
import type { ClusterRun } from './cluster.ts';

const hasServers = process.env['TEST_DATABASE_URL'] !== undefined && process.env['TEST_NATS_URL'] !== undefined;
const cases: readonly (readonly [name: string, run: typeof runFaults, options: Omit<ClusterRun, 'say'>])[] = [
  [
    'P1 P2 P3 P4 P5: gateways, database and bus are killed, stopped and parted',
    runFaults,
    { gateways: 3, bus: 'nats', visitors: 16, agents: 3, seed: 1, rate: 150, rounds: 1 },
  ],
  [
    'P1 P2 P3 P4 P5: a rolling restart that nobody sees',
    runRollingRestart,
    { gateways: 3, bus: 'postgres', visitors: 24, agents: 3, seed: 2, rate: 500, rounds: 1 },
  ],
];

if (hasServers)
  for (const [name, run, options] of cases)
    test(name, async () => {
      const lines: string[] = [];
      const { summary, violations } = await run({ ...options, say: (line) => lines.push(line) });
      const story = (): string => `${JSON.stringify(summary)}\n${lines.join('\n')}\n${violationsText(violations)}`;
      assert.equal(violations.length, 0, story());
      assert.deepEqual(summary.unsettled, [], story());
      assert.equal(summary.refused, 0, story());
      assert.equal(summary.badStops, 0, story());
      assert.equal(summary.stored, summary.sent, story());
    });
