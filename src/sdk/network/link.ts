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
  helloMs: 10_000,
  /**
   * From probe to probe, ± 10 %, whatever else is heard: the gateway wants a sign of life too, and proxies cut what is
   * idle for 60 s.
   */
  probeEveryMs: 25_000,
  probeDeadlineMs: 8_000,
  /** After a wake the doubt is larger and the user is waiting. */
  wakeDeadlineMs: 3_000,
  /** How long a suspect connection may still prove itself. */
  suspectMs: 3_000,
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
  #drainMs = 0;
  /** Something came since the last probe. */
  #heard = true;
  readonly #timers = new Set<() => void>();

  readonly state$: Observable<LinkState> & { readonly value: LinkState } = this.#state;
  /** Everything that came, but for answers to probes. */
  readonly incoming$: Observable<string> = this.#incoming;

  constructor(around: LinkSurroundings) {
    this.#around = around;
    this.#waking = around.wake$.subscribe((signal) => {
      if (signal === 'sleep') this.#do('sleep');
      else if (!this.#do('wake') && this.#state.value === 'live') this.#probe(LINK_TIMES.wakeDeadlineMs);
    });
  }

  /** Wants a link from now on. */
  start(): void {
    this.#do('start');
  }

  /** The user acts and should not wait for a back-off: tries now. */
  hurry(): void {
    this.#do('wake');
  }

  /** Wants none any more. */
  stop(): void {
    this.#do('stop');
  }

  /** Login succeeded. */
  ready(): void {
    this.#do('ready');
  }

  /** Login can't succeed by trying again. */
  refuse(): void {
    this.#do('refused');
  }

  /** The gateway goes away: come back in `afterMs`. */
  drain(afterMs: number): void {
    this.#drainMs = afterMs;
    this.#do('drain');
  }

  /** The peer does not answer as it should: this connection is no good. */
  fail(): void {
    this.#do('lost');
  }

  /** Hands a packet to the connection; dropped when there is none. */
  send(text: string): void {
    this.#line?.connection.send(text);
  }

  /** Ends it for good. */
  destroy(): void {
    this.stop();
    this.#waking.unsubscribe();
    this.#state.complete();
    this.#incoming.complete();
  }

  #do(event: LinkEvent): boolean {
    const state = nextLinkState(this.#state.value, event);
    if (state === undefined) return false;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#enter(state, event);
    this.#state.next(state);
    // Somebody who heard of it may have acted already.
    if (this.#state.value !== state) return true;
    // The line is known before it opens: a connection may open or close before `open()` returns.
    if (state === 'connecting') {
      this.#line = this.#newLine();
      this.#line.connection.open();
    } else if (state === 'suspect') {
      this.#second = this.#newLine();
      this.#second.connection.open();
    }
    return true;
  }

  /** What a state does when it begins; its timers end with it. */
  #enter(state: LinkState, event: LinkEvent): void {
    if (state === 'connecting') {
      this.#hangUp();
      this.#in(LINK_TIMES.connectMs, () => this.#do('lost'));
    } else if (state === 'hello') {
      this.#in(LINK_TIMES.helloMs, () => this.#do('lost'));
    } else if (state === 'live') {
      abandon(this.#second);
      this.#second = undefined;
      this.#in(LINK_TIMES.healthyMs, () => (this.#attempt = 0));
      this.#probeLater();
    } else if (state === 'suspect') {
      this.#in(LINK_TIMES.suspectMs, () => {
        abandon(this.#line);
        this.#line = undefined;
        if (!this.#second) this.#do('lost');
      });
      this.#in(LINK_TIMES.connectMs, () => this.#do('lost'));
    } else if (state === 'draining') {
      this.#in(this.#drainMs, () => this.#do('due'));
    } else if (state === 'backoff') {
      this.#hangUp();
      this.#in(backoffMs(this.#attempt++, this.#around.random()), () => this.#do('due'));
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
      if (event.type === 'text') this.#read(event.text, connection);
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

  #read(text: string, connection: Connection): void {
    if (this.#line?.connection !== connection) return;
    this.#heard = true;
    this.#do('answered');
    if (text !== PROBE_ANSWER) this.#incoming.next(text);
  }

  #closed(code: number, connection: Connection): void {
    if (closePolicy(code) === 'final') this.#do('refused');
    else if (this.#second?.connection === connection) this.#second = undefined;
    // A suspect line that closes leaves the field to the second one.
    else if (this.#second) this.#line = undefined;
    else this.#do('lost');
    if (!this.#line && !this.#second) this.#do('lost');
  }

  #probeLater(): void {
    const ms = LINK_TIMES.probeEveryMs * (0.9 + 0.2 * this.#around.random());
    this.#in(ms, () => {
      this.#probe(LINK_TIMES.probeDeadlineMs);
      this.#probeLater();
    });
  }

  /** Asks for a sign of life. Late timers of a page in the background do no harm: the answer is looked for, not the time. */
  #probe(deadlineMs: number): void {
    this.#heard = false;
    this.send(PROBE);
    this.#in(deadlineMs, () => {
      if (!this.#heard) this.#do('silent');
    });
  }

  #in(ms: number, act: () => void): void {
    const cancel = this.#around.clock.after(ms, () => {
      this.#timers.delete(cancel);
      act();
    });
    this.#timers.add(cancel);
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
