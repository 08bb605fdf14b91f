// The embedded store: SQLite in a file, in a worker thread. What waits while the disk is busy goes in one transaction.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { workerUrl } from './embedded-worker.ts';
import type { Order, Report, WorkerStart } from './embedded-worker.ts';
import { GroupCommit, storeByGroups } from './group-commit.ts';
import type { Store } from './store.ts';

export interface EmbeddedStoreOptions {
  /** Folder of the files; made if missing. */
  readonly dataDir: string;
  /** Refuse when another store has the folder exclusively: what a gateway wants, and the command line does not. */
  readonly exclusive: boolean;
  /** The store died and will answer nothing any more. */
  readonly onFailure?: (error: Error) => void;
}

/** Opens the store. Rejects with a message for people when it can't. */
export async function openEmbeddedStore({ dataDir, exclusive, onFailure }: EmbeddedStoreOptions): Promise<Store> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const start: WorkerStart = { embeddedStore: { dataDir, exclusive } };
  const worker = new Worker(workerUrl, { workerData: start, name: 'store' });

  let isFailed = false;
  let closing: Promise<void> | undefined;

  const order = (value: Order): void => {
    worker.postMessage(value);
  };
  const groups = new GroupCommit({
    order: (calls) => {
      order({ calls });
    },
    // After all sockets that have something to say now.
    soon: (act) => setImmediate(act),
    after: (ms, act) => setTimeout(act, ms),
    elapsed: () => performance.now(),
  });
  const fail = (error: Error): void => {
    if (isFailed) return;
    isFailed = true;
    groups.fail(error);
    if (!closing) onFailure?.(error);
  };

  await new Promise<void>((resolve, reject) => {
    worker.on('error', (error: Error) => {
      reject(error);
      fail(error);
    });
    let refused: string | undefined;
    worker.on('exit', () => {
      if (refused === undefined) fail(new Error('the store has ended'));
      else reject(new Error(refused));
    });
    worker.on('message', (report: Report<never>) => {
      if ('opened' in report) resolve();
      // Its end lets go of the files: who is told may open them at once.
      else if ('refused' in report) ({ refused } = report);
      else if ('answers' in report) groups.answered(report.answers);
    });
  });

  const close = async (): Promise<void> => {
    if (isFailed) return;
    const exit = once(worker, 'exit');
    await groups.close();
    order({ end: true });
    await exit;
  };

  return storeByGroups(groups, () => {
    closing ??= close();
    return closing;
  });
}
