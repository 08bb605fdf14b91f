// Rate limits: one token bucket per key, in bounded memory.

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** In the long run, and as a burst of its own. Absent: as many as `perSecond` lets through. */
  readonly perHour?: number;
}

interface Bucket {
  tokens: number;
  hourTokens: number;
  at: number;
}

const HOUR_SECONDS = 3_600;

/** Keys remembered before those with full buckets, which say nothing, are forgotten. */
const MANY = 10_000;

export class RateLimit {
  readonly #rate: Rate;
  readonly #perHour: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#perHour = rate.perHour ?? rate.perSecond * HOUR_SECONDS + rate.burst;
    this.#now = now;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token. Returns 0, or in how many ms there will be one. */
  take(key: string): number {
    const bucket = this.#bucket(key);
    const seconds = Math.max(
      (1 - bucket.tokens) / this.#rate.perSecond,
      ((1 - bucket.hourTokens) / this.#perHour) * HOUR_SECONDS,
    );
    if (seconds > 0) return Math.ceil(seconds * 1000);
    bucket.tokens -= 1;
    bucket.hourTokens -= 1;
    return 0;
  }

  /** The token was taken for nothing. */
  giveBack(key: string): void {
    const bucket = this.#bucket(key);
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + 1);
    bucket.hourTokens = Math.min(this.#perHour, bucket.hourTokens + 1);
  }

  #bucket(key: string): Bucket {
    const now = this.#now();
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= MANY) this.#forget(now);
      this.#buckets.set(key, (bucket = { tokens: this.#rate.burst, hourTokens: this.#perHour, at: now }));
      return bucket;
    }
    this.#fill(bucket, now);
    return bucket;
  }

  #fill(bucket: Bucket, now: number): void {
    // A clock that was set back fills nothing.
    const seconds = Math.max(0, now - bucket.at) / 1000;
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + seconds * this.#rate.perSecond);
    bucket.hourTokens = Math.min(this.#perHour, bucket.hourTokens + (seconds / HOUR_SECONDS) * this.#perHour);
    bucket.at = now;
  }

  #forget(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      this.#fill(bucket, now);
      if (bucket.tokens >= this.#rate.burst && bucket.hourTokens >= this.#perHour) this.#buckets.delete(key);
    }
    // All of them busy: the oldest go, so that memory stays bounded.
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < MANY) break;
      this.#buckets.delete(key);
    }
  }
}
