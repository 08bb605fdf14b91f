// T8, a small part of it: `npm run soak -- abuse` is the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abuseText, runAbuse } from './abuse.ts';

test('20,000 malformed frames and requests: the gateway goes on, and so does a conversation on it', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
  t.diagnostic(`SEED=${seed}`);
  const summary = await runAbuse({ frames: 20_000, seed }, () => undefined);
  assert.deepEqual(summary.findings, [], abuseText(summary));
  assert.ok(summary.ended > 0 && summary.delivered > 20, abuseText(summary));
});
