// del: deletes messages, for everyone or for oneself.
import type { Del } from '../../protocol/client-packet.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { SeqSet, endOf } from '../../protocol/seq.ts';
import { may, modeOf } from '../access.ts';
import type { Caller } from '../gateway.ts';
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
  // Who may not delete for everyone deletes for themselves.
  const isHard = packet.hard === true && may(topic.conversation, user, 'D');
  const owner = isHard ? undefined : user.id;
  const clear = await gateway.store.remove({ topic: name, ranges, user: owner });
  topic.conversation = { ...topic.conversation, clear: Math.max(clear, topic.conversation.clear) };
  if (isHard) topic.forget(ranges, user.id);
  session.ctrl(id, CTRL.ok, { topic: name, params: { del: clear } });
  gateway.hub.announceDeletion(topic, session, clear, user.id);
}
