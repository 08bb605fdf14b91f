// del: deletes messages, for everyone or for oneself.
import type { Del } from '../../protocol/client-packet.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { SeqSet, endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import { may, modeOf } from '../access.ts';
import type { Caller } from '../gateway.ts';
import type { Topic } from '../topic.ts';
import { isOneTooMany } from './change-limit.ts';

/** Seqids in one packet with more than one range. */
const IDS_MOST = 1_024;

export async function del(caller: Caller, packet: Del): Promise<void> {
  const { gateway, session, user } = caller;
  const { id, topic: name } = packet;
  const attachment = session.attachments.get(name);
  if (!attachment || modeOf(attachment.topic.conversation, user) === undefined) {
    session.ctrl(id, CTRL.conflict, { topic: name, text: 'must attach first' });
    return;
  }
  if ((packet.what ?? 'msg') !== 'msg') {
    session.ctrl(id, CTRL.forbidden, { topic: name });
    return;
  }
  const { topic } = attachment;
  const wanted = new SeqSet();
  for (const range of packet.delseq ?? [])
    wanted.add(Math.max(1, range.low), Math.min(endOf(range), topic.conversation.seq + 1));
  const ranges = wanted.ranges();
  if (ranges.length === 0) {
    session.ctrl(id, CTRL.malformed, { topic: name, text: 'del.delseq: no message' });
    return;
  }
  const count = ranges.reduce((sum, range) => sum + endOf(range) - range.low, 0);
  if (ranges.length > 1 && count > IDS_MOST) {
    session.ctrl(id, CTRL.malformed, { topic: name, text: 'del.delseq: too many messages' });
    return;
  }
  if (isOneTooMany(caller, id, name)) return;
  const hard = packet.hard === true ? await hardRanges(caller, topic, ranges, count) : undefined;
  // Our own clients ask for nothing less; others delete for themselves what they may not delete for everyone.
  if (packet.hard === true && !hard && session.kefu) {
    session.ctrl(id, CTRL.policy, { topic: name, params: { reason: 'too late' } });
    return;
  }
  if (hard?.length === 0) {
    session.ctrl(id, CTRL.ok, { topic: name, params: { del: topic.conversation.clear } });
    return;
  }
  const removal = hard ? { ranges: hard, user: undefined, by: user.id } : { ranges, user: user.id };
  const { id: clear, versions } = await gateway.store.remove({ topic: name, ...removal });
  topic.conversation = { ...topic.conversation, clear: Math.max(clear, topic.conversation.clear) };
  if (hard) topic.forget([...hard, ...versions]);
  session.ctrl(id, CTRL.ok, { topic: name, params: { del: clear } });
  // Who deletes knows what they asked for, and hears of what went with it.
  gateway.hub.announceDeletion(topic, clear, user.id, versions.length === 0 ? session : undefined);
}

/**
 * What is there and goes for everyone: what the user may delete, or has written just now. Undefined: that is not the
 * user's to do.
 */
async function hardRanges(
  { gateway, user }: Caller,
  topic: Topic,
  ranges: readonly SeqRange[],
  count: number,
): Promise<readonly SeqRange[] | undefined> {
  const mayAll = may(topic.conversation, user, 'D');
  if (count > IDS_MOST) return mayAll ? ranges : undefined;
  const there = new SeqSet();
  const youngest = gateway.clock.now() - LIMITS.recallMs;
  for (const range of ranges) {
    const messages = await gateway.store.messages({ topic: topic.name, low: range.low, end: endOf(range) });
    for (const { seq, from, at, deleted } of messages) {
      if (!mayAll && (from !== user.id || at < youngest)) return undefined;
      if (!deleted) there.add(seq);
    }
  }
  return there.ranges();
}
