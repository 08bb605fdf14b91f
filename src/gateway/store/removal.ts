// Removal: what of a deletion for everyone leaves a tombstone, and what goes with it.
import { SeqSet, endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';

export interface RemovalParts {
  /** Of what was asked for, all but the versions. */
  readonly messages: readonly SeqRange[];
  /** Newer versions, which leave nothing. */
  readonly versions: readonly SeqRange[];
  /** Those of them that were not asked for. */
  readonly more: readonly SeqRange[];
}

/** `versions`: seqids of those among the ranges, and of those of the messages there. */
export function removalParts(ranges: readonly SeqRange[], versions: readonly number[]): RemovalParts {
  const [wanted, all, more] = [new SeqSet(), new SeqSet(), new SeqSet()];
  for (const range of ranges) wanted.add(range.low, endOf(range));
  for (const seqid of versions) {
    all.add(seqid);
    if (!wanted.has(seqid)) more.add(seqid);
  }
  return {
    messages: wanted.ranges().flatMap((range) => all.missing(range.low, endOf(range))),
    versions: all.ranges(),
    more: more.ranges(),
  };
}
