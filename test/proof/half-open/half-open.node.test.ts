// P10 on links that are dead and say nothing, a few of each kind at the same time; `npm run soak -- half-open` is the whole.
//
// The deadlines are the promise itself. What leaves room for a machine that others use too: the times that a page draws at
// random are the middle ones here, so that a probe is 3 s before its deadline.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleCut, SHORT_CASES, slow } from './cases.ts';
import { outcomeText, runHalfOpen, runSlow } from './half-open.ts';
import { whyNotIsolated } from './isolated.ts';

const reason = await whyNotIsolated();
if (reason === undefined)
  test('P10: a dead link is found in time, and left as soon as there is a path; a silent or slow one lives', async () => {
    const cases = [...SHORT_CASES, idleCut(60_000, 65_000)];
    const outcomes = (await Promise.all([runHalfOpen(cases, 1), runSlow([slow(10)], 1)])).flat();
    assert.equal(outcomes.length, cases.length + 1);
    assert.ok(
      outcomes.every(({ failures }) => failures.length === 0),
      outcomes.map(outcomeText).join('\n'),
    );
  });
else console.error(`NOT RUN: half-open links (P10): ${reason}`);
