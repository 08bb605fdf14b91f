// Which messages of a list have rows: a stretch of it that moves with the reader.
import type { MessageList } from '../../sdk/app/model.ts';

/** Rows at first, and after a jump. */
export const FIRST = 60;
/** Rows that are added at a time: few, so that no frame of a scroll takes long. */
export const STEP = 8;
/** The most rows: what the tallest screen shows with the edges above and below. */
export const MOST = 120;

/** The rows [start, end) of a list. Kept by the keys of its first and last message, so that it stays where it is when the list changes. */
export class RowWindow {
  start = 0;
  end = 0;
  #firstKey = '';
  #lastKey = '';
  #atTail = true;

  get size(): number {
    return this.end - this.start;
  }

  /** True when the list is another one: it has neither the first nor the last message of the window. */
  isForeign(list: MessageList): boolean {
    return this.size > 0 && list.indexOf(this.#firstKey) < 0 && list.indexOf(this.#lastKey) < 0;
  }

  /** Finds its place again in a list that has changed. With `toEnd` it follows the end of the list. */
  follow(list: MessageList, toEnd: boolean): void {
    const { length } = list;
    const first = this.size > 0 ? list.indexOf(this.#firstKey) : -1;
    const last = this.size > 0 ? list.indexOf(this.#lastKey) : -1;
    const start = first < 0 ? Math.min(this.start, length) : first;
    // what comes after the window while somebody reads in it may wait outside, once there is a lot of it
    const extend = toEnd || (this.#atTail && length - start <= MOST);
    this.end = extend || this.size === 0 ? length : last < 0 ? Math.min(this.end, length) : last + 1;
    this.start = first < 0 || start >= this.end ? Math.max(0, this.end - FIRST) : start;
    if (toEnd) this.start = Math.max(this.start, this.end - MOST);
    this.#remember(list);
  }

  /** The last rows of the list. */
  toEnd(list: MessageList): void {
    this.end = list.length;
    this.start = Math.max(0, this.end - FIRST);
    this.#remember(list);
  }

  /** The rows around this position. */
  around(list: MessageList, index: number): void {
    this.start = Math.max(0, index - FIRST / 2);
    this.end = Math.min(list.length, index + FIRST / 2);
    this.#remember(list);
  }

  growUp(list: MessageList): void {
    this.start = Math.max(0, this.start - STEP);
    this.#remember(list);
  }

  growDown(list: MessageList): void {
    this.end = Math.min(list.length, this.end + STEP);
    this.#remember(list);
  }

  /** Takes rows away at one side until there are {@link MOST}. */
  trim(list: MessageList, side: 'top' | 'bottom'): void {
    if (this.size <= MOST) return;
    if (side === 'top') this.start = this.end - MOST;
    else this.end = this.start + MOST;
    this.#remember(list);
  }

  #remember(list: MessageList): void {
    this.#firstKey = list.at(this.start)?.key ?? '';
    this.#lastKey = list.at(this.end - 1)?.key ?? '';
    this.#atTail = this.end >= list.length;
  }
}
