// Login by a JWT: the host's own server says who the visitor is, and what the anonymous visitor of this device has is theirs from then on.
import { asObject } from '../../protocol/json.ts';
import type { Json } from '../../protocol/json.ts';
import type { Ctrl } from '../../protocol/server-packet.ts';
import type { LogIn } from '../datalink/session.ts';
import type { Client } from './model.ts';

/** A provider that takes longer has failed. */
const TOKEN_MS = 5_000;
/** Storage that takes longer must not hold up a login. */
const KEPT_MS = 1_000;

/**
 * Why a token is needed: the gateway finds the last one `expired`, or wrong (`token`; which part is in its log), or lets
 * nobody in without one (`identity`); `provider`: the host's failed, or took longer than 5 s; `missing`: there is a user
 * and no token; `unsupported`: the gateway has no keys to check tokens with.
 */
export type TokenReason = 'expired' | 'token' | 'identity' | 'provider' | 'missing' | 'unsupported';

/** Gives a fresh token. */
export type TokenProvider = () => string | PromiseLike<string>;

/** The element that the host gives tokens to. */
export interface TokenHost {
  /** The newest one. */
  token: string | undefined;
  readonly tokenProvider: TokenProvider | undefined;
}

export interface JwtLoginSurroundings {
  readonly host: TokenHost;
  /** Whom a token names: of the bundle that made the client. */
  readonly subjectOf: (token: string) => string | undefined;
  /** Whom the login is for; undefined: for nobody, before the provider has said for whom. */
  readonly subject: string | undefined;
  /** The client that logs in. */
  readonly client: () => Client;
  /** Whether the page has meanwhile named another, or nobody: what comes late for this one is not to bring them back. */
  readonly isOver: () => boolean;
  /** That of the anonymous visitor of this device, which has no link. It is ended when it has nothing any more. */
  readonly former: Client;
  readonly needed: (reason: TokenReason) => void;
  /** The provider has given a token for somebody else. */
  readonly other: () => void;
  /** The gateway has said who the visitor is, and the client has all that the former had. */
  readonly known: () => void;
}

type After = (ms: number, act: () => void) => () => void;

/** What `ask` gives, or undefined when it throws, fails or takes longer than `ms`. */
const within = <T>(after: After, ms: number, ask: () => T | PromiseLike<T>): Promise<T | undefined> =>
  new Promise((resolve) => {
    const without = (): void => {
      resolve(undefined);
    };
    const cancel = after(ms, without);
    Promise.resolve().then(ask).then(resolve, without).finally(cancel);
  });

/**
 * The conversation of `former` is that of `client` from now on, and all that the other has not sent goes on as its
 * messages, and is kept as such. Resolves with whether there was any.
 */
const inherit = async (former: Client, client: Client, user: Json | undefined, after: After): Promise<boolean> => {
  const { topic } = client.parts();
  const { seen } = await former.parts().topic.kept();
  await topic.restored;
  if (seen && typeof user === 'string') {
    // It is the one to talk in, whichever the visitor had on this device before.
    topic.forget();
    topic.resume({ ...seen, user });
  }
  const moved = new Set<string>();
  for (;;) {
    const { own, files } = former.parts().topic.own.unsent();
    // Other pages of the anonymous visitor may have told of more meanwhile.
    const left = own.filter(({ key }) => !moved.has(key));
    if (left.length === 0) return moved.size > 0;
    for (const { key } of left) moved.add(key);
    await within(after, KEPT_MS, () => topic.own.inherit({ own: left, files }));
  }
};

/** How the visitor of one client logs in, on each of its links. What it rejects with is tried again after a back-off. */
export const jwtLogin = (around: JwtLoginSurroundings): ((...on: Parameters<LogIn>) => Promise<Ctrl>) => {
  const { host, subjectOf, subject, client, isOver, former, needed, other, known } = around;
  /** The token that is not sent again: the gateway has refused it, or there is a provider for another. */
  let spent: string | undefined;
  let isMerged = false;

  const need = (reason: TokenReason): Error => {
    needed(reason);
    return new Error(reason);
  };

  const freshToken = async (after: After): Promise<string> => {
    const { token, tokenProvider } = host;
    if (token && token !== spent) return token;
    if (!tokenProvider) throw token ? new Error('refused before') : need('missing');
    const fresh: unknown = await within(after, TOKEN_MS, () => tokenProvider());
    if (isOver()) throw new Error('over');
    if (typeof fresh !== 'string' || subjectOf(fresh) === undefined) throw need('provider');
    return (host.token = fresh);
  };

  return async (hi, requests, clock) => {
    const after: After = (ms, act) => clock.after(ms, act);
    const token = await freshToken(after);
    if (subjectOf(token) !== subject) {
      other();
      throw new Error('somebody else');
    }
    if (!asObject(hi.params?.['kefu'])?.['jwt']) throw need('unsupported');
    let from: string | undefined;
    if (!isMerged) {
      const { topic, session } = former.parts();
      await topic.restored;
      from = await session.token();
    }
    if (host.tokenProvider) spent = token;
    try {
      const ctrl = await requests.request('login', {
        scheme: 'jwt',
        secret: btoa(token),
        ...(from === undefined ? {} : { kefu: { from } }),
      });
      if (!isMerged) {
        const moved = await inherit(former, client(), ctrl.params?.['user'], after);
        isMerged = true;
        known();
        if (from !== undefined || moved) former.logout();
        former.destroy();
      }
      return ctrl;
    } catch (error) {
      // The gateway said no for good. The class of that error is in another bundle, and is another one here.
      if (!(error instanceof Error && 'reason' in error)) throw error;
      spent = token;
      throw need(error.reason === 'expired' ? 'expired' : 'token');
    }
  };
};
