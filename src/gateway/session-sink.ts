// Session sink: where the deliveries of one attachment go: to its session, as much as its user may see.
import { CLOSE } from '../protocol/close-code.ts';
import type { DeliverySink } from './delivery.ts';
import { topicHash } from './log.ts';
import type { Log } from './log.ts';
import type { MessageFrame } from './message-frame.ts';
import type { Metrics } from './metrics.ts';
import type { Session } from './session.ts';

// A class: an object with getters of its own is nearly a kilobyte of hidden classes, for each of many links.
export class SessionSink implements DeliverySink {
  readonly #session: Session;
  readonly #topic: string;
  readonly #seesNotes: boolean;
  readonly #around: { readonly log: Log; readonly metrics: Metrics };
  #newest = 0;

  constructor(
    session: Session,
    topic: string,
    seesNotes: boolean,
    around: { readonly log: Log; readonly metrics: Metrics },
  ) {
    this.#session = session;
    this.#topic = topic;
    this.#seesNotes = seesNotes;
    this.#around = around;
  }

  push(message: MessageFrame): void {
    this.#around.metrics.count('deliveries', message.seq > this.#newest ? 'first' : 'again');
    this.#newest = Math.max(this.#newest, message.seq);
    const isSeen = (this.#seesNotes || !message.note) && (this.#session.kefu || !message.deleted);
    this.#session.write(isSeen ? message.frame : message.nothing);
  }

  get isFull(): boolean {
    return this.#session.isFull;
  }

  get isEmpty(): boolean {
    return this.#session.peer.isEmpty;
  }

  onDrain(act: () => void): void {
    this.#session.peer.onDrain(act);
  }

  stalled(): void {
    this.#around.log.info('slow', { conn: this.#session.id, topic: topicHash(this.#topic) });
    this.#session.peer.close(CLOSE.slow, 'nothing acked');
  }
}
