// Virtual time: what was to happen, happens in its order, as fast as it can be computed.

interface Due {
  readonly at: number;
  readonly order: number;
  act: (() => void) | undefined;
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Node's own turn between two macrotasks: runs every promise that has something to do, and reports rejections nobody handles. */
const turn: unknown = Reflect.get(process, '_tickCallback');

/** Works only outside of promises: in a function that the event loop has called. */
function settle(): void {
  if (typeof turn === 'function') Reflect.apply(turn, process, []);
}

export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0;
  /** Everything that has happened so far, counted. */
  happened = 0;
  readonly #heap: Due[] = [];
  #order = 0;

  constructor() {
    const seen = { settled: false };
    void Promise.resolve().then(() => (seen.settled = true));
    settle();
    if (!seen.settled)
      throw new Error('virtual time has to begin in a macrotask, on a Node that settles promises on demand');
  }

  /** Returns the way to cancel. */
  after(ms: number, act: () => void): () => void {
    const due: Due = { at: this.now + Math.max(0, ms), order: (this.#order += 1), act };
    this.#push(due);
    return () => {
      due.act = undefined;
    };
  }

  /** Until `isOver`, or until `deadline` (ms since the beginning) has come. Returns whether it is over. */
  run(isOver: () => boolean, deadline: number): boolean {
    settle();
    while (!isOver()) {
      const due = this.#heap[0];
      if (!due || due.at > deadline) {
        this.now = Math.max(this.now, deadline);
        return false;
      }
      this.#pop();
      const { act } = due;
      if (!act) continue;
      this.now = due.at;
      this.happened += 1;
      act();
      settle();
    }
    return true;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(due);
    while (index > 0) {
      const above = (index - 1) >>> 1;
      const other = heap[above];
      if (!other || isBefore(other, due)) break;
      heap[index] = other;
      index = above;
    }
    heap[index] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      let child = heap[below];
      if (!child) break;
      const right = heap[below + 1];
      if (right && isBefore(right, child)) {
        below += 1;
        child = right;
      }
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
  }
}
