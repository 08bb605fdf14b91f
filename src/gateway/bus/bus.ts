// Bus: how what happens reaches the links it concerns. A hint only: whatever it loses is found in the store.
import type { Info, Pres } from '../../protocol/server-packet.ts';
import type { Conversation } from '../store/store.ts';

/** Links that are left out: the one with this id, those of this user. */
export interface Except {
  readonly link?: string | undefined;
  readonly user?: string | undefined;
}

/** Something about a topic, for the links attached to it. */
export type TopicEvent =
  | { readonly kind: 'message'; readonly seq: number }
  | { readonly kind: 'changed'; readonly conversation: Conversation }
  | { readonly kind: 'pres'; readonly pres: Omit<Pres, 'topic'>; readonly except?: Except; readonly only?: string }
  | { readonly kind: 'info'; readonly info: Omit<Info, 'topic'>; readonly except?: Except };

/** Something about a conversation, for the links of a user that are attached to `me`. */
export type UserEvent =
  | { readonly kind: 'pres'; readonly pres: Omit<Pres, 'topic'>; readonly except?: Except }
  | { readonly kind: 'info'; readonly info: Omit<Info, 'topic'>; readonly except?: Except };

export interface BusEvents {
  /** By topic name. */
  readonly topic: TopicEvent;
  /** By user id. */
  readonly user: UserEvent;
  /** For all agents; the name is `all`. */
  readonly agents: UserEvent;
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
