// Fault proxy: TCP in front of a gateway, on which the network's bad days are played from a seed.
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { seededRandom } from './seeded-random.ts';

/**
 * What happens on the way. Resets, black holes and stalls come at random times, so many ms apart on average (0: never),
 * each to one of the connections that are open then; the rest holds for every connection.
 */
export interface Faults {
  /** Both ends of a connection are told that it is gone. */
  readonly resetEveryMs: number;
  /** A connection falls into a black hole: its bytes vanish, both ways or one, and nobody is told. */
  readonly blackHoleEveryMs: number;
  /** A black hole ends after this long, with a reset: TCP can't go on after bytes were lost. */
  readonly blackHoleMs: number;
  /** The share of black holes that never end: half-open links, which only the two ends can find. */
  readonly halfOpenShare: number;
  /** A connection stands still for so long; no byte is lost. */
  readonly stallEveryMs: number;
  readonly stallMs: number;
  /** The longest that a piece of data takes in one direction; each takes something in between. */
  readonly delayMs: number;
  /** Bytes a second in one direction; 0: no bound. */
  readonly bytesPerSecond: number;
  /** A connection that is silent in both directions for this long is cut without a word; 0: never. */
  readonly idleCutMs: number;
}

export const NO_FAULTS: Faults = {
  resetEveryMs: 0,
  blackHoleEveryMs: 0,
  blackHoleMs: 3_000,
  halfOpenShare: 0,
  stallEveryMs: 0,
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
  #idle: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;

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
    // Whoever is behind a hole hears of nothing.
    const tell = (other: Socket, pipe: Pipe, error?: Error): void => {
      if (pipe.isHole || other.destroyed) return;
      if (error) resetSocket(other);
      else other.end();
    };
    client.on('error', (error) => {
      tell(server, this.#up, error);
    });
    server.on('error', (error) => {
      if (!hasReached) counts.refused += 1;
      tell(client, this.#down, error);
    });
    client.on('close', () => {
      tell(server, this.#up);
    });
    server.on('close', () => {
      tell(client, this.#down);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) this.#stop();
      });
    }
    if (faults.idleCutMs > 0) this.#cutWhenIdle(faults.idleCutMs);
  }

  /** Both ends are told that the connection is gone. */
  reset(): void {
    this.#counts.resets += 1;
    this.destroy();
  }

  /** From now on what goes this way vanishes, and both sockets stay open; until they are reset after `ms`, if it ends. */
  blackHole(way: Direction | 'both', ms = Infinity): void {
    if (way === 'both') this.#counts.blackHolesBoth += 1;
    else if (way === 'up') this.#counts.blackHolesUp += 1;
    else this.#counts.blackHolesDown += 1;
    if (way !== 'down') this.#up.isHole = true;
    if (way !== 'up') this.#down.isHole = true;
    if (ms < Infinity) this.#end = setTimeout(() => this.destroy(), ms);
    else this.#counts.halfOpen += 1;
  }

  get isInHole(): boolean {
    return this.#up.isHole || this.#down.isHole;
  }

  /** Nothing moves for so long, and nothing is lost. */
  stall(ms: number): void {
    this.#counts.stalls += 1;
    this.#up.hold(ms);
    this.#down.hold(ms);
  }

  /** Ends both sides at once, uncounted. */
  destroy(): void {
    this.#stop();
    resetSocket(this.#client);
    resetSocket(this.#server);
  }

  #cutWhenIdle(ms: number): void {
    const again = (): void => {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => {
        this.#counts.idleCuts += 1;
        this.#up.isHole = true;
        this.#down.isHole = true;
      }, ms);
    };
    this.#client.on('data', again);
    this.#server.on('data', again);
    again();
  }

  #stop(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#end);
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

/** With the same seed the same faults come at the same times; which bytes they meet is up to the machine. */
export class FaultProxy {
  readonly port: number;
  readonly counts: FaultCounts;
  readonly #server: Server;
  readonly #seed: number;
  readonly #connections: Set<ProxiedConnection>;
  readonly #timers = new Set<NodeJS.Timeout>();
  #faults: Faults = NO_FAULTS;

  private constructor(server: Server, seed: number, counts: FaultCounts, connections: Set<ProxiedConnection>) {
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
    this.#seed = seed;
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
      const random = seededRandom(seed, STREAMS.connections + counts.connections);
      const upstream = connect({ port: target(), host, allowHalfOpen: true });
      const connection = new ProxiedConnection(client, upstream, proxy.#faults, random, counts);
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
    const proxy = new FaultProxy(server, seed, counts, connections);
    if (options.faults) proxy.play(options.faults);
    return proxy;
  }

  /** The connections that are open on one side at least, oldest first. */
  get connections(): readonly ProxiedConnection[] {
    return [...this.#connections];
  }

  /** These faults from now on, from the beginning of what the seed says. */
  play(faults: Partial<Faults>): void {
    this.calm();
    this.#faults = { ...NO_FAULTS, ...faults };
    const { resetEveryMs, blackHoleEveryMs, blackHoleMs, halfOpenShare, stallEveryMs, stallMs } = this.#faults;
    this.#every(resetEveryMs, STREAMS.resets, (connection) => {
      connection.reset();
    });
    this.#every(blackHoleEveryMs, STREAMS.blackHoles, (connection, fraction, other) => {
      const way = (['both', 'up', 'down'] as const)[Math.floor(fraction * 3)] ?? 'both';
      connection.blackHole(way, other < halfOpenShare ? Infinity : blackHoleMs);
    });
    this.#every(stallEveryMs, STREAMS.stalls, (connection) => {
      connection.stall(stallMs);
    });
  }

  /** No more faults; what has begun goes on, and what is in a hole for good stays there. */
  calm(): void {
    this.#faults = NO_FAULTS;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async close(): Promise<void> {
    this.calm();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  /** Each turn draws the same count of numbers, whatever comes of it: so one turn does not shift the next. */
  #every(
    meanMs: number,
    stream: number,
    act: (connection: ProxiedConnection, fraction: number, other: number) => void,
  ): void {
    if (meanMs === 0) return;
    const random = seededRandom(this.#seed, stream);
    const next = (): void => {
      const waitMs = -Math.log(1 - random()) * meanMs;
      const [pick, fraction, other] = [random(), random(), random()];
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        const open = this.connections.filter(({ isInHole }) => !isInHole);
        const connection = open[Math.floor(pick * open.length)];
        if (connection) act(connection, fraction, other);
        next();
      }, waitMs);
      this.#timers.add(timer);
    };
    next();
  }
}

/** Streams of one seed. */
const STREAMS = { resets: 1, blackHoles: 2, stalls: 3, connections: 1_000 } as const;
