// Request: a packet with an id, and the ctrl that answers it.
import type { ClientPackets } from '../../protocol/client-packet.ts';
import { ctrlPolicy } from '../../protocol/ctrl-code.ts';
import { encode } from '../../protocol/codec.ts';
import type { Ctrl } from '../../protocol/server-packet.ts';
import type { Clock } from '../network/clock.ts';
import { BusyError, LinkLostError, RefusedError, RequestTimeoutError } from './request-errors.ts';

type RequestKind = Exclude<keyof ClientPackets, 'note'>;

interface Waiting {
  readonly resolve: (ctrl: Ctrl) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimer: () => void;
}

/** Why a ctrl of 400 or more refuses. */
const reasonOf = (ctrl: Ctrl): string => {
  const reason = ctrl.params?.['reason'];
  return typeof reason === 'string' ? reason : (ctrl.text ?? '');
};

export class Requests {
  readonly #send: (text: string) => void;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  #lastId: number;

  constructor(send: (text: string) => void, clock: Clock, random: () => number) {
    this.#send = send;
    this.#clock = clock;
    this.#lastId = 100_000 + Math.floor(random() * 900_000);
  }

  /**
   * Sends the packet. Resolves with a ctrl below 400; rejects with RefusedError, BusyError, LinkLostError, or after
   * `timeoutMs` with RequestTimeoutError.
   */
  request<K extends RequestKind>(kind: K, body: Omit<ClientPackets[K], 'id'>, timeoutMs = 15_000): Promise<Ctrl> {
    const id = String((this.#lastId += 1));
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#clock.after(timeoutMs, () => {
        this.#waiting.delete(id);
        reject(new RequestTimeoutError(`no answer to ${kind}`));
      });
      this.#waiting.set(id, { resolve, reject, cancelTimer });
      this.#send(JSON.stringify({ [kind]: { id, ...body } }));
    });
  }

  /** Sends a note: never answered. */
  note(body: ClientPackets['note']): void {
    this.#send(encode({ note: body }));
  }

  /** True while answers are to come. */
  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** A ctrl came: it answers the request with its id, if there is one. */
  answer(ctrl: Ctrl): void {
    const waiting = ctrl.id === undefined ? undefined : this.#waiting.get(ctrl.id);
    if (!waiting || ctrl.id === undefined) return;
    this.#waiting.delete(ctrl.id);
    waiting.cancelTimer();
    const policy = ctrlPolicy(ctrl.code);
    if (policy === 'ok') waiting.resolve(ctrl);
    else if (policy === 'retry') {
      const after = ctrl.params?.['retryAfter'];
      waiting.reject(new BusyError(ctrl.code, typeof after === 'number' ? after : undefined));
    } else waiting.reject(new RefusedError(ctrl.code, reasonOf(ctrl)));
  }

  /** The link is gone, and with it every answer. */
  lost(): void {
    for (const waiting of this.#waiting.values()) {
      waiting.cancelTimer();
      waiting.reject(new LinkLostError('link lost'));
    }
    this.#waiting.clear();
  }
}
