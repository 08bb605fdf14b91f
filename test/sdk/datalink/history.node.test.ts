// History: how far back the messages of a topic are here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../../src/protocol/limits.ts';
import type { GetData } from '../../../src/protocol/client-packet.ts';
import type { Ctrl } from '../../../src/protocol/server-packet.ts';
import { History } from '../../../src/sdk/datalink/history.ts';

test('an own message that turns out to be far older than the page says nothing of what is between', async () => {
  const asked: GetData[] = [];
  const history = new History({
    ask: async (query) => {
      asked.push(query);
      return { code: 208 };
    },
    isThorough: () => true,
    changed: () => undefined,
  });
  // Stored long ago, and its answer was lost: sent again, it gets the seqid that it had.
  history.numbered(5);
  for (let seqid = 151; seqid <= 200; seqid += 1) history.heard(seqid);
  await history.page({ code: 208, params: { what: 'data', count: LIMITS.historyPage } }, 201);
  assert.equal(history.oldest, 151);
  assert.deepEqual(asked, []);
  assert.ok(history.isMissing(6, 151));
  assert.ok(!history.isMissing(151, 201));
});

test('a page that was asked for before everything began anew says nothing of how far back it is here now', async () => {
  const answers: ((ctrl: Ctrl) => void)[] = [];
  const history = new History({
    ask: () => new Promise((resolve) => answers.push(resolve)),
    isThorough: () => true,
    changed: () => undefined,
  });
  const comes = (low: number, end: number): void => {
    for (let seqid = end - 1; seqid >= low; seqid -= 1) history.heard(seqid);
    answers.shift()?.({ code: 208, params: { what: 'data', count: end - low } });
  };
  const before = history.load(455);
  // The first word of a new link says that far too much was missed.
  history.restart();
  const now = history.load(1_007);
  comes(405, 455);
  await before;
  assert.equal(history.oldest, Infinity);
  comes(957, 1_007);
  await now;
  assert.equal(history.oldest, 957);
  assert.deepEqual(answers, []);
});
