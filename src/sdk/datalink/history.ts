// History: how far back the messages of a topic are here, and the way further back.
import { LIMITS } from '../../protocol/limits.ts';
import { endOf, SeqSet } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import type { GetData } from '../../protocol/client-packet.ts';
import type { Ctrl } from '../../protocol/server-packet.ts';

/** A page that is still not whole then is left to the next time that the reader wants it. */
const ASK_AGAIN_MOST = 5;

export interface HistorySurroundings {
  readonly ask: (query: GetData) => Promise<Ctrl>;
  /** The peer tells of everything that it does not give, so what is missing was lost on the way. */
  readonly isThorough: () => boolean;
  readonly changed: (change: { readonly hasOlder?: boolean; readonly loadingOlder?: boolean }) => void;
  /** What was shown from before the beginning gives way: {@link History.has} tells what is here now. */
  readonly renewed: () => void;
}

export class History {
  readonly #around: HistorySurroundings;
  /** Every seqid that has come, or that never will. */
  #known = new SeqSet();
  /** The same of before the beginning, while that is still shown. */
  #shown: SeqSet | undefined;
  /** Everything from here to the beginning of the live messages is known; Infinity before the first page. */
  #oldest = Infinity;
  /** The lowest seqid that a page reached down to: before the live messages, or before others that were looked for. */
  #lowest = Infinity;
  /** The oldest seqid that came for the page that is asked for, whether or not it is shown. */
  #oldestHeard = Infinity;
  #isLoading = false;
  #loading = Promise.resolve();
  /** Counts the beginnings: what was asked for before the last one says nothing about now. */
  #era = 0;
  /** Pages of earlier beginnings that are still on their way. */
  #latePages = 0;

  constructor(around: HistorySurroundings) {
    this.#around = around;
  }

  /** Infinity before the first page. */
  get oldest(): number {
    return this.#oldest;
  }

  /** What is older than all that is here ends before this; Infinity before the first page. */
  get lowest(): number {
    return this.#lowest;
  }

  /** The message with this seqid is here. */
  heard(seqid: number): void {
    this.#known.add(seqid);
    // Pages come one after the other: this message may be of a late one.
    if (this.#latePages === 0) this.#oldestHeard = Math.min(this.#oldestHeard, seqid);
  }

  /** Nothing of these seqids is to come. */
  gone(range: SeqRange): void {
    this.#known.add(range.low, endOf(range));
  }

  has(seqid: number): boolean {
    return this.#known.has(seqid);
  }

  /** Some of [low, end) is neither here nor known to be gone. */
  isMissing(low: number, end: number): boolean {
    return Math.max(this.#known.firstMissing(low), this.#shown?.firstMissing(low) ?? low) < end;
  }

  /** Everything from `low` up to the live messages is here. */
  restore(low: number, contiguous: number): void {
    this.#came(low, contiguous + 1);
  }

  /** Nothing is here, or (`isShown`) what is here is shown until the first page has come. */
  restart(isShown: boolean): void {
    this.#shown = isShown ? (this.#shown ?? this.#known) : undefined;
    this.#known = new SeqSet();
    this.#oldest = this.#lowest = this.#oldestHeard = Infinity;
    this.#era += 1;
    if (this.#isLoading) this.#latePages += 1;
    this.#isLoading = false;
  }

  /** What is shown is of before the beginning. */
  get isOutdated(): boolean {
    return this.#shown !== undefined;
  }

  /** What is shown is what is here from now on. */
  renew(): void {
    if (!this.#shown) return;
    this.#shown = undefined;
    this.#around.renewed();
  }

  /** A page that ends before `end` has come. */
  page(ctrl: Ctrl, end: number): Promise<void> {
    const count = ctrl.params?.['count'];
    const isWhole = typeof count !== 'number' || count < LIMITS.historyPage;
    return this.#complete(isWhole ? 1 : Math.min(this.#oldestHeard, end), end);
  }

  /** Loads the page before `end`. One at a time: resolves with the one that runs. */
  load(end: number): Promise<void> {
    if (!this.#isLoading) this.#loading = this.#load(end);
    return this.#loading;
  }

  /** Resolves when the page is here, or could not be had. */
  async #load(end: number): Promise<void> {
    this.#isLoading = true;
    const era = this.#era;
    this.#oldestHeard = Infinity;
    this.#around.changed({ loadingOlder: true });
    try {
      const ctrl = await this.#around.ask({ before: end, limit: LIMITS.historyPage });
      if (era === this.#era) await this.page(ctrl, end);
    } catch {
      // Not now: the reader scrolls again, or the next link loads it.
    } finally {
      if (era === this.#era) {
        this.#isLoading = false;
        this.#around.changed({ loadingOlder: false });
      } else this.#latePages -= 1;
    }
  }

  /** [low, end) was given: what of it was lost on the way is asked for again. */
  async #complete(low: number, end: number): Promise<void> {
    const era = this.#era;
    for (let times = 0; this.#around.isThorough() && this.isMissing(low, end); times += 1) {
      if (times === ASK_AGAIN_MOST) throw new Error('incomplete');
      await this.#around.ask({ ranges: this.#known.missing(low, end).slice(0, LIMITS.historyPageMost) });
      if (era !== this.#era) return;
    }
    this.#came(low, end);
  }

  /** Everything in [low, end) is here. */
  #came(low: number, end: number): void {
    this.#known.add(low, end);
    // The first that comes is where the live messages begin.
    this.#oldest = this.#beginning(this.#oldest === Infinity ? end : this.#oldest);
    this.#lowest = Math.min(this.#lowest, this.#beginning(end));
    this.renew();
    this.#around.changed({ hasOlder: this.#lowest > 1 });
  }

  /** The first seqid of those that follow each other up to `end`. */
  #beginning(end: number): number {
    return this.#known.missing(1, end).at(-1)?.hi ?? 1;
  }
}
