// The states of the link, and every way from one to another.

/**
 * - `idle`: not wanted.
 * - `connecting`: a connection is being opened.
 * - `hello`: it is open; hi and login are on their way.
 * - `live`: logged in.
 * - `suspect`: a probe got no answer in time, or the network is another one; a second connection is being opened, the first to answer wins.
 * - `draining`: the gateway said that it goes away; a new link follows soon.
 * - `backoff`: waiting before the next attempt.
 * - `asleep`: the page was left; nothing is tried until it is back.
 * - `fatal`: the gateway does not want this client; only an act of the app starts it again.
 */
export type LinkState =
  'idle' | 'connecting' | 'hello' | 'live' | 'suspect' | 'draining' | 'backoff' | 'asleep' | 'fatal';

/**
 * start: the app wants a link · opened: the connection is open · ready: logged in · silent: no answer, or none to be
 * expected · answered: the old connection spoke after all · lost: the connection is gone · drain: told to come back
 * elsewhere · due: the wait is over · sleep, wake: the page · refused: not wanted here · stop: the app wants no link.
 */
export type LinkEvent =
  | 'start'
  | 'opened'
  | 'ready'
  | 'silent'
  | 'answered'
  | 'lost'
  | 'drain'
  | 'due'
  | 'sleep'
  | 'wake'
  | 'refused'
  | 'stop';

const ALWAYS = { stop: 'idle', sleep: 'asleep', refused: 'fatal' } as const;

/** From state, by event, to state. What is not here does not happen. */
export const LINK_TRANSITIONS: { readonly [S in LinkState]: { readonly [E in LinkEvent]?: LinkState } } = {
  idle: { start: 'connecting' },
  connecting: { ...ALWAYS, opened: 'hello', lost: 'backoff' },
  hello: { ...ALWAYS, ready: 'live', lost: 'backoff' },
  live: { ...ALWAYS, silent: 'suspect', lost: 'backoff', drain: 'draining' },
  suspect: { ...ALWAYS, silent: 'suspect', answered: 'live', opened: 'hello', lost: 'backoff' },
  draining: { ...ALWAYS, due: 'connecting', lost: 'backoff' },
  backoff: { ...ALWAYS, due: 'connecting', wake: 'connecting' },
  asleep: { stop: 'idle', wake: 'connecting' },
  fatal: { stop: 'idle', start: 'connecting' },
};

/** The state that `event` leads to, or undefined when it means nothing in `state`. */
export const nextLinkState = (state: LinkState, event: LinkEvent): LinkState | undefined =>
  LINK_TRANSITIONS[state][event];
