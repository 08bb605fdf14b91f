// Ranges of seqids: what is there, and what is missing.

/** Seqids from `low` up to but not including `hi`; without `hi`, `low` alone. The form of `ranges` and `delseq`. */
export interface SeqRange {
  readonly low: number;
  readonly hi?: number;
}

/** The first seqid after the range. */
export const endOf = (range: SeqRange): number => range.hi ?? range.low + 1;

/**
 * A set of seqids, kept as sorted, disjoint, half-open ranges. Adding and asking cost O(log ranges), and there is one
 * range for as long as nothing is missing.
 */
export class SeqSet {
  // Bounds in ascending order, low and end alternating: [1, 5, 9, 12] is 1..4 and 9..11.
  readonly #bounds: number[] = [];

  /** Adds [low, end). */
  add(low: number, end: number = low + 1): void {
    if (end <= low) return;
    // Ranges that touch or overlap [low, end) melt into it.
    const from = this.#countBelow(low);
    const to = this.#countBelow(end + 1);
    const first = from % 2 === 1 ? from - 1 : from;
    const last = to % 2 === 1 ? to + 1 : to;
    const newLow = from % 2 === 1 ? (this.#bounds[first] ?? low) : low;
    const newEnd = last > first ? Math.max(end, this.#bounds[last - 1] ?? end) : end;
    this.#bounds.splice(first, last - first, Math.min(low, newLow), newEnd);
  }

  has(seqid: number): boolean {
    return this.#countBelow(seqid + 1) % 2 === 1;
  }

  /** Everything in the set, in ascending order. */
  ranges(): SeqRange[] {
    const all: SeqRange[] = [];
    for (let at = 0; at < this.#bounds.length; at += 2)
      all.push({ low: this.#bounds[at] ?? 0, hi: this.#bounds[at + 1] ?? 0 });
    return all;
  }

  /** The first seqid at or after `low` that is not in the set. */
  firstMissing(low: number): number {
    const below = this.#countBelow(low + 1);
    return below % 2 === 1 ? (this.#bounds[below] ?? low) : low;
  }

  /** What [low, end) lacks, in ascending order. */
  missing(low: number, end: number): SeqRange[] {
    const gaps: SeqRange[] = [];
    let at = this.firstMissing(low);
    while (at < end) {
      const next = this.#bounds[this.#countBelow(at + 1)] ?? end;
      const hi = Math.min(next, end);
      gaps.push({ low: at, hi });
      at = this.firstMissing(hi);
    }
    return gaps;
  }

  /** How many bounds are less than `value`: odd means that `value - 1` lies inside a range. */
  #countBelow(value: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[middle] ?? Infinity) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
