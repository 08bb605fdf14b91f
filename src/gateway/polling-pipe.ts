// Pipe over long polling: what goes out waits for the client to ask, what comes in comes by the request.
import type { ServerResponse } from 'node:http';
import { CLOSE } from '../protocol/close-code.ts';
import type { Clock } from './clock.ts';
import type { Pipe, PipeEvents } from './pipe.ts';

/** Bytes in one answer, unless a single text has more. */
const ANSWER_BYTES = 64 * 1024;
/** Posts that wait for those before them. */
const POSTS_MOST = 16;

export interface PollingPipeOptions {
  readonly clock: Clock;
  /** How long a poll waits for something to say. */
  readonly pollMs: number;
  /** Answers `response` with these texts and nothing else. */
  readonly answer: (response: ServerResponse, texts: readonly string[]) => void;
  /** Answers that the session is over. */
  readonly refuse: (response: ServerResponse) => void;
  /** The pipe has ended: nothing comes in or goes out any more. */
  readonly ended: () => void;
}

/**
 * A request that breaks off ends the pipe, as a broken socket would: neither side can know what the other has, and the
 * client begins anew.
 */
export class PollingPipe implements Pipe {
  readonly isPolled = true;
  readonly #options: PollingPipeOptions;
  #events: PipeEvents | undefined;
  #queue: string[] = [];
  #bufferedBytes = 0;
  /** The poll that waits for something to say; it may give all there is, or one text. */
  #poll: { readonly response: ServerResponse; readonly isBatch: boolean } | undefined;
  #cancelPoll: (() => void) | undefined;
  /** Answers that the network has not taken yet. */
  readonly #leaving = new Set<ServerResponse>();
  #isFlushing = false;
  #incoming: Promise<void> = Promise.resolve();
  #posts = 0;
  #resumed: (() => void) | undefined;
  #pausing: Promise<void> | undefined;
  #closeCode: number | undefined;
  #isClosed = false;

  constructor(options: PollingPipeOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#closeCode === undefined;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  listen(events: PipeEvents): void {
    this.#events = events;
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.#queue.push(text);
    this.#bufferedBytes += Buffer.byteLength(text);
    if (this.#isFlushing || !this.#poll) return;
    this.#isFlushing = true;
    // With what else is said in this turn.
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  /** The client, if it lives, polls again. */
  ping(): void {
    this.#answer([]);
  }

  close(code: number): void {
    if (!this.isOpen) return;
    this.#closeCode = code;
    this.#flush();
  }

  terminate(code: number = CLOSE.abnormal): void {
    this.#end(code);
  }

  pause(): void {
    this.#pausing ??= new Promise((resolve) => (this.#resumed = resolve));
  }

  resume(): void {
    this.#resumed?.();
    this.#pausing = this.#resumed = undefined;
  }

  /** The client asks what there is. An older poll is answered empty: nobody waits for it any more. */
  poll(response: ServerResponse, isBatch: boolean): void {
    if (this.#isClosed) {
      this.#options.refuse(response);
      return;
    }
    this.#answer([]);
    this.#poll = { response, isBatch };
    this.#cancelPoll = this.#options.clock.after(this.#options.pollMs, () => {
      this.#answer([]);
    });
    this.#events?.alive();
    this.#flush();
  }

  /** The client says something. Resolves when it has been taken. */
  async post(texts: readonly string[]): Promise<void> {
    this.#events?.alive();
    this.#posts += 1;
    if (this.#posts > POSTS_MOST) this.#end(CLOSE.tooMany);
    this.#incoming = this.#incoming.then(() => this.#take(texts));
    await this.#incoming;
    this.#posts -= 1;
  }

  async #take(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      if (this.#pausing) await this.#pausing;
      if (!this.isOpen) return;
      this.#events?.text(text);
    }
  }

  #flush(): void {
    if (!this.#poll) return;
    if (this.#queue.length === 0) {
      if (this.#closeCode !== undefined) this.#end(this.#closeCode);
      return;
    }
    let count = 0;
    let bytes = 0;
    for (const text of this.#queue) {
      bytes += Buffer.byteLength(text);
      if (count > 0 && (bytes > ANSWER_BYTES || !this.#poll.isBatch)) break;
      count += 1;
    }
    this.#answer(this.#queue.splice(0, count));
  }

  #answer(texts: readonly string[]): void {
    if (!this.#poll) return;
    const { response } = this.#poll;
    this.#poll = undefined;
    this.#cancelPoll?.();
    this.#leaving.add(response);
    response.on('finish', () => {
      this.#leaving.delete(response);
      for (const text of texts) this.#bufferedBytes -= Buffer.byteLength(text);
      if (texts.length > 0) this.#events?.written();
    });
    this.#options.answer(response, texts);
  }

  #end(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#cancelPoll?.();
    if (this.#poll) this.#options.refuse(this.#poll.response);
    this.#poll = undefined;
    for (const response of this.#leaving) response.destroy();
    this.resume();
    this.#options.ended();
    this.#events?.closed(code);
  }
}
