// Rate limits: one token bucket per key, in bounded memory.

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** In the long run, and as a burst of its own. Absent: as many as `perSecond` lets through. */
  readonly perHour?: number;
}

const HOUR_SECONDS = 3_600;

/** Keys remembered before those with full buckets, which say nothing, are forgotten. */
const MANY = 10_000;

/** Fills by the rate; whatever is done takes a token. Times in ms, by a clock that never goes back. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #perHour: number;
  #tokens: number;
  #hourTokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#perHour = rate.perHour ?? rate.perSecond * HOUR_SECONDS + rate.burst;
    this.#tokens = rate.burst;
    this.#hourTokens = this.#perHour;
    this.#at = now;
  }

  /** Takes a token. Returns 0, or in how many ms there will be one. */
  take(now: number): number {
    this.#fill(now);
    const seconds = Math.max(
      (1 - this.#tokens) / this.#rate.perSecond,
      ((1 - this.#hourTokens) / this.#perHour) * HOUR_SECONDS,
    );
    if (seconds > 0) return Math.ceil(seconds * 1000);
    this.#tokens -= 1;
    this.#hourTokens -= 1;
    return 0;
  }

  /** The token was taken for nothing. */
  giveBack(now: number): void {
    this.#fill(now);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + 1);
    this.#hourTokens = Math.min(this.#perHour, this.#hourTokens + 1);
  }

  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.#rate.burst && this.#hourTokens >= this.#perHour;
  }

  #fill(now: number): void {
    // A clock that was set back fills nothing.
    const seconds = Math.max(0, now - this.#at) / 1000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + seconds * this.#rate.perSecond);
    this.#hourTokens = Math.min(this.#perHour, this.#hourTokens + (seconds / HOUR_SECONDS) * this.#perHour);
    this.#at = now;
  }
}

/** A bucket per key. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token. Returns 0, or in how many ms there will be one. */
  take(key: string): number {
    return this.#bucket(key).take(this.#now());
  }

  /** The token was taken for nothing. */
  giveBack(key: string): void {
    this.#bucket(key).giveBack(this.#now());
  }

  #bucket(key: string): TokenBucket {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      const now = this.#now();
      if (this.#buckets.size >= MANY) this.#forget(now);
      this.#buckets.set(key, (bucket = new TokenBucket(this.#rate, now)));
    }
    return bucket;
  }

  #forget(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
    // All of them busy: the oldest go, so that memory stays bounded.
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < MANY) break;
      this.#buckets.delete(key);
    }
  }
}
