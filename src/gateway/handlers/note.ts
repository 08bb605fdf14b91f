// note: acks, receipts and typing: never answered, and what makes no sense is passed over.
import type { Note } from '../../protocol/client-packet.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { may, modeOf } from '../access.ts';
import type { Caller } from '../gateway.ts';
import type { Topic } from '../topic.ts';

export async function note(caller: Caller, packet: Note): Promise<void> {
  const { gateway, session, user } = caller;
  const attachment = session.attachments.get(packet.topic);
  if (!attachment) {
    // A push notification can bring a message to a client that is not attached.
    if (packet.what !== 'recv') {
      session.ctrl(undefined, CTRL.conflict, { topic: packet.topic, text: 'must attach first' });
      return;
    }
    const topic = await gateway.hub.topic(packet.topic);
    if (topic && modeOf(topic.conversation, user) !== undefined) mark(caller, topic, 'recv', packet.seq ?? 0);
    return;
  }
  const { topic, delivery } = attachment;
  const { seq = 0, what } = packet;
  if (what === 'recv' || what === 'read') {
    if (seq === 0 || seq > topic.conversation.seq) return;
    delivery.ack(seq);
    mark(caller, topic, what, seq);
  } else if (what === 'kp' && may(topic.conversation, user, 'W')) {
    const now = gateway.clock.elapsed();
    if (now - attachment.typingAt < gateway.limits.typingEveryMs) return;
    attachment.typingAt = now;
    gateway.hub.announceTyping(topic, user.id);
  }
}

/** Marks are monotonic; onlookers have none. */
function mark({ gateway, session, user }: Caller, topic: Topic, what: 'recv' | 'read', seq: number): void {
  if (seq === 0 || seq > topic.conversation.seq) return;
  if (topic.mark(user.id, seq, what === 'read' ? seq : 0)) gateway.hub.announceMark(topic, session, user.id, what, seq);
}
