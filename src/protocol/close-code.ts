// WebSocket close codes, and whether a client comes back after each.

export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  abnormal: 1006,
  policy: 1008,
  tooLarge: 1009,
  internal: 1011,
  restarting: 1012,
  overloaded: 1013,
  /** The client sleeps: hidden for long, or the page was left. */
  asleep: 4001,
  /** The client replaced a link that gave no answer. */
  dead: 4002,
  /** The peer broke the protocol: no hi or no login in time, too many malformed packets. */
  protocol: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  /** The receiver acked nothing for too long; everything it lacks is in the store. */
  slow: 4408,
  tooMany: 4429,
} as const;

/** `final`: the same link would be refused again; only an act of the app (another token, another page) helps. */
export type ClosePolicy = 'retry' | 'final';

/** Codes that a client does not come back from; every other close is followed by a reconnect. */
const FINAL: readonly number[] = [CLOSE.unauthorized, CLOSE.forbidden];

export const closePolicy = (code: number): ClosePolicy => (FINAL.includes(code) ? 'final' : 'retry');
