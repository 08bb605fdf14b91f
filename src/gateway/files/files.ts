// Files: what messages refer to, uploaded and downloaded over http.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { CTRL, CTRL_TEXT } from '../../protocol/ctrl-code.ts';
import { encode } from '../../protocol/codec.ts';
import { FILE_PATH, fileNameOf, UPLOAD_PATH } from '../../protocol/file-ref.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { modeOf } from '../access.ts';
import { hashOfToken, TOKEN_LIVES } from '../auth.ts';
import type { Clock } from '../clock.ts';
import { timestamp } from '../clock.ts';
import type { GatewayLimits } from '../config.ts';
import { errorText } from '../log.ts';
import type { Log } from '../log.ts';
import { addressKey } from '../origin.ts';
import type { Random } from '../random.ts';
import { RateLimit } from '../rate-limit.ts';
import type { Store, User } from '../store/store.ts';
import { sendFile } from './downloads.ts';
import type { FileLinks } from './file-links.ts';
import type { FileStorage } from './file-storage.ts';
import { openStorage } from './open-storage.ts';
import type { S3Options } from './s3-storage.ts';
import { openStaging } from './staging.ts';
import type { Staging } from './staging.ts';
import { Uploads } from './uploads.ts';

/** A file that no message refers to is removed after this long. An unsent message asks before it goes after that. */
const ORPHAN_MS = 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
const SWEEP_MOST = 500;
/** A request that was turned away and has more than this to say is not listened to. */
const UNREAD_MOST = 2 * 1024 * 1024;
const PREFLIGHT_SECONDS = 86_400;
const HEADERS =
  'authorization, content-type, range, upload-length, upload-offset, x-kefu-name, x-kefu-upload, x-tinode-apikey, x-tinode-auth';

export interface FilesOptions {
  /** Uploads under way are in it, and the files unless they are in a bucket. */
  readonly dataDir: string;
  readonly s3?: S3Options | undefined;
  readonly store: Store;
  readonly links: FileLinks;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: GatewayLimits;
  /** Whether the page that asks may connect. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
  readonly addressOf: (request: IncomingMessage) => string;
}

export async function openFiles(options: FilesOptions): Promise<Files> {
  const { dataDir, clock, limits } = options;
  const staging = await openStaging({
    folder: join(dataDir, 'uploads'),
    clock,
    perUser: limits.uploadsPerUser,
    bytes: limits.uploadBytes,
    lifeMs: ORPHAN_MS,
  });
  return new Files(
    options,
    staging,
    openStorage(options, () => clock.now()),
  );
}

export class Files {
  readonly #options: FilesOptions;
  readonly #staging: Staging;
  readonly #storage: FileStorage;
  readonly #uploads: Uploads;
  readonly #requests: RateLimit;
  #cancelSweep: (() => void) | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(options: FilesOptions, staging: Staging, storage: FileStorage) {
    const { clock, limits } = options;
    this.#options = options;
    this.#staging = staging;
    this.#storage = storage;
    this.#uploads = new Uploads({ ...options, staging, storage, orphanMs: ORPHAN_MS });
    this.#requests = new RateLimit(limits.fileRequests, () => clock.elapsed());
    this.#sweepLater();
  }

  /** Whether requests for this path are to be answered here. */
  static isAt(path: string): boolean {
    return path === UPLOAD_PATH.slice(0, -1) || path.startsWith(FILE_PATH);
  }

  async serve(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { isAllowed, addressOf } = this.#options;
    const { method, headers } = request;
    const isUpload = !path.startsWith(FILE_PATH);
    response.setHeader('Vary', 'Origin');
    const isWelcome = isAllowed(request);
    if (isWelcome && headers.origin !== undefined) response.setHeader('Access-Control-Allow-Origin', headers.origin);
    if (!isWelcome && isUpload) this.#ctrl(request, response, { code: CTRL.forbidden });
    else if (method === 'OPTIONS') preflight(response, isUpload);
    else if (isUpload ? method !== 'POST' : method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', isUpload ? 'POST, OPTIONS' : 'GET, HEAD, OPTIONS');
      this.#ctrl(request, response, { code: 405 });
    } else {
      const retryAfter = this.#requests.take(addressKey(addressOf(request)));
      if (retryAfter > 0) this.#ctrl(request, response, { code: CTRL.tooMany, params: { retryAfter } });
      else if (isUpload) await this.#upload(request, response);
      else await this.#download(path, request, response);
    }
  }

