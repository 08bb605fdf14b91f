// pub: a message: checked, stored, answered, then told to the others.
import type { Pub } from '../../protocol/client-packet.ts';
import { GONE, NOTE_HEAD, headOfClient, isTextTooLong, replaces, textOf } from '../../protocol/content.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { fileNamesIn } from '../../protocol/file-ref.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { msgidOf } from '../../protocol/msgid.ts';
import { may, modeOf } from '../access.ts';
import type { Caller } from '../gateway.ts';
import { errorText, topicHash } from '../log.ts';
import type { CounterWord } from '../metrics.ts';
import { PASS } from '../moderation.ts';
import type { Verdict } from '../moderation.ts';
import type { Answer } from '../session.ts';
import type { Appended, NewMessage } from '../store/store.ts';
import type { Attachment, HeldBack } from '../topic.ts';

/** Head and content in UTF-16 code units of JSON. */
const HEAD_MOST = 4_096;
const CONTENT_MOST = 48 * 1024;
/** What a client is told to wait at least: long enough that nothing it had on its way comes after it has heard. */
const HOLD_MS = 1_000;
/** How long it waits when the store is behind, or has failed. */
const FAULT_MS = 2_000;

/**
 * Handles the packet up to the call of the store, whose order is the order of the messages, and returns without waiting
 * for the commit; a promise only when the session has too many on their way, or the store has to be asked before.
 */
export function pub(caller: Caller, packet: Pub): Promise<void> | undefined {
  const { gateway, session, user } = caller;
  const attachment = session.attachments.get(packet.topic);
  if (!attachment || user.kind !== 'agent' || may(attachment.topic.conversation, user, 'W'))
    return take(caller, packet);
  // Another gateway may have given it to them a moment ago, and they have heard of it sooner than this one.
  return attachment.topic.refresh().then(
    () => take(caller, packet),
    () => {
      const turn = { msgid: msgidOf(packet.head && headOfClient(packet.head)), place: (attachment.pubs += 1) };
      answer(caller, packet, holdBack(attachment, turn, CTRL.unavailable, gateway.clock.elapsed(), FAULT_MS));
    },
  );
}

function take(caller: Caller, packet: Pub): Promise<void> | undefined {
  const { session } = caller;
  const checked = check(caller, packet);
  if ('code' in checked) {
    answer(caller, packet, checked);
    return undefined;
  }
  const work = handle(caller, packet, checked);
  const done = work.finally(() => session.sending.delete(done));
  session.sending.add(done);
  return session.sending.size >= LIMITS.sendWindow ? Promise.race(session.sending) : undefined;
}

/** A message without content: its sender asks what became of it. */
interface Asked {
  readonly asked: { readonly topic: string; readonly from: string; readonly msgid: string };
}

type Objection = Exclude<Verdict, { verdict: 'pass' }>;

function handle(caller: Caller, packet: Pub, checked: Checked | Asked): Promise<void> {
  if ('asked' in checked)
    return lookUp(caller, packet, () => caller.gateway.store.appended(checked.asked), { code: CTRL.notFound });
  const { verdict } = checked;
  return verdict.verdict === 'pass' ? store(caller, packet, checked) : turnDown(caller, packet, checked, verdict);
}

interface Checked {
  readonly attachment: Attachment;
  /** Among all that came on this attachment. */
  readonly place: number;
  readonly message: NewMessage;
  readonly verdict: Verdict;
}

interface Answered {
  readonly code: number;
  readonly answer?: Answer;
}

function answer({ gateway, session }: Caller, packet: Pub, { code, answer }: Answered): void {
  const { id, topic } = packet;
  gateway.metrics.count('pubs', isQuestion(packet) ? 'asked' : resultOf(code, answer));
  if (id !== undefined) session.ctrl(id, code, { topic, ...answer });
}

const isQuestion = ({ head, content }: Pub): boolean => (content ?? null) === null && msgidOf(head) !== undefined;

function resultOf(code: number, answer: Answer | undefined): CounterWord<'pubs'> {
  if (code === CTRL.tooMany || code === CTRL.unavailable) return 'busy';
  if (code !== CTRL.accepted) return 'refused';
  if (answer?.params?.['seq'] === undefined) return 'unnumbered';
  return answer.params['dup'] === true ? 'dup' : 'ok';
}

/** The message, and what is to be done with it; or the answer when that is clear already. */
function check(caller: Caller, packet: Pub): Checked | Asked | Answered {
  const { gateway, session, user } = caller;
  const attachment = session.attachments.get(packet.topic);
  if (!attachment || modeOf(attachment.topic.conversation, user) === undefined)
    return { code: CTRL.conflict, answer: { text: 'must attach first' } };
  const { topic } = attachment;
  if (!may(topic.conversation, user, 'W')) return { code: CTRL.forbidden };

  const head = packet.head && headOfClient(packet.head);
  const note = head?.[NOTE_HEAD] === true;
  if (note && user.kind !== 'agent') return { code: CTRL.forbidden };
  // The guards let any JSON pass, and so an absent content too.
  const content: string | undefined = packet.content === null ? undefined : JSON.stringify(packet.content);
  const msgid = msgidOf(head);
  if (content === undefined)
    return msgid === undefined
      ? { code: CTRL.malformed, answer: { text: 'pub.content: expected' } }
      : { asked: { topic: topic.name, from: user.id, msgid } };
  const headText = head && Object.keys(head).length > 0 ? JSON.stringify(head) : undefined;
  const text = textOf(packet.content);
  if (isTextTooLong(text) || content.length > CONTENT_MOST || (headText?.length ?? 0) > HEAD_MOST)
    return { code: CTRL.tooLarge };

  const place = (attachment.pubs += 1);
  const turnedAway = busy(caller, attachment, { msgid, place });
  if (turnedAway) return turnedAway;

  const verdict = user.kind === 'agent' ? PASS : gateway.moderate(text);
  const at = gateway.clock.now();
  const files = fileNamesIn(packet.content);
  const message = {
    topic: topic.name,
    from: user.id,
    byVisitor: user.kind !== 'agent',
    msgid,
    head: headText,
    content,
    note,
    replaces: head && replaces(head),
    files,
    at,
  };
  return { attachment, place, message, verdict };
}

