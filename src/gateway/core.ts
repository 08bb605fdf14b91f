// Core: sessions, topics, delivery and routing over pipes of any kind. Knows no sockets, files, machine time or randomness: a whole gateway can run in memory, on a clock that a test moves.
import { CLOSE } from '../protocol/close-code.ts';
import { CTRL } from '../protocol/ctrl-code.ts';
import type { Bus } from './bus/bus.ts';
import type { Clock } from './clock.ts';
import { Cluster } from './cluster.ts';
import type { GatewayLimits } from './config.ts';
import { Dispatch } from './dispatch.ts';
import { FileLinks } from './files/file-links.ts';
import type { Gateway } from './gateway.ts';
import { Hub } from './hub.ts';
import type { Verify } from './identity.ts';
import { errorText, networkOf } from './log.ts';
import type { Log } from './log.ts';
import { noMetrics } from './metrics.ts';
import type { CounterWord, Gauges, Metrics } from './metrics.ts';
import { letPass } from './moderation.ts';
import type { Moderate } from './moderation.ts';
import { addressKey } from './origin.ts';
import { Peer } from './peer.ts';
import type { Pipe } from './pipe.ts';
import type { Random } from './random.ts';
import { RateLimit } from './rate-limit.ts';
import { RecentSends } from './recent-sends.ts';
import { Retention } from './retention.ts';
import { Routing } from './routing.ts';
import { Session } from './session.ts';
import { EPOCH } from './store/store.ts';
import type { SharedStore, Store } from './store/store.ts';

export interface CoreOptions {
  readonly store: Store;
  readonly bus: Bus;
  /** Name of this gateway among others. */
  readonly node?: string | undefined;
  /** The store, when other gateways share it. Default: this one is alone. */
  readonly shared?: SharedStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is counted. */
  readonly metrics?: Metrics | undefined;
  readonly limits: GatewayLimits;
  /** Version of the software, as `hi` is told. */
  readonly build: string;
  /** Default: everything passes. */
  readonly moderate?: Moderate | undefined;
  /** Default: no. */
  readonly openRegistration?: boolean | undefined;
  /** How signed tokens are looked at. Default: there are none. */
  readonly verify?: Verify | undefined;
  /** Nobody becomes a visitor without one. Default: anybody does. */
  readonly identityRequired?: boolean | undefined;
  /** Conversations that one agent has at a time. Default 8. */
  readonly agentCapacity?: number | undefined;
  /** Conversations say who joined, handed over or closed them. Default: yes. */
  readonly systemLines?: boolean | undefined;
  /** Older messages are removed. Default: none are. */
  readonly retentionDays?: number | undefined;
}

/** Starts a core on a store and a bus, which stay the caller's. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { store, random, clock } = options;
  const secret = await store.secret({ name: 'file links', value: random.bytes(32).toString('base64') });
  const epoch = await store.secret({ name: EPOCH, value: random.bytes(6).toString('hex') });
  const core = new Core(options, new FileLinks(secret, clock), epoch);
  await core.start();
  return core;
}

/** How soon proxies notice that a gateway is not ready any more: they look every second. */
const NOTICE_MS = 2_000;
/** How long clients take, once it is their turn, for what they have on its way. */
const FINISH_MS = 5_000;

/** What ends a link, by its code. */
const CLOSE_WORDS: ReadonlyMap<number, CounterWord<'closes'>> = new Map([
  [CLOSE.normal, 'left'],
  [CLOSE.goingAway, 'left'],
  [CLOSE.asleep, 'left'],
  [1005, 'left'],
  [CLOSE.abnormal, 'cut'],
  [CLOSE.dead, 'cut'],
  [CLOSE.slow, 'slow'],
  [CLOSE.protocol, 'protocol'],
  [CLOSE.tooLarge, 'protocol'],
  [CLOSE.tooMany, 'limited'],
  [CLOSE.restarting, 'restarting'],
]);

export class Core {
  readonly #gateway: Gateway;
  readonly #cluster: Cluster | undefined;
  readonly #handshakes: RateLimit;
  readonly #links = new Map<Session, Peer>();
  readonly #linksPerAddress = new Map<string, number>();
  #isDraining = false;
  #cancelTokenCheck: (() => void) | undefined;
  readonly #retention: Retention | undefined;
  #foreignWrites = 0;
  #closed: Promise<void> | undefined;

