// Opens the bus that is configured: NATS, the database's notifications, or none but the process itself.
import { errorText } from '../log.ts';
import type { Log } from '../log.ts';
import { noMetrics } from '../metrics.ts';
import type { Metrics } from '../metrics.ts';
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
  readonly metrics: Metrics;
}

/** `isUp`: whether other gateways can be reached; undefined: there are none. */
export function openBus({ databaseUrl, natsUrl, node, log, metrics }: BusOptions): {
  readonly bus: Bus;
  readonly isUp: (() => boolean) | undefined;
} {
  const onError = (error: unknown): void => {
    log.error('bus', { error: errorText(error) });
  };
  const counted = (bus: Bus): Bus => (metrics === noMetrics ? bus : countedBus(bus, metrics));
  if (databaseUrl === undefined) return { bus: counted(createLocalBus(onError)), isUp: undefined };
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
  return { bus: counted(bus), isUp: () => isUp };
}

const countedBus = (bus: Bus, metrics: Metrics): Bus => ({
  publish(kind, name, event) {
    metrics.count('bus_events', 'out');
    bus.publish(kind, name, event);
  },
  subscribe: (kind, name, receive) =>
    bus.subscribe(kind, name, (event) => {
      metrics.count('bus_events', 'in');
      receive(event);
    }),
  close: () => bus.close(),
});
