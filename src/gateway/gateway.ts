// Gateway: what the handlers of packets work with.
import type { Clock } from './clock.ts';
import type { GatewayLimits } from './config.ts';
import type { FileLinks } from './files/file-links.ts';
import type { Hub } from './hub.ts';
import type { Verify } from './identity.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Moderate } from './moderation.ts';
import type { Random } from './random.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RecentSends } from './recent-sends.ts';
import type { Routing } from './routing.ts';
import type { Session } from './session.ts';
import type { Store, User } from './store/store.ts';

export interface Gateway {
  readonly store: Store;
  readonly hub: Hub;
  readonly routing: Routing;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: GatewayLimits;
  readonly moderate: Moderate;
  readonly openRegistration: boolean;
  /** Undefined: nobody is known by a signed token. */
  readonly verify: Verify | undefined;
  /** Nobody becomes a visitor without one. */
  readonly identityRequired: boolean;
  /** Version of the software, as `hi` is told. */
  readonly build: string;
  /** Which life of the store this is: another one after it was put back to an earlier state. */
  readonly epoch: string;
  readonly rates: {
    /** By user. */
    readonly visitorPubs: RateLimit;
    readonly agentPubs: RateLimit;
    readonly visitorChanges: RateLimit;
    /** By address. */
    readonly accounts: RateLimit;
    readonly loginFailures: RateLimit;
  };
  readonly recentSends: RecentSends;
  readonly fileLinks: FileLinks;
}

/** Where a packet comes from, once its user is known. */
export interface Caller {
  readonly gateway: Gateway;
  readonly session: Session;
  readonly user: User;
}
