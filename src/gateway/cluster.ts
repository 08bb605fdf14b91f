// Cluster: what a gateway does because it is not alone. It looks again and again whether the store knows more than it has heard: the bus may lose anything.
import type { Clock } from './clock.ts';
import type { Hub } from './hub.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Routing } from './routing.ts';
import type { SharedStore } from './store/store.ts';

export interface ClusterOptions {
  readonly store: SharedStore;
  readonly hub: Hub;
  readonly routing: Routing;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class Cluster {
  readonly #options: ClusterOptions;
  #cancel: (() => void) | undefined;
  #polling: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#poll();
    this.#later();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#polling;
  }

  #later(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#options.clock.after(this.#options.everyMs, () => {
      this.#polling = this.#poll()
        .catch((error: unknown) => {
          this.#options.metrics.count('repair_polls', 'failed');
          if (!this.#isClosed) this.#options.log.warn('poll', { error: errorText(error) });
        })
        .finally(() => {
          this.#later();
        });
    });
  }

  async #poll(): Promise<void> {
    const { store, hub, routing, metrics } = this.#options;
    const { presence } = hub;
    hub.heardPresence(await presence.beat(hub.membersHere()));
    const changes = await store.changes(hub.known());
    metrics.count('repair_polls', changes.conversations.length > 0 ? 'something' : 'nothing');
    await hub.catchUp(changes);
    // Who was to place a conversation may have died before.
    if (presence.hasDuties) routing.emptyQueue();
  }
}
