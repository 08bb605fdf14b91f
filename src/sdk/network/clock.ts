// Time as the SDK sees it: one seam, so that tests and simulations run on a clock of their own.

export interface Clock {
  /** Milliseconds since 1970. Only differences and display depend on it, never order or identity. */
  now(): number;
  /** Runs `act` once, in `ms` milliseconds; returns the way to cancel. */
  after(ms: number, act: () => void): () => void;
  /** Runs `act` once the frame that is being made has been painted. */
  afterPaint(act: () => void): void;
}

/** What `promise` resolves with, or `otherwise` when it fails or takes longer than `ms`. */
export const inTime = <T>(clock: Pick<Clock, 'after'>, ms: number, promise: Promise<T>, otherwise: T): Promise<T> =>
  new Promise((resolve) => {
    const without = (): void => {
      resolve(otherwise);
    };
    const cancel = clock.after(ms, without);
    promise.then(resolve, without).finally(cancel);
  });

/** The browser's clock; without a document (Node) painting takes no time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  afterPaint(act) {
    if (typeof document === 'undefined' || document.visibilityState === 'hidden') {
      setTimeout(act);
      return;
    }
    let done = false;
    const once = (): void => {
      if (done) return;
      done = true;
      act();
    };
    requestAnimationFrame(() => setTimeout(once));
    // A page that is hidden meanwhile gets no frame.
    setTimeout(once, 250);
  },
};
