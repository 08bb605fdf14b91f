// Raw link: a WebSocket written by hand, so that any frame can be sent on it; what comes back is read only for a word.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What is remembered of what came: enough to find a word in. */
const TAIL = 4_096;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly fin?: boolean;
  /** The three reserved bits. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the header claims, instead of the length of the payload. */
  readonly length?: bigint;
}

/** A frame in bytes, masked with zeros. */
export function frameBytes({ opcode, payload, fin = true, rsv = 0, masked = true, length }: Frame): Buffer {
  const size = length ?? BigInt(payload.length);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  let head: Buffer;
  if (size < 126n) head = Buffer.from([first, mask | Number(size)]);
  else if (size < 65_536n) {
    head = Buffer.from([first, mask | 126, 0, 0]);
    head.writeUInt16BE(Number(size), 2);
  } else {
    head = Buffer.alloc(10);
    head[0] = first;
    head[1] = mask | 127;
    head.writeBigUInt64BE(BigInt.asUintN(64, size), 2);
  }
  return Buffer.concat(masked ? [head, Buffer.alloc(4), payload] : [head, payload]);
}

export const textFrame = (text: string): Buffer => frameBytes({ opcode: 1, payload: Buffer.from(text) });

export class RawLink {
  readonly #socket: Socket;
  #tail = '';
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (data) => {
      this.#tail = (this.#tail + data.toString('latin1')).slice(-TAIL);
      this.#notify();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#notify();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves once it is open; `false`: refused. */
  async open(): Promise<boolean> {
    this.write(
      'GET /v0/channels HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    return this.until('\r\n\r\n');
  }

  /** Bytes that nobody has read yet. */
  get unread(): number {
    return this.#socket.writableLength;
  }

  write(bytes: string | Buffer): void {
    if (!this.#isClosed) this.#socket.write(bytes);
  }

  /** From now on nothing is read. */
  deafen(): void {
    this.#socket.pause();
  }

  /** Resolves when the word has come, with true, or the link has ended, with false. */
  async until(word: string): Promise<boolean> {
    while (!this.#isClosed && !this.#tail.includes(word))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#tail.includes(word);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one();
  }
}
