// Prometheus: the metrics as its text, on a port of their own that is not for the public.
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type * as Package from 'prom-client';
import { ConfigError } from './config.ts';
import { COUNTERS } from './metrics.ts';
import type { CounterName, CounterWord, Gauges, Metrics } from './metrics.ts';
import type { Store } from './store/store.ts';

/** Waiting conversations that are counted at most. */
const QUEUE_MOST = 1_000;
/** Seconds: a disk takes 0.3 ms, a group waits for the one before it, and clients are told "busy" after 2 s. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export interface PrometheusSource {
  readonly gauges: () => Gauges;
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Undefined: there are no other gateways. */
  readonly isBusUp: (() => boolean) | undefined;
  readonly build: string;
}

/** The package is there only for those who want metrics. */
async function loadPackage(): Promise<typeof Package> {
  try {
    return await import('prom-client');
  } catch (cause) {
    throw new ConfigError('METRICS_PORT needs the package prom-client: npm install prom-client', { cause });
  }
}

export class Prometheus implements Metrics {
  readonly #registry: Package.Registry;
  readonly #counters: ReadonlyMap<string, { inc(): void }>;
  readonly #commit: Package.Histogram;
  readonly #package: typeof Package;
  #collect = (): Promise<void> => Promise.resolve();

  private constructor(prom: typeof Package) {
    this.#package = prom;
    this.#registry = new prom.Registry();
    const registers = [this.#registry];
    prom.collectDefaultMetrics({ register: this.#registry });
    const counters = new Map<string, { inc(): void }>();
    for (const [key, counted] of Object.entries(COUNTERS)) {
      const labelNames = 'label' in counted ? [counted.label] : [];
      const counter = new prom.Counter({ name: `kefu_${key}_total`, help: counted.help, labelNames, registers });
      if ('label' in counted)
        for (const word of counted.words) {
          counter.inc({ [counted.label]: word }, 0);
          counters.set(`${key} ${word}`, counter.labels(word));
        }
      else counters.set(`${key} `, counter);
    }
    this.#counters = counters;
    this.#commit = new prom.Histogram({
      name: 'kefu_commit_seconds',
      help: 'From a message to its being on disk',
      buckets: COMMIT_BUCKETS,
      registers,
    });
  }

  static async load(): Promise<Prometheus> {
    return new Prometheus(await loadPackage());
  }

  count<K extends CounterName>(name: K, word: CounterWord<K>): void {
    this.#counters.get(`${name} ${word ?? ''}`)?.inc();
  }

  committed(ms: number): void {
    this.#commit.observe(ms / 1_000);
  }

  /** Tells how things stand too, whenever somebody asks. */
  watch({ gauges, store, now, isBusUp, build }: PrometheusSource): void {
    const gauge = (name: string, help: string, labelNames: readonly string[] = []): Package.Gauge =>
      new this.#package.Gauge({ name: `kefu_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] });
    gauge('build_info', 'Always 1', ['build']).set({ build }, 1);
    const connections = gauge('connections', 'Open links');
    const sessions = gauge('sessions', 'Links that are logged in', ['kind']);
    const topics = gauge('topics', 'Conversations in memory');
    const present = gauge('present_users', 'Users who are present on this gateway');
    const onDuty = gauge('agents_on_duty', 'Agents who take conversations on this gateway');
    const draining = gauge('draining', '1: the gateway is stopping');
    const waiting = gauge('store_waiting_calls', 'Calls that wait for the disk');
    const waitingFor = gauge('store_waiting_seconds', 'How long the first of them has waited');
    const queued = gauge(
      'queued_conversations',
      `Conversations that wait for an agent, ${QUEUE_MOST} at most; the same on each gateway`,
    );
    const queuedFor = gauge('queued_seconds', 'How long the first of them has waited');
    const busUp = isBusUp && gauge('bus_up', '1: other gateways can be reached at once; 0: every two seconds');
    this.#collect = async () => {
      const state = gauges();
      connections.set(state.connections);
      for (const [kind, count] of Object.entries(state.sessions)) sessions.set({ kind }, count);
      topics.set(state.topics);
      present.set(state.present);
      onDuty.set(state.onDuty);
      draining.set(state.draining ? 1 : 0);
      const { calls, ms } = store.backlog();
      waiting.set(calls);
      waitingFor.set(ms / 1_000);
      busUp?.set(isBusUp?.() === true ? 1 : 0);
      const queue = await store.queued(QUEUE_MOST).catch(() => undefined);
      if (!queue) return;
      queued.set(queue.length);
      const since = queue[0]?.waitingSince;
      queuedFor.set(since === undefined ? 0 : Math.max(0, now() - since) / 1_000);
    };
  }

  async answer(response: ServerResponse): Promise<void> {
    await this.#collect();
    const text = await this.#registry.metrics();
    response.writeHead(200, { 'Content-Type': this.#registry.contentType, 'Cache-Control': 'no-store' });
    response.end(text);
  }
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens; `answer` answers what is asked for by path. Rejects when it can't. */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  answer: (path: string, response: ServerResponse) => Promise<void>,
): Promise<MetricsServer> {
  const server: Server = createServer({ requestTimeout: 10_000 });
  server.on('request', (request, response) => {
    const { pathname = '' } = URL.parse(request.url ?? '', 'http://gateway') ?? {};
    answer(pathname, response).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
