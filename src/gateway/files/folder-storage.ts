// Folder storage: files in a folder of this machine, or of a disk that all gateways share.
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { storageError, isAbsent } from './file-storage.ts';
import type { FileStorage } from './file-storage.ts';

/** Brings a file or the names in a folder to the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** On another disk a file can't be renamed; the copy gets its name when it is whole. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const part = `${to}.part`;
    await copyFile(from, part);
    await sync(part);
    await rename(part, to);
    await rm(from, { force: true });
  }
}

/** Names are random: a few hundred folders keep each of them small. */
export function folderStorage(root: string): FileStorage {
  const pathOf = (name: string): string => join(root, name.slice(0, 2), name);
  return {
    async put(name, path) {
      const target = pathOf(name);
      try {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await sync(path);
        await move(path, target);
        // Windows opens no folders, and needs none of it.
        if (process.platform !== 'win32') await sync(dirname(target));
      } catch (error) {
        throw storageError(error);
      }
    },
    async has(name) {
      return stat(pathOf(name)).then(
        () => true,
        (error: unknown) => {
          if (isAbsent(error)) return false;
          throw error;
        },
      );
    },
    async read(name, range) {
      try {
        const handle = await open(pathOf(name), 'r');
        return handle.createReadStream(range);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
  };
}
