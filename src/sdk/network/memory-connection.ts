// Connection in memory: two ends in one process, for tests and simulations.
import { CLOSE } from '../../protocol/close-code.ts';
import { Connection } from './connection.ts';

/** The far end of a {@link MemoryConnection}. */
export interface MemoryPeer {
  /** The client opened the connection; answer with `accept()` or `drop()`. */
  opened(connection: MemoryConnection): void;
  received(text: string, connection: MemoryConnection): void;
  closed(code: number, connection: MemoryConnection): void;
}

export class MemoryConnection extends Connection {
  readonly #peer: MemoryPeer;
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new';

  constructor(peer: MemoryPeer) {
    super();
    this.#peer = peer;
  }

  override open(): void {
    this.#state = 'opening';
    this.#peer.opened(this);
  }

  override send(text: string): void {
    if (this.#state === 'open') this.#peer.received(text, this);
  }

  override close(code: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#peer.closed(code, this);
    this.emit({ type: 'close', code });
  }

  override abandon(): void {
    super.abandon();
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#peer.closed(CLOSE.abnormal, this);
  }

  /** The far end lets the client in. */
  accept(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.emit({ type: 'open' });
  }

  /** The far end says something. */
  push(text: string): void {
    if (this.#state === 'open') this.emit({ type: 'text', text });
  }

  /** The far end, or the network between, ends the connection. */
  drop(code: number = CLOSE.abnormal): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.emit({ type: 'close', code });
  }
}
