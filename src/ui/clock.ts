// The time of the elements: what they read and wait by, so that tests can turn the hands.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `act` once after `delayMs`; returns the way to stop that. */
  after(delayMs: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
