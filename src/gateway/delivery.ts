// Delivery: brings one receiver everything after the seqid that it has acked, in order, window by window.
import type { Clock } from './clock.ts';
import type { MessageFrame } from './message-frame.ts';

/** Where messages come from. */
export interface DeliverySource {
  readonly newest: number;
  /** From memory; undefined: ask {@link load}. */
  recent(seq: number): MessageFrame | undefined;
  /** [low, end) from the store, ascending. */
  load(low: number, end: number): Promise<readonly MessageFrame[]>;
}

/** Where they go. */
export interface DeliverySink {
  push(message: MessageFrame): void;
  /** More would pile up in memory. */
  readonly isFull: boolean;
  /** Everything that was pushed has left. */
  readonly isEmpty: boolean;
  /** Calls `act` once, when there is room again. */
  onDrain(act: () => void): void;
  /** The receiver acks nothing; everything it lacks is in the store. */
  stalled(): void;
}

export interface DeliveryOptions {
  /** The receiver acks. One that doesn't is pushed to without a window and never again. */
  readonly acks: boolean;
  /** Messages, and bytes of them, on their way before an ack is awaited; one message always may go. */
  readonly window: number;
  readonly windowBytes: number;
  /** The first wait for an ack; doubles with each that is in vain. */
  readonly retryMs: number;
  /** Without progress for this long the receiver has stalled. */
  readonly giveUpMs: number;
}

export class Delivery {
  readonly #source: DeliverySource;
  readonly #sink: DeliverySink;
  readonly #options: DeliveryOptions;
  readonly #clock: Clock;
  /** What the receiver sent itself and wants no echo of. */
  readonly #own = new Set<number>();
  #acked: number;
  #sent: number;
  /** Bytes of each message from the one after `acked` to `sent`, and their sum. */
  #sizes: number[] = [];
  #bytes = 0;
  /** Bytes of the message after `sent`, once the store has given it in vain. */
  #nextBytes = 0;
  /** The newest ever sent: `sent` goes back when it is sent again. */
  #high: number;
  #progressAt = 0;
  #delay: number;
  #cancelTimer: (() => void) | undefined;
  #isWaiting = false;
  #isClosed = false;

  constructor(source: DeliverySource, sink: DeliverySink, options: DeliveryOptions, clock: Clock) {
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.#clock = clock;
    this.#delay = options.retryMs;
    // What is older the receiver asks for.
    this.#acked = this.#sent = this.#high = source.newest;
  }

  /** The receiver has sent this message and knows its seqid: no need to push it. */
  skip(seq: number): void {
    if (seq > this.#sent) this.#own.add(seq);
  }

  /** The receiver has everything up to `seq`. */
  ack(seq: number): void {
    const acked = Math.min(seq, this.#source.newest);
    if (!this.#options.acks || acked <= this.#acked) return;
    this.#settle(acked);
    if (acked > this.#sent) this.#goTo(acked);
    this.#settleOwn();
    this.#progressed();
    this.pump();
  }

  /** Pushes what there is and may go. */
  pump(): void {
    while (!this.#isWaiting && !this.#isClosed && this.#sent < this.#source.newest) {
      if (this.#sink.isFull) {
        this.#isWaiting = true;
        this.#sink.onDrain(() => {
          this.#isWaiting = false;
          this.pump();
        });
        break;
      }
      // Asking the store for what may not go would be in vain.
      if (!this.#mayGo(this.#nextBytes)) break;
      const message = this.#source.recent(this.#sent + 1);
      if (!message) {
        this.#fetch();
        break;
      }
      if (!this.#mayGo(message.bytes)) break;
      this.#push(message);
    }
    this.#watch();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Whether a message of this many bytes fits into what may be on its way. */
  #mayGo(bytes: number): boolean {
    const { acks, window, windowBytes } = this.#options;
    if (!acks || this.#sizes.length === 0) return true;
    return this.#sizes.length < window && this.#bytes + bytes <= windowBytes;
  }

  #push(message: MessageFrame): void {
    if (this.#acked >= this.#high) this.#progressAt = this.#clock.elapsed();
    const isOwn = this.#own.has(message.seq);
    this.#goTo(message.seq);
    this.#high = Math.max(this.#high, message.seq);
    const bytes = isOwn ? 0 : message.bytes;
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    if (!isOwn) this.#sink.push(message);
    if (this.#options.acks) this.#settleOwn();
    else {
      this.#own.delete(message.seq);
      this.#settle(message.seq);
    }
  }

  #goTo(sent: number): void {
    this.#sent = sent;
    this.#nextBytes = 0;
  }

  /** Everything up to `acked` is no longer on its way. */
  #settle(acked: number): void {
    for (const bytes of this.#sizes.splice(0, acked - this.#acked)) this.#bytes -= bytes;
    this.#acked = acked;
  }

  /** An own message right after what was acked needs no ack. */
  #settleOwn(): void {
    while (this.#acked < this.#sent && this.#own.delete(this.#acked + 1)) this.#settle(this.#acked + 1);
    for (const seq of this.#own) {
      if (seq > this.#acked) break;
      this.#own.delete(seq);
    }
  }

  #fetch(): void {
    this.#isWaiting = true;
    const low = this.#sent + 1;
    const room = this.#options.window - this.#sizes.length;
    const end = Math.min(this.#source.newest + 1, low + room);
    this.#source.load(low, end).then(
      (messages) => {
        for (const message of messages) {
          // An ack may have come meanwhile.
          if (message.seq !== this.#sent + 1) continue;
          if (this.#isClosed || this.#sink.isFull) break;
          if (this.#mayGo(message.bytes)) this.#push(message);
          else {
            this.#nextBytes = message.bytes;
            break;
          }
        }
        if (messages.length === 0) {
          this.#later();
          return;
        }
        this.#isWaiting = false;
        this.pump();
      },
      () => {
        this.#later();
      },
    );
  }

  /** The store did not answer: again in a while. */
  #later(): void {
    this.#clock.after(this.#options.retryMs, () => {
      this.#isWaiting = false;
      this.pump();
    });
  }

  #progressed(): void {
    this.#progressAt = this.#clock.elapsed();
    this.#delay = this.#options.retryMs;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #watch(): void {
    if (!this.#options.acks || this.#isClosed || this.#cancelTimer || this.#acked >= this.#high) return;
    this.#cancelTimer = this.#clock.after(this.#delay, () => {
      this.#cancelTimer = undefined;
      this.#again();
    });
  }

  #again(): void {
    if (this.#isClosed) return;
    if (this.#acked >= this.#high) {
      this.#delay = this.#options.retryMs;
      return;
    }
    if (this.#clock.elapsed() - this.#progressAt >= this.#options.giveUpMs) {
      this.close();
      this.#sink.stalled();
      return;
    }
    this.#delay *= 2;
    if (!this.#sink.isEmpty) {
      // The network has not taken the first ones yet: more of the same would make it slower.
      this.#watch();
      return;
    }
    // Its own ones too now: the receiver may have missed that they were stored.
    for (const seq of this.#own) if (seq <= this.#sent) this.#own.delete(seq);
    this.#goTo(this.#acked);
    this.#sizes = [];
    this.#bytes = 0;
    this.pump();
  }
}
