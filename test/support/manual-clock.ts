// A clock that a test moves by hand.
import type { Clock } from '../../src/sdk/network/clock.ts';

interface Timer {
  readonly at: number;
  readonly act: () => void;
}

/** Lets everything run that waits for nothing but its turn: promises, and the chains of promises that they set off. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class ManualClock implements Clock {
  private ms: number;
  private readonly timers = new Set<Timer>();
  private readonly painting: (() => void)[] = [];

  constructor(startMs = Date.UTC(2026, 2, 9, 10)) {
    this.ms = startMs;
  }

  now(): number {
    return this.ms;
  }

  elapsed(): number {
    return this.ms;
  }

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.ms + Math.max(0, ms), act };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  afterPaint(act: () => void): void {
    this.painting.push(act);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.timers.size;
  }

  /** The frame that is being made is painted. */
  async paint(): Promise<void> {
    for (const act of this.painting.splice(0)) act();
    await settled();
  }

  /** Paints, then moves on by `ms`, timer by timer in the order of their times; promises run between them. */
  async advance(ms: number): Promise<void> {
    const end = this.ms + ms;
    await this.paint();
    for (let next = this.nextBefore(end); next; next = this.nextBefore(end)) {
      this.timers.delete(next);
      this.ms = Math.max(this.ms, next.at);
      next.act();
      await this.paint();
    }
    this.ms = end;
  }

  /** Time goes by and nothing runs, as on a machine that sleeps or in a page that is frozen: timers are late. */
  sleep(ms: number): void {
    this.ms += ms;
  }

  /** Of timers with the same time, the one that was set first. */
  private nextBefore(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}
