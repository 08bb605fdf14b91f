// A sorted list in chunks: lookup by binary search, insertion that does not move the whole list.

const CHUNK = 512;

/**
 * Items in the order of `compare`, no two of them equal. Finding costs O(log n) comparisons; inserting and removing move
 * at most one chunk. `K` is what an item is found by. `compare` may change its mind about items only together with their positions.
 */
export class SortedList<T extends K, K = T> {
  readonly #compare: (a: K, b: K) => number;
  readonly #chunks: T[][] = [];
  /** Position of the first item of each chunk; right for the first `#counted` chunks. */
  readonly #starts: number[] = [];
  #counted = 0;
  #length = 0;

  constructor(compare: (a: K, b: K) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    this.#count();
    let low = 0;
    let high = this.#chunks.length;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? Infinity) <= index) low = middle;
      else high = middle;
    }
    return this.#chunks[low]?.[index - (this.#starts[low] ?? 0)];
  }

  /** The position of the item that compares equal, or -1. */
  indexOf(item: K): number {
    const [chunk, place] = this.#find(item);
    const found = this.#chunks[chunk]?.[place];
    if (found === undefined || this.#compare(found, item) !== 0) return -1;
    this.#count();
    return (this.#starts[chunk] ?? 0) + place;
  }

  /** The item that compares equal. */
  get(item: K): T | undefined {
    const [chunk, place] = this.#find(item);
    const found = this.#chunks[chunk]?.[place];
    return found !== undefined && this.#compare(found, item) === 0 ? found : undefined;
  }

  /** Puts the item at its place; one that compares equal is replaced. */
  insert(item: T): void {
    const [chunk, place] = this.#find(item);
    const items = this.#chunks[chunk];
    const found = items?.[place];
    if (items && found !== undefined && this.#compare(found, item) === 0) {
      items[place] = item;
      return;
    }
    this.#length += 1;
    if (!items) {
      this.#chunks.push([item]);
      return;
    }
    items.splice(place, 0, item);
    if (items.length > CHUNK) {
      // The last chunk is left nearly full, as messages mostly come at the end.
      const cut = chunk === this.#chunks.length - 1 ? CHUNK - 1 : CHUNK / 2;
      this.#chunks.splice(chunk + 1, 0, items.splice(cut));
    }
    this.#counted = Math.min(this.#counted, chunk + 1);
  }

  /** Takes the item that compares equal out. */
  remove(item: K): boolean {
    const [chunk, place] = this.#find(item);
    const items = this.#chunks[chunk];
    const found = items?.[place];
    if (!items || found === undefined || this.#compare(found, item) !== 0) return false;
    items.splice(place, 1);
    this.#length -= 1;
    if (items.length === 0) this.#chunks.splice(chunk, 1);
    this.#counted = Math.min(this.#counted, items.length === 0 ? chunk : chunk + 1);
    return true;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#counted = 0;
    this.#length = 0;
  }

  /** The chunk and the place in it where the item is or belongs. */
  #find(item: K): [number, number] {
    let chunk = 0;
    let end = this.#chunks.length;
    while (chunk + 1 < end) {
      const middle = (chunk + end) >>> 1;
      const first = this.#chunks[middle]?.[0];
      if (first !== undefined && this.#compare(first, item) <= 0) chunk = middle;
      else end = middle;
    }
    const items = this.#chunks[chunk] ?? [];
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = items[middle];
      if (other !== undefined && this.#compare(other, item) < 0) low = middle + 1;
      else high = middle;
    }
    return [chunk, low];
  }

  #count(): void {
    for (; this.#counted < this.#chunks.length; this.#counted += 1) {
      const before = this.#counted - 1;
      this.#starts[this.#counted] = before < 0 ? 0 : (this.#starts[before] ?? 0) + (this.#chunks[before]?.length ?? 0);
    }
  }
}
