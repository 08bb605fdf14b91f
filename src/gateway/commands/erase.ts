// kefu erase: what is known of a person goes; that there was somebody stays, so that numbers and order stay.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent } from '../files/file-storage.ts';
import type { FileStorage } from '../files/file-storage.ts';
import type { Store } from '../store/store.ts';

/** Seqids, and files, that are done in one go. */
const MESSAGES = 1_000;
const FILES = 100;

export interface EraseOptions {
  readonly store: Store;
  readonly storage: FileStorage;
  /** Where uploads are under way. */
  readonly dataDir: string;
  /** User id. */
  readonly user: string;
  readonly at: number;
}

/** May be done again at any time, and has to be when it was cut off. Resolves with how much there was. */
export async function erase({ store, storage, dataDir, user, at }: EraseOptions): Promise<{
  readonly conversations: number;
  readonly files: number;
}> {
  // First: they can't come back meanwhile.
  const conversations = (await store.eraseUser({ user, at })) ?? [];
  for (const { topic, seq } of conversations)
    for (let end = 1; end <= seq;) {
      end = Math.min(end + MESSAGES, seq + 1);
      await store.expunge({ topic, end });
    }
  let files = 0;
  for (;;) {
    const names = await store.doomFilesOf({ user, limit: FILES });
    if (names.length === 0) break;
    for (const name of names) await storage.remove(name);
    await store.removeFiles(names);
    files += names.length;
  }
  await removeUploads(join(dataDir, 'uploads'), user);
  return { conversations: conversations.length, files };
}

async function removeUploads(folder: string, user: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  for (const name of names) if (name.startsWith(`${user}.`)) await rm(join(folder, name), { force: true });
}
