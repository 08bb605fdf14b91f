// The bus by NATS: core publish and subscribe, for clusters that have outgrown the database's notifications.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type * as Package from '@nats-io/transport-node';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { backoffMs } from '../store/postgres-connection.ts';
import type { Bus, BusKind } from './bus.ts';
import { createWireBus } from './wire-bus.ts';
import type { Wire, WireEvent } from './wire-bus.ts';

export interface NatsBusOptions {
  /** `nats://host:port`, or several, comma-separated; `tls://` for encrypted ones; user and password before the host. */
  readonly url: string;
  readonly onError: (error: unknown) => void;
  /** Whether other gateways can be reached, each time that it changes. */
  readonly onUp?: ((isUp: boolean) => void) | undefined;
}

export const createNatsBus = (options: NatsBusOptions): Bus =>
  createWireBus(options.onError, (hear) => new NatsWire(options, hear));

/** Names of topics and users stay among gateways. */
const subjectOf = (kind: BusKind, name: string): string =>
  `kefu.${kind}.${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;

class NatsWire implements Wire {
  readonly #options: NatsBusOptions;
  readonly #hear: (text: string) => void;
  readonly #watched = new Map<string, Subscription | undefined>();
  readonly #connecting: Promise<void>;
  #connection: NatsConnection | undefined;
  #isUp = false;
  #isClosed = false;

  constructor(options: NatsBusOptions, hear: (text: string) => void) {
    this.#options = options;
    this.#hear = hear;
    this.#connecting = this.#connect().catch(options.onError);
  }

  send(event: WireEvent): void {
    // The client would keep what can't be sent, and bring it when it is of no use any more.
    if (!this.#isUp || !this.#connection) return;
    const [kind, name] = event;
    try {
      this.#connection.publish(subjectOf(kind, name), JSON.stringify([event]));
    } catch (error) {
      this.#options.onError(error);
    }
  }

  watch(kind: BusKind, name: string): void {
    const subject = subjectOf(kind, name);
    this.#watched.set(subject, this.#subscribe(subject));
  }

  unwatch(kind: BusKind, name: string): void {
    const subject = subjectOf(kind, name);
    this.#watched.get(subject)?.unsubscribe();
    this.#watched.delete(subject);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isUp = false;
    await this.#connection?.close();
    // A connection that is being made closes itself.
    if (this.#connection) await this.#connecting;
  }

  async #connect(): Promise<void> {
    const connection = await this.#firstConnection();
    if (!connection) return;
    if (this.#isClosed) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    for (const subject of this.#watched.keys()) this.#watched.set(subject, this.#subscribe(subject));
    this.#setUp(true);
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') this.#setUp(false);
      else if (type === 'reconnect') this.#setUp(true);
    }
  }

  /** Once there has been one, the client makes it again by itself. */
  async #firstConnection(): Promise<NatsConnection | undefined> {
    const { connect } = await loadPackage();
    for (let failures = 0; !this.#isClosed; failures += 1) {
      try {
        return await connect({
          ...serversOf(this.#options.url),
          name: 'kefu',
          // What is published here has been heard here.
          noEcho: true,
          maxReconnectAttempts: -1,
          reconnectTimeWait: 250,
          pingInterval: 5_000,
          maxPingOut: 2,
        });
      } catch (error) {
        if (failures === 0) this.#options.onError(error);
        await delay(backoffMs(failures), undefined, { ref: false });
      }
    }
    return undefined;
  }

  #subscribe(subject: string): Subscription | undefined {
    if (!this.#connection || this.#isClosed) return undefined;
    return this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) this.#options.onError(error);
        else this.#hear(message.string());
      },
    });
  }

  #setUp(isUp: boolean): void {
    if (this.#isUp === isUp || this.#isClosed) return;
    this.#isUp = isUp;
    this.#options.onUp?.(isUp);
  }
}

async function loadPackage(): Promise<typeof Package> {
  try {
    return await import('@nats-io/transport-node');
  } catch (cause) {
    throw new Error('NATS_URL needs the package @nats-io/transport-node: npm install @nats-io/transport-node', {
      cause,
    });
  }
}

interface Servers {
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly tls?: object;
}

/** A user without a password is a token. */
function serversOf(list: string): Servers {
  const urls = list.split(',').map((url) => new URL(url.trim()));
  const [first] = urls;
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    servers: urls.map(({ host }) => host),
    ...(user !== '' && (pass === '' ? { token: user } : { user, pass })),
    ...(first?.protocol === 'tls:' && { tls: {} }),
  };
}
