// The state of the link in words that a screen can honestly show.
import type { LinkState } from '../datalink/session.ts';
import type { LinkStatus, LinkStatusState } from './model.ts';

// Node has a navigator that knows nothing about networks.
const deviceIsOffline = (): boolean => typeof document !== 'undefined' && !navigator.onLine;

const stateOf = (before: LinkStatusState, link: LinkState): LinkStatusState => {
  if (link === 'idle') return 'idle';
  if (link === 'fatal') return 'refused';
  if (link === 'live') return 'online';
  // The gateway takes its leave: it still answers.
  if (link === 'draining') return before;
  if (before === 'idle' || before === 'connecting') return link === 'backoff' ? retrying() : 'connecting';
  return retrying();
};

// What the device says about its network is a hint for words, never a reason to wait.
const retrying = (): LinkStatusState => (deviceIsOffline() ? 'offline' : 'retrying');

/** The next status; the same object when nothing changed. */
export const linkStatus = (before: LinkStatus, link: LinkState, catchingUp: boolean, now: number): LinkStatus => {
  const state = stateOf(before.state, link);
  const stale = state === 'retrying' || state === 'offline' || catchingUp;
  if (state === before.state && stale === before.stale) return before;
  return { state, stale, since: state === before.state ? before.since : now };
};
