// Opens the storage of files that is configured: a bucket, or a folder in the data folder.
import { join } from 'node:path';
import type { FileStorage } from './file-storage.ts';
import { folderStorage } from './folder-storage.ts';
import { s3Storage } from './s3-storage.ts';
import type { S3Options } from './s3-storage.ts';

export interface StorageOptions {
  readonly dataDir: string;
  /** Undefined: the files are in the data folder. */
  readonly s3?: S3Options | undefined;
}

/** `now` is the machine's time. */
export const openStorage = ({ dataDir, s3 }: StorageOptions, now: () => number): FileStorage =>
  s3 ? s3Storage(s3, now) : folderStorage(join(dataDir, 'files'));