  constructor(options: CoreOptions, fileLinks: FileLinks, epoch: string) {
    const { store, bus, clock, random, log, limits, build } = options;
    const { shared, node = '', metrics = noMetrics } = options;
    const hub = new Hub({ store, bus, clock, log, limits, shared, node, metrics });
    const { agentCapacity: capacity = 8, systemLines = true } = options;
    const routing = new Routing({ store, hub, clock, log, capacity, systemLines });
    this.#cluster =
      shared && new Cluster({ store: shared, hub, routing, everyMs: limits.catchUpMs, clock, log, metrics });
    const { retentionDays: days } = options;
    if (days !== undefined) this.#retention = new Retention({ store, hub, clock, random, log, limits, days });
    const now = (): number => clock.elapsed();
    this.#handshakes = new RateLimit(limits.handshakes, now);
    this.#gateway = {
      store,
      hub,
      routing,
      clock,
      random,
      log,
      metrics,
      limits,
      moderate: options.moderate ?? letPass,
      openRegistration: options.openRegistration ?? false,
      verify: options.verify,
      identityRequired: options.identityRequired ?? false,
      build,
      epoch,
      rates: {
        visitorPubs: new RateLimit(limits.visitorPubs, now),
        agentPubs: new RateLimit(limits.agentPubs, now),
        visitorChanges: new RateLimit(limits.visitorChanges, now),
        accounts: new RateLimit(limits.accounts, now),
        loginFailures: new RateLimit(limits.loginFailures, now),
      },
      recentSends: new RecentSends(now),
      fileLinks,
    };
  }

  async start(): Promise<void> {
    await this.#cluster?.start();
    this.#foreignWrites = await this.#gateway.store.foreignWrites();
    this.#checkTokensLater();
  }

  /** Whether it is on its way out: tells its links and takes no new ones. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  get fileLinks(): FileLinks {
    return this.#gateway.fileLinks;
  }

  /** How things stand. */
  get gauges(): Gauges {
    const { hub } = this.#gateway;
    const sessions = { visitor: 0, agent: 0, user: 0 };
    for (const { user } of this.#links.keys()) if (user) sessions[user.kind] += 1;
    const { size, onDuty } = hub.presence;
    return {
      connections: this.#links.size,
      sessions,
      topics: hub.size,
      present: size,
      onDuty,
      draining: this.#isDraining,
    };
  }

  /** Why no link more is welcome from this address, as a ctrl code; undefined: it is. Asked once per link. */
  refusal(address: string): number | undefined {
    const { limits, metrics } = this.#gateway;
    const key = addressKey(address);
    if (this.#isDraining || this.#links.size >= limits.links) {
      metrics.count('connects', 'full');
      return CTRL.unavailable;
    }
    const isTooMany = (this.#linksPerAddress.get(key) ?? 0) >= limits.linksPerAddress;
    if (!isTooMany && this.#handshakes.take(key) === 0) return undefined;
    metrics.count('connects', 'limited');
    return CTRL.tooMany;
  }

  /** A new link, from a client at `address`, which may open conversations in these channels. */
  connect(pipe: Pipe, address: string, channels: Session['channels'] = 'all'): void {
    const { clock, random, hub, limits, log } = this.#gateway;
    const key = addressKey(address);
    const openedAt = clock.elapsed();
    const id = random.bytes(6).toString('hex');
    const peer: Peer = new Peer(
      pipe,
      { id, address, limits, clock },
      {
        frame: (text) => dispatch.frame(text),
        closed: (code) => {
          cancelDeadline();
          hub.leave(session);
          this.#links.delete(session);
          const left = (this.#linksPerAddress.get(key) ?? 1) - 1;
          if (left > 0) this.#linksPerAddress.set(key, left);
          else this.#linksPerAddress.delete(key);
          this.#gateway.metrics.count('closes', CLOSE_WORDS.get(code) ?? 'other');
          log.info('closed', { conn: id, close: code, ms: Math.round(clock.elapsed() - openedAt) });
        },
      },
    );
    const session: Session = new Session(peer, clock, channels);
    const dispatch: Dispatch = new Dispatch(this.#gateway, session);
    this.#links.set(session, peer);
    this.#linksPerAddress.set(key, (this.#linksPerAddress.get(key) ?? 0) + 1);
    this.#gateway.metrics.count('connects', 'opened');
    log.info('opened', { conn: id, net: networkOf(address) });
    let cancelDeadline = clock.after(limits.helloDeadlineMs, () => {
      if (!session.greeted) peer.close(CLOSE.protocol, 'no hi');
      else
        cancelDeadline = clock.after(limits.loginDeadlineMs, () => {
          if (!session.user) peer.close(CLOSE.protocol, 'no login');
        });
    });
  }

  /** Tells the links, serves them on for a while, closes them, and saves what is to be saved. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { hub, routing } = this.#gateway;
    this.#isDraining = true;
    this.#cancelTokenCheck?.();
    await this.#drain();
    await this.#retention?.close();
    await this.#cluster?.close();
    await routing.idle();
    await hub.close();
  }

  #checkTokensLater(): void {
    const { clock, limits } = this.#gateway;
    this.#cancelTokenCheck = clock.after(limits.tokenCheckMs, () => {
      void Promise.all([this.#checkTokens(), this.#checkStore()]).then(() => {
        if (!this.#isDraining) this.#checkTokensLater();
      });
    });
  }

  /** Ends the links of agents who were removed, or have another password: the command line, which does it, knows no links. */
  async #checkTokens(): Promise<void> {
    const { store, clock, log } = this.#gateway;
    const hashes = new Set([...this.#links.keys()].flatMap(({ tokenHash }) => tokenHash ?? []));
    if (hashes.size === 0) return;
    try {
      const live = new Set(await store.liveTokens({ hashes: [...hashes], now: clock.now() }));
      for (const [{ tokenHash }, peer] of this.#links)
        if (tokenHash !== undefined && hashes.has(tokenHash) && !live.has(tokenHash))
          peer.close(CLOSE.unauthorized, 'logged out');
    } catch (error) {
      log.warn('tokens', { error: errorText(error) });
    }
  }

  /** The command line, which may have erased somebody, knows no topics either. */
  async #checkStore(): Promise<void> {
    const { store, hub, log } = this.#gateway;
    try {
      const before = this.#foreignWrites;
      this.#foreignWrites = await store.foreignWrites();
      if (before !== this.#foreignWrites) await hub.refresh();
    } catch (error) {
      log.warn('foreign-writes', { error: errorText(error) });
    }
  }

  async #drain(): Promise<void> {
    const { clock, random, limits } = this.#gateway;
    const links = this.#links;
    // The more there are, the longer they take to come back one after the other.
    const spreadMs = Math.min(60_000, Math.max(2_000, links.size * 5));
    // Who comes back sooner than proxies have noticed is sent here again.
    const firstMs = this.#cluster ? NOTICE_MS : 0;
    for (const session of links.keys())
      session.ctrl(undefined, CTRL.evicted, {
        text: 'server shutdown',
        params: { after: Math.round(firstMs + random.fraction() * spreadMs), spread: spreadMs },
      });
    // Others are there to go to: nobody needs to be without a link before it is their turn. Alone, more time only means more time away.
    const serveMs = this.#cluster ? Math.min(limits.handOverMs, firstMs + spreadMs + FINISH_MS) : limits.drainMs;
    const end = clock.elapsed() + serveMs;
    // Whoever has nothing on its way may go at once; new messages of the others are still taken.
    while (links.size > 0 && clock.elapsed() < end) await new Promise<void>((resolve) => clock.after(20, resolve));
    for (const peer of links.values()) peer.stop();
    // Everything that was taken is answered.
    await Promise.all([...links.keys()].flatMap(({ sending }) => [...sending]));
    for (const peer of links.values()) peer.close(CLOSE.restarting, 'restarting');
    const closedBy = clock.elapsed() + limits.goodbyeMs + 500;
    while (links.size > 0 && clock.elapsed() < closedBy) await new Promise<void>((resolve) => clock.after(10, resolve));
  }
}
