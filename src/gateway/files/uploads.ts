// Uploads: files that come in, whole in a form or in pieces that a lost connection does not cost.
import type { IncomingMessage } from 'node:http';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { FILE_PATH } from '../../protocol/file-ref.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Clock } from '../clock.ts';
import { timestamp } from '../clock.ts';
import type { GatewayLimits } from '../config.ts';
import type { Random } from '../random.ts';
import { RateLimit } from '../rate-limit.ts';
import type { Store, StoredFile, User } from '../store/store.ts';
import { fileTypeOf, HEAD_BYTES } from './file-type.ts';
import type { FileType } from './file-type.ts';
import { StorageFullError } from './file-storage.ts';
import type { FileStorage } from './file-storage.ts';
import { FormError, readForm } from './form.ts';
import { StagingFullError } from './staging.ts';
import type { Part, Staging } from './staging.ts';

/** From so many bytes on a type shows. */
const TELLING_BYTES = 512;
const TITLE_MOST = 128;
/** What a client is told to wait when there is no room. */
const FULL_MS = 30_000;

export interface UploadsOptions {
  readonly store: Store;
  readonly staging: Staging;
  readonly storage: FileStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: GatewayLimits;
  /** How long a file stays that no message refers to. */
  readonly orphanMs: number;
}

/** What is answered, as a ctrl. */
export interface UploadAnswer {
  readonly code: number;
  readonly id?: string | undefined;
  readonly params?: JsonObject;
}

/** An answer other than success, thrown from wherever it is found. */
class Refusal extends Error {
  readonly answer: UploadAnswer;
  constructor(code: number, params?: JsonObject) {
    super('refused');
    this.answer = { code, ...(params && { params }) };
  }
}

/** What a file is said to be, and by whom. */
interface Claim {
  readonly user: User;
  /** The client's own name for the upload. */
  readonly upload: string;
  readonly size: number;
  readonly mime: string;
  readonly title: string;
}

