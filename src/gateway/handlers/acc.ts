// acc: makes an account: a visitor's, or, where the operator wants it, one with name and password.
import type { Acc } from '../../protocol/client-packet.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { identify } from '../account.ts';
import { TOKEN_LIVES, hashOfToken, hashPassword, newName, newToken, parseBasic } from '../auth.ts';
import { isPublicTooLong } from '../description.ts';
import type { Gateway } from '../gateway.ts';
import { addressKey } from '../origin.ts';
import type { Session } from '../session.ts';
import type { NewUser } from '../store/store.ts';

export async function acc(gateway: Gateway, session: Session, packet: Acc): Promise<void> {
  const { store, hub, clock, random, rates } = gateway;
  const { id } = packet;
  if (session.user) {
    session.ctrl(id, CTRL.conflict, { text: 'already logged in' });
    return;
  }
  if (packet.user?.startsWith('new') !== true) {
    session.ctrl(id, CTRL.malformed, { text: 'acc.user: new expected' });
    return;
  }
  const isAnonymous = packet.scheme === 'anonymous';
  if (!isAnonymous && !(packet.scheme === 'basic' && gateway.openRegistration)) {
    session.ctrl(id, CTRL.forbidden);
    return;
  }
  if (isAnonymous && gateway.identityRequired) {
    gateway.metrics.count('auth_failures', 'identity');
    session.ctrl(id, CTRL.forbidden, { params: { reason: 'identity' } });
    return;
  }
  if (isAnonymous && packet.login !== true) {
    session.ctrl(id, CTRL.malformed, { text: 'acc.login: true expected, nobody could log in later' });
    return;
  }
  if (isPublicTooLong(packet.desc?.public)) {
    session.ctrl(id, CTRL.tooLarge);
    return;
  }
  const basic = isAnonymous ? undefined : parseBasic(packet.secret ?? '');
  if (!isAnonymous && !basic) {
    session.ctrl(id, CTRL.malformed, { text: 'acc.secret: base64 of name:password expected' });
    return;
  }
  const retryAfter = rates.accounts.take(addressKey(session.peer.address));
  if (retryAfter > 0) {
    session.ctrl(id, CTRL.tooMany, { params: { retryAfter } });
    return;
  }
  const now = clock.now();
  const token = newToken(random);
  const kind = isAnonymous ? 'visitor' : 'user';
  const expiresAt = now + TOKEN_LIVES[kind];
  const user: NewUser = {
    id: newName('usr', random),
    kind,
    public: packet.desc?.public,
    createdAt: now,
    ...(packet.login === true ? { token: { hash: hashOfToken(token), expiresAt } } : {}),
    ...(basic ? { login: { name: basic.name, hash: await hashPassword(basic.password, random) } } : {}),
  };
  if (!(await store.createUser(user))) {
    session.ctrl(id, CTRL.conflict, { text: 'name taken' });
    return;
  }
  if (packet.login === true) session.ctrl(id, CTRL.ok, { params: identify(hub, session, user, token, expiresAt) });
  else session.ctrl(id, CTRL.created, { params: { user: user.id } });
}
