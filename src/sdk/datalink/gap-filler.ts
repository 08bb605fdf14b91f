// Gap filler: asks for what is missing, in bounded windows upward from the first gap, until nothing is.
import { LIMITS } from '../../protocol/limits.ts';
import { endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import type { Clock } from '../network/clock.ts';
import { RefusedError } from './request-errors.ts';

/** How long a live gap may last before it is asked for: the missing message is usually just behind. */
const PATIENCE_MS = 250;
const RETRY_MS = 1_000;

export interface GapFillerSurroundings {
  readonly clock: Clock;
  /** The first range that is missing. */
  readonly gap: () => SeqRange | undefined;
  /** Asks for the window; resolves when the peer has answered. */
  readonly ask: (window: SeqRange) => Promise<unknown>;
  /** How many answers without it say that a message is not there: a peer that tells of what is gone may lose words on the way. */
  readonly answersToBelieve: () => number;
  /** The peer has no messages for these. */
  readonly absent: (range: SeqRange) => void;
  /** Told of each step: whether something is missing. */
  readonly changed: (isMissing: boolean) => void;
}

export class GapFiller {
  readonly #around: GapFillerSurroundings;
  /** Counts the links: what an earlier one answers late starts nothing. */
  #link = 0;
  #isOn = false;
  #isFilling = false;
  /** Answers in a row that did not bring the first that is missing. */
  #inVain = 0;
  #cancel: (() => void) | undefined;

  constructor(around: GapFillerSurroundings) {
    this.#around = around;
  }

  /** Attached: what is missing is asked for from now on. */
  start(): void {
    this.#isOn = true;
    this.#link += 1;
    this.#isFilling = false;
    this.fill();
  }

  stop(): void {
    this.#isOn = this.#isFilling = false;
    this.#link += 1;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something came early: asks for what is before it, unless that comes by itself. */
  soon(): void {
    if (!this.#around.gap() || this.#isFilling) return;
    this.#later(PATIENCE_MS);
  }

  fill(): void {
    if (!this.#isOn || this.#isFilling) return;
    const isMissing = this.#around.gap() !== undefined;
    this.#around.changed(isMissing);
    if (!isMissing) return;
    this.#isFilling = true;
    void this.#run(this.#link);
  }

  async #run(link: number): Promise<void> {
    const { gap, ask, answersToBelieve, absent, changed } = this.#around;
    const isOn = (): boolean => link === this.#link && this.#isOn;
    try {
      for (let next = gap(); next && isOn(); next = gap()) {
        const window = { low: next.low, hi: Math.min(endOf(next), next.low + LIMITS.historyPage) };
        await ask(window);
        if (!isOn()) return;
        if (gap()?.low !== next.low) this.#inVain = 0;
        else if ((this.#inVain += 1) < answersToBelieve()) throw new Error('incomplete');
        else {
          this.#inVain = 0;
          absent({ low: next.low, hi: Math.min(endOf(gap() ?? window), window.hi) });
        }
      }
      if (!isOn()) return;
      this.#isFilling = false;
      changed(false);
    } catch (error) {
      if (!isOn()) return;
      this.#isFilling = false;
      // What the gateway refuses it would refuse again; the next link asks anew.
      if (!(error instanceof RefusedError)) this.#later(RETRY_MS);
    }
  }

  #later(ms: number): void {
    if (!this.#isOn) return;
    this.#cancel ??= this.#around.clock.after(ms, () => {
      this.#cancel = undefined;
      this.fill();
    });
  }
}
