// login: says who is at the other end, by token or by name and password.
import type { Login } from '../../protocol/client-packet.ts';
import { CLOSE } from '../../protocol/close-code.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { identify } from '../account.ts';
import { TOKEN_LIVES, hashOfToken, isPassword, newToken, parseBasic } from '../auth.ts';
import type { Gateway } from '../gateway.ts';
import { networkOf } from '../log.ts';
import { addressKey } from '../origin.ts';
import type { Session } from '../session.ts';
import type { User } from '../store/store.ts';

export async function login(gateway: Gateway, session: Session, packet: Login): Promise<void> {
  if (session.user) {
    session.ctrl(packet.id, CTRL.conflict, { text: 'already logged in' });
    return;
  }
  if (packet.scheme === 'token') await byToken(gateway, session, packet);
  else if (packet.scheme === 'basic') await byPassword(gateway, session, packet);
  else session.ctrl(packet.id, CTRL.unauthorized);
}

/** The token stays the same: an answer that is lost must not lose the account. */
async function byToken(gateway: Gateway, session: Session, packet: Login): Promise<void> {
  const { store, clock, limits, metrics } = gateway;
  const hash = hashOfToken(packet.secret);
  const found = await store.useToken({ hash, now: clock.now(), lives: TOKEN_LIVES });
  if (!found) {
    metrics.count('auth_failures', 'token');
    session.ctrl(packet.id, CTRL.unauthorized);
    session.badTokens += 1;
    // Nobody has so many: a new link for each few costs whoever guesses more than the gateway.
    if (session.badTokens >= limits.badTokens) session.peer.close(CLOSE.tooMany, 'too many tokens');
  } else enter(gateway, session, packet, { ...found, token: packet.secret });
}

async function byPassword(gateway: Gateway, session: Session, packet: Login): Promise<void> {
  const { store, clock, random, log, metrics, rates } = gateway;
  const key = addressKey(session.peer.address);
  // Taken before the check, so that many at once get no more tries than one after the other.
  const retryAfter = rates.loginFailures.take(key);
  if (retryAfter > 0) {
    metrics.count('auth_failures', 'limited');
    session.ctrl(packet.id, CTRL.tooMany, { params: { retryAfter } });
    return;
  }
  const basic = parseBasic(packet.secret);
  const found = basic && (await store.credentials(basic.name));
  const isRight = await isPassword(basic?.password ?? '', found?.hash);
  if (!found || !isRight) {
    metrics.count('auth_failures', 'password');
    log.info('login-failed', { conn: session.id, net: networkOf(session.peer.address) });
    session.ctrl(packet.id, CTRL.unauthorized);
    return;
  }
  rates.loginFailures.giveBack(key);
  const token = newToken(random);
  const expiresAt = clock.now() + TOKEN_LIVES[found.user.kind];
  await store.addToken({ user: found.user.id, hash: hashOfToken(token), expiresAt });
  enter(gateway, session, packet, { user: found.user, token, expiresAt });
}

interface Entry {
  readonly user: User;
  readonly token: string;
  readonly expiresAt: number;
}

/** Lets the user in, unless one visitor has too many links: dead ones among them are found within the time to wait. */
function enter(gateway: Gateway, session: Session, { id }: Login, { user, token, expiresAt }: Entry): void {
  const { hub, limits } = gateway;
  if (user.kind !== 'agent' && hub.linksOf(user.id) >= limits.linksPerVisitor)
    session.ctrl(id, CTRL.tooMany, { params: { reason: 'links', retryAfter: limits.idleMs } });
  else session.ctrl(id, CTRL.ok, { params: identify(hub, session, user, token, expiresAt) });
}
