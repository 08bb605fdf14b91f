// History: pages before the live messages, and islands of what was looked for further back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { GetData } from '../../../src/protocol/client-packet.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import type { Ctrl } from '../../../src/protocol/server-packet.ts';
import { endOf } from '../../../src/protocol/seq.ts';
import { History } from '../../../src/sdk/datalink/history.ts';

/** A history of a topic that has messages up to `newest`, all of which come when they are asked for. */
const newHistory = (newest: number) => {
  const state = { hasOlder: false, loadingOlder: false };
  const asked: GetData[] = [];
  const given = new Set<number>();
  const ask = async (query: GetData) => {
    asked.push(query);
    const { before = newest + 1, limit = 100 } = query;
    const ranges = query.ranges ?? [{ low: Math.max(1, before - limit), hi: before }];
    let count = 0;
    for (const range of ranges)
      for (let seqid = range.low; seqid < endOf(range) && seqid <= newest; seqid += 1) {
        history.heard(seqid);
        given.add(seqid);
        count += 1;
      }
    return { code: 208, params: { what: 'data', count } };
  };
  const history: History = new History({
    ask,
    isThorough: () => true,
    changed: (change) => Object.assign(state, change),
    renewed: () => undefined,
  });
  const first = () => history.load(newest + 1);
  return { history, state, asked, given, first };
};

describe('history', () => {
  it('goes back page by page to the beginning', async () => {
    const { history, state, first } = newHistory(120);
    await first();
    assert.deepEqual([history.oldest, state.hasOlder], [71, true]);
    await history.load(history.lowest);
    await history.load(history.lowest);
    assert.deepEqual([history.oldest, state.hasOlder], [1, false]);
  });

  it('an empty topic has nothing older', async () => {
    const { history, state } = newHistory(0);
    await history.page({ code: 204, params: { what: 'data' } }, 1);
    assert.deepEqual([history.oldest, state.hasOlder], [1, false]);
  });

  it('what is looked for far back is an island, and older messages are those before it', async () => {
    const { history, state, first, asked } = newHistory(10_000);
    await first();
    await history.load(5_050);
    assert.equal(history.oldest, 9_951, 'the live messages reach no further back by that');
    assert.equal(history.isMissing(5_000, 5_050), false);
    assert.equal(history.isMissing(5_050, 5_051), true);
    await history.load(history.lowest);
    assert.deepEqual(asked.at(-1), { before: 5_000, limit: 50 });
    assert.equal(history.isMissing(4_950, 5_050), false);
    await history.load(51);
    assert.equal(state.hasOlder, false, 'nothing is older than the first message');
  });

  it('joins what it meets', async () => {
    const { history, state, first } = newHistory(200);
    await first();
    await history.load(110);
    assert.equal(history.oldest, 151);
    await history.load(151);
    assert.equal(history.oldest, 60);
    await history.load(51);
    await history.load(60);
    assert.deepEqual([history.oldest, state.hasOlder], [1, false]);
  });

  it('one page at a time: who asks meanwhile waits for the one that is on its way', async () => {
    const { history, first, asked } = newHistory(200);
    await Promise.all([first(), history.load(50)]);
    assert.deepEqual(asked, [{ before: 201, limit: 50 }]);
    assert.equal(history.oldest, 151);
  });

  it('deletions of old messages are no pages', async () => {
    const { history, state, first, asked } = newHistory(1_000);
    await first();
    history.gone({ low: 1 });
    history.gone({ low: 500, hi: 510 });
    await history.load(history.lowest);
    assert.deepEqual(asked.at(-1), { before: 951, limit: 50 });
    assert.equal(state.hasOlder, true);
  });

  it('whatever is loaded in whatever order, all of it is there once the last hole is filled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 2, max: 301 }), { maxLength: 12 }), async (ends) => {
        const { history, state, given, first } = newHistory(300);
        await first();
        for (const end of ends) await history.load(end);
        const isWhole = (low: number, end: number): boolean =>
          Array.from({ length: end - low }, (_, n) => low + n).every((seqid) => given.has(seqid));
        assert.ok(isWhole(history.oldest, 301));
        assert.ok(history.oldest === 1 || !given.has(history.oldest - 1));
        assert.equal(state.hasOlder, !given.has(1));
        for (let end = 51; end <= 301; end += 50) await history.load(end);
        assert.equal(history.oldest, 1);
      }),
      { numRuns: 200 },
    );
  });

  it('an own message that turns out to be far older than the page says nothing of what is between', async () => {
    const asked: GetData[] = [];
    const history = new History({
      ask: async (query) => {
        asked.push(query);
        return { code: 208 };
      },
      isThorough: () => true,
      changed: () => undefined,
      renewed: () => undefined,
    });
    // Stored long ago, and its answer was lost: sent again, it gets the seqid that it had.
    history.gone({ low: 5 });
    for (let seqid = 151; seqid <= 200; seqid += 1) history.heard(seqid);
    await history.page({ code: 208, params: { what: 'data', count: LIMITS.historyPage } }, 201);
    assert.equal(history.oldest, 151);
    assert.deepEqual(asked, []);
    assert.ok(history.isMissing(6, 151));
    assert.ok(!history.isMissing(151, 201));
  });

  it('a page that was asked for before everything began anew says nothing of how far back it is here now', async () => {
    const answers: ((ctrl: Ctrl) => void)[] = [];
    const history = new History({
      ask: () => new Promise((resolve) => answers.push(resolve)),
      isThorough: () => true,
      changed: () => undefined,
      renewed: () => undefined,
    });
    const comes = (low: number, end: number): void => {
      for (let seqid = end - 1; seqid >= low; seqid -= 1) history.heard(seqid);
      answers.shift()?.({ code: 208, params: { what: 'data', count: end - low } });
    };
    const before = history.load(455);
    // The first word of a new link says that far too much was missed.
    history.restart(false);
    const now = history.load(1_007);
    comes(405, 455);
    await before;
    assert.equal(history.oldest, Infinity);
    comes(957, 1_007);
    await now;
    assert.equal(history.oldest, 957);
    assert.deepEqual(answers, []);
  });
});
