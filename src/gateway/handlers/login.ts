// login: says who is at the other end, by token, by name and password, or by the signed token of who runs the page.
import type { Login } from '../../protocol/client-packet.ts';
import { CLOSE } from '../../protocol/close-code.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { identify } from '../account.ts';
import { KNOWN_LIFE_MS, TOKEN_LIVES, hashOfToken, isPassword, newName, newToken, parseBasic } from '../auth.ts';
import type { GatewayLimits } from '../config.ts';
import type { Gateway } from '../gateway.ts';
import type { Verify } from '../identity.ts';
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
  else if (packet.scheme === 'jwt' && gateway.verify) await byIdentity(gateway, session, packet, gateway.verify);
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
    countBadToken(session, limits);
  } else enter(gateway, session, packet, { ...found, token: packet.secret });
}

/** Nobody has so many: a new link for each few costs whoever guesses more than the gateway. */
function countBadToken(session: Session, limits: GatewayLimits): void {
  session.badTokens += 1;
  if (session.badTokens >= limits.badTokens) session.peer.close(CLOSE.tooMany, 'too many tokens');
}

/** The client hears whether a fresh token would help; what is wrong with this one is the operator's business. */
async function byIdentity(gateway: Gateway, session: Session, packet: Login, verify: Verify): Promise<void> {
  const { store, hub, clock, random, log, metrics, limits } = gateway;
  const at = clock.now();
  const identity = await verify(Buffer.from(packet.secret, 'base64').toString('latin1'), at);
  if (typeof identity === 'string') {
    metrics.count('auth_failures', `jwt_${identity}`);
    log.info('login-failed', { conn: session.id, net: networkOf(session.peer.address), kind: `jwt_${identity}` });
    const reason = identity === 'expired' ? identity : 'token';
    session.ctrl(packet.id, CTRL.unauthorized, { params: { reason } });
    countBadToken(session, limits);
    return;
  }
  const token = newToken(random);
  const expiresAt = at + KNOWN_LIFE_MS;
  const from = packet.kefu?.from;
  const { user, isChanged, merged } = await store.identify({
    identity,
    from: from === undefined ? undefined : hashOfToken(from),
    id: newName('usr', random),
    token: { hash: hashOfToken(token), expiresAt },
    at,
  });
  // First: what is opened next is theirs here too.
  if (merged) {
    log.info('merged', { conn: session.id, count: merged.conversations.length });
    await hub.merged(merged);
  }
  enter(gateway, session, packet, { user, token, expiresAt });
  if (isChanged) await hub.renamed(user);
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
