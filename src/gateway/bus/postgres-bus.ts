// The bus by PostgreSQL's LISTEN and NOTIFY: for gateways that share a database and have nothing else in common.
import { setTimeout as delay } from 'node:timers/promises';
import { Line, backoffMs } from '../store/postgres-connection.ts';
import type { Connection } from '../store/postgres-connection.ts';
import type { Bus } from './bus.ts';
import { createWireBus } from './wire-bus.ts';
import type { Wire, WireEvent } from './wire-bus.ts';

/** PostgreSQL takes less than 8,000 bytes. */
const PAYLOAD_BYTES = 7_900;
/** Events that wait for the database at most: what is older is found in the store. */
const WAITING = 10_000;
/** A connection that says nothing is asked this often whether it is there. */
const ASK_MS = 5_000;

const NOTIFY = 'select pg_notify($1, payload) from unnest($2::text[]) as payload';

export interface PostgresBusOptions {
  readonly url: string;
  /** Name of this gateway, which does not hear itself. */
  readonly node: string;
  readonly onError: (error: unknown) => void;
  /** Whether other gateways can be reached, each time that it changes. */
  readonly onUp?: ((isUp: boolean) => void) | undefined;
}

export const createPostgresBus = (options: PostgresBusOptions): Bus =>
  createWireBus(options.onError, (hear) => new PostgresWire(options, hear));

class PostgresWire implements Wire {
  readonly #options: PostgresBusOptions;
  readonly #hear: (text: string) => void;
  readonly #line: Line;
  readonly #asking: NodeJS.Timeout;
  #connection: Connection | undefined;
  #waiting: WireEvent[] = [];
  #isSending = false;
  #isClosed = false;

  constructor(options: PostgresBusOptions, hear: (text: string) => void) {
    this.#options = options;
    this.#hear = hear;
    this.#line = new Line(options.url);
    this.#asking = setInterval(() => {
      if (!this.#isSending) void this.#send();
    }, ASK_MS).unref();
    void this.#listen();
  }

  send(event: WireEvent): void {
    if (!this.#connection || this.#isClosed) return;
    this.#waiting.push(event);
    if (this.#waiting.length > WAITING) this.#waiting.splice(0, WAITING / 10);
    if (this.#isSending) return;
    this.#isSending = true;
    // With all that is published in this turn.
    setImmediate(() => void this.#send());
  }

  // There is one channel for all.
  watch(): void {}
  unwatch(): void {}

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#asking);
    await this.#line.close();
  }

  /** Connects and listens, until it has; `#send` begins anew when the connection is lost. */
  async #listen(): Promise<void> {
    for (let failures = 0; !this.#isClosed; failures += 1) {
      try {
        const connection = await this.#line.connection();
        const channel = channelOf(connection);
        connection.onNotification((payload) => {
          this.#receive(payload);
        });
        connection.onLost(() => {
          this.#lost(connection);
        });
        await connection.run(`listen "${channel}"`);
        if (connection.isLost) continue;
        this.#connection = connection;
        this.#options.onUp?.(true);
        return;
      } catch (error) {
        this.#line.drop();
        if (failures === 0) this.#options.onError(error);
        await delay(backoffMs(failures), undefined, { ref: false });
      }
    }
  }

  #lost(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#waiting = [];
    if (this.#isClosed) return;
    this.#options.onUp?.(false);
    void this.#listen();
  }

  /** Sends what waits, in as few notifications as it takes; without anything it asks whether the connection is there. */
  async #send(): Promise<void> {
    const connection = this.#connection;
    this.#isSending = true;
    try {
      if (connection) {
        do {
          const payloads = payloadsOf(this.#options.node, this.#waiting);
          this.#waiting = [];
          await connection.query(NOTIFY, channelOf(connection), payloads);
        } while (this.#waiting.length > 0);
      }
    } catch {
      this.#line.drop();
      if (connection) this.#lost(connection);
    } finally {
      this.#isSending = false;
    }
  }

  #receive(payload: string): void {
    const space = payload.indexOf(' ');
    if (payload.slice(0, space) !== this.#options.node) this.#hear(payload.slice(space + 1));
  }
}

/** Gateways on other schemas of the database are none of our business. */
const channelOf = ({ schema }: Connection): string => `kefu ${schema}`.slice(0, 63);

/** `node [event,event…]`, each as long as it may be. What does not even fit alone is left out: the store has it. */
function payloadsOf(node: string, events: readonly WireEvent[]): string[] {
  const payloads: string[] = [];
  const most = PAYLOAD_BYTES - Buffer.byteLength(node) - 3;
  let texts: string[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (texts.length > 0) payloads.push(`${node} [${texts.join(',')}]`);
    texts = [];
    bytes = 0;
  };
  for (const event of events) {
    const text = JSON.stringify(event);
    const size = Buffer.byteLength(text) + 1;
    if (size > most) continue;
    if (bytes + size > most) flush();
    texts.push(text);
    bytes += size;
  }
  flush();
  return payloads;
}
