// Which transport comes next, by what has become of those before.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { PROBE, PROBE_ANSWER } from '../../../src/protocol/codec.ts';
import type { Connection, ConnectionFactory } from '../../../src/sdk/network/connection.ts';
import { MemoryConnection } from '../../../src/sdk/network/memory-connection.ts';
import { TRANSPORT, transportChoice } from '../../../src/sdk/network/transport-choice.ts';
import { ManualClock } from '../../support/manual-clock.ts';

type Kind = 'WebSocket' | 'long polling';

let clock: ManualClock;
let connect: ConnectionFactory;
/** Every connection that was made, oldest first. */
let made: { readonly kind: Kind; readonly connection: MemoryConnection }[];
/** What each that is opened meets. */
let onOpen: (connection: MemoryConnection, kind: Kind) => void;
let sent: string[];

const factory =
  (kind: Kind): ConnectionFactory =>
  () => {
    const connection = new MemoryConnection({
      opened: (opened) => {
        onOpen(opened, kind);
      },
      received: (text) => sent.push(text),
      closed: () => undefined,
    });
    made.push({ kind, connection });
    return connection;
  };

const kinds = (): Kind[] => made.map(({ kind }) => kind);
const last = (): MemoryConnection => {
  const one = made.at(-1);
  assert.ok(one);
  return one.connection;
};
const open = (): Connection => {
  const connection = connect();
  connection.open();
  return connection;
};
/** Makes one that does not come up. */
const fail = (): void => {
  open();
  last().drop();
};
/** Makes one that comes up, and says something. */
const live = (): void => {
  open();
  last().accept();
  last().push('hello');
};

beforeEach(() => {
  clock = new ManualClock();
  made = [];
  sent = [];
  onOpen = () => undefined;
  connect = transportChoice(clock, factory('WebSocket'), factory('long polling'));
});

describe('the choice of a transport', () => {
  it('is WebSocket first, and long polling after two in a row that did not open', () => {
    fail();
    fail();
    live();
    assert.deepEqual(kinds(), ['WebSocket', 'WebSocket', 'long polling']);
  });

  it('is long polling too after two that opened and never spoke', async () => {
    for (let n = 0; n < 2; n += 1) {
      const connection = open();
      last().accept();
      await clock.advance(5_000);
      connection.abandon();
    }
    open();
    assert.deepEqual(kinds(), ['WebSocket', 'WebSocket', 'long polling']);
  });

  it('counts no WebSocket that spoke, and begins to count anew with it', () => {
    for (let n = 0; n < 3; n += 1) {
      live();
      last().drop();
    }
    fail();
    live();
    last().drop();
    fail();
    open();
    assert.ok(kinds().every((kind) => kind === 'WebSocket'));
  });

  it('counts no WebSocket that was given up at once: the page was left, or another was faster', async () => {
    for (let n = 0; n < 5; n += 1) {
      const connection = open();
      await clock.advance(TRANSPORT.tooSoonMs - 1);
      connection.abandon();
    }
    open();
    assert.ok(kinds().every((kind) => kind === 'WebSocket'));
  });

  it('stays with long polling while that comes up', () => {
    fail();
    fail();
    for (let n = 0; n < 3; n += 1) {
      live();
      last().drop();
    }
    open();
    assert.deepEqual(kinds().slice(2), Array(4).fill('long polling'));
  });

  it('goes to and fro while nothing comes up', () => {
    for (let n = 0; n < 7; n += 1) fail();
    const [w, l] = ['WebSocket', 'long polling'] as const;
    assert.deepEqual(kinds(), [w, w, l, w, w, l, w]);
  });

  it('blames the gateway for longer where a WebSocket has come up before', () => {
    live();
    last().drop();
    for (let n = 0; n < TRANSPORT.failuresProven; n += 1) fail();
    open();
    assert.deepEqual(kinds(), [...(Array(7).fill('WebSocket') as Kind[]), 'long polling']);
  });

  describe('while long polling lives', () => {
    let polling: MemoryConnection;
    let closes: number[];

    beforeEach(() => {
      fail();
      fail();
      live();
      polling = last();
      closes = [];
      polling.incoming$.subscribe((event) => {
        if (event.type === 'close') closes.push(event.code);
      });
      made.length = 0;
      sent.length = 0;
    });

    it('tries WebSocket after 5 minutes, and goes over once that has answered', async () => {
      await clock.advance(TRANSPORT.retryMs - 1);
      assert.deepEqual(kinds(), []);
      await clock.advance(1);
      assert.deepEqual(kinds(), ['WebSocket']);
      last().accept();
      assert.deepEqual(sent, [PROBE]);
      assert.deepEqual(closes, [], 'it may be one that lets nothing through');
      last().push(PROBE_ANSWER);
      assert.deepEqual(closes, [1001]);
      assert.equal(clock.waiting, 0);
      live();
      assert.deepEqual(kinds(), ['WebSocket', 'WebSocket']);
    });

    it('tries again and again, and disturbs nobody by that', async () => {
      onOpen = (connection) => {
        connection.drop();
      };
      await clock.advance(TRANSPORT.retryMs);
      onOpen = (connection) => {
        connection.accept();
      };
      await clock.advance(TRANSPORT.retryMs + TRANSPORT.trialMs - 1);
      assert.equal(kinds().length, 2);
      await clock.advance(1);
      onOpen = () => undefined;
      await clock.advance(TRANSPORT.retryMs + TRANSPORT.trialMs);
      assert.deepEqual(kinds(), ['WebSocket', 'WebSocket', 'WebSocket']);
      assert.deepEqual(closes, []);
      polling.push('still here');
      live();
      assert.equal(kinds().at(-1), 'long polling');
    });

    it('ends the trial with it', async () => {
      await clock.advance(TRANSPORT.retryMs);
      const trial = last();
      polling.drop();
      assert.equal(clock.waiting, 0);
      trial.accept();
      assert.deepEqual(sent, []);
    });
  });
});
