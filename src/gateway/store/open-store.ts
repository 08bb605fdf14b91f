// Opens the store that is configured: the database that gateways share, or the file of one.
import { errorText } from '../log.ts';
import type { Log } from '../log.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import { openPostgresStore } from './postgres-store.ts';
import type { SharedStore, Store } from './store.ts';

export interface StoreOptions {
  /** Of PostgreSQL; undefined: the embedded store in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** For a gateway, which has a data folder alone; the command line works beside it. */
  readonly exclusive: boolean;
  readonly log: Log;
  /** The store died and will answer nothing any more. */
  readonly onFailure?: (error: Error) => void;
}

/** `shared`: the same store, if others can share it. Rejects with a message for people. */
export async function openStore(
  options: StoreOptions,
): Promise<{ readonly store: Store; readonly shared: SharedStore | undefined }> {
  const { databaseUrl, log } = options;
  if (databaseUrl === undefined) return { store: await openEmbeddedStore(options), shared: undefined };
  const store = await openPostgresStore({
    url: databaseUrl,
    onAway(error) {
      log.error('store-away', { error: errorText(error) });
    },
    onBack() {
      log.info('store-back');
    },
  });
  return { store, shared: store };
}
