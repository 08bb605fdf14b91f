// Pipe over a WebSocket.
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Pipe, PipeEvents } from './pipe.ts';

export class WebSocketPipe implements Pipe {
  readonly #socket: WebSocket;
  /** What the WebSocket is on. */
  readonly #stream: Duplex;
  #isCorked = false;
  #events: PipeEvents | undefined;

  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen(events: PipeEvents): void {
    this.#events = events;
    const socket = this.#socket;
    socket.on('message', (data, isBinary) => {
      events.text(isBinary ? '' : textOf(data));
    });
    socket.on('pong', () => {
      events.alive();
    });
    socket.on('error', () => {
      // What is wrong with the frame is in the close that follows.
    });
    socket.on('close', (code) => {
      events.closed(code);
    });
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.#cork();
    this.#socket.send(text, this.#written);
  }

  ping(): void {
    if (this.isOpen) this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** What is said in one turn goes to the system in one call, which costs more than all the rest of a frame. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#stream.cork();
    process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#stream.uncork();
  };

  readonly #written = (): void => {
    this.#events?.written();
  };
}

const textOf = (data: RawData): string => {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
};
