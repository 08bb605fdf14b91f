// The checker itself: a good history passes, and each invariant, broken by hand, is reported.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MessageState } from '../../src/sdk/datalink/message-state.ts';
import { Checker } from './checker.ts';
import { appendHistory, historyFile, readHistory } from './history.ts';
import type { Happening, HistoryEvent, Instead, Row } from './history.ts';

const T = 'grpOne';

const STATES: ReadonlyMap<string, MessageState> = new Map([
  ['!', 'expired'],
  ['?', 'queued'],
]);

/** 'a:1 b:0 c:0!': a at seqid 1, then b without one, then c, which is shown as expired (c:0? as queued). */
const rows = (text: string): Row[] =>
  text.split(' ').map((row): Row => {
    const [msgid = '', seqid = '', mark = ''] = row.split(/:|(?=[!?])/);
    const state = STATES.get(mark);
    return state ? [msgid, Number(seqid), state] : [msgid, Number(seqid)];
  });

/** The visitor's screen shows this. */
const show = (text: string): Happening => ({ what: 'view', by: 'ann', topic: T, rows: rows(text), loading: false });

/** A visitor sends a, b, c; b is refused; the agent answers d; the visitor reloads once. Everything as it should be. */
const GOOD: readonly Happening[] = [
  { what: 'begin', run: 'good', seed: 1 },
  { what: 'client', by: 'ann', user: 'usrAnn', role: 'visitor' },
  { what: 'client', by: 'mei', user: 'usrMei', role: 'agent' },
  { what: 'page', by: 'ann' },
  { what: 'page', by: 'mei' },
  { what: 'base', by: 'mei', topic: T, seqid: 0 },
  { what: 'send', by: 'ann', topic: 'newweb', msgid: 'a', order: 1 },
  { what: 'send', by: 'ann', topic: 'newweb', msgid: 'b', order: 2 },
  { what: 'kept', by: 'ann', msgid: 'b' },
  {
    what: 'view',
    by: 'ann',
    topic: T,
    rows: rows('a:0 b:0'),
    loading: false,
  },
  { what: 'base', by: 'ann', topic: T, seqid: 0 },
  { what: 'acked', by: 'ann', topic: T, msgid: 'a', seqid: 1 },
  { what: 'received', by: 'ann', topic: T, low: 1, hi: 2 },
  {
    what: 'view',
    by: 'ann',
    topic: T,
    rows: rows('a:1 b:0'),
    loading: false,
  },
  { what: 'cursor', by: 'ann', topic: T, seqid: 1 },
  { what: 'refused', by: 'ann', msgid: 'b' },
  { what: 'received', by: 'mei', topic: T, low: 1, hi: 2 },
  { what: 'cursor', by: 'mei', topic: T, seqid: 1 },
  { what: 'send', by: 'mei', topic: T, msgid: 'd', order: 1 },
  { what: 'acked', by: 'mei', topic: T, msgid: 'd', seqid: 2 },
  { what: 'send', by: 'ann', topic: T, msgid: 'lost', order: 3 },
  { what: 'fault', fault: 'reload' },
  { what: 'page', by: 'ann' },
  { what: 'send', by: 'ann', topic: T, msgid: 'c', order: 4 },
  { what: 'kept', by: 'ann', msgid: 'c' },
  { what: 'base', by: 'ann', topic: T, seqid: 2 },
  { what: 'received', by: 'ann', topic: T, low: 4, hi: 5 },
  { what: 'received', by: 'ann', topic: T, low: 3, hi: 4 },
  { what: 'cursor', by: 'ann', topic: T, seqid: 4 },
  { what: 'size', by: 'ann', of: 'outbox', value: 3 },
  { what: 'size', by: 'gateway', of: 'window', value: 64 },
  // c is stored as 3 and its ctrl was lost; 4 is a note between agents.
  {
    what: 'view',
    by: 'ann',
    topic: T,
    rows: rows('a:1 b:0 d:2 c:3'),
    loading: false,
  },
  {
    what: 'pool',
    by: 'ann',
    topic: T,
    from: 1,
    rows: rows('a:1 b:0 d:2 c:3'),
  },
  {
    what: 'pool',
    by: 'mei',
    topic: T,
    from: 1,
    rows: rows('a:1 d:2'),
  },
  {
    what: 'pool',
    by: 'mei',
    topic: T,
    from: 1,
    rows: rows('c:3 e:4'),
  },
  {
    what: 'store',
    topic: T,
    rows: [
      [1, 'a', 'usrAnn', ''],
      [2, 'd', 'usrMei', ''],
    ],
  },
  {
    what: 'store',
    topic: T,
    rows: [
      [3, 'c', 'usrAnn', ''],
      [4, 'e', 'usrMei', 'n'],
      [5, '', 'usrMei', 'd'],
    ],
  },
];

