// Staging: uploads under way, as files of this machine that grow. What has come stays for a day, whatever becomes of the connection.
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { isAbsent, storageError } from './file-storage.ts';

/** Who uploads what: `upload` is the client's name for it. */
export interface UploadId {
  readonly user: string;
  readonly upload: string;
}

export interface StagingOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Uploads of one user under way: with one more the one that was left alone for the longest is forgotten. */
  readonly perUser: number;
  /** Bytes of all uploads, also of those that are yet to come. */
  readonly bytes: number;
  /** How long an upload may be left alone. */
  readonly lifeMs: number;
}

/** Too much is under way: later. */
export class StagingFullError extends Error {
  override readonly name = 'StagingFullError';
}

/** An upload that somebody writes to. */
export interface Part {
  /** Where its bytes are. */
  readonly path: string;
  /** How many there are. */
  readonly size: number;
  /** Adds bytes. Rejects with StorageFullError when the disk is full. */
  write(bytes: Uint8Array): Promise<void>;
  /** The first bytes. */
  head(length: number): Promise<Buffer>;
  /** Lets go of it; what is there stays. */
  release(): Promise<void>;
  /** Lets go of it and forgets it. */
  discard(): Promise<void>;
}

interface Entry {
  readonly user: string;
  /** What it will have. */
  total: number;
  /** By the clock's `now`: what is on the disk outlives the process. */
  touchedAt: number;
  /** Ends who writes to it now; resolves when they have let go. */
  interrupt: (() => Promise<void>) | undefined;
}

/** What an upload counts for at least: there are not too many of small ones either. */
const LEAST_BYTES = 64 * 1024;
const NAME = /^(usr[\w-]{1,64})\.([\w-]{1,64})$/;

export async function openStaging(options: StagingOptions): Promise<Staging> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = new Map<string, Entry>();
  for (const name of await readdir(folder)) {
    const user = NAME.exec(name)?.[1];
    const info = await stat(join(folder, name)).catch(() => undefined);
    if (user === undefined || info?.isFile() !== true) continue;
    entries.set(name, { user, total: info.size, touchedAt: info.mtimeMs, interrupt: undefined });
  }
  return new Staging(options, entries);
}

export class Staging {
  readonly #options: StagingOptions;
  readonly #entries: Map<string, Entry>;

  constructor(options: StagingOptions, entries: Map<string, Entry>) {
    this.#options = options;
    this.#entries = entries;
  }

  /** How much of an upload is here; 0 when nothing is known of it. */
  async size(id: UploadId): Promise<number> {
    return stat(this.#pathOf(nameOf(id))).then(
      ({ size }) => size,
      (error: unknown) => {
        if (isAbsent(error)) return 0;
        throw error;
      },
    );
  }

  /**
   * Takes hold of an upload of `total` bytes, begun now if need be. Whoever still writes to it is interrupted: that is a
   * connection that the client has given up already. Rejects with StagingFullError, StorageFullError.
   */
  async take(id: UploadId, total: number, interrupted: () => void): Promise<Part> {
    const name = nameOf(id);
    for (let held = this.#entries.get(name); held?.interrupt; held = this.#entries.get(name)) await held.interrupt();
    const entry = this.#entry(name, id.user, total);
    let released = (): void => undefined;
    const isReleased = new Promise<void>((resolve) => {
      released = resolve;
    });
    entry.interrupt = () => {
      interrupted();
      return isReleased;
    };
    const letGo = (): void => {
      entry.interrupt = undefined;
      entry.touchedAt = this.#options.clock.now();
      released();
    };
    try {
      return await this.#open(name, letGo);
    } catch (error) {
      this.#entries.delete(name);
      letGo();
      throw storageError(error);
    }
  }

  /** Forgets what was left alone for too long. */
  async sweep(): Promise<void> {
    const { clock, lifeMs } = this.#options;
    for (const [name, { touchedAt, interrupt }] of this.#entries)
      if (!interrupt && clock.now() - touchedAt > lifeMs) await this.#forget(name);
  }

  #entry(name: string, user: string, total: number): Entry {
    const { perUser, bytes, clock } = this.#options;
    const known = this.#entries.get(name);
    let reserved = Math.max(total, LEAST_BYTES);
    let idle: string | undefined;
    let idleSince = Infinity;
    let ofUser = 0;
    for (const [other, entry] of this.#entries) {
      if (other === name) continue;
      reserved += Math.max(entry.total, LEAST_BYTES);
      if (entry.user !== user) continue;
      ofUser += 1;
      if (entry.interrupt || entry.touchedAt >= idleSince) continue;
      idle = other;
      idleSince = entry.touchedAt;
    }
    if (reserved > bytes) throw new StagingFullError('too much is being uploaded');
    if (!known && ofUser >= perUser) {
      if (idle === undefined) throw new StagingFullError('too many uploads of one user');
      void this.#forget(idle);
    }
    const entry = known ?? { user, total, touchedAt: clock.now(), interrupt: undefined };
    entry.total = total;
    this.#entries.set(name, entry);
    return entry;
  }

  async #open(name: string, letGo: () => void): Promise<Part> {
    const path = this.#pathOf(name);
    const handle = await open(path, 'a+', 0o600);
    let { size } = await handle.stat();
    const forget = (): Promise<void> => this.#forget(name);
    return {
      path,
      get size() {
        return size;
      },
      async write(bytes) {
        try {
          await writeAll(handle, bytes);
          size += bytes.length;
        } catch (error) {
          // Some of it may be there.
          size = (await handle.stat()).size;
          throw storageError(error);
        }
      },
      async head(length) {
        const buffer = Buffer.alloc(Math.min(length, size));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
        return buffer.subarray(0, bytesRead);
      },
      async release() {
        await handle.close();
        letGo();
      },
      async discard() {
        await handle.close();
        await forget();
        letGo();
      },
    };
  }

  async #forget(name: string): Promise<void> {
    this.#entries.delete(name);
    await rm(this.#pathOf(name), { force: true });
  }

  #pathOf(name: string): string {
    return join(this.#options.folder, name);
  }
}

const nameOf = ({ user, upload }: UploadId): string => `${user}.${upload}`;

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
}
