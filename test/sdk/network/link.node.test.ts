// The link over connections in memory: losses, doubts, sleep, and the times of all that.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Subject } from 'rxjs';
import { CLOSE } from '../../../src/protocol/close-code.ts';
import { PROBE, PROBE_ANSWER } from '../../../src/protocol/codec.ts';
import { Link, LINK_TIMES } from '../../../src/sdk/network/link.ts';
import { LINK_TRANSITIONS } from '../../../src/sdk/network/link-state.ts';
import type { LinkState } from '../../../src/sdk/network/link-state.ts';
import { MemoryConnection } from '../../../src/sdk/network/memory-connection.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const HALF = 0.5;
/** Half of the jitter's width, on top of the floor. */
const firstBackoffMs = 450;

let clock: ManualClock;
let wake$: Subject<WakeSignal>;
let connections: MemoryConnection[];
let sent: string[];
let closes: number[];
let states: LinkState[];
let link: Link;
/** What the far end does when a connection is opened. */
let onOpen: (connection: MemoryConnection) => void;

const newest = (): MemoryConnection => {
  const connection = connections.at(-1);
  assert.ok(connection);
  return connection;
};

/** A live link on the newest connection. */
const live = async (): Promise<MemoryConnection> => {
  link.start();
  link.ready();
  await clock.advance(0);
  assert.equal(link.state$.value, 'live');
  return newest();
};

beforeEach(() => {
  clock = new ManualClock();
  wake$ = new Subject();
  connections = [];
  sent = [];
  closes = [];
  states = [];
  onOpen = (connection) => {
    connection.accept();
  };
  link = new Link({
    clock,
    wake$,
    random: () => HALF,
    connect: () => {
      const connection = new MemoryConnection({
        opened: (opened) => {
          onOpen(opened);
        },
        received: (text) => sent.push(text),
        closed: (code) => closes.push(code),
      });
      connections.push(connection);
      return connection;
    },
  });
  link.state$.subscribe((state) => {
    const before = states.at(-1);
    if (before !== undefined)
      assert.ok(Object.values(LINK_TRANSITIONS[before]).includes(state), `${before} → ${state}`);
    states.push(state);
  });
});

