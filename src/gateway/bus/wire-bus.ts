// Wire bus: a bus over something that reaches other gateways. What is published here is heard here at once, whatever becomes of the wire.
import type { Bus, BusEvents, BusKind } from './bus.ts';
import { createLocalBus } from './local-bus.ts';

/** An event on its way. */
export type WireEvent = readonly [kind: BusKind, name: string, event: BusEvents[BusKind]];

/** What carries events to other gateways; it may lose them. */
export interface Wire {
  /** Never blocks and never throws. */
  send(event: WireEvent): void;
  /** Somebody here wants to hear of this, or nobody any more. */
  watch(kind: BusKind, name: string): void;
  unwatch(kind: BusKind, name: string): void;
  close(): Promise<void>;
}

/** `open` is given the way for what comes from other gateways. */
export function createWireBus(onError: (error: unknown) => void, open: (hear: (text: string) => void) => Wire): Bus {
  const local = createLocalBus(onError);
  const watched = new Map<string, number>();
  const wire = open((text) => {
    try {
      for (const [kind, name, event] of decodeEvents(text)) local.publish<BusKind>(kind, name, event);
    } catch (error) {
      onError(error);
    }
  });
  return {
    publish(kind, name, event) {
      local.publish(kind, name, event);
      wire.send([kind, name, event]);
    },
    subscribe(kind, name, receive) {
      const key = `${kind} ${name}`;
      const stop = local.subscribe(kind, name, receive);
      const count = watched.get(key) ?? 0;
      watched.set(key, count + 1);
      if (count === 0) wire.watch(kind, name);
      let isStopped = false;
      return () => {
        if (isStopped) return;
        isStopped = true;
        stop();
        const left = (watched.get(key) ?? 1) - 1;
        if (left > 0) watched.set(key, left);
        else {
          watched.delete(key);
          wire.unwatch(kind, name);
        }
      };
    },
    async close() {
      await wire.close();
      await local.close();
    },
  };
}

const KINDS: ReadonlySet<unknown> = new Set<BusKind>(['topic', 'user', 'agents']);

const isEvent = (value: unknown): value is WireEvent =>
  Array.isArray(value) && KINDS.has(value[0]) && typeof value[1] === 'string' && typeof value[2] === 'object';

/** A list of events as text. Throws when it is none. */
function decodeEvents(text: string): readonly WireEvent[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('no list of events');
  return value.filter(isEvent);
}
