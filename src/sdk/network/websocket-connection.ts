// Connection over the platform's WebSocket.
import { CLOSE } from '../../protocol/close-code.ts';
import { Connection } from './connection.ts';

export class WebSocketConnection extends Connection {
  readonly #url: URL;
  #socket: WebSocket | undefined;

  /** `channels` is the address of the gateway's channels. */
  constructor(channels: URL) {
    super();
    this.#url = new URL(channels);
    this.#url.protocol = channels.protocol.replace('http', 'ws');
  }

  override open(): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.#url);
    } catch {
      // A policy of the page (CSP, mixed content) refused it; by the usual way, so that it is retried slowly.
      this.emit({ type: 'close', code: CLOSE.abnormal });
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.emit({ type: 'open' });
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.emit({ type: 'text', text: data });
    };
    socket.onclose = ({ code }) => {
      this.#release();
      this.emit({ type: 'close', code });
    };
  }

  override send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  override close(code: number): void {
    try {
      this.#socket?.close(code);
    } catch {
      // The platform lets pages close with 1000 and 3000-4999 only.
      this.#socket?.close();
    }
  }

  override abandon(): void {
    const socket = this.#socket;
    this.#release();
    super.abandon();
    socket?.close(CLOSE.dead);
  }

  #release(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
  }
}
