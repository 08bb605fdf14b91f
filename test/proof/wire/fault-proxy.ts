// Fault proxy: TCP in front of a gateway, on which the network's bad days are played from a seed.
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { seededRandom } from './seeded-random.ts';

/** What becomes of connections. A mean of 0 means never; times are drawn from exponential distributions. */
export interface Faults {
  /** Mean time until both ends of a connection are reset. */
  readonly resetMeanMs: number;
  /** Mean time until a connection falls into a black hole, that is, its bytes vanish and nobody is told. */
  readonly blackHoleMeanMs: number;
  /** A black hole ends after this long, with a reset: TCP can't go on after bytes were lost. */
  readonly blackHoleMs: number;
  /** The share of black holes that never end: half-open links, which only the two ends can find. */
  readonly halfOpenShare: number;
  /** Mean time until a connection stands still, and for how long; no byte is lost. */
  readonly stallMeanMs: number;
  readonly stallMs: number;
  /** The longest that a piece of data takes in one direction; each takes something in between. */
  readonly delayMs: number;
  /** Bytes a second in one direction; 0: no bound. */
  readonly bytesPerSecond: number;
  /** A connection that is silent in both directions for this long is cut without a word; 0: never. */
  readonly idleCutMs: number;
}

export const NO_FAULTS: Faults = {
  resetMeanMs: 0,
  blackHoleMeanMs: 0,
  blackHoleMs: 3_000,
  halfOpenShare: 0,
  stallMeanMs: 0,
  stallMs: 3_000,
  delayMs: 0,
  bytesPerSecond: 0,
  idleCutMs: 0,
};

/** What has been done so far. */
export interface FaultCounts {
  connections: number;
  /** Nobody listened behind the proxy. */
  refused: number;
  resets: number;
  /** Black holes by direction; half-open ones are counted here too. */
  blackHolesBoth: number;
  blackHolesUp: number;
  blackHolesDown: number;
  halfOpen: number;
  stalls: number;
  idleCuts: number;
  bytes: number;
  droppedBytes: number;
}

/** `up`: from the client to the gateway. */
export type Direction = 'up' | 'down';

/** Bytes that may wait in one direction before its source is not read. */
const WAITING_MOST = 256 * 1024;

/** One direction of a connection: bytes come out in order, late, slowly or not at all. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: Faults;
  readonly #random: () => number;
  readonly #counts: FaultCounts;
  #waiting: { readonly data: Buffer; readonly at: number }[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the newest piece is due, and when the line has sent what it was given. */
  #dueAt = 0;
  #freeAt = 0;
  #heldUntil = 0;
  #isEnding = false;
  /** Its bytes vanish. */
  isHole = false;

  constructor(from: Socket, to: Socket, faults: Faults, random: () => number, counts: FaultCounts) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    this.#random = random;
    this.#counts = counts;
    from.on('data', (data) => {
      this.#take(data);
    });
    from.on('end', () => {
      this.#isEnding = true;
      this.#flush();
    });
    to.on('drain', () => {
      this.#flush();
    });
  }

  /** Nothing comes out for so long. */
  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, performance.now() + ms);
    this.#flush();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #take(data: Buffer): void {
    if (this.isHole) {
      this.#counts.droppedBytes += data.length;
      return;
    }
    const now = performance.now();
    const { delayMs, bytesPerSecond } = this.#faults;
    let at = now + (delayMs > 0 ? this.#random() * delayMs : 0);
    if (bytesPerSecond > 0) {
      this.#freeAt = Math.max(this.#freeAt, now) + (data.length * 1000) / bytesPerSecond;
      at = Math.max(at, this.#freeAt);
    }
    this.#dueAt = Math.max(this.#dueAt, at);
    this.#waiting.push({ data, at: this.#dueAt });
    this.#waitingBytes += data.length;
    if (this.#waitingBytes > WAITING_MOST) this.#from.pause();
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const dueAt = Math.max(first.at, this.#heldUntil);
      if (dueAt > now) {
        this.#timer = setTimeout(() => {
          this.#flush();
        }, dueAt - now);
        return;
      }
      if (this.#to.writableNeedDrain) return;
      this.#waiting.shift();
      this.#waitingBytes -= first.data.length;
      if (this.isHole) {
        this.#counts.droppedBytes += first.data.length;
        continue;
      }
      this.#counts.bytes += first.data.length;
      this.#to.write(first.data);
      if (this.#waitingBytes <= WAITING_MOST / 2) this.#from.resume();
    }
    if (this.#isEnding && !this.isHole) this.#to.end();
  }
}

/** A socket that is being shut down can't be reset any more: libuv refuses, and its handle would stay for ever. */
const resetSocket = (socket: Socket): void => {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
};

/** One connection through the proxy. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #counts: FaultCounts;
  readonly #timers: NodeJS.Timeout[] = [];
  /** When the black hole that it is in ends. */
  #endsAt: number | undefined;

  constructor(client: Socket, server: Socket, faults: Faults, random: () => number, counts: FaultCounts) {
    this.#client = client;
    this.#server = server;
    this.#counts = counts;
    this.#up = new Pipe(client, server, faults, random, counts);
    this.#down = new Pipe(server, client, faults, random, counts);
    let hasReached = false;
    server.once('connect', () => {
      hasReached = true;
    });
    const ended = (pipe: Pipe, other: Socket, isServer: boolean) => (error?: Error) => {
      if (error && isServer && !hasReached) counts.refused += 1;
      // Whoever is behind a hole hears of nothing.
      if (!pipe.isHole && !other.destroyed) {
        if (error) resetSocket(other);
        else other.end();
      }
    };
    client.on('error', ended(this.#up, server, false));
    server.on('error', ended(this.#down, client, true));
    client.on('close', ended(this.#up, server, false));
    server.on('close', ended(this.#down, client, true));
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) this.#stop();
      });
    }
    this.#meet(faults, random);
  }

  /** Both ends are told that the connection is gone. */
  reset(): void {
    this.#counts.resets += 1;
    this.destroy();
  }

  /** From now on what goes this way vanishes, and both sockets stay open. */
  blackHole(way: Direction | 'both'): void {
    if (way === 'both') this.#counts.blackHolesBoth += 1;
    else if (way === 'up') this.#counts.blackHolesUp += 1;
    else this.#counts.blackHolesDown += 1;
    if (way !== 'down') this.#up.isHole = true;
    if (way !== 'up') this.#down.isHole = true;
  }

  /** Nothing moves for so long, and nothing is lost. */
  stall(ms: number): void {
    this.#counts.stalls += 1;
    this.#up.hold(ms);
    this.#down.hold(ms);
  }

  /** Nothing more happens to it than what has begun. */
  calm(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    // A hole that was to end has to: nobody else would.
    if (this.#endsAt !== undefined) this.#in(Math.max(0, this.#endsAt - performance.now()), () => this.destroy());
  }

  /** Ends both sides at once, uncounted. */
  destroy(): void {
    this.#stop();
    resetSocket(this.#client);
    resetSocket(this.#server);
  }

  /** Draws the fate of this connection. The draws are always the same ones, so that one fault does not shift the others. */
  #meet(faults: Faults, random: () => number): void {
    const inAbout = (meanMs: number): number => {
      const draw = random();
      return meanMs > 0 ? -Math.log(1 - draw) * meanMs : Infinity;
    };
    const resetMs = inAbout(faults.resetMeanMs);
    const holeMs = inAbout(faults.blackHoleMeanMs);
    const stallMs = inAbout(faults.stallMeanMs);
    const isEndless = random() < faults.halfOpenShare;
    const way = (['both', 'up', 'down'] as const)[Math.floor(random() * 3)] ?? 'both';
    this.#in(stallMs, () => {
      this.stall(faults.stallMs);
    });
    if (resetMs <= holeMs)
      this.#in(resetMs, () => {
        this.reset();
      });
    else
      this.#in(holeMs, () => {
        this.blackHole(way);
        if (isEndless) {
          this.#counts.halfOpen += 1;
          return;
        }
        this.#endsAt = performance.now() + faults.blackHoleMs;
        this.#in(faults.blackHoleMs, () => {
          this.destroy();
        });
      });
    if (faults.idleCutMs > 0) this.#cutWhenIdle(faults.idleCutMs);
  }

  #cutWhenIdle(ms: number): void {
    let timer: NodeJS.Timeout | undefined;
    const again = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.#counts.idleCuts += 1;
        this.#up.isHole = true;
        this.#down.isHole = true;
      }, ms);
      this.#timers.push(timer);
      if (this.#timers.length > 16) this.#timers.splice(0, 8);
    };
    this.#client.on('data', again);
    this.#server.on('data', again);
    again();
  }

  #in(ms: number, act: () => void): void {
    // Beyond what a timer can hold nothing happens in the life of a run.
    if (ms < 2 ** 31) this.#timers.push(setTimeout(act, ms));
  }

  #stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#up.stop();
    this.#down.stop();
  }
}

