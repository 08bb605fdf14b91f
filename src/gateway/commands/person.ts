// A person, as the operator names one: a user's id, a login name, a customer's id, or a conversation, which means its visitor.
import { loginName } from '../auth.ts';
import { ConfigError } from '../config.ts';
import type { Conversation, Store, User } from '../store/store.ts';
import { isConversation } from '../../protocol/topic.ts';

/** Rejects with a message for people. */
export async function findPerson(store: Store, name: string): Promise<User> {
  const visitor = isConversation(name) ? (await store.conversation(name))?.conversation.visitor : undefined;
  const byId = await store.user(visitor ?? name);
  if (byId) return byId;
  const [byLogin, known] = [(await store.credentials(loginName(name)))?.user, await store.userOfSubject(name)];
  // What is done with one of them can't be undone.
  if (byLogin && known)
    throw new ConfigError(`"${name}" is a login (${byLogin.id}) and a customer (${known.id}): name one by the id.`);
  const user = byLogin ?? known;
  if (!user) throw new ConfigError(`There is no user, login, customer or conversation "${name}".`);
  return user;
}

/** What the person has opened. */
export async function conversationsOf(store: Store, { id }: User): Promise<readonly Conversation[]> {
  const entries = await store.conversationsOf({ user: id, queued: false, limit: Number.MAX_SAFE_INTEGER });
  return entries.map(({ conversation }) => conversation).filter(({ visitor }) => visitor === id);
}
