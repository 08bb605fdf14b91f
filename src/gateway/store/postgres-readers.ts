// The readers of the PostgreSQL store: a few connections that answer questions beside the writer.
import { setTimeout as delay } from 'node:timers/promises';
import { Line, backoffMs, remedyOf } from './postgres-connection.ts';
import type { Query } from './postgres-connection.ts';
import { CLOSE_MS, WAIT_MS } from './postgres-writer.ts';
import { StoreUnavailable } from './store.ts';

export class Readers {
  readonly #lines: readonly Line[];
  readonly #free: Line[];
  readonly #waiting: ((line: Line) => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(url: string, count: number) {
    this.#lines = Array.from({ length: count }, () => new Line(url));
    this.#free = [...this.#lines];
  }

  /** Asks, after `before` is done. Rejects with {@link StoreUnavailable} when the database stays away. */
  async read<T>(before: Promise<void> | undefined, ask: (query: Query) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new Error('the store is closed');
    const answer = this.#read(before, ask);
    this.#running.add(answer);
    try {
      return await answer;
    } finally {
      this.#running.delete(answer);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.race([Promise.allSettled(this.#running), delay(CLOSE_MS, undefined, { ref: false })]);
    await Promise.all(this.#lines.map((line) => line.close()));
  }

  async #read<T>(before: Promise<void> | undefined, ask: (query: Query) => Promise<T>): Promise<T> {
    const since = performance.now();
    if (before) await inTime(before, WAIT_MS);
    for (let failures = 0; ; failures += 1) {
      const line = await this.#line();
      try {
        const connection = await line.connection();
        return await ask(connection.query);
      } catch (error) {
        const remedy = remedyOf(error);
        if (remedy === undefined) throw error;
        if (remedy === 'reconnect') line.drop();
        if (this.#isClosed || performance.now() - since > WAIT_MS)
          throw new StoreUnavailable('the database is away', { cause: error });
      } finally {
        this.#release(line);
      }
      await delay(backoffMs(failures));
    }
  }

  async #line(): Promise<Line> {
    const line = this.#free.pop();
    return line ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(line: Line): void {
    const next = this.#waiting.shift();
    if (next) next(line);
    else this.#free.push(line);
  }
}

async function inTime(done: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailable('the database is away')), ms);
  });
  try {
    await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
