// Gateway machine: one gateway core after the other on the same disk: started, crashed, stopped in good order.
import { createLocalBus } from '../../../src/gateway/bus/local-bus.ts';
import type { Clock } from '../../../src/gateway/clock.ts';
import { DEFAULT_LIMITS } from '../../../src/gateway/config.ts';
import { createCore } from '../../../src/gateway/core.ts';
import type { Core } from '../../../src/gateway/core.ts';
import type { Log, LogFields } from '../../../src/gateway/log.ts';
import { moderateByWords } from '../../../src/gateway/moderation.ts';
import type { Happening } from '../history.ts';
import type { Disk } from './disk.ts';
import type { Incarnation, Network } from './network.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** 2026-03-09, 10:00 UTC. */
export const EPOCH = Date.UTC(2026, 2, 9, 10);
export const REFUSED_WORD = 'badword';
export const HIDDEN_WORD = 'hushword';

/** Errors that follow from the faults that the simulation makes itself. */
const EXPECTED = /disk I\/O error|the store is closed/;

export interface GatewayMachineOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: () => Network;
  readonly witness: (event: Happening) => void;
  /** The gateway logs an error that no fault explains. */
  readonly onError: (text: string) => void;
}

interface Life extends Incarnation {
  core: Core | undefined;
  isAlive: boolean;
}

export class GatewayMachine {
  readonly #options: GatewayMachineOptions;
  #life: Life = { core: undefined, isAlive: false };
  #isStopping = false;
  /** What the machine's clock is wrong by. */
  clockOffset = 0;

  constructor(options: GatewayMachineOptions) {
    this.#options = options;
  }

  get incarnation(): Incarnation {
    return this.#life;
  }

  start(): void {
    const { time, random, disk, onError } = this.#options;
    const life: Life = { core: undefined, isAlive: true };
    this.#life = life;
    this.#isStopping = false;
    const clock: Clock = {
      now: () => Math.round(EPOCH + time.now + this.clockOffset),
      elapsed: () => time.now,
      // As Node's: no timer is shorter than a millisecond.
      after: (ms, act) =>
        time.after(Math.max(1, ms), () => {
          if (life.isAlive) act();
        }),
    };
    const error = (code: string, fields: LogFields = {}): void => {
      if (!EXPECTED.test(fields.error ?? '')) onError(`${code} ${JSON.stringify(fields)}`);
    };
    const quiet = (): void => undefined;
    const log: Log = { debug: quiet, info: quiet, warn: error, error };
    createCore({
      store: disk.open(() => life.isAlive),
      bus: createLocalBus((cause) => onError(`bus ${String(cause)}`)),
      clock,
      random: {
        fraction: random.fraction,
        bytes: (count) => {
          const bytes = Buffer.alloc(count);
          random.fill(bytes);
          return bytes;
        },
      },
      log,
      limits: {
        ...DEFAULT_LIMITS,
        // One machine plays everybody, and a run is short: what it sends in seconds people send in minutes.
        visitorPubs: { perSecond: 60, burst: 150 },
        agentPubs: { perSecond: 60, burst: 150 },
        visitorChanges: { perSecond: 10, burst: 100 },
        accounts: { perSecond: 10, burst: 100 },
      },
      build: 'kefu:simulation',
      moderate: moderateByWords(`${REFUSED_WORD}\nhide:${HIDDEN_WORD}`),
    }).then(
      (core) => {
        if (life.isAlive) life.core = core;
      },
      (cause: unknown) => {
        // The store failed: whoever runs it starts it again.
        if (!EXPECTED.test(String(cause))) onError(`start ${String(cause)}`);
        if (life.isAlive) this.#restart(100);
      },
    );
  }

  /** Dies at once, and comes back after `ms`. */
  crash(isSilent: boolean, ms: number): void {
    if (!this.#life.isAlive) return;
    this.#options.witness({ what: 'fault', fault: isSilent ? 'gateway-gone' : 'gateway-crash' });
    this.#die(isSilent);
    this.#restart(ms);
  }

  /** Stops in good order, and comes back after `ms`. */
  stop(ms: number): void {
    const life = this.#life;
    if (!life.core || !life.isAlive || this.#isStopping) return;
    this.#isStopping = true;
    this.#options.witness({ what: 'fault', fault: 'gateway-stop' });
    void life.core.close().then(() => {
      if (!life.isAlive) return;
      this.#die(false);
      this.#restart(ms);
    });
  }

  #die(isSilent: boolean): void {
    this.#life.isAlive = false;
    this.#options.network().gatewayDied(isSilent);
  }

  #restart(ms: number): void {
    const { time } = this.#options;
    this.#life.isAlive = false;
    time.after(ms, () => {
      this.start();
    });
  }
}
