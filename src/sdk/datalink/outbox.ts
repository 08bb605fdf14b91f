// The outbox: own messages until the gateway has answered, sent again with the same msgid for as long as it takes.
import { CTRL } from '../../protocol/ctrl-code.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { Ctrl } from '../../protocol/server-packet.ts';
import type { Clock } from '../network/clock.ts';
import type { MessagePool } from './message-pool.ts';
import { isPending } from './message-state.ts';
import type { Message } from './message.ts';
import { timeOf } from './message.ts';
import { BusyError, RefusedError } from './request-errors.ts';
import { compareOrder } from './virtual-seq.ts';

/** After this long a message is not sent by itself any more: the user is asked. */
export const EXPIRY_MS = 24 * 3_600_000;
/** First wait after "busy" without a word about how long. */
const BUSY_MS = 1_000;
/** Storage that takes longer must not hold up a message. */
const KEEP_MS = 250;
/** Why a message was refused by this device: too many wait already. */
export const OUTBOX_FULL = 'outbox full';

export interface OutboxSurroundings {
  readonly pool: MessagePool;
  readonly clock: Clock;
  /** Keeps the message, or its newer state, beyond the page. Rejects when that can't be. */
  readonly keep: (message: Message) => Promise<void>;
  /** The message need not be kept any more. */
  readonly drop: (key: string) => void;
  /** Tells the other pages of this device how the message now stands. */
  readonly tell: (message: Message) => void;
  /**
   * Hands the message to the link, or with `asks` the question what became of it; resolves with the ctrl. Rejects as
   * {@link Requests.request} does.
   */
  readonly publish: (message: Message, asks: boolean) => Promise<Ctrl>;
  /** A stored message got its seqid. */
  readonly numbered: (seqid: number) => void;
}

export class Outbox {
  readonly #around: OutboxSurroundings;
  /** Keys in the order of sending. */
  readonly #queue: string[] = [];
  /** On their way into the storage of this device, with the way to end the wait for it. */
  readonly #keeping = new Map<string, () => void>();
  readonly #inFlight = new Set<string>();
  /** Those of them that are too old to go: it is asked whether they are stored, and nothing goes before that is known. */
  readonly #asked = new Set<string>();
  /** As many are on their way at a time: fewer after each "busy", which turns away all that are behind. */
  #window: number = LIMITS.sendWindow;
  #isOpen = false;
  #leads = true;
  #resume: (() => void) | undefined;
  /** A message was turned away: those sent after it are answered before any goes again, so that none of them overtakes it. */
  #isTurnedAway = false;

  constructor(around: OutboxSurroundings) {
    this.#around = around;
  }

  get length(): number {
    return this.#queue.length;
  }

  /**
   * Takes a new message of the pool. It is `queued` once this device has kept it, or can't; it is sent when the outbox is
   * open and its turn comes.
   */
  add(message: Message): void {
    const { pool, clock, keep, tell } = this.#around;
    const { key } = message;
    if (this.#queue.length >= LIMITS.outbox) {
      this.#settle(key, { state: 'refused', reason: OUTBOX_FULL });
      return;
    }
    this.#enqueue(message);
    const kept = (volatile: boolean): void => {
      this.#keeping.get(key)?.();
      const isFirst = this.#keeping.delete(key);
      if (isPending(pool.get(key)?.state ?? 'sent')) {
        const next = pool.update(key, isFirst ? { state: 'queued', volatile } : { volatile });
        if (isFirst && next) tell(next);
      }
      this.#drain();
    };
    const cancel = clock.after(KEEP_MS, () => {
      kept(true);
    });
    this.#keeping.set(key, cancel);
    keep({ ...message, state: 'queued' }).then(
      () => {
        kept(false);
      },
      () => {
        kept(true);
      },
    );
  }

