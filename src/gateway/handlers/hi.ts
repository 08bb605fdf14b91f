// hi: opens the session.
import type { Hi } from '../../protocol/client-packet.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { KEFU_VERSION, PROTOCOL_VERSION, isSupportedVersion } from '../../protocol/version.ts';
import type { Gateway } from '../gateway.ts';
import type { Session } from '../session.ts';

export function hi(gateway: Gateway, session: Session, packet: Hi): void {
  if (!isSupportedVersion(packet.ver)) {
    session.ctrl(packet.id, CTRL.versionNotSupported);
    return;
  }
  // Stock clients greet again to tell a new language.
  const code = session.greeted || session.peer.isPolled ? CTRL.ok : CTRL.created;
  if (!session.greeted) {
    session.greeted = true;
    session.kefu = packet.kefu !== undefined;
  }
  session.ctrl(packet.id, code, {
    params: {
      ver: PROTOCOL_VERSION,
      build: gateway.build,
      maxMessageSize: LIMITS.packetBytes,
      maxFileUploadSize: gateway.limits.fileBytes,
      maxSubscriberCount: LIMITS.subscriptionsPerAgent,
      maxTagCount: 16,
      minTagLength: 2,
      maxTagLength: 96,
      kefu: { v: KEFU_VERSION, epoch: gateway.epoch, ...(gateway.verify && { jwt: true }) },
    },
  });
}
