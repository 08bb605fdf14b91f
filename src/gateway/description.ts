// Description: a conversation as `meta` tells of it, to one user.
import { STATUS_KEY } from '../protocol/conversation.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Access, Desc, Subscription } from '../protocol/server-packet.ts';
import { modeOf } from './access.ts';
import { timestamp } from './clock.ts';
import type { Hub } from './hub.ts';
import type { Identity } from './identity.ts';
import type { Conversation, ConversationEntry, User } from './store/store.ts';
import type { Topic } from './topic.ts';

/** Longest public part of a user or conversation, in UTF-16 code units of JSON. */
export const PUBLIC_MOST = 4_096;

export const isPublicTooLong = (value: JsonObject | undefined): boolean =>
  value !== undefined && JSON.stringify(value).length > PUBLIC_MOST;

export const accessOf = (mode: string): Access => ({ want: mode, given: mode, mode });

/** Of whom a signed token speaks is for agents alone. */
const statusOf = (conversation: Conversation, user: User, identity: Identity | undefined): JsonObject => ({
  [STATUS_KEY]: {
    phase: conversation.phase,
    channel: conversation.channel,
    visitor: conversation.visitor,
    ...(conversation.agent === undefined ? {} : { agent: conversation.agent }),
    ...(conversation.waitingSince === undefined ? {} : { waitingSince: timestamp(conversation.waitingSince) }),
    ...(identity && user.kind === 'agent' && { identity: { id: identity.subject, ...identity.card } }),
  },
});

/** Who sits at the other side, as `user` sees it. */
export const otherOf = (conversation: Conversation, user: User): string | undefined =>
  conversation.visitor === user.id ? conversation.agent : conversation.visitor;

/** What description and subscription share; zeros are left out. */
const common = (
  conversation: Conversation,
  user: User,
  mark: { readonly recv: number; readonly read: number } | undefined,
  identity: Identity | undefined,
  hub: Hub,
): Omit<Desc, 'created'> => ({
  updated: timestamp(conversation.updatedAt),
  touched: timestamp(conversation.touchedAt),
  ...(hub.presence.isOnline(otherOf(conversation, user)) ? { online: true } : {}),
  acs: accessOf(modeOf(conversation, user) ?? 'N'),
  ...(conversation.seq > 0 ? { seq: conversation.seq } : {}),
  ...(mark && mark.read > 0 ? { read: mark.read } : {}),
  ...(mark && mark.recv > 0 ? { recv: mark.recv } : {}),
  ...(conversation.public === undefined ? {} : { public: conversation.public }),
  trusted: statusOf(conversation, user, identity),
});

/** The answer to `get desc` on the conversation. `clear`: newest deletion that concerns the user. */
export const descOf = (topic: Topic, user: User, clear: number, hub: Hub): Desc => ({
  created: timestamp(topic.conversation.createdAt),
  ...common(
    topic.conversation,
    user,
    topic.members.get(user.id),
    topic.members.get(topic.conversation.visitor)?.identity,
    hub,
  ),
  ...(clear > 0 ? { clear } : {}),
});

/** One line of the answer to `get sub` on `me`. */
export const entryOf = ({ conversation, identity, mark }: ConversationEntry, user: User, hub: Hub): Subscription => ({
  topic: conversation.topic,
  // Marks in memory are ahead of those in the store.
  ...common(conversation, user, hub.live(conversation.topic)?.members.get(user.id) ?? mark, identity, hub),
});

/** The answer to `get sub` on the conversation: its members. */
export const membersOf = (topic: Topic, hub: Hub): Subscription[] =>
  [...topic.members.values()].map((member) => ({
    user: member.user,
    ...(hub.presence.isOnline(member.user) ? { online: true } : {}),
    acs: accessOf(modeOf(topic.conversation, { id: member.user, kind: member.kind }) ?? 'N'),
    ...(member.read > 0 ? { read: member.read } : {}),
    ...(member.recv > 0 ? { recv: member.recv } : {}),
    ...(member.public === undefined ? {} : { public: member.public }),
  }));