/** Judges a history; returns the checker. */
function judge(happenings: readonly Happening[]): Checker {
  const checker = new Checker();
  for (const [index, event] of happenings.entries())
    checker.add({ at: index, ...event }, { file: 'one', line: index + 1 });
  checker.finish();
  return checker;
}

/** Which invariants the history breaks, once each. */
const broken = (happenings: readonly Happening[]): string[] => [
  ...new Set(judge(happenings).violations.map(({ invariant }) => invariant)),
];

/** The good history with the first event that is like `like` replaced by others. */
function changed(like: Partial<HistoryEvent>, ...others: Happening[]): Happening[] {
  const index = GOOD.findIndex((event) =>
    Object.entries(like).every(([key, value]) =>
      Object.entries(event).some(([name, one]) => name === key && one === value),
    ),
  );
  assert.ok(index >= 0, 'the good history has such an event');
  return GOOD.toSpliced(index, 1, ...others);
}

/** The good history, and then more before its end. */
const more = (...others: Happening[]): Happening[] => {
  const end = GOOD.findIndex(({ what }) => what === 'pool');
  return GOOD.toSpliced(end, 0, ...others);
};

describe('the checker', () => {
  test('passes a good history, and says what it was made of', () => {
    const { violations, counts } = judge(GOOD);
    assert.deepEqual(violations, []);
    assert.deepEqual(counts, {
      sent: 5,
      numbered: 3,
      unnumbered: 0,
      refused: 1,
      expired: 0,
      volatile: 1,
      edits: 0,
      recalled: 0,
      stored: 4,
      pages: 3,
      shown: 3,
      faults: new Map([['reload', 1]]),
    });
  });

  test('I1: acked and not stored, or stored elsewhere, or acked twice with two seqids', () => {
    const gone = GOOD.map((event): Happening =>
      event.what === 'store'
        ? { ...event, rows: event.rows.map((row) => (row[1] === 'd' ? [2, 'x', 'usrMei', ''] : row)) }
        : event,
    );
    assert.ok(broken(gone).includes('I1'));
    const twice = { what: 'acked', by: 'ann', topic: T, msgid: 'a', seqid: 3 } as const;
    assert.ok(broken(more(twice)).includes('I1'));
    assert.ok(
      broken(
        changed({ what: 'acked', msgid: 'd' }, { what: 'acked', by: 'mei', topic: T, msgid: 'd', seqid: 3 }),
      ).includes('I1'),
    );
  });

  test('I2: a msgid twice in the store', () => {
    assert.ok(broken([...GOOD, { what: 'store', topic: T, rows: [[6, 'a', 'usrAnn', '']] }]).includes('I2'));
    const same = { what: 'store', topic: T, rows: [[6, 'a', 'usrBob', 'd']] } as const;
    assert.deepEqual(broken([...GOOD, same]), [], 'somebody else may have made the same msgid');
  });

  test('I3: a hole in the seqids, or one of them twice', () => {
    assert.deepEqual(broken([...GOOD, { what: 'store', topic: T, rows: [[7, 'x', 'usrAnn', 'd']] }]), ['I3']);
    assert.deepEqual(broken([...GOOD, { what: 'store', topic: T, rows: [[5, 'x', 'usrAnn', 'd']] }]), ['I3']);
  });

  test('I4: a pool that is not the store', () => {
    const pool = (text: string): string[] =>
      broken(changed({ what: 'pool', by: 'ann' }, { what: 'pool', by: 'ann', topic: T, from: 1, rows: rows(text) }));
    assert.deepEqual(pool('a:1 b:0 d:2 c:3'), []);
    assert.deepEqual(pool('a:1 b:0 c:3'), ['I4'], 'one is missing');
    assert.deepEqual(pool('a:1 b:0 d:2'), ['I4'], 'the last is missing');
    assert.deepEqual(pool('a:1 b:0 c:3 d:2'), ['I4'], 'two changed places');
    assert.deepEqual(pool('a:1 b:0 c:2 d:3'), ['I4'], 'two changed seqids');
    assert.deepEqual(pool('a:1 b:0 d:2 c:3 e:4'), ['I4'], 'a note is not for visitors');
    assert.deepEqual(pool('a:1 b:0 d:2 c:3 f:5'), ['I4'], 'a deleted one');
    assert.deepEqual(pool('a:1 b:0 d:2 c:3 z:0'), ['I4'], 'one that nobody sent');
    const view = {
      what: 'view',
      by: 'ann',
      topic: T,
      rows: rows('c:3 d:2'),
      loading: false,
    } as const;
    assert.ok(broken(changed({ what: 'view' }, view)).includes('I4'), 'shown in the wrong order for a while');
  });

  test('I1, I4, I6: a store that went back has what it had up to there, and the rest again or not as clients bring it', () => {
    const back = (seqid: number): Happening => ({ what: 'restored', topic: T, seqid });
    const told = ['ann', 'mei'].map((by): Happening => ({ what: 'epoch', by }));
    const acked = (seqid: number): Happening => ({ what: 'acked', by: 'mei', topic: T, msgid: 'd', seqid });
    const was = (seqid: number, ...others: Happening[]): string[] =>
      broken(changed({ what: 'acked', msgid: 'd' }, acked(seqid), ...others));
    assert.deepEqual(was(2, ...told, back(2)), []);
    assert.deepEqual(was(3, ...told, back(2), acked(2)), [], 'lost, and stored again in another place');
    assert.deepEqual(was(3, ...told, back(3)), ['I1'], 'not where it was, and nothing was lost there');
    assert.deepEqual(was(3, ...told), ['I1'], 'nothing was lost at all');
    assert.deepEqual(was(2, back(2)), ['I4'], 'nobody was told');
    const lost = { what: 'send', by: 'mei', topic: T, msgid: 'f', order: 2 } as const;
    assert.deepEqual(was(2, lost, { ...acked(3), msgid: 'f' } as Happening, ...told, back(2)), ['I6'], 'not brought');
  });

  test('I4: a hole is as good as its mark while there is history to load, and no better', () => {
    const holed: Row[] = [['a', 1], null, ['b', 0], ['c', 3]];
    const pool = (hasOlder: boolean): string[] =>
      broken(
        changed({ what: 'pool', by: 'ann' }, { what: 'pool', by: 'ann', topic: T, from: 1, hasOlder, rows: holed }),
      );
    assert.deepEqual(pool(true), []);
    assert.deepEqual(pool(false), ['I4']);
  });

  test('I4: what the filter of a client drops is not missed', () => {
    const shown = rows('a:1 b:0 c:3');
    const pool = changed({ what: 'pool', by: 'ann' }, { what: 'pool', by: 'ann', topic: T, from: 1, rows: shown });
    assert.deepEqual(broken([...pool, { what: 'hidden', by: 'ann', topic: T, seqid: 2 }]), []);
  });

  test('I5: stored in another order than sent', () => {
    const kept = (msgid: string): Happening => ({ what: 'kept', by: 'ann', msgid });
    const history = changed({ what: 'kept' }, kept('a'), kept('b'));
    const swapped = history.map((event): Happening =>
      event.what === 'send' && event.by === 'ann' && event.msgid === 'a'
        ? { ...event, order: 9 }
        : event.what === 'send' && event.by === 'ann'
          ? { ...event, order: event.order + 9 }
          : event,
    );
    assert.deepEqual(broken(swapped), []);
    const early = (events: readonly Happening[]): Happening[] =>
      events.map((event): Happening =>
        event.what === 'send' && event.msgid === 'c' ? { ...event, order: 0.5 } : event,
      );
    assert.ok(broken(early(history)).includes('I5'));
    assert.ok(!broken(early(GOOD)).includes('I5'), 'the first one was not kept: its page is gone');
  });

  test('I6: a message that is silently gone, pending for ever, or has two ends', () => {
    const silent = { what: 'send', by: 'ann', topic: T, msgid: 'f', order: 5 } as const;
    assert.deepEqual(broken(more(silent)), ['I6']);
    const kept = { what: 'kept', by: 'ann', msgid: 'lost' } as const;
    assert.deepEqual(broken(changed({ what: 'fault' }, kept)), ['I6'], 'what the device held survives the page');
    assert.deepEqual(broken(more({ what: 'refused', by: 'ann', msgid: 'a' })), ['I6']);
    assert.deepEqual(broken(more({ what: 'unnumbered', by: 'ann', msgid: 'b' })), ['I6']);
    assert.deepEqual(broken(more({ what: 'refused', by: 'ann', msgid: 'c' })), ['I6'], 'refused and stored');
    const shown = rows('a:1 d:2 c:3');
    const unseen = changed({ what: 'pool', by: 'ann' }, { what: 'pool', by: 'ann', topic: T, from: 1, rows: shown });
    assert.deepEqual(broken(unseen), ['I6'], 'refused and shown no more');
    const discarded = [...unseen, { what: 'discarded', by: 'ann', msgid: 'b' } as const];
    assert.deepEqual(broken(discarded), [], 'unless the user removed it');
    const late = [...discarded, { what: 'refused', by: 'ann', msgid: 'b' } as const];
    assert.deepEqual(broken(late), [], 'which another page may hear of after it has heard that it was refused');
    const taken = [...discarded, { what: 'unnumbered', by: 'ann', msgid: 'b' } as const];
    assert.deepEqual(broken(taken), [], 'or may have sent before it hears');
  });

  test('I6: shown in another state than the one it ended in', () => {
    const pool = (state: MessageState): Happening[] =>
      changed(
        { what: 'pool', by: 'ann' },
        {
          what: 'pool',
          by: 'ann',
          topic: T,
          from: 1,
          rows: [
            ['a', 1],
            ['b', 0, state],
            ['d', 2],
            ['c', 3],
          ],
        },
      );
    assert.deepEqual(broken(pool('refused')), []);
    assert.deepEqual(broken(pool('queued')), ['I6']);
    assert.deepEqual(broken(pool('sent')), ['I6']);
  });

  test('I6: expired, then sent by the user or found stored after all, is one end', () => {
    const expired = { what: 'expired', by: 'ann', msgid: 'c' } as const;
    assert.deepEqual(broken(more(expired)), []);
    assert.deepEqual(broken(more(expired, { what: 'retried', by: 'ann', msgid: 'c', order: 6 })), []);
    const from = changed(
      { what: 'pool', by: 'ann' },
      { what: 'pool', by: 'ann', topic: T, from: 4, rows: rows('b:0') },
    );
    const stored = from.toSpliced(from.length - 4, 0, expired);
    assert.deepEqual(broken(stored), [], 'it has a seqid, and need not be loaded');
    const gone = { what: 'send', by: 'ann', topic: T, msgid: 'f', order: 5 } as const;
    assert.deepEqual(broken(more(gone, { ...expired, msgid: 'f' })), ['I6'], 'what is not stored has to be shown');
  });

  test('I5: what has expired has left the order of sending', () => {
    const order = (...others: Happening[]): string[] =>
      broken(
        more(...others).map((event): Happening =>
          event.what === 'send' && event.msgid === 'c'
            ? { ...event, order: 0.5 }
            : event.what === 'fault'
              ? { what: 'kept', by: 'ann', msgid: 'a' }
              : event,
        ),
      );
    assert.ok(order().includes('I5'));
    assert.ok(!order({ what: 'expired', by: 'ann', msgid: 'c' }).includes('I5'));
  });

  test('I5: a page that the device did not tell of what was sent before can keep no order with it', () => {
    const early = (events: readonly Happening[]): Happening[] =>
      events.map((event): Happening => {
        if (event.what === 'fault') return { what: 'kept', by: 'ann', msgid: 'a' };
        return event.what === 'send' && event.msgid === 'c' ? { ...event, order: 0.5 } : event;
      });
    assert.ok(broken(early(GOOD)).includes('I5'));
    const untold = changed(
      { what: 'send', msgid: 'c' },
      { what: 'unrestored', by: 'ann' },
      {
        what: 'send',
        by: 'ann',
        topic: T,
        msgid: 'c',
        order: 4,
      },
    );
    assert.ok(!broken(early(untold)).includes('I5'));
  });

  test('I7: a stored message shown twice', () => {
    const view = (text: string): string[] =>
      broken(changed({ what: 'view' }, { what: 'view', by: 'ann', topic: T, rows: rows(text), loading: false }));
    assert.deepEqual(view('a:1 b:0 a:0'), ['I7']);
    assert.ok(view('a:1 #1:1').includes('I7'), 'the echo beside the bubble');
  });

  test('I8: an ack past the contiguous prefix', () => {
    const cursor = (seqid: number): string[] => broken(more({ what: 'cursor', by: 'mei', topic: T, seqid }));
    assert.deepEqual(cursor(1), []);
    assert.deepEqual(cursor(2), ['I8']);
    const jump = { what: 'received', by: 'mei', topic: T, low: 3, hi: 4 } as const;
    assert.deepEqual(broken(more(jump, { what: 'cursor', by: 'mei', topic: T, seqid: 3 })), ['I8']);
    const page = { what: 'page', by: 'mei' } as const;
    assert.deepEqual(
      broken(more(page, { what: 'cursor', by: 'mei', topic: T, seqid: 1 })),
      ['I8'],
      'a new page has nothing yet',
    );
  });

  test('I9: a message that moves without getting its seqid, moves twice, or has two', () => {
    const views = (...views: string[]): string[] => {
      const events = views.map((text): Happening => ({
        what: 'view',
        by: 'ann',
        topic: 'x',
        rows: rows(text),
        loading: false,
      }));
      return broken(changed({ what: 'view' }, ...events));
    };
    assert.deepEqual(views('p:1 q:0', 'p:1 r:2 q:0'), [], 'others slot in above');
    assert.deepEqual(views('p:0 q:2', 'q:2 p:3'), [], 'its seqid puts it elsewhere');
    assert.deepEqual(views('a:1 p:0 q:0', 'a:1 q:0 p:0'), [], 'once');
    assert.deepEqual(views('p:0 q:0', 'q:0 p:0', 'p:0 q:0'), ['I9'], 'but not back');
    assert.deepEqual(views('p:0 q:0', 'q:0 p:0', 'p:3 q:0'), ['I9'], 'nor when it gets its seqid');
    assert.deepEqual(views('p:1 q:2 r:0', 'r:0 q:2 p:1'), ['I4', 'I9']);
    assert.deepEqual(views('p:1 q:2', 'p:1 q:3'), ['I9']);
  });

  test('I9: a message stands for a page as that page has heard, and not another one', () => {
    const moves = (...views: readonly string[]): string[] =>
      broken(
        more(
          { what: 'send', by: 'ann', topic: T, msgid: 'g', order: 8 },
          { what: 'send', by: 'ann', topic: T, msgid: 'h', order: 9 },
          show('a:1 d:2 g:0? h:0?'),
          { what: 'expired', by: 'bob', msgid: 'h' },
          { what: 'expired', by: 'bob', msgid: 'g' },
          ...views.map(show),
        ),
      ).filter((invariant) => invariant === 'I9');
    assert.deepEqual(moves('a:1 h:0! d:2 g:0?', 'a:1 g:0! h:0! d:2'), [], 'each goes where the other page had it');
    assert.deepEqual(moves('a:1 h:0! d:2 g:0?', 'a:1 g:0! h:0! d:2', 'a:1 h:0! g:0! d:2'), ['I9'], 'once');
    assert.deepEqual(moves('a:1 h:0! d:2 g:0?', 'a:1 d:2 g:0? h:0!', 'a:1 h:0! d:2 g:0?'), ['I9']);
  });

  test('I9: a message that the user sends again may move once more', () => {
    const moves = (...events: readonly Happening[]): string[] =>
      broken(
        more(
          { what: 'send', by: 'ann', topic: T, msgid: 'h', order: 9 },
          show('a:1 d:2 h:0'),
          { what: 'expired', by: 'ann', msgid: 'h' },
          show('a:1 h:0 d:2'),
          ...events,
          show('a:1 d:2 h:0'),
          show('a:1 d:2 h:0 c:3'),
          { what: 'acked', by: 'ann', topic: T, msgid: 'h', seqid: 6 },
          show('a:1 d:2 c:3 h:6'),
        ),
      ).filter((invariant) => invariant === 'I9');
    assert.deepEqual(moves({ what: 'retried', by: 'ann', msgid: 'h', order: 10 }), []);
    assert.deepEqual(moves(), ['I9']);
  });

  test('I9: what the device could not keep of an end, the next page learns anew; what it kept stays where it is', () => {
    const again = (...events: readonly Happening[]): string[] =>
      broken(
        more(
          { what: 'send', by: 'ann', topic: T, msgid: 'h', order: 9 },
          { what: 'kept', by: 'ann', msgid: 'h' },
          show('a:1 h:0 d:2'),
          { what: 'unnumbered', by: 'ann', msgid: 'h' },
          ...events,
          { what: 'page', by: 'ann' },
          show('a:1 d:2 h:0'),
          show('a:1 h:0 d:2'),
        ),
      ).filter((invariant) => invariant === 'I9');
    assert.deepEqual(again(), ['I9']);
    assert.deepEqual(again({ what: 'unkept', msgid: 'h' }), []);
  });

  /** The good history, in which pools show the message with this seqid so, and the store says this of it. */
  const instead = (seqid: number, shown: Instead | undefined, flags = ''): Happening[] =>
    GOOD.map((event): Happening => {
      if (event.what === 'pool')
        return {
          ...event,
          rows: event.rows.map((row) => (row?.[1] === seqid ? [row[0], seqid, undefined, shown] : row)),
        };
      if (event.what !== 'store') return event;
      return { ...event, rows: event.rows.map((row) => (row[0] === seqid ? [seqid, row[1], row[2], flags] : row)) };
    });

  test('I4: a message that is not shown as its newest version', () => {
    const edits: Happening = {
      what: 'store',
      topic: T,
      rows: [
        [6, 'v', 'usrMei', '', 2],
        [7, 'w', 'usrMei', '', 2],
        [8, 'x', 'usrAnn', '', 2],
        [9, 'y', 'usrMei', 'd', 2],
      ],
    };
    assert.deepEqual(broken([...instead(2, ['w', 7]), edits]), []);
    assert.deepEqual(broken([...instead(2, ['v', 6]), edits]), ['I4'], 'an older one');
    assert.deepEqual(broken([...instead(2, undefined), edits]), ['I4'], 'none');
    assert.deepEqual(broken([...instead(2, ['x', 8]), edits]), ['I4'], 'one by somebody else');
    assert.deepEqual(broken([...instead(2, ['w', 7])]), ['I4'], 'one that is not stored');
    const views = (...versions: (Instead | undefined)[]): string[] =>
      broken(
        more(
          ...versions.map((one): Happening => {
            return { what: 'view', by: 'ann', topic: T, rows: [['d', 2, undefined, one]], loading: false };
          }),
        ),
      );
    assert.deepEqual(views(undefined, ['v', 0], ['v', 6], ['w', 7]), []);
    assert.deepEqual(views(['w', 7], ['v', 6]), ['I4'], 'an older one after a newer one');
    assert.deepEqual(views(['w', 7], 'gone'), []);
    assert.deepEqual(views('gone', ['w', 7]), ['I4'], 'it was a tombstone');
    const seen = (...behind: readonly Row[]): Happening => ({
      what: 'view',
      by: 'ann',
      topic: T,
      rows: [['d', 2, undefined, behind.length > 0 ? undefined : ['w', 7]], ...behind],
      loading: false,
    });
    const again = seen();
    assert.deepEqual(
      broken(more(again, seen(null, ['c', 3]), again)),
      [],
      'what is behind it is missing, and it says so',
    );
    assert.deepEqual(broken(more(again, seen(null, ['c', 3]), seen(['c', 3]), again)), ['I4'], 'it says so no more');
  });

  test('I4: what was taken back and is there, or is a tombstone and was not', () => {
    const recalled: Happening = { what: 'recalled', by: 'mei', topic: T, seqid: 2 };
    assert.deepEqual(broken([recalled, ...instead(2, 'gone', 'dt')]), []);
    assert.deepEqual(broken([recalled, ...instead(2, undefined, 'dt')]), ['I4'], 'somebody shows it');
    assert.deepEqual(broken([recalled, ...instead(2, undefined)]), ['I4'], 'the store has it');
    assert.deepEqual(broken(instead(2, 'gone')), ['I4'], 'nobody has taken it back');
  });

  test('I6: each message that was refused and is not shown, once, in whichever conversation', () => {
    const other: Happening = { what: 'pool', by: 'mei', topic: 'grpTwo', from: 1, rows: rows('s:1 r:0') };
    const events = more(
      { what: 'send', by: 'mei', topic: 'grpTwo', msgid: 'r', order: 9 },
      { what: 'send', by: 'mei', topic: 'grpTwo', msgid: 'q', order: 10 },
      { what: 'refused', by: 'mei', msgid: 'r' },
      { what: 'refused', by: 'mei', msgid: 'q' },
      { what: 'store', topic: 'grpTwo', rows: [[1, 's', 'usrAnn', '']] },
    );
    const missing = (pool: Happening): string[] =>
      judge([...events, pool]).violations.map(({ text }) => text.split(' ', 1).join(''));
    assert.deepEqual(missing(other), ['q']);
    assert.deepEqual(missing({ ...other, rows: rows('s:1') }), ['r', 'q']);
  });

  test('I9: a new page that has another place for what its device keeps', () => {
    const again = (...events: readonly Happening[]): string[] =>
      broken(more(...events, show('a:1 b:0 d:2'), { what: 'page', by: 'ann' }, show('a:1 d:2 b:0')));
    assert.deepEqual(again(), ['I9']);
    assert.deepEqual(again({ what: 'unkept', msgid: 'b' }), []);
  });

  test('I10: more than the bounds', () => {
    assert.deepEqual(broken(more({ what: 'size', by: 'ann', of: 'held', value: 257 })), ['I10']);
    assert.deepEqual(broken(more({ what: 'size', by: 'gateway', of: 'window', value: 65 })), ['I10']);
  });

  test('P6: neighbours with something missing between them, and no mark, for longer than a moment', () => {
    const view = (loading: boolean, ...shown: readonly Row[]): Happening => ({
      what: 'view',
      by: 'ann',
      topic: T,
      rows: shown,
      loading,
    });
    const gap = rows('a:1 c:3');
    assert.deepEqual(broken(more(view(false, ...gap))), ['P6']);
    assert.deepEqual(broken(more(view(true, ...gap))), [], 'it says that it is loading');
    assert.deepEqual(broken(more(view(false, ...rows('a:1'), null, ...rows('c:3')))), [], 'the hole has a mark');
    assert.deepEqual(
      broken(more(view(false, ...rows('c:3 f:5')))),
      [],
      'a note between agents is no hole for a visitor',
    );
    assert.deepEqual(broken(more(view(false, ...gap), view(false, ...rows('a:1 d:2 c:3')))), [], 'for a moment');
    const later: Happening = { what: 'trace', by: 'ann', text: '' };
    const long = Array.from({ length: 501 }, () => later);
    assert.deepEqual(broken(more(view(false, ...gap), ...long, view(false, ...rows('a:1 d:2 c:3')))), ['P6']);
    const floating = rows('a:1 f:0?');
    const whole = view(false, ...rows('a:1 d:2 c:3 f:0?'));
    assert.deepEqual(
      broken(more(view(false, ...floating), ...long, whole)),
      ['P6'],
      'what is on its way stands behind it',
    );
    assert.deepEqual(broken(more(view(false, ...floating), whole)), [], 'for a moment');
    assert.deepEqual(broken(more(view(false, ...rows('a:1'), null, ...rows('f:0?')), ...long, whole)), []);
    assert.deepEqual(broken(more(view(false, ...rows('a:1 b:0!')), ...long, whole)), [], 'what has its place for good');
    const away: Happening = { what: 'away', by: 'ann' };
    assert.deepEqual(
      broken(more(view(false, ...gap), away, ...long, view(false, ...rows('a:1 d:2 c:3')))),
      [],
      'unseen',
    );
  });

  test('a history without a store, a pool or a sender can not be judged', () => {
    assert.ok(broken(GOOD.filter(({ what }) => what !== 'store')).includes('history'));
    assert.ok(broken(GOOD.filter((event) => event.what !== 'pool' || event.by !== 'mei')).includes('history'));
    assert.ok(broken(GOOD.filter((event) => event.what !== 'send' || event.msgid !== 'a')).includes('history'));
    assert.ok(broken([]).includes('history'));
  });

  test('says where to look', () => {
    const [violation] = judge(more({ what: 'cursor', by: 'mei', topic: T, seqid: 9 })).violations;
    const line = GOOD.findIndex(({ what }) => what === 'pool') + 1;
    assert.deepEqual(violation?.place, { file: 'one', line });
  });
});

