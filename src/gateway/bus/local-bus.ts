// The bus of a gateway that is alone: one process, no wire.
import type { Bus, BusEvents, BusKind } from './bus.ts';

interface Subscriber {
  // A method, so that receivers of one kind of event fit.
  receive(event: BusEvents[BusKind]): void;
}

/** `onError` hears what a receiver threw; the others receive all the same. */
export function createLocalBus(onError: (error: unknown) => void): Bus {
  const subscribers = new Map<string, Set<Subscriber>>();
  return {
    publish(kind, name, event) {
      const key = `${kind} ${name}`;
      if (!subscribers.has(key)) return;
      queueMicrotask(() => {
        for (const subscriber of subscribers.get(key) ?? []) {
          try {
            subscriber.receive(event);
          } catch (error) {
            onError(error);
          }
        }
      });
    },
    subscribe(kind, name, receive) {
      const key = `${kind} ${name}`;
      const subscriber: Subscriber = { receive };
      const others = subscribers.get(key);
      if (others) others.add(subscriber);
      else subscribers.set(key, new Set([subscriber]));
      return () => {
        const left = subscribers.get(key);
        left?.delete(subscriber);
        if (left?.size === 0) subscribers.delete(key);
      };
    },
    async close() {
      subscribers.clear();
    },
  };
}
