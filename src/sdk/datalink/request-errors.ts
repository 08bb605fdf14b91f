// What can become of a request besides success.

/** The gateway said no, for good. `code` is the ctrl code, `reason` its `params.reason` or text. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string) {
    super(`refused: ${String(code)} ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

/** The gateway can't just now; ask again in `retryAfterMs`. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  readonly code: number;
  readonly retryAfterMs: number | undefined;

  constructor(code: number, retryAfterMs: number | undefined) {
    super(`busy: ${String(code)}`);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer in time. What was asked may have been done all the same. */
export class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
}

/** The link was lost before the answer came. What was asked may have been done all the same. */
export class LinkLostError extends Error {
  override readonly name = 'LinkLostError';
}
