// File storage: where the bytes of uploaded files are. What is known about a file is in the store.
import type { Readable } from 'node:stream';

/** Bytes from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Files never change: a name is written once, or again with the same content. */
export interface FileStorage {
  /**
   * Takes over the file at `path`, which is gone afterwards. Durable when it resolves. Rejects with {@link StorageFullError}
   * when there is no room.
   */
  put(name: string, path: string, about: { readonly size: number; readonly mime: string }): Promise<void>;
  has(name: string): Promise<boolean>;
  /** Undefined when there is no such file. */
  read(name: string, range: ByteRange | undefined): Promise<Readable | undefined>;
  /** Removes the file, if it is there. */
  remove(name: string): Promise<void>;
}

/** No room left: it may be there again later. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

export const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT';

/** The system's word for a full disk, or a used-up quota, as an error of ours. */
export const storageError = (error: unknown): unknown =>
  codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
    ? new StorageFullError('no space left', { cause: error })
    : error;
