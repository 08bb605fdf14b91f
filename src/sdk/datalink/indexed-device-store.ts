// The device store in IndexedDB: the one storage of browsers that keeps what it has confirmed when they are killed.
import { FILES_MOST, inSendOrder } from './device-store.ts';
import type { DeviceStore, KeptTopic } from './device-store.ts';
import { isPending } from './message-state.ts';
import type { Message } from './message.ts';

const OWN = 'own';
const SEEN = 'seen';
/** Among the own messages, whose keys are lists. */
const TOKEN = 'token';
/** Topics whose last pages are kept; the one that was touched least recently goes first. */
const SEEN_MOST = 20;

interface OwnRow {
  readonly message: Message;
  /** Its file, while that is being uploaded. */
  readonly file?: Blob | undefined;
}

/** What an older page has written in another form is passed over. */
const isOwnRow = (value: unknown): value is OwnRow => typeof value === 'object' && value !== null && 'message' in value;
const isSeen = (value: unknown): value is KeptTopic =>
  typeof value === 'object' && value !== null && 'contiguous' in value;

/** Own messages of a topic: keys are [topic, key of the message]. */
const ofTopic = (topic: string): IDBKeyRange => IDBKeyRange.bound([topic], [topic, []]);

const open = (name: string): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    // Throws where storage is refused, and is not there at all in some private windows.
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(OWN);
      request.result.createObjectStore(SEEN).createIndex('touched', 'touched');
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('no database'));
    };
  });

export const indexedDeviceStore = (name: string): DeviceStore => {
  let database: Promise<IDBDatabase> | undefined;

  const opened = (): Promise<IDBDatabase> =>
    (database ??= open(name).then((handle) => {
      const close = (): void => {
        handle.close();
        database = undefined;
      };
      // Closed by the browser (storage cleared, process gone), or in the way of a newer version of this page.
      handle.onclose = handle.onversionchange = close;
      return handle;
    }));

  const once = async <T>(
    mode: IDBTransactionMode,
    act: (own: IDBObjectStore, seen: IDBObjectStore) => T,
  ): Promise<T> => {
    const handle = await opened();
    return new Promise((resolve, reject) => {
      const transaction = handle.transaction([OWN, SEEN], mode);
      const result = act(transaction.objectStore(OWN), transaction.objectStore(SEEN));
      transaction.oncomplete = () => {
        resolve(result);
      };
      transaction.onabort = () => {
        reject(transaction.error ?? new Error('aborted'));
      };
    });
  };

  /** Resolves when the transaction is complete, with what `act` returned. A dead handle is replaced once. */
  const run = async <T>(
    mode: IDBTransactionMode,
    act: (own: IDBObjectStore, seen: IDBObjectStore) => T,
  ): Promise<T> => {
    try {
      return await once(mode, act);
    } catch (error) {
      // WebKit ends the connections of pages in the background, and every later try on such a handle fails.
      void database?.then(
        (handle) => {
          handle.close();
        },
        () => undefined,
      );
      database = undefined;
      if (error instanceof DOMException && error.name === 'QuotaExceededError') {
        // The outbox goes before the cache.
        await once('readwrite', (_, seen) => seen.clear());
        return once(mode, act);
      }
      return once(mode, act);
    }
  };

  const write = (act: (own: IDBObjectStore, seen: IDBObjectStore) => unknown): Promise<void> =>
    run('readwrite', act).then(() => undefined);

  return {
    async load(topic) {
      const [own, seen] = await run('readonly', (ownRows, seenRows): [IDBRequest<unknown[]>, IDBRequest<unknown>] => [
        ownRows.getAll(ofTopic(topic)),
        seenRows.get(topic),
      ]);
      const last = seen.result;
      const rows = own.result.filter(isOwnRow);
      return {
        own: inSendOrder(rows.map(({ message }) => message)),
        files: new Map(rows.flatMap(({ message, file }) => (file ? [[message.key, file]] : []))),
        seen: isSeen(last) ? last : undefined,
      };
    },
    async put(topic, message, file) {
      const key = [topic, message.key];
      let bytes = 0;
      await write((own) => {
        own.put({ message, file } satisfies OwnRow, key);
        if (!file) return;
        const rows: IDBRequest<unknown[]> = own.getAll();
        rows.onsuccess = () => {
          bytes = rows.result.reduce<number>((sum, row) => sum + ((isOwnRow(row) && row.file?.size) || 0), 0);
          if (bytes > FILES_MOST) own.delete(key);
        };
      });
      if (bytes > FILES_MOST) throw new Error('too many files');
    },
    remove: (topic, key) => write((own) => own.delete([topic, key])),
    async topics() {
      // Both in the order of the keys.
      const [keys, rows] = await run('readonly', (own): [IDBRequest<IDBValidKey[]>, IDBRequest<unknown[]>] => [
        own.getAllKeys(),
        own.getAll(),
      ]);
      const topics = keys.result.map((key, index) => {
        const row = rows.result[index];
        return Array.isArray(key) && isOwnRow(row) && isPending(row.message.state) ? key[0] : undefined;
      });
      return [...new Set(topics.filter((topic) => typeof topic === 'string'))];
    },
    see: (topic, kept) =>
      write((_, seen) => {
        seen.put(kept, topic);
        const count = seen.count();
        count.onsuccess = () => {
          if (count.result <= SEEN_MOST) return;
          const oldest = seen.index('touched').openCursor();
          oldest.onsuccess = () => {
            oldest.result?.delete();
          };
        };
      }),
    async token() {
      const kept: IDBRequest<unknown> = await run('readonly', (own) => own.get(TOKEN));
      return typeof kept.result === 'string' ? kept.result : undefined;
    },
    keepToken: (token) => write((own) => (token === undefined ? own.delete(TOKEN) : own.put(token, TOKEN))),
    forget: () => write((_, seen) => seen.clear()),
    wipe: () =>
      write((own, seen) => {
        own.clear();
        seen.clear();
      }),
  };
};
