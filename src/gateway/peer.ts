// Peer: one socket: frames in order, a bound on what waits to be written, and the end of links that are dead.
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { CLOSE } from '../protocol/close-code.ts';
import { PROBE, PROBE_ANSWER } from '../protocol/codec.ts';
import type { Clock } from './clock.ts';
import type { GatewayLimits } from './config.ts';
import { RateLimit } from './rate-limit.ts';

/** Frames that wait for those before them; with more the socket is not read. */
const INBOX = 128;

export interface PeerEvents {
  /** One frame, after the one before it is done. Never rejects. */
  frame(text: string): Promise<void> | undefined;
  closed(code: number): void;
}

export class Peer {
  readonly id = randomBytes(6).toString('hex');
  /** Address of the client. */
  readonly address: string;
  readonly #socket: WebSocket;
  readonly #limits: GatewayLimits;
  readonly #clock: Clock;
  readonly #events: PeerEvents;
  readonly #rate: RateLimit;
  #inbox: string[] = [];
  #isReading = false;
  #isPaused = false;
  #draining: (() => void)[] = [];
  #seenAt: number;
  #cancelWatch: (() => void) | undefined;
  #isClosed = false;

  constructor(socket: WebSocket, address: string, limits: GatewayLimits, clock: Clock, events: PeerEvents) {
    this.#socket = socket;
    this.address = address;
    this.#limits = limits;
    this.#clock = clock;
    this.#events = events;
    this.#rate = new RateLimit(limits.packets, () => clock.now());
    this.#seenAt = clock.now();
    socket.on('message', (data, isBinary) => {
      this.#receive(data, isBinary);
    });
    socket.on('pong', () => {
      this.#seenAt = clock.now();
    });
    socket.on('error', () => {
      // What is wrong with the frame is in the close that follows.
    });
    socket.on('close', (code) => {
      this.#ended(code);
    });
    this.#watch(limits.pingEveryMs);
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#socket.readyState === WebSocket.OPEN;
  }

  /** More to send would only pile up. */
  get isFull(): boolean {
    return this.#socket.bufferedAmount > this.#limits.pauseBytes;
  }

  /** Calls `act` once, when there is room again; never if the link ends before. */
  onDrain(act: () => void): void {
    this.#draining.push(act);
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.#socket.send(text, this.#written);
    if (this.#socket.bufferedAmount > this.#limits.cutBytes) this.close(CLOSE.slow, 'too slow');
  }

  /** Ends the link; what was sent before still goes out. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#inbox = [];
    this.#socket.close(code, reason);
    // A peer that does not read will not answer the close either.
    this.#clock.after(2_000, () => {
      if (!this.#isClosed) this.#socket.terminate();
    });
  }

  readonly #written = (): void => {
    if (this.#draining.length === 0 || this.#isClosed || this.isFull) return;
    const acts = this.#draining;
    this.#draining = [];
    for (const act of acts) act();
  };

  #receive(data: RawData, isBinary: boolean): void {
    this.#seenAt = this.#clock.now();
    if (!this.isOpen) return;
    if (this.#rate.take('') > 0) {
      this.close(CLOSE.tooMany, 'too many packets');
      return;
    }
    // Not a packet of ours; the codec says so in order with the others.
    const text = isBinary ? '' : textOf(data);
    if (text === PROBE) {
      this.send(PROBE_ANSWER);
      return;
    }
    this.#inbox.push(text);
    if (this.#inbox.length >= INBOX && !this.#isPaused) {
      this.#isPaused = true;
      this.#socket.pause();
    }
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    for (let text = this.#inbox.shift(); text !== undefined; text = this.#inbox.shift()) {
      const done = this.#events.frame(text);
      if (done) await done;
      if (!this.isOpen) break;
      // Answers that are not read stop the questions.
      if (this.isFull) await new Promise<void>((resolve) => this.#draining.push(resolve));
      if (this.#isPaused && this.#inbox.length < INBOX / 2) {
        this.#isPaused = false;
        this.#socket.resume();
      }
    }
    this.#isReading = false;
  }

  /** Pings after a quiet time, and cuts the link when nothing comes back. */
  #watch(ms: number): void {
    this.#cancelWatch = this.#clock.after(ms, () => {
      const quietMs = this.#clock.now() - this.#seenAt;
      const { pingEveryMs, idleMs } = this.#limits;
      if (quietMs >= idleMs) {
        this.#socket.terminate();
        return;
      }
      if (quietMs >= pingEveryMs) {
        if (this.isOpen) this.#socket.ping();
        this.#watch(idleMs - quietMs);
      } else this.#watch(pingEveryMs - quietMs);
    });
  }

  #ended(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelWatch?.();
    this.#inbox = [];
    // The reader, if it waits for room, ends; deliveries are closed by now or see that the link is.
    const acts = this.#draining;
    this.#draining = [];
    this.#events.closed(code);
    for (const act of acts) act();
  }
}

const textOf = (data: RawData): string => {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
};
