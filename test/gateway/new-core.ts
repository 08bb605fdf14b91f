// New core: a whole gateway in memory, whose run follows from its seed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createLocalBus } from '../../src/gateway/bus/local-bus.ts';
import type { Clock } from '../../src/gateway/clock.ts';
import { DEFAULT_LIMITS } from '../../src/gateway/config.ts';
import type { GatewayLimits } from '../../src/gateway/config.ts';
import { createCore } from '../../src/gateway/core.ts';
import type { Core } from '../../src/gateway/core.ts';
import { createLog } from '../../src/gateway/log.ts';
import type { Log } from '../../src/gateway/log.ts';
import type { Random } from '../../src/gateway/random.ts';
import { openEmbeddedDatabase } from '../../src/gateway/store/embedded-database.ts';
import type { Store } from '../../src/gateway/store/store.ts';

/** The same for the same seed, every time. */
function seeded(seed: string): Random {
  let turn = 0;
  const bytes = (count: number): Buffer =>
    createHash('shake256', { outputLength: count })
      .update(`${seed} ${(turn += 1)}`)
      .digest();
  return { bytes, fraction: () => bytes(4).readUInt32BE() / 2 ** 32 };
}

export function memoryStore(): Store {
  const database = openEmbeddedDatabase(':memory:');
  const answer = (operation: string) => async (argument: never) =>
    (database as unknown as Record<string, (argument: never) => unknown>)[operation]!(argument);
  return new Proxy({} as Store, {
    get: (_, name) => (name === 'backlog' ? () => ({ calls: 0, ms: 0 }) : answer(String(name))),
  });
}

export interface NewCore {
  readonly clock: Clock;
  readonly store?: Store;
  readonly seed?: string;
  readonly log?: Log;
  readonly limits?: Partial<GatewayLimits>;
}

export const newCore = ({
  clock,
  store = memoryStore(),
  seed = '',
  log = createLog('silent', clock),
  limits,
}: NewCore): Promise<Core> =>
  createCore({
    store,
    bus: createLocalBus(assert.ifError),
    clock,
    random: seeded(seed),
    log,
    limits: { ...DEFAULT_LIMITS, ...limits },
    build: 'kefu:test',
    // Lines would stand between the messages that tests count.
    systemLines: false,
  });
