// Health: whether the process is alive, and whether it should get traffic.
import type { Clock } from './clock.ts';
import type { Store } from './store/store.ts';

/** Event-loop delay that a living process may have. */
const LAG_MOST_MS = 1_000;
/** A write must reach the disk within this time; an answer counts for as long. */
const PROBE_MS = 2_000;
const BEAT_MS = 500;

export interface HealthReport {
  readonly ok: boolean;
  readonly report: { readonly [what: string]: string | number | boolean };
}

export class Health {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #isDraining: () => boolean;
  readonly #isBusUp: (() => boolean) | undefined;
  #beatAt: number;
  #lagMs = 0;
  #cancelBeat: (() => void) | undefined;
  #probe: { readonly at: number; readonly ok: Promise<boolean> } | undefined;

  /** `isDraining`: the gateway is stopping. `isBusUp`: it reaches other gateways; it serves on without them. */
  constructor(store: Store, clock: Clock, isDraining: () => boolean, isBusUp?: () => boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#isDraining = isDraining;
    this.#isBusUp = isBusUp;
    this.#beatAt = clock.elapsed();
    this.#beat();
  }

  live(): HealthReport {
    const lagMs = Math.round(this.#lagMs);
    return { ok: lagMs < LAG_MOST_MS, report: { lagMs } };
  }

  async ready(): Promise<HealthReport> {
    const isStored = await this.#stored();
    const draining = this.#isDraining();
    return {
      ok: isStored && !draining,
      report: {
        store: isStored ? 'ok' : 'failed',
        draining,
        waiting: this.#store.backlog().calls,
        ...(this.#isBusUp && { bus: this.#isBusUp() ? 'ok' : 'down' }),
      },
    };
  }

  close(): void {
    this.#cancelBeat?.();
  }

  #stored(): Promise<boolean> {
    const now = this.#clock.elapsed();
    if (!this.#probe || now - this.#probe.at > PROBE_MS) {
      const written = this.#store.probe().then(
        () => true,
        () => false,
      );
      const late = new Promise<boolean>((resolve) => {
        this.#clock.after(PROBE_MS, () => resolve(false));
      });
      this.#probe = { at: now, ok: Promise.race([written, late]) };
    }
    return this.#probe.ok;
  }

  #beat(): void {
    this.#cancelBeat = this.#clock.after(BEAT_MS, () => {
      const now = this.#clock.elapsed();
      this.#lagMs = Math.max(0, now - this.#beatAt - BEAT_MS);
      this.#beatAt = now;
      this.#beat();
    });
  }
}
