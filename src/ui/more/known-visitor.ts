// The visitor whom the page names: who is on the screen until the gateway has said who they are, and after that.
import { jwtLogin } from '../../sdk/app/jwt-login.ts';
import type { TokenHost, TokenReason } from '../../sdk/app/jwt-login.ts';
import type { Client } from '../../sdk/app/model.ts';
import type { ClientOptions } from '../../sdk/app/options.ts';

/** What the element lends: its tokens, and the client on its screen. */
export interface KnownHost {
  readonly host: TokenHost;
  readonly subjectOf: (token: string) => string | undefined;
  /** The page is to be told that a token is needed. */
  readonly needed: (reason: TokenReason) => void;
  /** Whom the page names, as far as that is known. */
  readonly subject: () => string | undefined;
  readonly shown: () => Client | undefined;
  readonly make: (options: Partial<ClientOptions>) => Client | undefined;
  /** Puts the client on the screen, with the state of its own link or of another's. */
  readonly show: (client: Client, link$?: Client['link$']) => void;
  /** Nothing of who was there stays: a new client of an anonymous visitor is on the screen, without a link. */
  readonly restart: () => void;
}

export interface KnownVisitor {
  /** The page has said something about who the visitor is, or the client on the screen is a new one. */
  changed(): void;
  /** The element lets go of its client; `forgets`: and the visitor leaves the device. */
  end(forgets?: boolean): void;
}

export const knownVisitor = ({
  host,
  subjectOf,
  needed,
  subject,
  shown,
  make,
  show,
  restart,
}: KnownHost): KnownVisitor => {
  /** The client of who is named, and the one that was on the screen before, until the gateway has said who they are. */
  let known: Client | undefined;
  let former: Client | undefined;
  let whose: string | undefined;

  const end = (forgets = false): void => {
    for (const client of [known, former]) {
      if (!client || client === shown()) continue;
      if (forgets) client.logout();
      client.destroy();
    }
    known = former = undefined;
  };

  const changed = (): void => {
    const on = shown();
    const named = subject();
    if (!on) return;
    if (known && named === whose && (named !== undefined || host.tokenProvider)) {
      known.connect();
      return;
    }
    if (on === known) {
      restart();
      return;
    }
    end();
    whose = named;
    if (named === undefined && !host.tokenProvider) {
      on.connect();
      return;
    }
    // An anonymous visitor with something on the screen keeps it there until then.
    const isBlank = on.link$.value.state === 'idle' && on.parts().topic.pool.length === 0;
    on.disconnect();
    former = on;
    const client = make({
      subject: named,
      logIn: jwtLogin({
        host,
        subjectOf,
        subject: named,
        client: () => client ?? on,
        isOver: () => known !== client,
        needed,
        former: on,
        other: changed,
        known: () => {
          if (!client || known !== client) return;
          former = undefined;
          if (shown() !== client) show(client);
        },
      }),
    });
    known = client;
    if (!client) return;
    if (named !== undefined && isBlank) show(client);
    else show(on, client.link$);
    client.connect();
  };

  return { changed, end };
};
