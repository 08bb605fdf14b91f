// In seq order: hands messages on without a gap, holds back what came early, names what is missing.
import type { SeqRange } from '../../protocol/seq.ts';
import type { Message } from './message.ts';

/**
 * How far ahead of what is missing messages are held back; what is beyond is in the store and is asked for when its turn
 * comes. A bound on the distance and not only on the number: what fills a gap must always find room, or it would be
 * taken for missing for good. Pages that are asked for are far smaller.
 */
const HOLD_MOST = 256;

export class SeqOrder {
  /** Newest seqid up to which everything is here. */
  #contiguous: number;
  /** Newest seqid that is known to exist. */
  #newest: number;
  /** What came early; `undefined` stands for a seqid that is accounted for and has no message to hand on. */
  readonly #held = new Map<number, Message | undefined>();

  constructor(contiguous: number) {
    this.#contiguous = contiguous;
    this.#newest = contiguous;
  }

  get contiguous(): number {
    return this.#contiguous;
  }

  /** The first range that is missing, or undefined. */
  get gap(): SeqRange | undefined {
    if (this.#newest <= this.#contiguous) return undefined;
    const low = this.#contiguous + 1;
    let hi = low;
    while (hi <= this.#newest && !this.#held.has(hi)) hi += 1;
    return { low, hi };
  }

  /** The topic has reached `seqid`, whether or not its message has come. */
  reached(seqid: number): void {
    if (seqid > this.#newest) this.#newest = seqid;
  }

  /** A numbered message came: returns those that may be shown now, in order. What is older passes as it is. */
  accept(message: Message): Message[] {
    const seqid = message.seqid ?? 0;
    if (seqid <= this.#contiguous) return [message];
    this.reached(seqid);
    if (this.#isFarAhead(seqid)) return [];
    if (this.#held.get(seqid) === undefined) this.#held.set(seqid, message);
    return this.#release();
  }

  /** [low, hi) is accounted for: not to be shown, shown already, or gone for ever. */
  skip(range: SeqRange): Message[] {
    const hi = range.hi ?? range.low + 1;
    this.reached(hi - 1);
    // Far ahead of what is here there is nothing to remember: the gap will be asked for, and the answer skips again.
    for (let seqid = Math.max(range.low, this.#contiguous + 1); seqid < hi; seqid += 1) {
      if (this.#isFarAhead(seqid)) break;
      if (!this.#held.has(seqid)) this.#held.set(seqid, undefined);
      if (seqid === this.#contiguous + 1 && this.#held.get(seqid) === undefined) {
        this.#held.delete(seqid);
        this.#contiguous = seqid;
      }
    }
    return this.#release();
  }

  #isFarAhead(seqid: number): boolean {
    return seqid > this.#contiguous + 1 + HOLD_MOST;
  }

  /** [low, hi) is deleted: what is held back of it is handed on as what became of it, or not at all. */
  forget(range: SeqRange, become?: (message: Message) => Message): void {
    for (const [seqid, held] of this.#held)
      if (seqid >= range.low && seqid < (range.hi ?? range.low + 1)) this.#held.set(seqid, held && become?.(held));
  }

  #release(): Message[] {
    const ready: Message[] = [];
    for (let next = this.#contiguous + 1; this.#held.has(next); next += 1) {
      const message = this.#held.get(next);
      this.#held.delete(next);
      this.#contiguous = next;
      if (message) ready.push(message);
    }
    return ready;
  }
}
