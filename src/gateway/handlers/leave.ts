// leave: detaches the session from a topic; with `unsub` an agent gives the conversation up.
import type { Leave } from '../../protocol/client-packet.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { ME } from '../../protocol/topic.ts';
import { modeOf } from '../access.ts';
import type { Caller } from '../gateway.ts';

export async function leave({ gateway, session, user }: Caller, packet: Leave): Promise<void> {
  const { id, topic: name } = packet;
  const { hub, routing } = gateway;
  if (name === ME) {
    session.ctrl(id, session.onMe ? CTRL.ok : CTRL.notModified, { topic: name });
    hub.leaveMe(session);
    return;
  }
  const attachment = session.attachments.get(name);
  if (packet.unsub === true) {
    const topic = attachment?.topic ?? (await hub.topic(name));
    if (!topic || modeOf(topic.conversation, user) === undefined) {
      session.ctrl(id, CTRL.notFound, { topic: name });
      return;
    }
    if (user.kind !== 'agent' || !topic.members.has(user.id)) {
      session.ctrl(id, CTRL.forbidden, { topic: name });
      return;
    }
    await routing.release(topic, user.id);
  }
  if (attachment) hub.detach(attachment);
  session.ctrl(id, attachment || packet.unsub === true ? CTRL.ok : CTRL.notModified, { topic: name });
}
