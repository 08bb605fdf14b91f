// The outbox: own messages until the gateway has answered, sent again with the same msgid for as long as it takes.
import { CTRL } from '../../protocol/ctrl-code.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { Ctrl } from '../../protocol/server-packet.ts';
import type { Clock } from '../network/clock.ts';
import type { MessagePool } from './message-pool.ts';
import type { Message } from './message.ts';
import { timeOf } from './message.ts';
import { BusyError, RefusedError } from './request-errors.ts';

/** After this long a message is not sent by itself any more: the user is asked. */
const EXPIRY_MS = 24 * 3_600_000;
/** First wait after "busy" without a word about how long. */
const BUSY_MS = 1_000;

/** Where pending messages outlive the page. */
export interface OutboxStore {
  /** Keeps the message under its key, or its newer state. */
  put(topic: string, message: Message): Promise<void>;
  remove(topic: string, key: string): Promise<void>;
  /** What was kept for the topic, in the order of sending. */
  load(topic: string): Promise<readonly Message[]>;
}

/** An outbox store that keeps nothing beyond the pool: pending messages live as long as the page. */
export const volatileOutboxStore: OutboxStore = {
  put: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  load: () => Promise.resolve([]),
};

export interface OutboxSurroundings {
  readonly pool: MessagePool;
  readonly clock: Clock;
  readonly store: OutboxStore;
  /** The name that the topic's messages are kept under. */
  readonly topic: () => string;
  /** Hands the message to the link; resolves with the ctrl. Rejects as {@link Requests.request} does. */
  readonly publish: (message: Message) => Promise<Ctrl>;
  /** A stored message got its seqid. */
  readonly numbered: (seqid: number) => void;
}

export class Outbox {
  readonly #around: OutboxSurroundings;
  /** Keys in the order of sending. */
  readonly #queue: string[] = [];
  readonly #inFlight = new Set<string>();
  #open = false;
  #resume: (() => void) | undefined;

  constructor(around: OutboxSurroundings) {
    this.#around = around;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Takes a message of the pool; it is sent when the outbox is open and its turn comes. */
  add(message: Message): void {
    this.#queue.push(message.key);
    const queued = this.#around.pool.update(message.key, { state: 'queued' });
    if (queued) void this.#around.store.put(this.#around.topic(), queued).catch(ignore);
    this.#drain();
  }

  /** The user wants an expired message to go after all. */
  retry(key: string): void {
    const message = this.#around.pool.get(key);
    if (message?.state !== 'expired') return;
    // As old as now: otherwise it would expire again at once.
    const fresh = this.#around.pool.update(key, { at: this.#around.clock.now() });
    if (fresh) this.add(fresh);
  }

  /** The topic is attached: messages may go. */
  open(): void {
    this.#open = true;
    this.#drain();
  }

  /** The link is lost: what was on its way is unknown, and goes again on the next one. */
  close(): void {
    this.#open = false;
    this.#resume?.();
    this.#resume = undefined;
  }

  destroy(): void {
    this.close();
    this.#queue.length = 0;
  }

  #drain(): void {
    if (!this.#open || this.#resume) return;
    for (const key of [...this.#queue]) {
      if (this.#inFlight.size >= LIMITS.sendWindow) return;
      if (!this.#inFlight.has(key)) this.#send(key);
    }
  }

  #send(key: string): void {
    const { pool, clock } = this.#around;
    const message = pool.get(key);
    if (!message || message.seqid !== undefined) {
      // Stored already: its echo or a history page was faster than the answer.
      this.#forget(key);
      return;
    }
    if (clock.now() - message.at > EXPIRY_MS) {
      this.#forget(key);
      pool.update(key, { state: 'expired' });
      return;
    }
    pool.update(key, { state: 'sending' });
    this.#inFlight.add(key);
    this.#around.publish(message).then(
      (ctrl) => {
        this.#inFlight.delete(key);
        this.#accepted(key, ctrl);
        this.#drain();
      },
      (error: unknown) => {
        this.#inFlight.delete(key);
        this.#failed(key, error);
        this.#drain();
      },
    );
  }

  #accepted(key: string, ctrl: Ctrl): void {
    const { pool, clock } = this.#around;
    this.#forget(key);
    const message = pool.get(key);
    if (!message) return;
    const seqid = ctrl.params?.['seq'];
    const at = timeOf(ctrl.ts, clock.now());
    if (typeof seqid === 'number' && seqid > 0) {
      pool.upsert({ ...message, seqid, base: seqid, n: 0, at, state: 'sent', reason: undefined });
      this.#around.numbered(seqid);
    } else if (message.seqid === undefined) {
      // Taken without a seqid: it keeps its virtual seq for ever.
      pool.update(key, { state: 'sent', at });
    }
  }

  #failed(key: string, error: unknown): void {
    const { pool, clock } = this.#around;
    const message = pool.get(key);
    if (!message || message.seqid !== undefined) {
      this.#forget(key);
    } else if (error instanceof RefusedError && error.code !== CTRL.unauthorized) {
      this.#forget(key);
      pool.update(key, { state: 'refused', reason: error.reason });
    } else {
      // Unknown or busy, never failed: the same msgid goes again, and everything behind it waits its turn.
      pool.update(key, { state: 'queued' });
      if (error instanceof BusyError && !this.#resume) {
        this.#resume = clock.after(error.retryAfterMs ?? BUSY_MS, () => {
          this.#resume = undefined;
          this.#drain();
        });
      }
    }
  }

  #forget(key: string): void {
    const index = this.#queue.indexOf(key);
    if (index >= 0) this.#queue.splice(index, 1);
    void this.#around.store.remove(this.#around.topic(), key).catch(ignore);
  }
}

/** Storage that fails costs persistence, never the message. */
const ignore = (): void => undefined;
