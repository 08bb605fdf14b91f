// Server: http and WebSocket; puts the gateway together, and takes it apart gracefully.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { CLOSE } from '../protocol/close-code.ts';
import { CTRL } from '../protocol/ctrl-code.ts';
import { LIMITS } from '../protocol/limits.ts';
import { Assets } from './assets.ts';
import { createLocalBus } from './bus/local-bus.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { DEFAULT_LIMITS, LOCAL_LIMITS } from './config.ts';
import type { GatewayLimits } from './config.ts';
import { Dispatch } from './dispatch.ts';
import type { Gateway } from './gateway.ts';
import { Health } from './health.ts';
import { Hub } from './hub.ts';
import { createLog, errorText, networkOf } from './log.ts';
import type { Log } from './log.ts';
import { letPass } from './moderation.ts';
import type { Moderate } from './moderation.ts';
import { addressKey, addressOf, isLoopback, isOriginAllowed } from './origin.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import { Peer } from './peer.ts';
import { RateLimit } from './rate-limit.ts';
import { RecentSends } from './recent-sends.ts';
import { Routing } from './routing.ts';
import { Session } from './session.ts';
import { openEmbeddedStore } from './store/embedded-store.ts';
import type { Store } from './store/store.ts';

export interface GatewayOptions {
  /** Folder of the store; made if missing. */
  readonly dataDir: string;
  /** 0: any free one. */
  readonly port?: number;
  readonly host?: string;
  /** Serve the demo, to pages of this machine. */
  readonly demo?: boolean;
  readonly allowedOrigins?: readonly string[];
  readonly trustProxy?: number;
  readonly openRegistration?: boolean;
  readonly agentCapacity?: number;
  readonly moderate?: Moderate;
  readonly limits?: Partial<GatewayLimits>;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Log;
  /** The store died: the gateway can do nothing any more. */
  readonly onFailure?: (error: Error) => void;
}

export interface RunningGateway {
  /** `http://host:port` */
  readonly url: string;
  readonly port: number;
  /** For who shares the process: tests and the command line. */
  readonly store: Store;
  /** Tells the links, serves them on for a while, closes them, and saves what is to be saved. Idempotent. */
  close(): Promise<void>;
}

/** Where clients connect. */
const CHANNELS = '/v0/channels';
/** New connections that the system keeps waiting: everybody comes back at once after a restart. */
const BACKLOG = 4_096;

