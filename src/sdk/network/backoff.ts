// Back-off: how long to wait before the next attempt.

const FLOOR_MS = 200;
const BASE_MS = 500;
const CAP_MS = 20_000;

/**
 * Exponential back-off with full jitter, applied after the cap so that a fleet of clients stays spread out
 * ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @param attempt 0 for the first retry.
 * @param random a number in [0, 1).
 */
export const backoffMs = (attempt: number, random: number): number =>
  FLOOR_MS + random * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 16));
