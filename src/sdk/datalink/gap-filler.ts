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
  /** Asks for the window; resolves when the peer has answered, with whether it says that there is nothing. */
  readonly ask: (window: SeqRange) => Promise<boolean>;
  /** How many times in a row a peer must say that a message is not there: one that tells of what is gone may lose words on the way. */
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
  /** The first that is missing was asked for in vain, and so often in a row the peer has said that it is not there. */
  #vain = { low: 0, times: 0 };
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
        const believed = answersToBelieve();
        // What a wider window did not bring is asked for by itself: the answer is then about it alone.
        const most = this.#vain.low === next.low && believed > 1 ? 1 : LIMITS.historyPage;
        const window = { low: next.low, hi: Math.min(endOf(next), next.low + most) };
        const isNothing = await ask(window);
        if (!isOn()) return;
        if (gap()?.low !== next.low) continue;
        const times = this.#vain.low === next.low ? this.#vain.times : 0;
        this.#vain = { low: next.low, times: isNothing || believed === 1 ? times + 1 : times };
        if (this.#vain.times < believed) throw new Error('incomplete');
        absent({ low: next.low, hi: Math.min(endOf(gap() ?? window), window.hi) });
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
