// Uploads: files of own messages on their way to the gateway, in pieces that a lost connection does not cost.
import { decodeServerPacket } from '../../protocol/codec.ts';
import { CTRL, ctrlPolicy } from '../../protocol/ctrl-code.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { backoffMs } from '../network/backoff.ts';
import type { Clock } from '../network/clock.ts';

/** Less than what proxies take. */
const PIECE_BYTES = 256 * 1024;
/** A slow line manages that; what came of a piece that did not is not lost with it, unless a proxy has kept it to itself. */
const PIECE_MS = 60_000;
/** What the gateway gives to one request. */
const WHOLE_MS = 600_000;

interface Answer {
  readonly code: number;
  readonly params: JsonObject;
}

/** The file of a message. `key` is its message's, `id` its identity for ever. */
export interface Upload {
  readonly key: string;
  readonly id: string;
  readonly file: Blob;
  readonly name: string;
}

/** Sends one piece; resolves with the answer. */
export type Post = (headers: Readonly<Record<string, string>>, body: Blob, signal: AbortSignal) => Promise<Response>;

export interface UploadsSurroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly post: Post;
  readonly progress: (upload: Upload, loaded: number) => void;
  /** It is there, under this reference. */
  readonly done: (upload: Upload, ref: string) => void;
  /** The gateway will never take it. */
  readonly refused: (upload: Upload, reason: string) => void;
}

/** One after the other, so that what was sent together stays in order. Messages that are being uploaded hold up no others. */
export class Uploads {
  readonly #around: UploadsSurroundings;
  readonly #queue: Upload[] = [];
  #isOpen = false;
  /** Ends what is being done now. */
  #stop: (() => void) | undefined;

  constructor(around: UploadsSurroundings) {
    this.#around = around;
  }

  get length(): number {
    return this.#queue.length;
  }

  add(upload: Upload): void {
    if (this.#queue.some(({ key }) => key === upload.key)) return;
    this.#queue.push(upload);
    void this.#run();
  }

  /** Needs no uploading any more. */
  forget(key: string): void {
    const index = this.#queue.findIndex((upload) => upload.key === key);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    if (index > 0 || !this.#stop) return;
    this.#stop();
    void this.#run();
  }

  /** There is a way to the gateway, and this page is the one to take it. */
  set isOpen(isOpen: boolean) {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    if (isOpen) void this.#run();
    else this.#stop?.();
  }

  async #run(): Promise<void> {
    if (this.#stop || !this.#isOpen) return;
    const ending = new AbortController();
    const stop = (): void => {
      this.#stop = undefined;
      ending.abort();
    };
    this.#stop = stop;
    for (let upload = this.#queue[0]; upload && !ending.signal.aborted; upload = this.#queue[0]) {
      await this.#send(upload, ending.signal);
    }
    if (this.#stop === stop) this.#stop = undefined;
  }

  /** Resolves when the file is there, will never be, or the `ending` has come. */
  async #send(upload: Upload, ending: AbortSignal): Promise<void> {
    const { clock, random, progress, done, refused } = this.#around;
    const { file } = upload;
    let { id } = upload;
    let offset = 0;
    let bytes = PIECE_BYTES;
    let attempt = 0;
    const isOver = (): boolean => ending.aborted;
    while (!isOver()) {
      const { code, params } = await this.#piece({ ...upload, id }, offset, bytes, ending);
      if (isOver()) return;
      const { url, reason, retryAfter, offset: reached } = params;
      if (typeof url === 'string' || ctrlPolicy(code) === 'final') {
        this.#queue.shift();
        if (typeof url === 'string') done(upload, url);
        else refused(upload, typeof reason === 'string' ? reason : '');
        return;
      }
      if (typeof reached === 'number') {
        const isElsewhere = reached < offset;
        offset = reached;
        if (isElsewhere && id === upload.id) {
          // Requests end up with other gateways: one has to do, under a name of which nobody has a part.
          id += '-whole';
          bytes = file.size;
          offset = 0;
        }
        progress(upload, offset);
        if (code === CTRL.ok) attempt = -1;
      }
      attempt += 1;
      if (typeof reached !== 'number' || attempt > 1)
        await wait(clock, typeof retryAfter === 'number' ? retryAfter : backoffMs(attempt - 1, random()), ending);
    }
  }

  /** The answer's code and params; 503 when there was none. */
  async #piece({ id, file, name }: Upload, offset: number, bytes: number, ending: AbortSignal): Promise<Answer> {
    const over = new AbortController();
    const abort = (): void => {
      over.abort();
    };
    ending.addEventListener('abort', abort);
    const cancel = this.#around.clock.after(bytes > PIECE_BYTES ? WHOLE_MS : PIECE_MS, abort);
    try {
      const headers = {
        'content-type': file.type,
        'x-kefu-upload': id,
        'x-kefu-name': encodeURIComponent(name),
        'upload-offset': String(offset),
        'upload-length': String(file.size),
      };
      const answer = await this.#around.post(headers, file.slice(offset, offset + bytes), over.signal);
      const packet = decodeServerPacket(await answer.text());
      if ('ctrl' in packet) return { code: packet.ctrl.code, params: packet.ctrl.params ?? {} };
    } catch {
      // No answer, or not from a gateway: it says nothing about the file.
    } finally {
      cancel();
      ending.removeEventListener('abort', abort);
    }
    return { code: CTRL.unavailable, params: {} };
  }
}

/** Until then, or the `ending`. */
const wait = (clock: Clock, ms: number, ending: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
    ending.addEventListener('abort', () => resolve());
  });
