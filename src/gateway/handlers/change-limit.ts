// Change limit: how often a visitor may write what is no message (names, deletions, new conversations), or have messages looked through.
import { CTRL } from '../../protocol/ctrl-code.ts';
import type { Caller } from '../gateway.ts';

/** Counts one, and answers when it is one too many. Agents may do as they like. */
export function isOneTooMany({ gateway, session, user }: Caller, id: string | undefined, topic: string): boolean {
  const retryAfter = user.kind === 'agent' ? 0 : gateway.rates.visitorChanges.take(user.id);
  if (retryAfter > 0) session.ctrl(id, CTRL.tooMany, { topic, params: { retryAfter } });
  return retryAfter > 0;
}
