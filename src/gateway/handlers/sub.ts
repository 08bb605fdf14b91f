// sub: attaches the session to `me`, to a conversation, or to one that it makes.
import type { Sub } from '../../protocol/client-packet.ts';
import { CHANNEL_TAG, isChannel } from '../../protocol/conversation.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { ME, isNewConversation } from '../../protocol/topic.ts';
import { modeOf } from '../access.ts';
import { newName } from '../auth.ts';
import { accessOf, isPublicTooLong } from '../description.ts';
import type { Caller } from '../gateway.ts';
import { isOneTooMany } from './change-limit.ts';
import { answerMe, answerTopic } from './get.ts';

/** Channel of conversations that name none. */
const DEFAULT_CHANNEL = 'web';

export async function sub(caller: Caller, packet: Sub): Promise<void> {
  if (packet.topic === ME) await subMe(caller, packet);
  else if (isNewConversation(packet.topic)) await subNew(caller, packet);
  else await subTopic(caller, packet);
}

async function subMe(caller: Caller, packet: Sub): Promise<void> {
  const { gateway, session, user } = caller;
  const isNew = !session.onMe;
  if (isNew) gateway.hub.joinMe(session, user);
  session.ctrl(packet.id, isNew ? CTRL.ok : CTRL.notModified, { topic: ME });
  if (packet.get) await answerMe(caller, packet.id, packet.get);
  if (isNew && user.kind === 'agent') gateway.routing.emptyQueue();
}

/** Answers when the session can be attached to one topic more. */
function hasRoom({ session, user }: Caller, packet: Sub): boolean {
  const most = user.kind === 'agent' ? LIMITS.subscriptionsPerAgent : LIMITS.subscriptionsPerVisitor;
  if (session.attachments.size < most) return true;
  session.ctrl(packet.id, CTRL.policy, {
    topic: packet.topic,
    text: 'too many subscriptions',
    params: { reason: 'subscriptions' },
  });
  return false;
}

async function subNew(caller: Caller, packet: Sub): Promise<void> {
  const { gateway, session, user } = caller;
  const { id, set } = packet;
  if (user.kind === 'agent') {
    session.ctrl(id, CTRL.forbidden, { topic: packet.topic });
    return;
  }
  if (isPublicTooLong(set?.desc?.public)) {
    session.ctrl(id, CTRL.tooLarge, { topic: packet.topic });
    return;
  }
  const channel = set?.tags?.find((tag) => tag.startsWith(CHANNEL_TAG))?.slice(CHANNEL_TAG.length) ?? DEFAULT_CHANNEL;
  if (!isChannel(channel)) {
    session.ctrl(id, CTRL.malformed, { topic: packet.topic, text: 'sub.set.tags: no such channel name' });
    return;
  }
  if (session.channels !== 'all' && !session.channels.has(channel)) {
    session.ctrl(id, CTRL.forbidden, { topic: packet.topic });
    return;
  }
  if (!hasRoom(caller, packet) || isOneTooMany(caller, id, packet.topic)) return;
  const opened = gateway.store.openConversation({
    topic: newName('grp', gateway.random),
    visitor: user.id,
    key: packet.topic.slice('new'.length),
    channel,
    public: set?.desc?.public,
    at: gateway.clock.now(),
  });
  const { conversation, created } = await opened.catch(async (error: unknown) => {
    // The account may have gone over to another, elsewhere and unheard.
    if (!(await gateway.store.user(user.id))) session.end();
    throw error;
  });
  const live = gateway.hub.live(conversation.topic);
  // Nor may it have been heard here that it is theirs now.
  if (live && live.conversation.visitor !== user.id) await live.refresh();
  if (!created) gateway.rates.visitorChanges.giveBack(user.id);
  await attach(caller, packet, conversation.topic, { tmpname: packet.topic });
}

async function subTopic(caller: Caller, packet: Sub): Promise<void> {
  const { session, user } = caller;
  const attachment = session.attachments.get(packet.topic);
  if (attachment && modeOf(attachment.topic.conversation, user) !== undefined) {
    session.ctrl(packet.id, CTRL.notModified, { topic: packet.topic });
    if (packet.get) await answerTopic(caller, attachment.topic, packet.id, packet.get);
    return;
  }
  if (hasRoom(caller, packet)) await attach(caller, packet, packet.topic, {});
}

async function attach(caller: Caller, packet: Sub, name: string, params: { readonly tmpname?: string }): Promise<void> {
  const { gateway, session, user } = caller;
  const topic = await gateway.hub.topic(name);
  const mode = topic && modeOf(topic.conversation, user);
  if (!topic || mode === undefined) {
    session.ctrl(packet.id, CTRL.notFound, { topic: packet.topic });
    return;
  }
  // The link may have ended while the store was asked.
  if (!session.peer.isOpen) return;
  if (!session.attachments.has(name)) gateway.hub.attach(session, user, topic);
  const { want = '', given = '' } = accessOf(mode);
  session.ctrl(packet.id, CTRL.ok, { topic: name, params: { acs: { want, given, mode }, ...params } });
  if (packet.get) await answerTopic(caller, topic, packet.id, packet.get);
}
