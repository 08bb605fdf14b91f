// The worker thread of the embedded store: takes a group of calls, makes one transaction of it, answers after the commit.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Checkpoints } from './embedded-checkpoint.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import type { Database, EmbeddedDatabase } from './embedded-database.ts';
import { checkLog } from './store-check.ts';
import type { Argument, Operation, Result } from './store.ts';

/** What the worker is started with. */
export interface WorkerStart {
  readonly embeddedStore: { readonly dataDir: string; readonly exclusive: boolean };
}

export interface Call {
  readonly operation: Operation;
  readonly argument: Argument<Operation>;
}

/** A group of calls, or the end. */
export type Order = { readonly calls: readonly Call[] } | { readonly end: true };

/** The value is the result of the operation that was called, which types do not follow through a port. */
export type Answer<T> = { readonly value: T } | { readonly error: string; readonly isFault: boolean };
/** One answer for each call of the group; the first report of all is that the store is open, or why it is not. */
export type Report<T> =
  | { readonly opened: true }
  | { readonly refused: string }
  | { readonly answers: readonly Answer<T>[] }
  | { readonly ended: true };

/** In the data folder. */
export const STORE_FILE = 'kefu.db';

/** In the log of a gateway at most, 64 MiB: checkpoints come long before. */
const LOG_PAGES = 16_000;

/** Where a thread finds this file, whether as source or built. */
export const workerUrl = new URL(import.meta.url);

/** The operations that change nothing. */
export const READS: ReadonlySet<Operation> = new Set<Operation>([
  'user',
  'credentials',
  'userOfSubject',
  'liveTokens',
  'agents',
  'conversation',
  'conversationsOf',
  'appended',
  'history',
  'find',
  'messages',
  'deletions',
  'removals',
  'newestDeletion',
  'queued',
  'loads',
  'fileOfUpload',
  'file',
  'filesIn',
  'fileBytes',
  'files',
  'inspect',
  'expired',
  'findUsers',
  'foreignWrites',
]);

const call = <K extends Operation>(database: Database, operation: K, argument: Argument<K>): Result<K> =>
  database[operation](argument);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Result codes of SQLite that speak of the disk, the file or another process: whatever was asked, it would have failed. */
const FAULTS: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 26]);

function isFault(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  // The low byte of an extended code is the code.
  return typeof error.errcode === 'number' && FAULTS.has(error.errcode & 0xff);
}

/** The answers to a group of calls, in one transaction; once they are returned it is durable. */
export function answersTo(database: EmbeddedDatabase, calls: readonly Call[]): readonly Answer<unknown>[] {
  const group = (some: readonly Call[]): Answer<unknown>[] => {
    const answers: Answer<unknown>[] = [];
    const act = (): void => {
      for (const { operation, argument } of some) answers.push({ value: call(database, operation, argument) });
    };
    if (some.every(({ operation }) => READS.has(operation))) act();
    else database.transaction(act);
    return answers;
  };
  let fault: unknown;
  try {
    return group(calls);
  } catch (error) {
    if (isFault(error)) fault = error;
  }
  // One of them can't be done: each by itself, so that it takes no other with it. But what is written after something that
  // should have been must not be there without it.
  return calls.flatMap((one): Answer<unknown>[] => {
    if (fault !== undefined && !READS.has(one.operation)) return [{ error: messageOf(fault), isFault: true }];
    try {
      return group([one]);
    } catch (error) {
      if (isFault(error)) fault = error;
      return [{ error: messageOf(error), isFault: isFault(error) }];
    }
  });
}

/** The disk may not want to: then the log grows, and the next commit finds out. */
function finish(database: EmbeddedDatabase): void {
  try {
    database.checkpoint();
  } catch {
    // See above.
  }
}

/** Held open for as long as the gateway lives; the system lets go of it however the process ends. Undefined: taken. */
function lock(dataDir: string): DatabaseSync | undefined {
  const database = new DatabaseSync(join(dataDir, 'gateway.lock'));
  try {
    database.exec('begin exclusive');
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

const isStart = (value: unknown): value is WorkerStart =>
  typeof value === 'object' && value !== null && 'embeddedStore' in value;

const start: unknown = workerData;
if (!isMainThread && parentPort && isStart(start)) {
  const port = parentPort;
  const report = (value: Report<unknown>): void => {
    port.postMessage(value);
  };
  const { dataDir, exclusive } = start.embeddedStore;
  try {
    const held = lock(dataDir);
    if (exclusive && !held) throw new Error(`another gateway is running on the data folder ${dataDir}`);
    const file = join(dataDir, STORE_FILE);
    // What a living gateway is writing is its own business.
    if (held) checkLog(`${file}-wal`);
    const database = exclusive ? openEmbeddedDatabase(file, LOG_PAGES) : openEmbeddedDatabase(file);
    if (held) database.check();
    if (!exclusive) held?.close();
    const checkpoints = exclusive ? new Checkpoints(file, () => finish(database)) : undefined;
    const end = async (): Promise<void> => {
      await checkpoints?.stop();
      database.end();
      if (exclusive) held?.close();
      report({ ended: true });
      port.close();
    };
    port.on('message', (order: Order) => {
      if ('calls' in order) {
        report({ answers: answersTo(database, order.calls) });
        checkpoints?.wrote(order.calls.length);
      } else void end();
    });
    report({ opened: true });
  } catch (error) {
    report({
      refused: isFault(error) ? `the store in ${dataDir} can't be used: ${messageOf(error)}` : messageOf(error),
    });
    port.close();
  }
}
