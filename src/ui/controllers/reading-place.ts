// Keeps what the reader looks at where it is, whatever happens around it.

/**
 * For a scroller with `flex-direction: column-reverse`, where scrollTop counts from the end (0, then negative): what is
 * added or grows above the reader moves nothing, and the end sticks by itself. What is left is what changes below the
 * reader: the row that is seen first is measured before and after, and put back before the frame is painted. Where rows
 * below may be missing, an empty room below them grows and shrinks in their place, so that a scroll goes on; else the
 * scroller is moved. The engines' own anchoring differs and is switched off (`overflow-anchor: none`).
 */
export class ReadingPlace {
  readonly #scroller: HTMLElement;
  readonly #rows: () => ArrayLike<Element>;
  readonly #box: HTMLElement;
  #row: Element | undefined;
  #distance = 0;
  /** Height of the room below the rows, in px. */
  room = 0;

  /** `box` has the rows in it, and the room. */
  constructor(scroller: HTMLElement, rows: () => ArrayLike<Element>, box: HTMLElement) {
    this.#scroller = scroller;
    this.#rows = rows;
    this.#box = box;
  }

  /** Remembers the first row whose lower edge is seen, or the last one, and how far that edge is from the scroller's. */
  remember(): void {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const rows = this.#rows();
    let low = 0;
    for (let high = rows.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > top + 1) high = middle;
      else low = middle + 1;
    }
    this.#row = rows[Math.min(low, rows.length - 1)];
    this.#distance = this.#row ? bottom - this.#row.getBoundingClientRect().bottom : 0;
  }

  /** Puts the remembered row back where it was. Without `hasRoom` there is none below the rows any more. */
  restore(hasRoom: boolean): void {
    if (!this.#row?.isConnected) return;
    const distance = this.#scroller.getBoundingClientRect().bottom - this.#row.getBoundingClientRect().bottom;
    const moved = this.#distance - distance;
    const { room } = this;
    this.#setRoom(hasRoom ? Math.max(0, room + moved) : 0);
    const rest = moved - this.room + room;
    if (Math.abs(rest) >= 0.5) this.#scroller.scrollTop += rest;
  }

  forget(): void {
    this.#row = undefined;
    this.#setRoom(0);
  }

  #setRoom(room: number): void {
    if (room === this.room) return;
    this.room = room;
    // no custom property, which is inherited: every element of every row would be styled anew
    this.#box.style.paddingBlockEnd = `${room}px`;
  }
}