describe('link', () => {
  it('opens nothing before it is wanted', async () => {
    await clock.advance(60_000);
    assert.equal(connections.length, 0);
    assert.equal(clock.waiting, 0);
  });

  it('goes live and carries texts both ways, but for answers to probes', async () => {
    const heard: string[] = [];
    link.incoming$.subscribe((text) => heard.push(text));
    const line = await live();
    link.send('one');
    line.push('two');
    line.push(PROBE_ANSWER);
    assert.deepEqual(states, ['idle', 'connecting', 'hello', 'live']);
    assert.deepEqual(sent, ['one']);
    assert.deepEqual(heard, ['two']);
  });

  it('gives a connection 5 seconds to open, then tries again by back-off', async () => {
    onOpen = () => undefined;
    link.start();
    await clock.advance(LINK_TIMES.connectMs - 1);
    assert.equal(link.state$.value, 'connecting');
    await clock.advance(1);
    assert.equal(link.state$.value, 'backoff');
    await clock.advance(firstBackoffMs - 1);
    assert.equal(connections.length, 1);
    await clock.advance(1);
    assert.equal(connections.length, 2);
    assert.deepEqual(closes, [CLOSE.abnormal], 'the first was let go of');
  });

  it('gives hi and login 10 seconds', async () => {
    link.start();
    await clock.advance(LINK_TIMES.helloMs);
    assert.deepEqual(states, ['idle', 'connecting', 'hello', 'backoff']);
  });

  it('waits longer from loss to loss, and begins again only after 10 seconds of life', async () => {
    const waits: number[] = [];
    const lose = async (): Promise<void> => {
      newest().drop();
      const before = clock.now();
      while (link.state$.value === 'backoff') await clock.advance(1);
      waits.push(clock.now() - before);
      link.ready();
    };
    await live();
    await lose();
    await lose();
    await clock.advance(LINK_TIMES.healthyMs - 1);
    await lose();
    await clock.advance(LINK_TIMES.healthyMs);
    await lose();
    assert.deepEqual(waits, [450, 700, 1200, 450]);
  });

  it('survives a connection that closes before open() returns', async () => {
    onOpen = (connection) => {
      connection.drop();
    };
    link.start();
    assert.equal(link.state$.value, 'backoff');
    onOpen = (connection) => {
      connection.accept();
    };
    await clock.advance(firstBackoffMs);
    assert.equal(link.state$.value, 'hello');
  });

  it('probes every 25 seconds, also when answers are all that it hears', async () => {
    const line = await live();
    const at: number[] = [];
    const start = clock.now();
    for (let seconds = 0; seconds < 80; seconds += 1) {
      await clock.advance(1000);
      for (const text of sent.splice(0)) {
        assert.equal(text, PROBE);
        at.push(clock.now() - start);
        line.push(PROBE_ANSWER);
      }
    }
    assert.deepEqual(at, [25_000, 50_000, 75_000]);
    assert.equal(link.state$.value, 'live');
    assert.equal(connections.length, 1);
  });

  it('takes any word for an answer to a probe', async () => {
    const line = await live();
    await clock.advance(25_000);
    line.push('anything');
    await clock.advance(LINK_TIMES.probeDeadlineMs);
    assert.equal(link.state$.value, 'live');
  });

  it('suspects a connection that does not answer, and stays on it when it does after all', async () => {
    const line = await live();
    onOpen = () => undefined;
    await clock.advance(25_000 + LINK_TIMES.probeDeadlineMs - 1);
    assert.equal(link.state$.value, 'live');
    await clock.advance(1);
    assert.equal(link.state$.value, 'suspect');
    assert.equal(connections.length, 2);
    line.push(PROBE_ANSWER);
    assert.equal(link.state$.value, 'live');
    assert.deepEqual(closes, [CLOSE.abnormal], 'the second one is let go of');
    link.send('still here');
    assert.equal(sent.at(-1), 'still here');
  });

  it('goes over to the second connection when that is faster', async () => {
    await live();
    onOpen = () => undefined;
    await clock.advance(25_000 + LINK_TIMES.probeDeadlineMs);
    newest().accept();
    assert.equal(link.state$.value, 'hello');
    link.ready();
    assert.equal(link.state$.value, 'live');
    assert.equal(closes.length, 1);
    link.send('on the second');
    assert.equal(sent.at(-1), 'on the second');
  });

  it('goes over to a second connection that opens before open() returns', async () => {
    await live();
    await clock.advance(25_000 + LINK_TIMES.probeDeadlineMs);
    assert.equal(connections.length, 2);
    assert.equal(link.state$.value, 'hello');
  });

  it('keeps a suspect connection when the second one fails', async () => {
    const line = await live();
    onOpen = (connection) => {
      connection.drop();
    };
    await clock.advance(25_000 + LINK_TIMES.probeDeadlineMs);
    assert.equal(link.state$.value, 'suspect');
    line.push(PROBE_ANSWER);
    assert.equal(link.state$.value, 'live');
  });

  it('gives up a suspect connection after 3 seconds, and the attempt after 5', async () => {
    const line = await live();
    onOpen = () => undefined;
    await clock.advance(25_000 + LINK_TIMES.probeDeadlineMs + LINK_TIMES.suspectMs);
    line.push(PROBE_ANSWER);
    assert.equal(link.state$.value, 'suspect', 'too late');
    await clock.advance(LINK_TIMES.connectMs - LINK_TIMES.suspectMs);
    assert.equal(link.state$.value, 'backoff');
  });

  it('leaves the field to the second connection when the suspect one closes', async () => {
    const line = await live();
    onOpen = () => undefined;
    await clock.advance(25_000 + LINK_TIMES.probeDeadlineMs);
    line.drop();
    assert.equal(link.state$.value, 'suspect');
    newest().accept();
    assert.equal(link.state$.value, 'hello');
  });

  it('doubts a live connection on a wake, for 3 seconds', async () => {
    await live();
    onOpen = () => undefined;
    wake$.next('wake');
    assert.deepEqual(sent, [PROBE]);
    await clock.advance(LINK_TIMES.wakeDeadlineMs);
    assert.equal(link.state$.value, 'suspect');
  });

  it('connects at once when it is woken during back-off', async () => {
    const line = await live();
    line.drop();
    wake$.next('wake');
    assert.equal(connections.length, 2);
    assert.equal(link.state$.value, 'hello');
  });

  it('sleeps with the page, without timers, until it wakes', async () => {
    await live();
    wake$.next('sleep');
    assert.equal(link.state$.value, 'asleep');
    assert.deepEqual(closes, [CLOSE.asleep]);
    assert.equal(clock.waiting, 0);
    await clock.advance(3_600_000);
    assert.equal(connections.length, 1);
    wake$.next('wake');
    assert.equal(link.state$.value, 'hello');
    assert.deepEqual(states, ['idle', 'connecting', 'hello', 'live', 'asleep', 'connecting', 'hello']);
  });

  it('comes back after as long as the gateway said that it goes away, and works on until then', async () => {
    await live();
    link.drain(2_000);
    link.send('last words');
    await clock.advance(1_999);
    assert.equal(link.state$.value, 'draining');
    assert.deepEqual(sent, ['last words']);
    await clock.advance(1);
    assert.equal(connections.length, 2);
    assert.equal(link.state$.value, 'hello');
  });

  for (const code of [CLOSE.unauthorized, CLOSE.forbidden]) {
    it(`does not come back from a close with ${String(code)} until the app wants it`, async () => {
      const line = await live();
      line.drop(code);
      assert.equal(link.state$.value, 'fatal');
      assert.equal(clock.waiting, 0);
      wake$.next('wake');
      assert.equal(connections.length, 1);
      link.start();
      assert.equal(connections.length, 2);
    });
  }

  it('stops for good, from every state, without timers', async () => {
    const line = await live();
    link.stop();
    assert.equal(link.state$.value, 'idle');
    assert.deepEqual(closes, [CLOSE.normal]);
    assert.equal(clock.waiting, 0);
    line.push('nobody listens');
    link.start();
    newest().drop();
    assert.equal(link.state$.value, 'backoff');
    link.destroy();
    assert.equal(clock.waiting, 0);
    assert.equal(wake$.observed, false);
  });

  it('opens nothing for an app that changes its mind at once', () => {
    link.state$.subscribe((state) => {
      if (state === 'connecting') link.stop();
    });
    link.start();
    assert.equal(connections.length, 0);
    assert.equal(clock.waiting, 0);
  });
});
