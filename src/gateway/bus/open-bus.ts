// Opens the bus that is configured: NATS, the database's notifications, or none but the process itself.
import { errorText } from '../log.ts';
import type { Log } from '../log.ts';
import type { Bus } from './bus.ts';
import { createLocalBus } from './local-bus.ts';
import { createNatsBus } from './nats-bus.ts';
import { createPostgresBus } from './postgres-bus.ts';

export interface BusOptions {
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
  /** Name of this gateway. */
  readonly node: string;
  readonly log: Log;
}

/** `isUp`: whether other gateways can be reached; undefined: there are none. */
export function openBus({ databaseUrl, natsUrl, node, log }: BusOptions): {
  readonly bus: Bus;
  readonly isUp: (() => boolean) | undefined;
} {
  const onError = (error: unknown): void => {
    log.error('bus', { error: errorText(error) });
  };
  if (databaseUrl === undefined) return { bus: createLocalBus(onError), isUp: undefined };
  let isUp = false;
  const onUp = (is: boolean): void => {
    isUp = is;
    if (is) log.info('bus-up');
    else log.warn('bus-down');
  };
  const bus =
    natsUrl === undefined
      ? createPostgresBus({ url: databaseUrl, node, onError, onUp })
      : createNatsBus({ url: natsUrl, onError, onUp });
  return { bus, isUp: () => isUp };
}
