// Bus: how what happens reaches the links it concerns. A hint only: whatever it loses is found in the store.
import type { Info, Pres } from '../../protocol/server-packet.ts';

/** Links that are left out: the one with this id, those of these users. */
export interface Except {
  readonly link?: string | undefined;
  readonly user?: string | undefined;
  readonly users?: readonly string[] | undefined;
}

/** Something about a topic, for the links attached to it. What the store knows is not told: it is read there. */
export type TopicEvent =
  | { readonly kind: 'message'; readonly seq: number }
  | { readonly kind: 'changed'; readonly updatedAt: number }
  /** There are deletions up to this id. `src`: who made the last one. */
  | { readonly kind: 'deleted'; readonly clear: number; readonly src: string; readonly except?: Except }
  | { readonly kind: 'pres'; readonly pres: Omit<Pres, 'topic'>; readonly except?: Except }
  | { readonly kind: 'info'; readonly info: Omit<Info, 'topic'>; readonly except?: Except };

/** Something about a conversation, for links that are attached to `me`. `updatedAt`: the version that it speaks of. */
export type MeEvent =
  | {
      readonly kind: 'pres';
      readonly pres: Omit<Pres, 'topic'>;
      readonly except?: Except;
      readonly updatedAt?: number;
    }
  | { readonly kind: 'info'; readonly info: Omit<Info, 'topic'>; readonly except?: Except };

/** For the links of a user. `renamed`: the user has another name or picture. */
export type UserEvent = MeEvent | { readonly kind: 'renamed' };

export interface BusEvents {
  /** By topic name. */
  readonly topic: TopicEvent;
  /** By user id. */
  readonly user: UserEvent;
  /** For all agents; the name is `all`. */
  readonly agents: MeEvent;
}
export type BusKind = keyof BusEvents;

/**
 * Publishing never blocks and never throws. Events are JSON, arrive after `publish` has returned, at most once, and
 * those of one publisher under one name in their order.
 */
export interface Bus {
  publish<K extends BusKind>(kind: K, name: string, event: BusEvents[K]): void;
  /** Returns the way to stop. */
  subscribe<K extends BusKind>(kind: K, name: string, receive: (event: BusEvents[K]) => void): () => void;
  close(): Promise<void>;
}
