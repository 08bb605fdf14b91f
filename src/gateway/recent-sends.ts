// Recent sends: recognises what a stock client sends again, by packet id and content, for a while. Ours have a msgid.
import { createHash } from 'node:crypto';
import type { Appended } from './store/store.ts';

/** Sends remembered at most, and for how long. */
const MANY = 10_000;
const LIFE_MS = 5 * 60_000;

interface Send {
  readonly at: number;
  readonly appended: Promise<Appended>;
}

export class RecentSends {
  readonly #now: () => number;
  readonly #sends = new Map<string, Send>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Runs `append`, or answers as it did for the same packet before: the same message, as a duplicate. */
  async once(parts: readonly string[], append: () => Promise<Appended>): Promise<Appended> {
    const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64');
    const before = this.#sends.get(key);
    if (before && this.#now() - before.at < LIFE_MS)
      return { ...(await before.appended), dup: true, changed: undefined };
    this.#sends.delete(key);
    const appended = append();
    this.#sends.set(key, { at: this.#now(), appended });
    if (this.#sends.size > MANY)
      for (const oldest of [...this.#sends.keys()].slice(0, MANY / 10)) this.#sends.delete(oldest);
    try {
      return await appended;
    } catch (error) {
      this.#sends.delete(key);
      throw error;
    }
  }
}
