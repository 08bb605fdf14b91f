// kefu backup: a copy of the data folder, whole and of one moment, while a gateway runs on it.
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../config.ts';
import { isAbsent } from '../files/file-storage.ts';
import type { FileStorage } from '../files/file-storage.ts';
import { folderStorage } from '../files/folder-storage.ts';
import { openEmbeddedStore } from '../store/embedded-store.ts';
import { STORE_FILE } from '../store/embedded-worker.ts';
import { EPOCH } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { filesOf, verify } from './verify.ts';
import type { Verified } from './verify.ts';

export interface BackupOptions {
  readonly dataDir: string;
  /** On the data folder. */
  readonly store: Store;
  /** Where the files are; undefined: not in the data folder, they are not copied. */
  readonly storage: FileStorage | undefined;
  /** Made by this; has what a gateway needs in its data folder. */
  readonly folder: string;
}

/** Resolves with what is in the backup, which has been looked at. Rejects with a message for people. */
export async function backup({ dataDir, store, storage, folder }: BackupOptions): Promise<Verified> {
  const target = resolve(folder);
  if ((await entriesOf(target)).length > 0)
    throw new ConfigError(`${folder} is not empty: a backup needs a folder of its own`);
  // Under its name only once it is whole.
  const part = `${target}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true, mode: 0o700 });
  const files = join(part, 'files');

  // Before the store: files that its messages refer to may be removed meanwhile. After it: others may have come.
  if (storage) await copyFiles(storage, store, files);
  copyDatabase(join(dataDir, STORE_FILE), join(part, STORE_FILE));
  const copy = await openEmbeddedStore({ dataDir: part, exclusive: true });
  let verified: Verified;
  try {
    if (storage) await copyFiles(storage, copy, files);
    await copy.forgetSecret(EPOCH);
    verified = await verify(copy, storage && folderStorage(files));
  } finally {
    await copy.close();
  }
  await rm(join(part, 'gateway.lock'), { force: true });
  await sync(join(part, STORE_FILE));
  await sync(part);
  await rm(target, { recursive: true, force: true });
  await rename(part, target);
  await sync(dirname(target));
  return verified;
}

/** Reads one moment of it, and keeps nobody from writing. */
function copyDatabase(from: string, to: string): void {
  const database = new DatabaseSync(from);
  try {
    database.exec('pragma busy_timeout = 10000');
    database.prepare('vacuum into $1').run({ 1: to });
  } finally {
    database.close();
  }
}

/** Copies what the store knows of and is not there yet: files never change. */
async function copyFiles(storage: FileStorage, store: Store, folder: string): Promise<void> {
  const copies = folderStorage(folder);
  const incoming = join(folder, 'incoming');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for await (const { name, size, mime } of filesOf(store)) {
    if (await copies.has(name)) continue;
    const bytes = await storage.read(name, undefined);
    // What is missing is found when the backup is looked at.
    if (!bytes) continue;
    await pipeline(bytes, createWriteStream(incoming, { mode: 0o600 }));
    await copies.put(name, incoming, { size, mime });
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  // Windows opens no folders, and needs none of it.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
