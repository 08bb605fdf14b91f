// The link: one living pipe of packets, kept alive over many connections.
import { BehaviorSubject, Subject } from 'rxjs';
import type { Observable, Subscription } from 'rxjs';
import { CLOSE, closePolicy } from '../../protocol/close-code.ts';
import { PROBE, PROBE_ANSWER } from '../../protocol/codec.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Connection, ConnectionFactory } from './connection.ts';
import { nextLinkState } from './link-state.ts';
import type { LinkEvent, LinkState } from './link-state.ts';
import type { WakeSignal } from './wake.ts';

/** The times of the link, in milliseconds; the reasons are in docs/architecture.md. */
export const LINK_TIMES = {
  connectMs: 5_000,
  /** For hi and login together; longer when a fresh token has to be had first. */
  helloMs: 5_000,
  tokenMs: 10_000,
  /** A look at the clock, ± 10 %: whether the page slept. */
  tickMs: 5_000,
  /** A timer that is later than this was held up by a sleep, or by a browser that saves power on a hidden page. */
  sleptMs: 15_000,
  /**
   * From probe to probe, ± 10 %, whatever else is heard: the gateway wants a sign of life too, and proxies cut what is
   * idle for 60 s.
   */
  probeEveryMs: 25_000,
  probeDeadlineMs: 8_000,
  /** After a wake the doubt is larger and the user is waiting: all should be well again within 3 s. */
  wakeDeadlineMs: 2_000,
  /** A change of networks may be told more than once, within this time. */
  sameChangeMs: 1_000,
  /** How long a suspect connection may still prove itself. */
  suspectMs: 3_000,
  /** The longest spread of a gateway that goes away. */
  drainMostMs: 60_000,
  /** How long what is in flight then may take. */
  finishMs: 5_000,
  /** An act of the user brings no attempt sooner than this after the last one began. */
  hurryMs: 1_000,
  /** A link that lives this long is healthy: the next loss starts the back-off from the beginning. */
  healthyMs: 10_000,
} as const;

export interface LinkSurroundings {
  readonly connect: ConnectionFactory;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly wake$: Observable<WakeSignal>;
}

/** A connection and the reading of it. */
interface Line {
  readonly connection: Connection;
  readonly reading: Subscription;
}

export class Link {
  readonly #around: LinkSurroundings;
  readonly #state = new BehaviorSubject<LinkState>('idle');
  readonly #incoming = new Subject<string>();
  readonly #waking: Subscription;
  #line: Line | undefined;
  /** In `suspect`, the line that may take over. */
  #second: Line | undefined;
  #attempt = 0;
  /** When the last attempt began, milliseconds since 1970. */
  #triedAt = 0;
  /** When the gateway said that it goes away (milliseconds since 1970), and how long after that to come back. */
  #drainAt = 0;
  #drainMs = 0;
  /** The time over which it spread everybody's turns. */
  #spreadMs = 0;
  #isInFlight = (): boolean => false;
  /** When the state began, milliseconds since 1970. */
  #since = 0;
  /** What waits for an answer: a probe for so long, or a packet that came before any probe; and how to end it. */
  #awaited: { readonly ms: number; readonly end: () => void } | undefined;
  readonly #timers = new Set<() => void>();

  readonly state$: Observable<LinkState> & { readonly value: LinkState } = this.#state;
  /** Everything that came, but for answers to probes. */
  readonly incoming$: Observable<string> = this.#incoming;

