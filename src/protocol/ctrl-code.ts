// ctrl codes, and what a client does about each.

/**
 * - `ok`: done, or nothing to do.
 * - `retry`: not final; the same packet may be sent again after `params.retryAfter` ms or by the usual back-off.
 * - `relogin`: the session is not logged in (any more); log in, then retry.
 * - `final`: never send the same thing again.
 */
export type CtrlPolicy = 'ok' | 'retry' | 'relogin' | 'final';

/** Every code that our gateway sends: its text, and why a client treats it as it does. */
export const CTRL = {
  ok: 200,
  created: 201,
  accepted: 202,
  noContent: 204,
  evicted: 205,
  delivered: 208,
  notModified: 304,
  malformed: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  tooLarge: 413,
  policy: 422,
  tooMany: 429,
  internal: 500,
  notImplemented: 501,
  unavailable: 503,
  versionNotSupported: 505,
} as const;

/** The standard text of a code. */
export const CTRL_TEXT: { readonly [code: number]: string } = {
  200: 'ok',
  201: 'created',
  202: 'accepted',
  204: 'no content',
  205: 'evicted',
  208: 'delivered',
  304: 'not modified',
  400: 'malformed',
  401: 'authentication required',
  403: 'permission denied',
  404: 'not found',
  409: 'command out of sequence',
  413: 'too large',
  422: 'refused by policy',
  429: 'too many requests',
  500: 'internal error',
  501: 'not implemented',
  503: 'service unavailable',
  505: 'version not supported',
};

/** What a client does about `code`. Unknown codes fall into the class of their hundred. */
export const ctrlPolicy = (code: number): CtrlPolicy => {
  if (code < 400) return 'ok';
  if (code === 401) return 'relogin';
  // 408: the peer gave up waiting. 409: sent before the subscription was renewed, which happens on every new link.
  if (code === 408 || code === 409 || code === 429) return 'retry';
  // 501 and 505 will not change by asking again; any other fault of the server may.
  return code >= 500 && code !== 501 && code !== 505 ? 'retry' : 'final';
};
