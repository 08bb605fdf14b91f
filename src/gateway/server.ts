// Server: http and WebSocket around a core; puts the gateway together, and takes it apart gracefully.
import { STATUS_CODES, createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { LIMITS } from '../protocol/limits.ts';
import { Assets } from './assets.ts';
import { openBus } from './bus/open-bus.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { DEFAULT_LIMITS, LOCAL_LIMITS } from './config.ts';
import type { GatewayLimits, JwtConfig } from './config.ts';
import { createCore } from './core.ts';
import { DEMO_TOKEN, DemoCustomers } from './demo-customers.ts';
import { Files, openFiles } from './files/files.ts';
import type { S3Options } from './files/s3-storage.ts';
import { Health } from './health.ts';
import { openVerify } from './jwt.ts';
import { createLog, errorText, networkOf } from './log.ts';
import type { Log } from './log.ts';
import { LongPolling } from './long-polling.ts';
import { noMetrics } from './metrics.ts';
import type { Moderate } from './moderation.ts';
import { addressOf, channelsOf, isLoopback } from './origin.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import { Prometheus, listen } from './prometheus.ts';
import type { MetricsServer } from './prometheus.ts';
import { systemRandom } from './random.ts';
import type { Random } from './random.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { WebSocketPipe } from './websocket-pipe.ts';

export interface GatewayOptions {
  /** Folder of the store and of uploaded files; made if missing. */
  readonly dataDir: string;
  /** PostgreSQL instead of the embedded store: `postgres://…`. Any number of gateways may share it. */
  readonly databaseUrl?: string | undefined;
  /** NATS instead of the database's notifications between such gateways: `nats://…`, comma-separated. */
  readonly natsUrl?: string | undefined;
  /** 0: any free one. */
  readonly port?: number;
  readonly host?: string;
  /** Serve the demo, to pages of this machine. */
  readonly demo?: boolean;
  readonly allowedOrigins?: readonly string[];
  readonly trustProxy?: number;
  readonly openRegistration?: boolean;
  /** How visitors are known by signed tokens. Default: they are not. */
  readonly jwt?: JwtConfig | undefined;
  readonly agentCapacity?: number;
  readonly systemLines?: boolean;
  /** Messages and their files are removed when they are older. Default: never. */
  readonly retentionDays?: number | undefined;
  readonly moderate?: Moderate;
  /** Size of one uploaded file. */
  readonly fileBytes?: number;
  /** Where uploaded files are. Default: in the data folder. */
  readonly s3?: S3Options | undefined;
  readonly limits?: Partial<GatewayLimits>;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** Where Prometheus finds the metrics. Default: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
  /** The store died: the gateway can do nothing any more. */
  readonly onFailure?: (error: Error) => void;
}

export interface RunningGateway {
  /** `http://host:port` */
  readonly url: string;
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** For who shares the process: tests and the command line. */
  readonly store: Store;
  /** Tells the links, serves them on for a while, closes them, and saves what is to be saved. Idempotent. */
  close(): Promise<void>;
}

/** Where clients connect. */
const CHANNELS = '/v0/channels';
const POLLING = '/v0/channels/lp';
/** How long a request may take to come; one that uploads a file. */
const REQUEST_MS = 30_000;
const UPLOAD_MS = 600_000;
/** New connections that the system keeps waiting: everybody comes back at once after a restart. */
const BACKLOG = 4_096;

/** Starts a gateway; resolves when it listens. Rejects with a message for people: address in use, folder in use. */
export async function createGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { host = '127.0.0.1', clock = systemClock, random = systemRandom, trustProxy = 0 } = options;
  // Behind a proxy everybody seems to come from this machine.
  const isLocal = trustProxy === 0 && (options.demo === true || isLoopback(host));
  const limits: GatewayLimits = {
    ...DEFAULT_LIMITS,
    ...(isLocal && LOCAL_LIMITS),
    ...(options.fileBytes !== undefined && { fileBytes: options.fileBytes }),
    ...options.limits,
  };
  const log = options.log ?? createLog('silent', clock);

  const { dataDir, databaseUrl, natsUrl, s3 } = options;
  // Anybody may be one of them: only where nobody else can connect.
  const isShop = options.demo === true && options.jwt === undefined && trustProxy === 0 && isLoopback(host);
  const customers = isShop ? new DemoCustomers(random, clock) : undefined;
  const jwt = options.jwt ?? customers?.jwt;
  const verify = jwt && (await openVerify(jwt));
  const node = random.bytes(6).toString('hex');
  const { store, shared } = await openStore({
    databaseUrl,
    dataDir,
    exclusive: true,
    log,
    onFailure(error) {
      log.error('store', { error: error.message });
      options.onFailure?.(error);
    },
  });
  const prometheus = options.metrics && (await Prometheus.load());
  const { bus, isUp } = openBus({ databaseUrl, natsUrl, node, log, metrics: prometheus ?? noMetrics });
  const { moderate, openRegistration, agentCapacity, systemLines, retentionDays } = options;
  const build = `kefu:${packageVersion()}`;
  const core = await createCore({
    store,
    shared,
    bus,
    node,
    clock,
    random,
    log,
    metrics: prometheus,
    limits,
    build,
    moderate,
    openRegistration,
    verify,
    identityRequired: jwt?.isRequired,
    agentCapacity,
    systemLines,
    retentionDays,
  });
  const health = new Health(store, clock, () => core.isDraining, isUp);
  prometheus?.watch({ gauges: () => core.gauges, store, now: () => clock.now(), isBusUp: isUp, build });
  const assets = new Assets({ root: packageRoot, demo: options.demo ?? false });
  const originPolicy = { allowed: options.allowedOrigins ?? [], local: isLocal };
  const channels = ({ headers }: IncomingMessage): ReturnType<typeof channelsOf> =>
    channelsOf(headers.origin, headers.host, originPolicy);
  const isAllowed = (request: IncomingMessage): boolean => {
    const some = channels(request);
    return some === 'all' || some.size > 0;
  };
  const web = { clock, random, isAllowed, addressOf: (request: IncomingMessage) => addressOf(request, trustProxy) };
  const polling = new LongPolling({ ...web, core, channelsOf: channels, pollMs: limits.pollMs });
  const files = await openFiles({ ...web, dataDir, s3, store, log, limits, links: core.fileLinks });

  const tellHealth = async (path: '/livez' | '/readyz', response: ServerResponse): Promise<void> => {
    const { ok, report } = path === '/livez' ? health.live() : await health.ready();
    reply(response, ok ? 200 : 503, { ok, ...report });
  };
  const tellOperator = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/metrics' && prometheus) await prometheus.answer(response);
    else if (path === '/livez' || path === '/readyz') await tellHealth(path, response);
    else reply(response, 404, { error: 'not found' });
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    if (path !== undefined && Files.isAt(path)) {
      await files.serve(path, request, response);
      return;
    }
    const cancel = clock.after(REQUEST_MS, () => {
      if (!request.complete) request.destroy();
    });
    response.on('close', cancel);
    if (path === undefined) reply(response, 400, { error: 'bad request' });
    else if (path === POLLING) await polling.serve(request, response);
    else if (path === DEMO_TOKEN && customers && request.method === 'POST') {
      const token = isAllowed(request) ? await customers.sign(request) : undefined;
      if (token === undefined) reply(response, 403, { error: 'no such customer' });
      else reply(response, 200, { token });
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      reply(response, 405, { error: 'method not allowed' });
    } else if (path === '/livez' || path === '/readyz') await tellHealth(path, response);
    else if (path === CHANNELS) {
      response.setHeader('Upgrade', 'websocket');
      reply(response, 426, { error: 'a WebSocket is expected here' });
    } else if (!(await assets.serve(path, request, response))) reply(response, 404, { error: 'not found' });
  };
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: UPLOAD_MS,
    keepAliveTimeout: 5_000,
    // How often these are looked at.
    connectionsCheckingInterval: 5_000,
  });
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
    // A peer that resets here would otherwise end the process. No closure, which would keep the request as long as the link.
    socket.on('error', destroyThis);
    const address = addressOf(request, trustProxy);
    const refused = refusal(request, address);
    if (refused === undefined) {
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        core.connect(new WebSocketPipe(accepted, socket), address, channels(request));
      });
      return;
    }
    if (refused === 403) prometheus?.count('connects', 'forbidden');
    log.info('refused', { kind: String(refused), net: networkOf(address) });
    refuse(socket, refused);
  });

  /** The status that a handshake is refused with; undefined: it is welcome. */
  function refusal(request: IncomingMessage, address: string): number | undefined {
    if (pathOf(request) !== CHANNELS) return 404;
    return isAllowed(request) ? core.refusal(address) : 403;
  }

  let metricsServer: MetricsServer | undefined;
  try {
    metricsServer = options.metrics && (await listen(options.metrics, tellOperator));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.port ?? 6060, host, backlog: BACKLOG }, resolve);
    });
  } catch (error) {
    await metricsServer?.close();
    health.close();
    await core.close();
    await files.close();
    await store.close();
    throw error;
  }
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  log.info('listening', { port });

  const stop = async (): Promise<void> => {
    await core.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    sockets.close();
    health.close();
    await files.close();
    await bus.close();
    await store.close();
    await metricsServer?.close();
    log.info('stopped');
  };
  let stopped: Promise<void> | undefined;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    metricsPort: metricsServer?.port,
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

function destroyThis(this: Duplex): void {
  this.destroy();
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
