// A clock for elements that a test moves by hand, all at once.
import type { Clock } from '../../src/ui/clock.ts';
import { NOON } from './messages.ts';

export class HandClock implements Clock {
  private ms: number;
  private readonly timers = new Set<{ readonly at: number; readonly act: () => void }>();

  constructor(startMs = NOON) {
    this.ms = startMs;
  }

  now(): number {
    return this.ms;
  }

  after(delayMs: number, act: () => void): () => void {
    const timer = { at: this.ms + delayMs, act };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.timers.size;
  }

  /** Moves on by `ms` and does what falls due. */
  advance(ms: number): void {
    this.ms += ms;
    for (const timer of [...this.timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.ms && this.timers.delete(timer)) timer.act();
    }
  }
}
