// P1 to P5 over a database that went back, the part that fits into every test run; `npm run soak -- recovery` is the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsText } from '../check.ts';
import { runRecovery } from './recovery.ts';

if (process.env['TEST_DATABASE_URL'] !== undefined)
  test('P1 P2 P4 P5: PostgreSQL is lost under load and recovered to a moment; what came after it clients bring again', async () => {
    const lines: string[] = [];
    const { summary, violations } = await runRecovery({
      gateways: 2,
      visitors: 12,
      agents: 3,
      rate: 150,
      between: 200,
      seed: 1,
      say: (line) => lines.push(line),
    });
    const story = (): string => `${JSON.stringify(summary)}\n${lines.join('\n')}\n${violationsText(violations)}`;
    assert.equal(violations.length, 0, story());
    assert.deepEqual(summary.unsettled, [], story());
    assert.equal(summary.refused, 0, story());
    assert.equal(summary.stored, summary.sent, story());
  });