describe('the command', () => {
  const check = (...files: string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const command = fileURLToPath(new URL('check.ts', import.meta.url));
      execFile(process.execPath, [command, ...files], (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      });
    });

  test('judges the files of one run together, and fails on a violation', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'kefu-history-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const [ann, rest, bad] = ['ann', 'rest', 'bad'].map((name) => join(folder, `${name}.jsonl`)) as [
      string,
      string,
      string,
    ];
    const isAnns = (event: Happening): boolean => event.what === 'begin' || ('by' in event && event.by === 'ann');
    const witness = historyFile(ann, () => 7);
    for (const event of GOOD.filter(isAnns)) witness(event);
    const stamp = (events: readonly Happening[]): HistoryEvent[] => events.map((event) => ({ at: 8, ...event }));
    appendHistory(rest, stamp(GOOD.filter((event) => event.what === 'begin' || !isAnns(event))));
    appendHistory(bad, stamp(more({ what: 'cursor', by: 'mei', topic: T, seqid: 9 })));

    const good = await check(ann, rest);
    assert.equal(good.code, 0, good.output);
    assert.match(good.output, /✓ good, seed 1: 5 sent, 3 numbered/);
    assert.equal((await check(ann)).code, 1, 'half of a run can not be judged');
    const failed = await check(bad);
    assert.equal(failed.code, 1);
    assert.match(failed.output, /I8 {2}mei acks 9 of grpOne and has 0…1 {2}.*bad\.jsonl:\d+ {2}at 8/);
  });

  test('a torn last line is the end; a torn line in the middle is an error', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'kefu-history-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const { appendFile, readFile, writeFile } = await import('node:fs/promises');
    const file = join(folder, 'torn.jsonl');
    appendHistory(file, [{ at: 1, what: 'page', by: 'ann' }]);
    await appendFile(file, '{"at":2,"what":"pa');
    const read = async (): Promise<number> => {
      let count = 0;
      for await (const [event] of readHistory(file)) count += event.at;
      return count;
    };
    assert.equal(await read(), 1);
    await writeFile(file, `${await readFile(file, 'utf8')}\n{"at":3,"what":"page","by":"ann"}\n`);
    await assert.rejects(read(), /torn\.jsonl:2 is no event/);
  });
});
