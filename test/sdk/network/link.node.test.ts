// The link over connections in memory: losses, doubts, sleep, and the times of all that.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Subject } from 'rxjs';
import { CLOSE } from '../../../src/protocol/close-code.ts';
import { PROBE, PROBE_ANSWER } from '../../../src/protocol/codec.ts';
import { Connection } from '../../../src/sdk/network/connection.ts';
import type { ConnectionEvent } from '../../../src/sdk/network/connection.ts';
import { Link, LINK_TIMES } from '../../../src/sdk/network/link.ts';
import { LINK_TRANSITIONS } from '../../../src/sdk/network/link-state.ts';
import type { LinkState } from '../../../src/sdk/network/link-state.ts';
import { MemoryConnection } from '../../../src/sdk/network/memory-connection.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const HALF = 0.5;
/** Of a gateway that goes away. */
const SPREAD_MS = 10_000;
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

  it('gives hi and login 5 seconds, and 10 more to a login that needs a fresh token', async () => {
    link.start();
    await clock.advance(5_000);
    assert.deepEqual(states, ['idle', 'connecting', 'hello', 'backoff']);
    await clock.advance(firstBackoffMs);
    link.awaitToken();
    await clock.advance(9_999);
    assert.equal(link.state$.value, 'hello');
    await clock.advance(1);
    assert.equal(link.state$.value, 'backoff');
    link.awaitToken();
    assert.equal(clock.waiting, 1, 'means nothing without a connection');
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

  it('asks soon when what it sends finds no answer', async () => {
    const line = await live();
    onOpen = () => undefined;
    link.send('one');
    await clock.advance(5_000);
    line.push('answer');
    await clock.advance(5_000);
    assert.deepEqual(sent, ['one'], 'an answer is an answer');
    link.send('two');
    await clock.advance(1_000);
    link.send('three');
    await clock.advance(7_000);
    assert.deepEqual(sent, ['one', 'two', 'three', PROBE]);
    assert.equal(link.state$.value, 'live');
    await clock.advance(LINK_TIMES.wakeDeadlineMs);
    assert.equal(link.state$.value, 'suspect');
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

  it('doubts a live connection on a wake, for 2 seconds', async () => {
    await live();
    onOpen = () => undefined;
    wake$.next('wake');
    assert.deepEqual(sent, [PROBE]);
    await clock.advance(1_999);
    assert.equal(link.state$.value, 'live');
    await clock.advance(1);
    assert.equal(link.state$.value, 'suspect');
  });

  it('asks once when a page wakes with many signals', async () => {
    await live();
    for (let n = 0; n < 4; n += 1) wake$.next('wake');
    assert.deepEqual(sent, [PROBE]);
  });

  it('doubts in haste on a wake, also when a probe is under way', async () => {
    await live();
    onOpen = () => undefined;
    await clock.advance(25_100);
    wake$.next('wake');
    await clock.advance(LINK_TIMES.wakeDeadlineMs);
    assert.equal(link.state$.value, 'suspect');
  });

  it('takes the answer to one probe for no silence after the next', async () => {
    const line = await live();
    await clock.advance(24_000);
    wake$.next('wake');
    line.push(PROBE_ANSWER);
    await clock.advance(1_000);
    assert.deepEqual(sent, [PROBE, PROBE]);
    await clock.advance(4_000);
    assert.equal(link.state$.value, 'live', 'the first was answered, the second has time');
  });

  it('opens a second connection at once on another network, and stays on the first when that answers', async () => {
    const line = await live();
    onOpen = () => undefined;
    wake$.next('network');
    assert.equal(connections.length, 2);
    assert.deepEqual(sent, [PROBE]);
    wake$.next('network');
    assert.equal(connections.length, 2, 'the same news twice');
    line.push(PROBE_ANSWER);
    assert.equal(link.state$.value, 'live');
    wake$.next('network');
    newest().accept();
    assert.equal(link.state$.value, 'hello');
  });

  it('begins its doubt anew when the network changes again', async () => {
    const line = await live();
    onOpen = () => undefined;
    wake$.next('network');
    await clock.advance(2_500);
    wake$.next('network');
    assert.equal(connections.length, 3);
    assert.deepEqual(closes, [CLOSE.abnormal], 'one second connection at a time');
    await clock.advance(2_500);
    line.push(PROBE_ANSWER);
    assert.equal(link.state$.value, 'live', 'the first had another 3 seconds');
  });

  for (const signal of ['wake', 'network'] as const) {
    it(`replaces a connection that was still opening long before a ${signal}: it may never say more`, async () => {
      onOpen = () => undefined;
      link.start();
      await clock.advance(LINK_TIMES.wakeDeadlineMs + 1);
      wake$.next(signal);
      await clock.advance(0);
      assert.equal(connections.length, 2);
      assert.equal(link.state$.value, 'connecting');
      await clock.advance(500);
      wake$.next(signal);
      await clock.advance(LINK_TIMES.wakeDeadlineMs - 1);
      assert.equal(connections.length, 2, 'a young one has time');
      await clock.advance(1);
      assert.equal(connections.length, 3, 'but not for long');
    });
  }

  it('lets a hidden page with slow timers keep its connection, however late they are', async () => {
    const line = await live();
    line.push('answers come as they come');
    for (let minute = 0; minute < 30; minute += 1) {
      clock.sleep(60_000);
      await clock.advance(0);
      if (sent.splice(0).includes(PROBE)) line.push(PROBE_ANSWER);
      assert.equal(link.state$.value, 'live');
    }
    assert.equal(connections.length, 1);
  });

  it('finds a dead connection with slow timers too', async () => {
    await live();
    onOpen = () => undefined;
    for (let minute = 0; minute < 3; minute += 1) {
      clock.sleep(60_000);
      await clock.advance(0);
    }
    assert.equal(link.state$.value, 'suspect');
  });

  for (const [what, ms] of [
    ['before', 25_000],
    ['after', 31_000],
  ] as const)
    it(`keeps a connection whose answer the page has slept through, ${what} the next look at the clock`, async () => {
      const line = await live();
      onOpen = () => undefined;
      await clock.advance(ms);
      assert.deepEqual(sent, [PROBE]);
      clock.sleep(3_600_000);
      await clock.advance(0);
      line.push(PROBE_ANSWER);
      await clock.advance(LINK_TIMES.suspectMs);
      assert.equal(link.state$.value, 'live');
      link.send('on the first');
      assert.equal(sent.at(-1), 'on the first');
      assert.equal(closes.length, connections.length - 1);
    });

  it('asks when the machine slept, though nothing else tells of it', async () => {
    await live();
    onOpen = () => undefined;
    await clock.advance(1_000);
    clock.sleep(3_600_000);
    await clock.advance(0);
    assert.deepEqual(sent, [PROBE]);
    await clock.advance(LINK_TIMES.wakeDeadlineMs);
    assert.equal(link.state$.value, 'suspect');
  });

  it('keeps a suspect connection through a sleep: the doubt begins anew', async () => {
    const line = await live();
    onOpen = () => undefined;
    await clock.advance(25_000 + LINK_TIMES.probeDeadlineMs);
    assert.equal(link.state$.value, 'suspect');
    clock.sleep(600_000);
    await clock.advance(0);
    assert.equal(link.state$.value, 'suspect');
    assert.equal(connections.length, 3);
    line.push(PROBE_ANSWER);
    assert.equal(link.state$.value, 'live');
  });

  it('tries at once again when the page slept through an attempt', async () => {
    onOpen = () => undefined;
    link.start();
    clock.sleep(600_000);
    await clock.advance(0);
    assert.equal(connections.length, 2);
    assert.equal(link.state$.value, 'connecting');
  });

  it('is not put out by a clock that jumps', async () => {
    const line = await live();
    const jump = (ms: number): void => {
      const { now } = clock;
      clock.now = () => now.call(clock) + ms;
    };
    for (const ms of [-3_600_000, 7_200_000, -3_600_000]) {
      jump(ms);
      for (let second = 0; second < 60; second += 1) {
        await clock.advance(1_000);
        if (sent.splice(0).includes(PROBE)) line.push(PROBE_ANSWER);
      }
      assert.equal(link.state$.value, 'live');
    }
    line.drop();
    assert.equal(link.state$.value, 'backoff');
    await clock.advance(firstBackoffMs);
    assert.equal(link.state$.value, 'hello');
    assert.equal(connections.length, 2);
  });

  it('starts its back-off from the beginning on a wake', async () => {
    onOpen = (connection) => {
      connection.drop();
    };
    link.start();
    await clock.advance(60_000);
    const before = connections.length;
    wake$.next('wake');
    assert.equal(connections.length, before + 1);
    await clock.advance(firstBackoffMs);
    assert.equal(connections.length, before + 2);
  });

  it('tries once a second at most, however often the user acts', async () => {
    onOpen = (connection) => {
      connection.drop();
    };
    link.start();
    for (let n = 0; n < 100; n += 1) {
      link.hurry();
      await clock.advance(100);
    }
    assert.ok(connections.length >= 9 && connections.length <= 13, String(connections.length));
  });

  it('tries at once for a user who acts a while after the last attempt', async () => {
    await live();
    await clock.advance(LINK_TIMES.hurryMs);
    newest().drop();
    link.hurry();
    assert.equal(connections.length, 2);
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
    link.drain(2_000, SPREAD_MS, () => false);
    link.send('last words');
    await clock.advance(1_999);
    assert.equal(link.state$.value, 'draining');
    assert.deepEqual(sent, ['last words']);
    await clock.advance(1);
    assert.equal(connections.length, 2);
    assert.equal(link.state$.value, 'hello');
  });

  it('keeps its turn when the gateway that goes away closes before, as all others do', async () => {
    const line = await live();
    link.drain(30_000, SPREAD_MS, () => false);
    await clock.advance(5_000);
    line.drop(CLOSE.restarting);
    assert.equal(link.state$.value, 'backoff');
    await clock.advance(24_999);
    assert.equal(connections.length, 1);
    await clock.advance(1);
    assert.equal(connections.length, 2);
    newest().drop();
    await clock.advance(SPREAD_MS / 2 - 1);
    assert.equal(connections.length, 2, 'the turns of others were in vain too');
    await clock.advance(1);
    assert.equal(connections.length, 3, 'the turn is over');
  });

  it('waits for no turn when the way leads to another gateway already', async () => {
    const line = await live();
    link.drain(30_000, SPREAD_MS, () => false);
    await clock.advance(500);
    line.drop(CLOSE.goingAway);
    await clock.advance(firstBackoffMs);
    assert.equal(connections.length, 2);
  });

  it('keeps its turn, too, when it hears of it before it is logged in', async () => {
    link.start();
    link.drain(30_000, SPREAD_MS, () => false);
    newest().drop(CLOSE.restarting);
    await clock.advance(29_999);
    assert.equal(connections.length, 1);
    await clock.advance(1);
    assert.equal(connections.length, 2);
  });

  it('waits for no turn longer than a minute, whatever the peer or the clock says', async () => {
    const line = await live();
    link.drain(9e12, SPREAD_MS, () => false);
    clock.sleep(-3_600_000);
    line.drop(CLOSE.restarting);
    await clock.advance(60_000);
    assert.equal(connections.length, 2);
    clock.sleep(-3_600_000);
    newest().drop();
    await clock.advance(SPREAD_MS / 2);
    assert.equal(connections.length, 3, 'the turn is over');
  });

  it('begins its back-off as usual once it has been back for a while', async () => {
    await live();
    link.drain(1_000, SPREAD_MS, () => false);
    await clock.advance(1_000);
    link.ready();
    await clock.advance(LINK_TIMES.healthyMs);
    newest().drop();
    await clock.advance(firstBackoffMs);
    assert.equal(connections.length, 3);
  });

  it('lets what is in flight come home before it goes elsewhere, for 5 seconds', async () => {
    await live();
    let isInFlight = true;
    link.drain(0, SPREAD_MS, () => isInFlight);
    await clock.advance(3_000);
    assert.equal(link.state$.value, 'draining');
    isInFlight = false;
    await clock.advance(100);
    assert.equal(connections.length, 2);

    link.ready();
    link.drain(1_000, SPREAD_MS, () => true);
    await clock.advance(5_999);
    assert.equal(connections.length, 2);
    await clock.advance(1);
    assert.equal(connections.length, 3);
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

  it('hears nothing of connections that it has let go of, in whatever state', async () => {
    /** A transport that goes on talking. */
    class RudeConnection extends Connection {
      say: (event: ConnectionEvent) => void = () => undefined;
      private readonly late = new Subject<ConnectionEvent>();
      override readonly incoming$ = this.late;
      override open(): void {
        this.say = (event) => {
          this.late.next(event);
        };
      }
      override send(): void {}
      override close(): void {}
      override abandon(): void {}
    }
    const rude: RudeConnection[] = [];
    const heard: string[] = [];
    const other = new Link({
      clock,
      wake$,
      random: () => HALF,
      connect: () => {
        const connection = new RudeConnection();
        rude.push(connection);
        return connection;
      },
    });
    other.incoming$.subscribe((text) => heard.push(text));
    /** What was let go of opens, talks, and closes as unwelcome. */
    const chatter = (): void => {
      const { value } = other.state$;
      for (const connection of rude.slice(0, -1)) {
        connection.say({ type: 'open' });
        connection.say({ type: 'text', text: 'from the past' });
        connection.say({ type: 'close', code: CLOSE.forbidden });
      }
      assert.equal(other.state$.value, value);
    };
    other.start();
    await clock.advance(LINK_TIMES.connectMs);
    chatter();
    assert.equal(other.state$.value, 'backoff');
    await clock.advance(firstBackoffMs);
    chatter();
    assert.equal(other.state$.value, 'connecting');
    rude.at(-1)?.say({ type: 'open' });
    chatter();
    other.ready();
    chatter();
    assert.equal(other.state$.value, 'live');
    wake$.next('network');
    rude.at(-1)?.say({ type: 'open' });
    other.ready();
    chatter();
    wake$.next('sleep');
    rude.push(new RudeConnection());
    chatter();
    assert.equal(other.state$.value, 'asleep');
    assert.deepEqual(heard, []);
    other.destroy();
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