/** Starts a gateway; resolves when it listens. Rejects with a message for people: address in use, folder in use. */
export async function createGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { host = '127.0.0.1', clock = systemClock, random = Math.random, trustProxy = 0 } = options;
  // Behind a proxy everybody seems to come from this machine.
  const isLocal = trustProxy === 0 && (options.demo === true || isLoopback(host));
  const limits: GatewayLimits = { ...DEFAULT_LIMITS, ...(isLocal && LOCAL_LIMITS), ...options.limits };
  const log = options.log ?? createLog('silent', clock);
  const now = (): number => clock.now();

  const store = await openEmbeddedStore({
    dataDir: options.dataDir,
    exclusive: true,
    onFailure(error) {
      log.error('store', { error: error.message });
      options.onFailure?.(error);
    },
  });
  const bus = createLocalBus((error) => {
    log.error('bus', { error: errorText(error) });
  });
  const hub = new Hub({ store, bus, clock, log, limits });
  const routing = new Routing({ store, hub, clock, log, capacity: options.agentCapacity ?? 8 });
  await routing.start();
  const gateway: Gateway = {
    store,
    hub,
    routing,
    clock,
    log,
    limits,
    moderate: options.moderate ?? letPass,
    openRegistration: options.openRegistration ?? false,
    build: `kefu:${packageVersion()}`,
    rates: {
      visitorPubs: new RateLimit(limits.visitorPubs, now),
      agentPubs: new RateLimit(limits.agentPubs, now),
      accounts: new RateLimit(limits.accounts, now),
      loginFailures: new RateLimit(limits.loginFailures, now),
    },
    recentSends: new RecentSends(now),
  };

  const health = new Health(store, clock);
  const assets = new Assets({ root: packageRoot, demo: options.demo ?? false });
  const handshakes = new RateLimit(limits.handshakes, now);
  const originPolicy = { allowed: options.allowedOrigins ?? [], local: isLocal };
  const links = new Map<Session, Peer>();
  const linksPerAddress = new Map<string, number>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    if (path === undefined) reply(response, 400, { error: 'bad request' });
    else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      reply(response, 405, { error: 'method not allowed' });
    } else if (path === '/livez' || path === '/readyz') {
      const { ok, report } = path === '/livez' ? health.live() : await health.ready();
      reply(response, ok ? 200 : 503, { ok, ...report });
    } else if (path === CHANNELS) {
      response.setHeader('Upgrade', 'websocket');
      reply(response, 426, { error: 'a WebSocket is expected here' });
    } else if (!(await assets.serve(path, request, response))) reply(response, 404, { error: 'not found' });
  };
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 });
  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.error('http', { error: errorText(error) });
      if (response.headersSent) response.destroy();
      else reply(response, 500, { error: 'internal error' });
    });
  });

  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression keeps memory per link, and lets a small frame become a large one.
    perMessageDeflate: false,
    maxPayload: LIMITS.packetBytes,
    maxFragments: 64,
    maxBufferedChunks: 1_024,
  });
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    // A peer that resets here would otherwise end the process.
    socket.on('error', () => socket.destroy());
    const address = addressOf(request, trustProxy);
    const refused = refusal(request, addressKey(address));
    if (refused === undefined) {
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        connect(accepted, address);
      });
      return;
    }
    log.info('refused', { kind: refused, net: networkOf(address) });
    refuse(socket, refused);
  });

  /** The status line that a handshake is refused with; undefined: it is welcome. */
  function refusal(request: IncomingMessage, key: string): string | undefined {
    if (pathOf(request) !== CHANNELS) return '404 Not Found';
    if (health.isDraining) return '503 Service Unavailable';
    const { origin, host: hostHeader } = request.headers;
    if (!isOriginAllowed(origin, hostHeader, originPolicy)) return '403 Forbidden';
    if (links.size >= limits.links) return '503 Service Unavailable';
    if ((linksPerAddress.get(key) ?? 0) >= limits.linksPerAddress) return '429 Too Many Requests';
    return handshakes.take(key) > 0 ? '429 Too Many Requests' : undefined;
  }

  function connect(socket: WebSocket, address: string): void {
    const key = addressKey(address);
    const openedAt = clock.now();
    const peer: Peer = new Peer(socket, address, limits, clock, {
      frame: (text) => dispatch.frame(text),
      closed(code) {
        cancelDeadline();
        hub.leave(session);
        links.delete(session);
        const left = (linksPerAddress.get(key) ?? 1) - 1;
        if (left > 0) linksPerAddress.set(key, left);
        else linksPerAddress.delete(key);
        log.info('closed', { conn: peer.id, close: code, ms: clock.now() - openedAt });
      },
    });
    const session: Session = new Session(peer, clock);
    const dispatch: Dispatch = new Dispatch(gateway, session);
    links.set(session, peer);
    linksPerAddress.set(key, (linksPerAddress.get(key) ?? 0) + 1);
    log.info('opened', { conn: peer.id, net: networkOf(address) });
    let cancelDeadline = clock.after(limits.helloDeadlineMs, () => {
      if (!session.greeted) peer.close(CLOSE.protocol, 'no hi');
      else
        cancelDeadline = clock.after(limits.loginDeadlineMs, () => {
          if (!session.user) peer.close(CLOSE.protocol, 'no login');
        });
    });
  }

  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.port ?? 6060, host, backlog: BACKLOG }, resolve);
    });
  } catch (error) {
    health.close();
    await hub.close();
    await store.close();
    throw error;
  }
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  log.info('listening', { port });

  const stop = async (): Promise<void> => {
    health.isDraining = true;
    const openLinks = [...links];
    // The more there are, the longer they take to come back one after the other.
    const spreadMs = Math.min(60_000, Math.max(2_000, openLinks.length * 5));
    for (const [session] of openLinks)
      session.ctrl(undefined, CTRL.evicted, {
        text: 'server shutdown',
        params: { after: Math.round(random() * spreadMs) },
      });
    const end = clock.now() + limits.drainMs;
    // Whoever has nothing on its way may go at once; new messages of the others are still taken.
    while (links.size > 0 && clock.now() < end) await new Promise<void>((resolve) => clock.after(20, resolve));
    for (const [session, peer] of links) {
      await Promise.allSettled(session.sending);
      peer.close(CLOSE.restarting, 'restarting');
    }
    const closedBy = clock.now() + 2_500;
    while (links.size > 0 && clock.now() < closedBy) await new Promise<void>((resolve) => clock.after(10, resolve));
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    sockets.close();
    health.close();
    await routing.idle();
    await hub.close();
    await bus.close();
    await store.close();
    log.info('stopped');
  };
  let stopped: Promise<void> | undefined;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    store,
    close() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** The path without query; undefined for nonsense. */
function pathOf(request: IncomingMessage): string | undefined {
  const { pathname } = URL.parse(request.url ?? '', 'http://gateway') ?? {};
  // Clients of Tinode may put a slash at the end.
  return pathname !== undefined && pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
}

function reply(response: ServerResponse, status: number, body: { readonly [key: string]: unknown }): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(`${JSON.stringify(body)}\n`);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