type Turn = Pick<HeldBack, 'msgid' | 'place'>;

/** Too many messages from this user, or for the disk: not now. */
function busy({ gateway, user }: Caller, attachment: Attachment, turn: Turn): Answered | undefined {
  const { rates, limits } = gateway;
  const now = gateway.clock.elapsed();
  const { heldBack } = attachment;
  if (heldBack && isHeldBack(heldBack, turn.msgid, now)) {
    // What comes after the time to wait is sent again, or by a page that has slept and not heard: it may begin anew.
    if (now >= heldBack.until) return holdBack(attachment, turn, heldBack.code, now, HOLD_MS);
    return later(heldBack.code, heldBack.until - now);
  }
  attachment.heldBack = undefined;
  const wait = (user.kind === 'agent' ? rates.agentPubs : rates.visitorPubs).take(user.id);
  if (wait > 0) return holdBack(attachment, turn, CTRL.tooMany, now, wait);
  const backlog = gateway.store.backlog();
  if (backlog.calls > limits.backlogCalls || backlog.ms > limits.backlogMs)
    return holdBack(attachment, turn, CTRL.unavailable, now, FAULT_MS);
  return undefined;
}

const later = (code: number, waitMs: number): Answered => ({
  code,
  answer: { params: { retryAfter: Math.ceil(Math.max(HOLD_MS, waitMs)) } },
});

/** Nothing more comes in before the first message that was turned away has come again: nobody overtakes it. */
function holdBack(attachment: Attachment, turn: Turn, code: number, now: number, waitMs: number): Answered {
  const { heldBack } = attachment;
  // Less than the client waits, so that what it sends again comes through.
  const until = now + Math.max(HOLD_MS, waitMs) - HOLD_MS / 4;
  // One that failed on its way to the disk was before those that never got so far.
  if (!heldBack || now >= heldBack.until || turn.place < heldBack.place) attachment.heldBack = { ...turn, code, until };
  return later(code, waitMs);
}

/**
 * No time tells that a client has heard: its page may be frozen with the answers before it, and send what is next when it
 * wakes. So the first has to come again; another that comes after the wait is then the first, and has to come again too.
 * A client that has given the first up is held back once more by that, and no longer.
 */
function isHeldBack({ msgid: first, until }: HeldBack, msgid: string | undefined, now: number): boolean {
  return first === undefined || msgid === undefined ? now < until : msgid !== first;
}

/** Nothing is to be stored: what the store says to this msgid, or that. What was stored all the same stays stored. */
async function lookUp(
  caller: Caller,
  packet: Pub,
  find: () => Promise<Appended | undefined>,
  otherwise: Answered,
): Promise<void> {
  let found: Appended | undefined;
  try {
    found = await find();
  } catch {
    answer(caller, packet, later(CTRL.unavailable, FAULT_MS));
    return;
  }
  answer(caller, packet, found ? accepted(found) : otherwise);
}

/** Moderation is against it. */
function turnDown(caller: Caller, packet: Pub, { message }: Checked, verdict: Objection): Promise<void> {
  const { store } = caller.gateway;
  const { topic, from, msgid, at } = message;
  const identity = msgid === undefined ? undefined : { topic, from, msgid };
  return verdict.verdict === 'hide'
    ? lookUp(caller, packet, async () => identity && store.hide({ ...identity, at }), { code: CTRL.accepted })
    : lookUp(caller, packet, async () => identity && store.appended(identity), {
        code: CTRL.policy,
        answer: { params: { reason: verdict.reason } },
      });
}

const accepted = ({ seq, at, dup }: Appended): Answered => ({
  code: CTRL.accepted,
  answer: { at, ...(seq > 0 && { params: { seq, ...(dup && { dup }) } }) },
});

async function store(caller: Caller, packet: Pub, { attachment, place, message }: Checked): Promise<void> {
  const { gateway, session } = caller;
  const { topic } = attachment;
  const before = topic.conversation.phase;
  topic.pending += 1;
  const since = gateway.clock.elapsed();
  let appended: Appended;
  try {
    appended = await append(caller, packet, message);
    gateway.metrics.committed(gateway.clock.elapsed() - since);
  } catch (error) {
    gateway.log.error('append', { conn: session.id, topic: topicHash(topic.name), error: errorText(error) });
    const turn = { msgid: message.msgid, place };
    answer(caller, packet, holdBack(attachment, turn, CTRL.unavailable, gateway.clock.elapsed(), FAULT_MS));
    return;
  } finally {
    topic.pending -= 1;
  }
  const { seq, at, dup, differs, gone, changed } = appended;
  if (gone === true) {
    // Who has not heard of the deletion yet soon will, and sees the tombstone.
    answer(caller, packet, { code: CTRL.notFound, answer: { params: { reason: GONE } } });
    return;
  }
  if (!dup) {
    topic.stored({ ...message, seq, at, deleted: false });
    if (packet.noecho === true) attachment.delivery.skip(seq);
  } else if (differs === true) {
    gateway.metrics.count('msgid_reuses', undefined);
    gateway.log.warn('msgid-reused', {
      conn: session.id,
      topic: topicHash(topic.name),
      msgid: message.msgid?.slice(0, 8),
    });
  }
  answer(caller, packet, accepted(appended));
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
