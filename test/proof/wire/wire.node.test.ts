// P1 to P6 over real sockets, the part that fits into every test run; `npm run soak -- wire` is the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsText } from '../check.ts';
import { runWire, WIRE, WIRE_FAULTS } from './wire.ts';

test('P1 P2 P3 P4 P5: nothing is lost, doubled or out of order while links break and the gateway is killed', async () => {
  const seed = 3;
  const lines: string[] = [];
  const { summary, violations } = await runWire(
    {
      ...WIRE,
      messages: 12_000,
      rate: 800,
      visitors: 20,
      seed,
      killEveryMs: 5_000,
      faults: { ...WIRE_FAULTS, resetEveryMs: 600, blackHoleEveryMs: 3_000, stallEveryMs: 5_000 },
    },
    (line) => lines.push(line),
  );
  const story = (): string => `seed ${seed}\n${lines.join('\n')}\n${violationsText(violations)}`;
  assert.equal(violations.length, 0, story());
  assert.deepEqual(summary.unsettled, [], story());
  assert.equal(summary.refused, 0, story());
  assert.equal(summary.sent, 12_000);
  assert.equal(summary.stored, 12_000, story());
  // A run without faults would prove nothing.
  assert.ok(summary.kills >= 2, story());
  assert.ok(summary.resets >= 20, story());
  assert.ok(summary.blackHoles >= 4, story());
  assert.ok(summary.halfOpen >= 1, story());
  assert.ok(summary.repeats >= 1, story());
});