export interface FaultProxyOptions {
  /** Port that the proxy leads to, asked for each new connection: a gateway may come back on another one. */
  readonly target: () => number;
  readonly seed: number;
  readonly faults?: Partial<Faults>;
  /** Default: any free one. */
  readonly port?: number;
  /** Where it listens, and where the target is. Default 127.0.0.1. */
  readonly host?: string;
}

/**
 * The n-th connection of a proxy with this seed meets the same faults at the same age in every run; what it carries at
 * that moment is up to the machine.
 */
export class FaultProxy {
  readonly port: number;
  readonly counts: FaultCounts;
  readonly #server: Server;
  readonly #connections: Set<ProxiedConnection>;
  /** For connections that come from now on. */
  faults: Faults;

  private constructor(
    server: Server,
    port: number,
    faults: Faults,
    counts: FaultCounts,
    connections: Set<ProxiedConnection>,
  ) {
    this.#server = server;
    this.port = port;
    this.faults = faults;
    this.counts = counts;
    this.#connections = connections;
  }

  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    const { target, seed, host = '127.0.0.1' } = options;
    const counts: FaultCounts = {
      connections: 0,
      refused: 0,
      resets: 0,
      blackHolesBoth: 0,
      blackHolesUp: 0,
      blackHolesDown: 0,
      halfOpen: 0,
      stalls: 0,
      idleCuts: 0,
      bytes: 0,
      droppedBytes: 0,
    };
    const connections = new Set<ProxiedConnection>();
    const server = createServer({ allowHalfOpen: true }, (client) => {
      counts.connections += 1;
      const random = seededRandom(seed, counts.connections);
      const upstream = connect({ port: target(), host, allowHalfOpen: true });
      const connection = new ProxiedConnection(client, upstream, proxy.faults, random, counts);
      connections.add(connection);
      const forget = (): void => {
        if (client.destroyed && upstream.destroyed) connections.delete(connection);
      };
      client.on('close', forget);
      upstream.on('close', forget);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.port ?? 0, host, backlog: 4_096 }, resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const proxy = new FaultProxy(server, port, { ...NO_FAULTS, ...options.faults }, counts, connections);
    return proxy;
  }

  /** The connections that are open on one side at least, oldest first. */
  get connections(): readonly ProxiedConnection[] {
    return [...this.#connections];
  }

  /** No more faults, for connections that come and for those that are there; what is in a hole stays there. */
  calm(): void {
    this.faults = NO_FAULTS;
    for (const connection of this.#connections) connection.calm();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}
