// Peer: one link: frames in order, a bound on what waits to be written, and the end of links that are dead.
import { CLOSE } from '../protocol/close-code.ts';
import { PROBE, PROBE_ANSWER } from '../protocol/codec.ts';
import type { Clock } from './clock.ts';
import type { GatewayLimits } from './config.ts';
import type { Pipe } from './pipe.ts';
import { TokenBucket } from './rate-limit.ts';

/** Frames that wait for those before them; with more the pipe is not read. */
const INBOX = 128;
/** Unanswered pings that make a link dead. */
const PINGS = 2;

export interface PeerOptions {
  /** Names the link in the log and on the bus. */
  readonly id: string;
  /** Address of the client. */
  readonly address: string;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
}

export interface PeerEvents {
  /** One frame, after the one before it is done. Never rejects. */
  frame(text: string): Promise<void> | undefined;
  closed(code: number): void;
}

export class Peer {
  readonly id: string;
  readonly address: string;
  readonly #pipe: Pipe;
  readonly #limits: GatewayLimits;
  readonly #clock: Clock;
  readonly #events: PeerEvents;
  readonly #rate: TokenBucket;
  #inbox: string[] = [];
  #isReading = false;
  #isPaused = false;
  #draining: (() => void)[] = [];
  #seenAt: number;
  /** Pings since the last sign of life. */
  #unanswered = 0;
  #cancelWatch: (() => void) | undefined;
  #isStopped = false;
  #isClosed = false;

  constructor(pipe: Pipe, { id, address, limits, clock }: PeerOptions, events: PeerEvents) {
    this.id = id;
    this.address = address;
    this.#pipe = pipe;
    this.#limits = limits;
    this.#clock = clock;
    this.#events = events;
    this.#rate = new TokenBucket(limits.packets, clock.elapsed());
    this.#seenAt = clock.elapsed();
    pipe.listen({
      text: (text) => {
        this.#receive(text);
      },
      alive: () => {
        this.#seen();
      },
      written: () => {
        this.#written();
      },
      closed: (code) => {
        this.#ended(code);
      },
    });
    this.#watch(limits.pingEveryMs);
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#pipe.isOpen;
  }

  get isPolled(): boolean {
    return this.#pipe.isPolled ?? false;
  }

  /** More to send would only pile up. */
  get isFull(): boolean {
    return this.#pipe.bufferedBytes > this.#limits.pauseBytes;
  }

  /** Everything that was sent has left. */
  get isEmpty(): boolean {
    return this.#pipe.bufferedBytes === 0;
  }

  /** Resolves when more may be sent, or the link has ended; undefined: now. */
  room(): Promise<void> | undefined {
    return this.isFull && !this.#isClosed ? new Promise((resolve) => this.#draining.push(resolve)) : undefined;
  }

  /** Calls `act` once, when there is room again; never if the link ends before. */
  onDrain(act: () => void): void {
    this.#draining.push(act);
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.#pipe.send(text);
    if (this.#pipe.bufferedBytes > this.#limits.cutBytes) this.close(CLOSE.slow, 'too slow');
  }

  /** From now on nothing that comes is taken: it stays unanswered. */
  stop(): void {
    this.#isStopped = true;
    this.#inbox = [];
  }

  /** Ends the link; what was sent before still goes out. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#inbox = [];
    this.#pipe.close(code, reason);
    // A peer that does not read will not answer the close either.
    this.#clock.after(this.#limits.goodbyeMs, () => {
      if (!this.#isClosed) this.#pipe.terminate();
    });
  }

  #written(): void {
    if (this.#draining.length === 0 || this.#isClosed || this.isFull) return;
    const acts = this.#draining;
    this.#draining = [];
    for (const act of acts) act();
  }

  #seen(): void {
    this.#seenAt = this.#clock.elapsed();
    this.#unanswered = 0;
  }

  #receive(text: string): void {
    this.#seen();
    if (!this.isOpen || this.#isStopped) return;
    if (this.#rate.take(this.#clock.elapsed()) > 0) {
      this.close(CLOSE.tooMany, 'too many packets');
      return;
    }
    if (text === PROBE) {
      this.send(PROBE_ANSWER);
      return;
    }
    this.#inbox.push(text);
    if (this.#inbox.length >= INBOX && !this.#isPaused) {
      this.#isPaused = true;
      this.#pipe.pause();
    }
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    for (let text = this.#inbox.shift(); text !== undefined; text = this.#inbox.shift()) {
      const done = this.#events.frame(text);
      if (done) await done;
      if (!this.isOpen) break;
      // Answers that are not read stop the questions.
      const room = this.room();
      if (room) await room;
      if (this.#isPaused && this.#inbox.length < INBOX / 2) {
        this.#isPaused = false;
        this.#pipe.resume();
      }
    }
    this.#isReading = false;
  }

  /**
   * Pings after a quiet time, and cuts the link when a second ping finds no answer either. By count, not by the clock: in a
   * process that was busy, or asleep with its machine, the answer lies unread, and is read before the next timer fires.
   */
  #watch(ms: number): void {
    this.#cancelWatch = this.#clock.after(ms, () => {
      const quietMs = this.#clock.elapsed() - this.#seenAt;
      const { pingEveryMs, idleMs } = this.#limits;
      if (quietMs < pingEveryMs) this.#watch(pingEveryMs - quietMs);
      else if (this.#unanswered === PINGS) this.#pipe.terminate();
      else {
        this.#unanswered += 1;
        this.#pipe.ping();
        this.#watch((idleMs - pingEveryMs) / PINGS);
      }
    });
  }

  #ended(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelWatch?.();
    this.#inbox = [];
    // The reader, if it waits for room, ends; deliveries are closed by now or see that the link is.
    const acts = this.#draining;
    this.#draining = [];
    this.#events.closed(code);
    for (const act of acts) act();
  }
}
