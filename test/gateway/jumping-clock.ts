// A clock that goes as the machine's does, and that a test makes jump ahead.
import type { Clock } from '../../src/gateway/clock.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

export class JumpingClock implements Clock {
  private aheadMs = 0;
  private readonly timers = new Set<Timer>();

  now(): number {
    return Date.now() + this.aheadMs;
  }

  elapsed(): number {
    return performance.now() + this.aheadMs;
  }

  after(ms: number, act: () => void): () => void {
    const cancel = (): void => {
      clearTimeout(real);
      this.timers.delete(timer);
    };
    const fire = (): void => {
      cancel();
      act();
    };
    const timer: Timer = { at: this.elapsed() + ms, fire };
    const real = setTimeout(fire, ms);
    real.unref();
    this.timers.add(timer);
    return cancel;
  }

  /** What falls due meanwhile is done now, once. */
  jump(ms: number): void {
    this.aheadMs += ms;
    for (const timer of [...this.timers].sort((a, b) => a.at - b.at))
      if (timer.at <= this.elapsed() && this.timers.has(timer)) timer.fire();
  }
}