  async close(): Promise<void> {
    this.#cancelSweep?.();
    await this.#sweeping;
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const user = await this.#userOf(request);
    if (!user) {
      this.#ctrl(request, response, { code: CTRL.unauthorized });
      return;
    }
    try {
      const answer = await this.#uploads.take(request, user);
      if (answer.code === CTRL.unavailable) this.#options.log.error('file-storage', { error: 'no space left' });
      this.#ctrl(request, response, answer);
    } catch (error) {
      // A connection that broke off hears nothing, and will be back.
      if (request.errored || !request.complete) response.destroy();
      else {
        this.#options.log.error('upload', { error: errorText(error) });
        this.#ctrl(request, response, { code: CTRL.internal });
      }
    }
  }

  async #download(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { store, links } = this.#options;
    const query = URL.parse(request.url ?? '', 'http://gateway')?.searchParams ?? new URLSearchParams();
    const name = fileNameOf(path);
    const isLink = query.has('s');
    if (isLink && !(name !== undefined && links.isValid(name, query))) {
      this.#ctrl(request, response, { code: CTRL.forbidden });
      return;
    }
    const user = isLink ? undefined : await this.#userOf(request);
    if (!isLink && !user) {
      this.#ctrl(request, response, { code: CTRL.unauthorized });
      return;
    }
    const found = name === undefined ? undefined : await store.file(name);
    const mayRead = found && (!user || found.file.user === user.id || (await this.#isMember(user, found.topics)));
    const asAttachment = query.get('asatt') === '1';
    const isSent =
      mayRead && (await sendFile(request, response, { file: found.file, storage: this.#storage, asAttachment }));
    if (isSent !== true) this.#ctrl(request, response, { code: CTRL.notFound });
  }

  async #isMember(user: User, topics: readonly string[]): Promise<boolean> {
    for (const topic of topics) {
      const found = await this.#options.store.conversation(topic);
      if (found && modeOf(found.conversation, user) !== undefined) return true;
    }
    return false;
  }

  /** By the token of an earlier login, which has to be in a header: addresses end up in logs. */
  async #userOf({ headers }: IncomingMessage): Promise<User | undefined> {
    const { store, clock } = this.#options;
    const header = headers['x-tinode-auth'] ?? headers.authorization;
    const token = typeof header === 'string' ? /^token +(\S{1,512})$/i.exec(header)?.[1] : undefined;
    if (token === undefined) return undefined;
    return (await store.useToken({ hash: hashOfToken(token), now: clock.now(), lives: TOKEN_LIVES }))?.user;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      this.#sweeping = this.#sweep()
        .catch((error: unknown) => {
          this.#options.log.warn('file-sweep', { error: errorText(error) });
        })
        .finally(() => {
          this.#sweepLater();
        });
    });
  }

  /** Removes files that no message refers to (any more). */
  async #sweep(): Promise<void> {
    const { store, clock, log } = this.#options;
    await this.#staging.sweep();
    // Doomed first: no message can refer to it then, and what is not done today is found again tomorrow.
    const doomed = await store.doomFiles({ before: clock.now() - ORPHAN_MS, limit: SWEEP_MOST });
    for (const name of doomed) await this.#storage.remove(name);
    await store.removeFiles(doomed);
    if (doomed.length > 0) log.info('files-removed', { count: doomed.length });
  }

  #ctrl(
    request: IncomingMessage,
    response: ServerResponse,
    { code, id, params }: { readonly code: number; readonly id?: string | undefined; readonly params?: JsonObject },
  ): void {
    const ts = timestamp(this.#options.clock.now());
    const text = CTRL_TEXT[code] ?? 'method not allowed';
    const body = encode({ ctrl: { ...(id !== undefined && { id }), code, text, ...(params && { params }), ts } });
    if (!request.complete && !(Number(request.headers['content-length']) <= UNREAD_MOST))
      response.setHeader('Connection', 'close');
    response.writeHead(code, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

function preflight(response: ServerResponse, isUpload: boolean): void {
  response.writeHead(204, {
    'Access-Control-Allow-Methods': isUpload ? 'POST' : 'GET, HEAD',
    'Access-Control-Allow-Headers': HEADERS,
    'Access-Control-Max-Age': PREFLIGHT_SECONDS,
  });
  response.end();
}
