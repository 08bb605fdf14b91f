// set: changes a description: names, and the status of a conversation.
import type { Set } from '../../protocol/client-packet.ts';
import { STATUS_KEY, statusChange } from '../../protocol/conversation.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import type { Json } from '../../protocol/json.ts';
import { ME } from '../../protocol/topic.ts';
import { may, modeOf } from '../access.ts';
import { isPublicTooLong } from '../description.ts';
import type { Caller } from '../gateway.ts';
import type { Topic } from '../topic.ts';
import { isOneTooMany } from './change-limit.ts';

export async function set(caller: Caller, packet: Set): Promise<void> {
  const { gateway, session, user } = caller;
  const { id, desc } = packet;
  const answer = (code: number, text?: string): void => {
    session.ctrl(id, code, { topic: packet.topic, text });
  };
  if (packet.topic !== ME) {
    const topic = session.attachments.get(packet.topic)?.topic ?? (await gateway.hub.topic(packet.topic));
    if (!topic || modeOf(topic.conversation, user) === undefined) answer(CTRL.notFound);
    // Nobody is invited, and nobody's access is changed: routing and status do that.
    else if (packet.sub) answer(CTRL.forbidden);
    else if (desc?.trusted) await setStatus(caller, topic, desc.trusted[STATUS_KEY], answer);
    else if (desc?.public) await setPublic(caller, topic, packet, answer);
    else answer(CTRL.notImplemented);
    return;
  }
  if (!desc?.public) answer(desc?.trusted ? CTRL.forbidden : CTRL.notImplemented);
  else if (isPublicTooLong(desc.public)) answer(CTRL.tooLarge);
  else if (!isOneTooMany(caller, id, packet.topic)) {
    await gateway.store.setUserPublic({ user: user.id, public: desc.public, at: gateway.clock.now() });
    session.user = { ...user, public: desc.public };
    answer(CTRL.ok);
    await gateway.hub.renamed(session.user);
  }
}

type AnswerCode = (code: number, text?: string) => void;

async function setPublic(caller: Caller, topic: Topic, { id, desc }: Set, answer: AnswerCode): Promise<void> {
  const { gateway, user } = caller;
  const value = desc?.public ?? {};
  if (!may(topic.conversation, user, 'W')) {
    answer(CTRL.forbidden);
    return;
  }
  if (isPublicTooLong(value)) {
    answer(CTRL.tooLarge);
    return;
  }
  if (isOneTooMany(caller, id, topic.name)) return;
  const at = gateway.clock.now();
  const conversation = await gateway.store.setConversationPublic({ topic: topic.name, public: value, at });
  if (conversation) {
    topic.change(conversation);
    gateway.hub.announceChange(conversation, false);
  }
  answer(CTRL.ok);
}

/** Agents take, hand over and close conversations. */
async function setStatus(caller: Caller, topic: Topic, value: Json | undefined, answer: AnswerCode): Promise<void> {
  const { gateway, user } = caller;
  if (user.kind !== 'agent') {
    answer(CTRL.forbidden);
    return;
  }
  const change = statusChange(value, `set.desc.trusted.${STATUS_KEY}`);
  const { phase } = topic.conversation;
  if (phase === 'new') {
    answer(CTRL.conflict, 'nobody has written yet');
    return;
  }
  if (change.phase === 'resolved') {
    if (phase === 'resolved') answer(CTRL.notModified);
    else answer((await gateway.routing.resolve(topic, user.id)) ? CTRL.ok : CTRL.notFound);
    return;
  }
  const agent = change.agent ?? user.id;
  if (phase === 'assigned' && topic.conversation.agent === agent) {
    answer(CTRL.notModified);
    return;
  }
  if (agent !== user.id && !(await isAgent(caller, agent))) {
    answer(CTRL.policy, 'no such agent');
    return;
  }
  answer((await gateway.routing.give(topic, agent, user.id)) ? CTRL.ok : CTRL.notFound);
}

/** Somebody who can log in, not only once could. */
async function isAgent({ gateway }: Caller, id: string): Promise<boolean> {
  const agents = await gateway.store.agents();
  return agents.some(({ user }) => user.id === id);
}
