// The status of a conversation, as the gateway states it in the `trusted` part of its description.
import type { JsonObject } from './json.ts';
import { jsonObject, object, oneOf, optional, string } from './shape.ts';

/** Key of the status in `desc.trusted` and `sub.trusted`. */
export const STATUS_KEY = 'x-kefu';

/**
 * - `new`: made, but nobody has written yet; no agent sees it.
 * - `queued`: waiting for an agent.
 * - `assigned`: an agent has it.
 * - `resolved`: closed by an agent; the visitor's next message opens it again.
 */
export type Phase = 'new' | 'queued' | 'assigned' | 'resolved';

export interface ConversationStatus {
  readonly phase: Phase;
  readonly channel: string;
  /** The visitor's user id. */
  readonly visitor: string;
  /** The agent's user id, while one has it. */
  readonly agent?: string | undefined;
  /** When the visitor began to wait for an answer, RFC 3339; absent when nobody waits. */
  readonly waitingSince?: string | undefined;
  /** For agents: who the visitor is, as a signed token says: `id`, and what there is of `name`, `picture`, `email`. */
  readonly identity?: JsonObject | undefined;
}

const status = object<ConversationStatus>({
  phase: oneOf('new', 'queued', 'assigned', 'resolved'),
  channel: string,
  visitor: string,
  agent: optional(string),
  waitingSince: optional(string),
  identity: optional(jsonObject),
});

/** The status inside `trusted`, or undefined on a stock peer. */
export const statusOf = (trusted: JsonObject | undefined): ConversationStatus | undefined => {
  const value = trusted?.[STATUS_KEY];
  if (value === undefined) return undefined;
  try {
    return status(value, STATUS_KEY);
  } catch {
    return undefined;
  }
};

/** What an agent sets to close or take a conversation: `set.desc.trusted["x-kefu"]`. */
export interface StatusChange {
  readonly phase: 'assigned' | 'resolved';
  /** With `assigned`: who takes it; absent = the sender. */
  readonly agent?: string | undefined;
}

export const statusChange = object<StatusChange>({ phase: oneOf('assigned', 'resolved'), agent: optional(string) });

/** The name in `public`, or undefined. */
export const nameOf = (value: JsonObject | undefined): string | undefined => {
  const name = value?.['fn'];
  return typeof name === 'string' && name !== '' ? name : undefined;
};

/** Prefix of the tag that names the channel of a new conversation: `channel:web`. */
export const CHANNEL_TAG = 'channel:';

export const isChannel = (name: string): boolean => /^[\w.-]{1,64}$/.test(name);
