// Account: how a user is logged in on a session, and what the answer says.
import type { JsonObject } from '../protocol/json.ts';
import { hashOfToken } from './auth.ts';
import { timestamp } from './clock.ts';
import type { Hub } from './hub.ts';
import type { Session } from './session.ts';
import type { User } from './store/store.ts';

/** Ties the session to the user; returns the params of the answer to `acc` and `login`. */
export function identify(hub: Hub, session: Session, user: User, token: string, expiresAt: number): JsonObject {
  hub.enter(session, user);
  if (user.kind === 'agent') session.tokenHash = hashOfToken(token);
  return {
    user: user.id,
    token,
    expires: timestamp(expiresAt),
    authlvl: user.kind === 'visitor' && !user.identity ? 'anon' : 'auth',
    desc: {
      created: timestamp(user.createdAt),
      ...(user.public === undefined ? {} : { public: user.public }),
    },
  };
}
