// Time as the gateway sees it: one seam, so that tests and simulations run on a clock of their own.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment, for durations: never goes back, whatever is done to the machine's time. */
  elapsed(): number;
  /** Runs `act` once, in `ms` milliseconds; returns the way to cancel. */
  after(ms: number, act: () => void): () => void;
}

/** The machine's clock. Its timers keep no process alive: sockets do that. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** RFC 3339, UTC, milliseconds: 24 characters, as Tinode's clients expect. */
export const timestamp = (ms: number): string => new Date(ms).toISOString();