  /** Takes a message that this device has kept, or that another of its pages has sent. */
  take(message: Message): void {
    if (this.#queue.includes(message.key)) return;
    this.#enqueue(message);
    this.#drain();
  }

  /** The message needs no sending any more. */
  forget(key: string): void {
    const index = this.#queue.indexOf(key);
    if (index >= 0) this.#queue.splice(index, 1);
  }

  /** The topic is attached: messages may go. */
  open(): void {
    this.#isOpen = true;
    this.#drain();
  }

  /** The link is lost: what was on its way is unknown, and goes again on the next one. */
  close(): void {
    this.#isOpen = this.#isTurnedAway = false;
    this.#resume?.();
    this.#resume = undefined;
  }

  /** Whether this page, among those of the device, sends. What is on its way already is waited for. */
  set leads(leads: boolean) {
    this.#leads = leads;
    this.#drain();
  }

  destroy(): void {
    this.close();
    this.#queue.length = 0;
    for (const cancel of this.#keeping.values()) cancel();
    this.#keeping.clear();
  }

  /** The order of sending is that of the view, in whatever order messages come in here. */
  #enqueue(message: Message): void {
    const { pool } = this.#around;
    const isLater = (key = ''): boolean => {
      const other = pool.get(key);
      return other !== undefined && compareOrder(other, message, 0) > 0;
    };
    let place = this.#queue.length;
    while (place > 0 && isLater(this.#queue[place - 1])) place -= 1;
    this.#queue.splice(place, 0, message.key);
  }

  #drain(): void {
    if (!this.#isOpen || !this.#leads || this.#resume) return;
    if (this.#isTurnedAway && this.#inFlight.size > 0) return;
    this.#isTurnedAway = false;
    for (const key of [...this.#queue]) {
      // Nobody overtakes: what is still being kept goes first.
      if (this.#inFlight.size >= this.#window || this.#keeping.has(key)) return;
      if (!this.#inFlight.has(key) && !this.#send(key)) return;
    }
  }

  /** Returns whether what is behind may go. */
  #send(key: string): boolean {
    const { pool, clock } = this.#around;
    const message = pool.get(key);
    if (!message || message.seqid !== undefined) {
      // Stored already: its echo or a history page was faster than the answer.
      this.#done(key);
      return true;
    }
    const asks = clock.now() - message.at > EXPIRY_MS;
    if (asks) this.#asked.add(key);
    else if (this.#asked.size > 0) return false;
    else pool.update(key, { state: 'sending' });
    this.#inFlight.add(key);
    const answered = (act: () => void): void => {
      this.#inFlight.delete(key);
      this.#asked.delete(key);
      act();
      this.#drain();
    };
    this.#around.publish(message, asks).then(
      (ctrl) => {
        // One more for every window that has come through.
        this.#window = Math.min(LIMITS.sendWindow, this.#window + 1 / this.#window);
        answered(() => {
          this.#accepted(key, ctrl);
        });
      },
      (error: unknown) => {
        answered(() => {
          this.#failed(key, error, asks);
        });
      },
    );
    return true;
  }

  #accepted(key: string, ctrl: Ctrl): void {
    const { pool, clock, tell } = this.#around;
    const message = pool.get(key);
    const seqid = ctrl.params?.['seq'];
    const at = timeOf(ctrl.ts, clock.now());
    if (!message) this.#done(key);
    else if (typeof seqid === 'number' && seqid > 0) {
      const sent = { ...message, seqid, base: seqid, n: 0, at, state: 'sent', reason: undefined } as const;
      tell(pool.upsert(sent));
      this.#around.numbered(seqid);
      // Not before the pool has it.
      this.#done(key);
    } else if (message.seqid === undefined) {
      // Taken without a seqid: it keeps its virtual seq for ever.
      this.#settle(key, { state: 'sent', at });
    }
  }

  #failed(key: string, error: unknown, asks: boolean): void {
    const { pool, clock } = this.#around;
    const message = pool.get(key);
    if (!message || message.seqid !== undefined) {
      this.#done(key);
    } else if (error instanceof RefusedError && error.code !== CTRL.unauthorized) {
      this.#settle(key, asks ? { state: 'expired' } : { state: 'refused', reason: error.reason });
    } else {
      // Unknown or busy, never failed: the same msgid goes again, and everything behind it waits its turn.
      // Unless another page has found meanwhile that it is too old.
      if (isPending(message.state)) pool.update(key, { state: 'queued' });
      if (!(error instanceof BusyError)) return;
      this.#isTurnedAway = true;
      if (!this.#resume) {
        this.#window = Math.max(1, this.#window / 2);
        this.#resume = clock.after(error.retryAfterMs ?? BUSY_MS, () => {
          this.#resume = undefined;
          this.#drain();
        });
      }
    }
  }

  /** The message gets no seqid any more, and keeps its place: after a reload too. */
  #settle(key: string, change: Parameters<MessagePool['update']>[1]): void {
    this.forget(key);
    const { pool, keep, tell } = this.#around;
    const settled = pool.update(key, { ...change, volatile: false });
    if (!settled) return;
    keep(settled).catch(() => pool.update(key, { volatile: true }));
    tell(settled);
  }

  #done(key: string): void {
    this.forget(key);
    this.#around.drop(key);
  }
}