const tooLarge = (): Refusal => new Refusal(CTRL.tooLarge, { reason: 'file too large' });

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #visitorUploads: RateLimit;
  readonly #agentUploads: RateLimit;

  constructor(options: UploadsOptions) {
    this.#options = options;
    const now = (): number => options.clock.elapsed();
    this.#visitorUploads = new RateLimit(options.limits.visitorUploads, now);
    this.#agentUploads = new RateLimit(options.limits.agentUploads, now);
  }

  /** Takes what the request brings. Rejects when the request breaks off: what has come of a piece is kept. */
  async take(request: IncomingMessage, user: User): Promise<UploadAnswer> {
    const stop = this.#cutIfSlow(request);
    try {
      const upload = request.headers['x-kefu-upload'];
      return typeof upload === 'string'
        ? await this.#takePiece(request, user, upload)
        : await this.#takeForm(request, user);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      if (error instanceof FormError) return { code: CTRL.malformed };
      if (error instanceof StagingFullError) return { code: CTRL.tooMany, params: { retryAfter: FULL_MS } };
      if (error instanceof StorageFullError) return { code: CTRL.unavailable, params: { retryAfter: FULL_MS } };
      throw error;
    } finally {
      stop();
    }
  }

  /** A piece of a file, to be put where the last one ended. */
  async #takePiece(request: IncomingMessage, user: User, upload: string): Promise<UploadAnswer> {
    const { headers } = request;
    const offset = whole(headers['upload-offset']);
    const size = whole(headers['upload-length']);
    if (!/^[\w-]{16,64}$/.test(upload) || offset === undefined || !size) return { code: CTRL.malformed };
    const title = titleOf(decoded(headers['x-kefu-name']));
    const claim = { user, upload, size, mime: headers['content-type'] ?? '', title };
    const part = await this.#begin(claim, () => request.destroy());
    try {
      const known = await this.#known(claim);
      if (known) {
        await part.discard();
        return this.#stored(known);
      }
      if (offset !== part.size) {
        await part.release();
        return { code: CTRL.conflict, params: { offset: part.size } };
      }
      await pour(request as AsyncIterable<Buffer>, part, size);
      if (offset < TELLING_BYTES && part.size >= Math.min(size, TELLING_BYTES)) await typeOf(part, claim);
      if (part.size === size) return await this.#finish(part, claim);
      await part.release();
      return { code: CTRL.ok, params: { offset: part.size } };
    } catch (error) {
      // What can't be stored is not kept; what broke off is.
      await (error instanceof Refusal ? part.discard() : part.release());
      throw error;
    }
  }

  /** A whole file in a form. */
  async #takeForm(request: IncomingMessage, user: User): Promise<UploadAnswer> {
    const { limits, random } = this.#options;
    const upload = random.bytes(16).toString('hex');
    // Its length is not known before it is here.
    const reserved = Math.min(Number(request.headers['content-length'] ?? Infinity), limits.fileBytes);
    const { taken, id } = await readForm(request, limits.fileBytes, async ({ bytes, isTooLarge, title, mime }) => {
      const claim = { user, upload, size: reserved, mime, title: titleOf(title) };
      const part = await this.#begin(claim, () => request.destroy());
      try {
        await pour(bytes, part, limits.fileBytes);
        if (isTooLarge()) throw tooLarge();
        if (part.size === 0) throw new FormError('an empty file');
        return await this.#finish(part, { ...claim, size: part.size });
      } catch (error) {
        await part.discard();
        throw error;
      }
    });
    return { ...taken, id };
  }

  /** Takes hold of the upload, if the user may have one (more). */
  async #begin(claim: Claim, interrupted: () => void): Promise<Part> {
    const { limits, staging, store } = this.#options;
    const { user, size } = claim;
    if (size > limits.fileBytes) throw tooLarge();
    const id = { user: user.id, upload: claim.upload };
    if ((await staging.size(id)) === 0) {
      const isAgent = user.kind === 'agent';
      const retryAfter = (isAgent ? this.#agentUploads : this.#visitorUploads).take(user.id);
      if (retryAfter > 0) throw new Refusal(CTRL.tooMany, { retryAfter });
      if (!isAgent && (await store.fileBytes(user.id)) + size > limits.visitorFileBytes)
        throw new Refusal(CTRL.policy, { reason: 'too many files' });
    }
    return staging.take(id, size, interrupted);
  }

  /** The file, when it has been stored before: the answer was lost then. */
  async #known({ user, upload }: Claim): Promise<StoredFile | undefined> {
    const { store, storage } = this.#options;
    const file = await store.fileOfUpload({ user: user.id, upload });
    return file && (await storage.has(file.name)) ? file : undefined;
  }

  async #finish(part: Part, claim: Claim): Promise<UploadAnswer> {
    const { store, storage, clock, random } = this.#options;
    const { mime, extension } = await typeOf(part, claim);
    const file = await store.addFile({
      name: `${random.bytes(16).toString('base64url')}.${extension}`,
      user: claim.user.id,
      upload: claim.upload,
      mime,
      size: part.size,
      title: claim.title === '' ? undefined : claim.title,
      at: clock.now(),
    });
    await storage.put(file.name, part.path, { size: part.size, mime });
    await part.discard();
    return this.#stored(file);
  }

  #stored({ name, at }: StoredFile): UploadAnswer {
    const expires = timestamp(at + this.#options.orphanMs);
    return { code: CTRL.ok, params: { url: FILE_PATH + name, expires } };
  }

  /** Ends a request that brings next to nothing. Returns the way to stop watching. */
  #cutIfSlow(request: IncomingMessage): () => void {
    const { clock, limits } = this.#options;
    let seen = request.socket.bytesRead;
    const watch = (): (() => void) =>
      clock.after(limits.uploadStallMs, () => {
        const { bytesRead } = request.socket;
        if (!request.complete && bytesRead - seen < limits.uploadStallBytes) request.destroy();
        seen = bytesRead;
        stop = watch();
      });
    let stop = watch();
    return () => {
      stop();
    };
  }
}

/** Writes everything to the part, which then has `most` bytes at most. */
async function pour(bytes: AsyncIterable<Buffer>, part: Part, most: number): Promise<void> {
  for await (const chunk of bytes) {
    if (part.size + chunk.length > most) throw new Refusal(CTRL.malformed);
    await part.write(chunk);
  }
}

async function typeOf(part: Part, { mime }: Claim): Promise<FileType> {
  const type = fileTypeOf(await part.head(HEAD_BYTES), mime);
  if (!type) throw new Refusal(CTRL.policy, { reason: 'file type not accepted' });
  return type;
}

const whole = (header: string | readonly string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;

function decoded(header: string | readonly string[] | undefined): string {
  try {
    return typeof header === 'string' ? decodeURIComponent(header) : '';
  } catch {
    return '';
  }
}

/** A file's name as its sender has it, without folders and anything that would not show. */
const titleOf = (name: string): string =>
  [...name.replace(/^.*[/\\]/s, '').replace(/[\0-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069"]/g, '')]
    .slice(-TITLE_MOST)
    .join('')
    .toWellFormed()
    .trim();