  constructor(around: LinkSurroundings) {
    this.#around = around;
    this.#waking = around.wake$.subscribe((signal) => {
      if (signal === 'sleep') this.#do('sleep');
      else this.#woken(signal === 'network');
    });
  }

  /** Wants a link from now on. */
  start(): void {
    this.#do('start');
  }

  /** The user acts and should not wait for a back-off: tries now, or soon. */
  hurry(): void {
    // While the gateway is down, who writes on would try with every message.
    const ageMs = Math.abs(this.#around.clock.now() - this.#triedAt);
    if (ageMs >= LINK_TIMES.hurryMs) this.#do('wake');
    else if (this.#state.value === 'backoff')
      this.#in(LINK_TIMES.hurryMs - ageMs, () => {
        this.#do('wake');
      });
  }

  /** Wants none any more. */
  stop(): void {
    this.#do('stop');
  }

  /** Login succeeded. */
  ready(): void {
    this.#do('ready');
  }

  /** Login needs a fresh token first. */
  awaitToken(): void {
    if (this.#state.value !== 'hello') return;
    this.#clearTimers();
    this.#giveUpIn(LINK_TIMES.tokenMs);
  }

  /** Login can't succeed by trying again. */
  refuse(): void {
    this.#do('refused');
  }

  /**
   * The gateway goes away: come back in `afterMs`, or a little later if `isInFlight` says that answers are to come. If it was
   * the only one and is not back by then, all turns so far were in vain: who had them comes back within `spreadMs` anew.
   */
  drain(afterMs: number, spreadMs: number, isInFlight: () => boolean): void {
    this.#drainAt = this.#around.clock.now();
    this.#drainMs = Math.min(LINK_TIMES.drainMostMs, afterMs);
    this.#isInFlight = isInFlight;
    this.#spreadMs = Math.min(LINK_TIMES.drainMostMs, spreadMs);
    this.#do('drain');
  }

  /** The peer does not answer as it should: this connection is no good. */
  fail(): void {
    this.#do('lost');
  }

  /** Hands a packet to the connection; dropped when there is none. */
  send(text: string): void {
    this.#line?.connection.send(text);
    // Most packets are answered: who acts on a dead link should not wait for the next probe.
    if (this.#state.value !== 'live' || this.#awaited) return;
    const end = this.#in(LINK_TIMES.probeDeadlineMs, () => {
      this.#awaited = undefined;
      this.#probe(LINK_TIMES.wakeDeadlineMs);
    });
    this.#awaited = { ms: Infinity, end };
  }

  /** Ends it for good. */
  destroy(): void {
    this.stop();
    this.#waking.unsubscribe();
    this.#state.complete();
    this.#incoming.complete();
  }

  #do(event: LinkEvent): void {
    const state = nextLinkState(this.#state.value, event);
    if (state === undefined) return;
    this.#clearTimers();
    this.#since = this.#around.clock.now();
    this.#enter(state, event);
    this.#state.next(state);
    // Somebody who heard of it may have acted already.
    if (this.#state.value !== state) return;
    // The line is known before it opens: a connection may open or close before `open()` returns.
    if (state === 'connecting') {
      this.#line = this.#newLine();
      this.#line.connection.open();
    } else if (state === 'suspect') {
      this.#second = this.#newLine();
      this.#second.connection.open();
    }
  }

  /** What a state does when it begins; its timers end with it. */
  #enter(state: LinkState, event: LinkEvent): void {
    if (state === 'connecting') {
      this.#hangUp();
      this.#triedAt = this.#since;
      this.#drainMs = 0;
      this.#giveUpIn(LINK_TIMES.connectMs);
    } else if (state === 'hello') {
      this.#giveUpIn(LINK_TIMES.helloMs);
    } else if (state === 'live') {
      abandon(this.#second);
      this.#second = undefined;
      this.#in(LINK_TIMES.healthyMs, () => (this.#attempt = this.#spreadMs = 0));
      this.#tick(LINK_TIMES.tickMs * (0.9 + 0.2 * this.#around.random()));
    } else if (state === 'suspect') {
      abandon(this.#second);
      this.#giveUpIn(LINK_TIMES.suspectMs, () => {
        abandon(this.#line);
        this.#line = undefined;
        if (!this.#second) this.#do('lost');
      });
      this.#giveUpIn(LINK_TIMES.connectMs);
    } else if (state === 'draining') {
      this.#in(this.#drainMs, () => {
        this.#leave(LINK_TIMES.finishMs);
      });
    } else if (state === 'backoff') {
      this.#hangUp();
      const random = this.#around.random();
      const backoff = backoffMs(this.#attempt++, random);
      // A gateway that goes away may close before this link's turn has come: the turn stays.
      const turnMs = Math.min(this.#drainMs, this.#drainAt + this.#drainMs - this.#around.clock.now());
      this.#in(Math.max(backoff, turnMs > 0 ? turnMs : random * this.#spreadMs), () => {
        this.#do('due');
      });
    } else {
      // Nobody listens any more: the good-bye is no loss.
      this.#line?.reading.unsubscribe();
      this.#line?.connection.close(event === 'sleep' ? CLOSE.asleep : CLOSE.normal);
      this.#hangUp();
    }
  }

  #newLine(): Line {
    const connection = this.#around.connect();
    const reading = connection.incoming$.subscribe((event) => {
      if (event.type === 'text') this.#read(event.text);
      else if (event.type === 'open') this.#opened(connection);
      else this.#closed(event.code, connection);
    });
    return { connection, reading };
  }

  #opened(connection: Connection): void {
    if (this.#second?.connection === connection) {
      // The second line was faster than the answer of the first.
      abandon(this.#line);
      this.#line = this.#second;
      this.#second = undefined;
    }
    this.#do('opened');
  }

  #read(text: string): void {
    // Any text is an answer.
    this.#awaited?.end();
    this.#awaited = undefined;
    this.#do('answered');
    if (text !== PROBE_ANSWER) this.#incoming.next(text);
  }

  #closed(code: number, connection: Connection): void {
    // There is somewhere to go: no turn has to be waited for.
    if (code === CLOSE.goingAway) this.#drainMs = this.#spreadMs = 0;
    if (closePolicy(code) === 'final') this.#do('refused');
    else if (this.#second?.connection === connection) this.#second = undefined;
    // A suspect line that closes leaves the field to the second one.
    else if (this.#second) this.#line = undefined;
    else this.#do('lost');
    if (!this.#line && !this.#second) this.#do('lost');
  }

  /** The page is back, or on another network: attempts begin anew, and what seems alive is doubted. */
  #woken(isOtherNetwork: boolean): void {
    this.#attempt = this.#spreadMs = 0;
    const state = this.#state.value;
    // From before the sleep or the change: it may never say more (a socket of iOS stays in CONNECTING for ever).
    const ageMs = Math.abs(this.#around.clock.now() - this.#since);
    const isOld = ageMs > (isOtherNetwork ? LINK_TIMES.sameChangeMs : LINK_TIMES.wakeDeadlineMs);
    if (state === 'live' && !isOtherNetwork) this.#probe(LINK_TIMES.wakeDeadlineMs);
    else if (state === 'live' || (state === 'suspect' && isOld)) {
      // What was open is most likely lost with the old network: the user should not wait for the proof.
      this.#line?.connection.send(PROBE);
      this.#do('silent');
    } else if (state === 'connecting' || state === 'hello') {
      this.#in(isOld ? 0 : LINK_TIMES.wakeDeadlineMs, () => {
        this.#do('lost');
        this.#do('wake');
      });
    } else this.#do('wake');
  }

  /** What has not happened until then won't, unless the page slept: then it is tried again at once. */
  #giveUpIn(ms: number, act?: () => void): void {
    this.#in(ms, (isLate) => {
      if (isLate) this.#woken(false);
      else if (act) act();
      else this.#do('lost');
    });
  }

  /** Probes from time to time; a page that slept through a tick does at once. */
  #tick(ms: number, count = 1): void {
    this.#in(ms, (isLate) => {
      const isDue = count * LINK_TIMES.tickMs >= LINK_TIMES.probeEveryMs;
      if (isLate) this.#probe(LINK_TIMES.wakeDeadlineMs);
      else if (isDue) this.#probe(LINK_TIMES.probeDeadlineMs);
      this.#tick(ms, isLate || isDue ? 1 : count + 1);
    });
  }

  /** Asks for a sign of life, unless that is being done with no less haste. */
  #probe(ms: number): void {
    if (this.#awaited && this.#awaited.ms <= ms) return;
    this.#awaited?.end();
    this.#line?.connection.send(PROBE);
    // When this comes late, after a sleep, the answer may stand in line behind it: then the suspicion is short.
    const end = this.#in(ms, () => {
      this.#do('silent');
    });
    this.#awaited = { ms, end };
  }

  /** Goes when everything in flight has its answer, or the time for that is over. */
  #leave(ms: number): void {
    if (ms <= 0 || !this.#isInFlight()) this.#do('due');
    else {
      this.#in(100, () => {
        this.#leave(ms - 100);
      });
    }
  }

  /** `act` hears whether it comes so late that the page must have slept. Returns the way to cancel. */
  #in(ms: number, act: (isLate: boolean) => void): () => void {
    const { clock } = this.#around;
    const dueAt = clock.now() + ms;
    const stop = clock.after(ms, () => {
      this.#timers.delete(cancel);
      act(clock.now() - dueAt > LINK_TIMES.sleptMs);
    });
    const cancel = (): void => {
      this.#timers.delete(cancel);
      stop();
    };
    this.#timers.add(cancel);
    return cancel;
  }

  #clearTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#awaited = undefined;
  }

  #hangUp(): void {
    abandon(this.#line);
    abandon(this.#second);
    this.#line = undefined;
    this.#second = undefined;
  }
}

const abandon = (line: Line | undefined): void => {
  line?.reading.unsubscribe();
  line?.connection.abandon();
};
