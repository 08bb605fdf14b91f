// Access: what a user may do in a conversation, in the bits of Tinode's access modes.
import type { Conversation, User } from './store/store.ts';

/** J join, R read, W write, P presence, A approve, S invite, D delete for everyone. */
export type AccessBit = 'R' | 'W' | 'D';

/**
 * The mode of `user`; undefined: the conversation does not exist for them. The visitor writes in their own, the agent
 * in those they have (and, once resolved, had last); other agents look on.
 */
export function modeOf(conversation: Conversation, user: Pick<User, 'id' | 'kind'>): string | undefined {
  if (conversation.visitor === user.id) return 'JRWP';
  if (user.kind !== 'agent') return undefined;
  const writer = conversation.phase === 'resolved' ? conversation.lastAgent : conversation.agent;
  return writer === user.id ? 'JRWPASD' : 'JRP';
}

export const may = (conversation: Conversation, user: Pick<User, 'id' | 'kind'>, bit: AccessBit): boolean =>
  modeOf(conversation, user)?.includes(bit) ?? false;
