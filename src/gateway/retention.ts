// Retention: what is older than it is to be kept is removed, slowly, while everything else goes on.
import type { Clock } from './clock.ts';
import type { GatewayLimits } from './config.ts';
import type { Hub } from './hub.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';
import type { Store } from './store/store.ts';

const DAY_MS = 24 * 3_600_000;
/** Conversations that are looked at in one step. */
const STEP = 100;

export interface RetentionOptions {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: GatewayLimits;
  readonly days: number;
}

export class Retention {
  readonly #options: RetentionOptions;
  #cancel: (() => void) | undefined;
  #stepping: Promise<void> | undefined;
  #isClosed = false;
  /** The last conversation that was looked at. */
  #after = '';
  /** Conversations of this round from which something was removed. */
  #removed = 0;

  constructor(options: RetentionOptions) {
    this.#options = options;
    // Gateways that start together don't all do the same at once.
    this.#later(options.random.fraction() * options.limits.retentionRoundMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#stepping;
  }

  #later(ms: number): void {
    if (this.#isClosed) return;
    const { clock, limits, log } = this.#options;
    this.#cancel = clock.after(ms, () => {
      this.#stepping = this.#step().then(
        (isDone) => {
          this.#later(isDone ? limits.retentionRoundMs : limits.retentionStepMs);
        },
        (error: unknown) => {
          log.warn('retention', { error: errorText(error) });
          this.#later(limits.retentionRoundMs);
        },
      );
    });
  }

  /** Resolves with whether the round has ended. */
  async #step(): Promise<boolean> {
    const { store, hub, clock, log, days } = this.#options;
    const before = clock.now() - days * DAY_MS;
    const { old, last } = await store.expired({ before, after: this.#after, limit: STEP });
    for (const { topic, end } of old) {
      const clear = await store.expunge({ topic, end });
      if (clear !== undefined) hub.announceExpunged(topic, clear);
    }
    this.#removed += old.length;
    // There may be more in the same conversations.
    if (old.length > 0) return false;
    this.#after = last ?? '';
    if (last !== undefined) return false;
    if (this.#removed > 0) log.info('expired', { count: this.#removed });
    this.#removed = 0;
    return true;
  }
}
