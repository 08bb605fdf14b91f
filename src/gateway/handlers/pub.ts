// pub: a message: checked, stored, answered, then told to the others.
import type { Pub } from '../../protocol/client-packet.ts';
import { NOTE_HEAD, isTextTooLong, textOf } from '../../protocol/content.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { msgidOf } from '../../protocol/msgid.ts';
import { may, modeOf } from '../access.ts';
import type { Caller } from '../gateway.ts';
import { errorText, topicHash } from '../log.ts';
import type { Answer } from '../session.ts';
import type { Appended, NewMessage } from '../store/store.ts';
import type { Attachment } from '../topic.ts';

/** Head and content in UTF-16 code units of JSON. */
const HEAD_MOST = 4_096;
const CONTENT_MOST = 48 * 1024;
/** What a client is told to wait at least: long enough that nothing it had on its way comes after it has heard. */
const HOLD_MS = 1_000;

/**
 * Handles the packet up to the call of the store, whose order is the order of the messages, and returns without waiting
 * for the commit; a promise only when the session has too many on their way.
 */
export function pub(caller: Caller, packet: Pub): Promise<void> | undefined {
  const { session } = caller;
  const checked = check(caller, packet);
  if ('code' in checked) {
    if (packet.id !== undefined) session.ctrl(packet.id, checked.code, { topic: packet.topic, ...checked.answer });
    return undefined;
  }
  const done = store(caller, packet, checked).finally(() => session.sending.delete(done));
  session.sending.add(done);
  return session.sending.size >= LIMITS.sendWindow ? Promise.race(session.sending) : undefined;
}

interface Accepted {
  readonly attachment: Attachment;
  readonly message: NewMessage;
}

interface Answered {
  readonly code: number;
  readonly answer?: Answer;
}

/** The message to store, or the answer when it is not to be stored. */
function check(caller: Caller, packet: Pub): Accepted | Answered {
  const { gateway, session, user } = caller;
  const attachment = session.attachments.get(packet.topic);
  if (!attachment || modeOf(attachment.topic.conversation, user) === undefined)
    return { code: CTRL.conflict, answer: { text: 'must attach first' } };
  const { topic } = attachment;
  if (!may(topic.conversation, user, 'W')) return { code: CTRL.forbidden };

  const { sender, ...rest } = packet.head ?? {};
  const head = sender === undefined ? packet.head : rest;
  const note = head?.[NOTE_HEAD] === true;
  if (note && user.kind !== 'agent') return { code: CTRL.forbidden };
  // The guards let any JSON pass, and so an absent content too.
  const content: string | undefined = packet.content === null ? undefined : JSON.stringify(packet.content);
  if (content === undefined) return { code: CTRL.malformed, answer: { text: 'pub.content: expected' } };
  const headText = head && Object.keys(head).length > 0 ? JSON.stringify(head) : undefined;
  const text = textOf(packet.content);
  if (isTextTooLong(text) || content.length > CONTENT_MOST || (headText?.length ?? 0) > HEAD_MOST)
    return { code: CTRL.tooLarge };

  const turnedAway = busy(caller);
  if (turnedAway) return turnedAway;

  if (user.kind !== 'agent') {
    const verdict = gateway.moderate(text);
    if (verdict.verdict === 'refuse') return { code: CTRL.policy, answer: { params: { reason: verdict.reason } } };
    if (verdict.verdict === 'hide') return { code: CTRL.accepted };
  }
  const at = gateway.clock.now();
  const message = { topic: topic.name, from: user.id, msgid: msgidOf(head), head: headText, content, note, at };
  return { attachment, message };
}

/** Too many messages from this user, or for the disk: not now. */
function busy({ gateway, session, user }: Caller): Answered | undefined {
  const { rates, limits } = gateway;
  const now = gateway.clock.elapsed();
  const { heldBack } = session;
  if (heldBack && now < heldBack.until)
    return {
      code: heldBack.code,
      answer: { params: { retryAfter: Math.ceil(Math.max(HOLD_MS, heldBack.until - now)) } },
    };
  const hold = (code: number, waitMs: number): Answered => {
    const retryAfter = Math.max(HOLD_MS, waitMs);
    // Less than the client waits, so that what it sends again comes through.
    session.heldBack = { code, until: now + retryAfter - HOLD_MS / 4 };
    return { code, answer: { params: { retryAfter } } };
  };
  const wait = (user.kind === 'agent' ? rates.agentPubs : rates.visitorPubs).take(user.id);
  if (wait > 0) return hold(CTRL.tooMany, wait);
  const backlog = gateway.store.backlog();
  if (backlog.calls > limits.backlogCalls || backlog.ms > limits.backlogMs) return hold(CTRL.unavailable, 2 * HOLD_MS);
  return undefined;
}

async function store(caller: Caller, packet: Pub, { attachment, message }: Accepted): Promise<void> {
  const { gateway, session } = caller;
  const { topic } = attachment;
  const before = topic.conversation.phase;
  topic.pending += 1;
  let appended: Appended;
  try {
    appended = await append(caller, packet, message);
  } catch (error) {
    gateway.log.error('append', { conn: session.id, topic: topicHash(topic.name), error: errorText(error) });
    if (packet.id !== undefined) session.ctrl(packet.id, CTRL.internal, { topic: topic.name });
    return;
  } finally {
    topic.pending -= 1;
  }
  const { seq, at, dup, changed } = appended;
  if (!dup) {
    topic.stored({ ...message, seq, at, deleted: false });
    if (packet.noecho === true) attachment.delivery.skip(seq);
  }
  if (packet.id !== undefined)
    session.ctrl(packet.id, CTRL.accepted, { topic: topic.name, at, params: { seq, ...(dup && { dup }) } });
  if (dup) return;
  if (changed) topic.change(changed);
  gateway.hub.announceMessage(topic, { ...message, seq, at, deleted: false });
  if (!changed) return;
  gateway.hub.announceChange(changed, changed.phase !== before);
  if (changed.phase === 'queued' && changed.phase !== before) gateway.routing.place(changed);
}

function append({ gateway, user }: Caller, packet: Pub, message: NewMessage): Promise<Appended> {
  const once = (): Promise<Appended> => gateway.store.append(message);
  if (message.msgid !== undefined || packet.id === undefined) return once();
  return gateway.recentSends.once([user.id, message.topic, packet.id, message.head ?? '', message.content], once);
}
