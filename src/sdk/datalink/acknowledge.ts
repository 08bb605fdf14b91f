// Acknowledge: tells the gateway, cumulatively, the newest seqid up to which everything is here.
import type { Clock } from '../network/clock.ts';

const DELAY_MS = 80;
const AT_ONCE = 32;

/** Acks are throttled: one for every 32 messages, or 80 ms after the first that is not yet acked. */
export class Acknowledger {
  readonly #clock: Clock;
  readonly #send: (seqid: number) => void;
  #acked = 0;
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, send: (seqid: number) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Everything up to `seqid` is here. */
  progress(seqid: number): void {
    if (seqid <= this.#due) return;
    this.#due = seqid;
    if (seqid - this.#acked >= AT_ONCE) this.#flush();
    else
      this.#cancel ??= this.#clock.after(DELAY_MS, () => {
        this.#flush();
      });
  }

  /** A new link: what the last one was told may not have arrived. */
  restart(): void {
    this.stop();
    if (this.#due > 0) this.#flush();
  }

  /** Another order begins. */
  reset(): void {
    this.stop();
    this.#acked = this.#due = 0;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #flush(): void {
    this.stop();
    this.#acked = this.#due;
    this.#send(this.#due);
  }
}
