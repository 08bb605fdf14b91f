// Virtual seq: the exact place of a message that has no seqid.
//
// The order key is the pair (base, n): (seqid, 0) for a numbered message, (base, n ≥ 1) for an unnumbered one. While a
// message floats its base is the newest seqid known, whatever that becomes; once frozen its base stands still.

/** The base of a floating message: "the newest seqid known". */
export const FLOATING = Infinity;

export interface OrderKey {
  readonly base: number;
  /** 0 for a numbered message; counts up per client for the others, those that had a seqid once being fractions. */
  readonly n: number;
  /** Between two unnumbered messages with the same n, of two pages that counted at once. */
  readonly key?: string;
}

/** Less than 0 when `a` comes before `b`, given the newest seqid known. */
export const compareOrder = (a: OrderKey, b: OrderKey, newest: number): number =>
  Math.min(a.base, newest) - Math.min(b.base, newest) ||
  a.n - b.n ||
  (a.n > 0 && a.key !== b.key ? ((a.key ?? '') < (b.key ?? '') ? -1 : 1) : 0);
