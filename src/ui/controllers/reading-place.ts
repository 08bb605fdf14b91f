// Keeps what the reader looks at where it is, whatever happens around it.

/**
 * For a scroller with `flex-direction: column-reverse`, where scrollTop counts from the end (0, then negative): what is
 * added or grows above the reader moves nothing, and the end sticks by itself. What is left is what changes below the
 * reader: the row that is seen first is measured before and after, and the scroller moved by the difference before the
 * frame is painted. The engines' own anchoring differs and is switched off (`overflow-anchor: none`).
 */
export class ReadingPlace {
  readonly #scroller: HTMLElement;
  readonly #rows: () => ArrayLike<Element>;
  #row: Element | undefined;
  #distance = 0;

  constructor(scroller: HTMLElement, rows: () => ArrayLike<Element>) {
    this.#scroller = scroller;
    this.#rows = rows;
  }

  /** Remembers the first row whose lower edge is seen, and how far that edge is from the scroller's lower edge. */
  remember(): void {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const rows = this.#rows();
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > top + 1) high = middle;
      else low = middle + 1;
    }
    this.#row = rows[low];
    this.#distance = this.#row ? bottom - this.#row.getBoundingClientRect().bottom : 0;
  }

  /** Moves the scroller so that the remembered row is where it was. */
  restore(): void {
    if (!this.#row?.isConnected) return;
    const distance = this.#scroller.getBoundingClientRect().bottom - this.#row.getBoundingClientRect().bottom;
    if (Math.abs(distance - this.#distance) >= 0.5) this.#scroller.scrollTop += this.#distance - distance;
  }

  forget(): void {
    this.#row = undefined;
  }
}
