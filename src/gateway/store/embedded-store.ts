// The embedded store: SQLite in a file, in a worker thread. What waits while the disk is busy goes in one transaction.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { READS, workerUrl } from './embedded-worker.ts';
import type { Call, Order, Report, WorkerStart } from './embedded-worker.ts';
import type { Argument, Operation, Result, Store } from './store.ts';

/** Calls that go in one transaction at most: more would make the first of them wait. */
const GROUP = 512;

interface Waiting extends Call {
  readonly since: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

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

  let waiting: Waiting[] = [];
  let committing: Waiting[] = [];
  let isScheduled = false;
  let failure: Error | undefined;
  let closing: Promise<void> | undefined;

  const order = (value: Order): void => {
    worker.postMessage(value);
  };
  const commit = (): void => {
    isScheduled = false;
    if (committing.length > 0 || waiting.length === 0) return;
    committing = waiting.slice(0, GROUP);
    waiting = waiting.slice(GROUP);
    order({ calls: committing.map(({ operation, argument }) => ({ operation, argument })) });
  };
  const fail = (error: Error): void => {
    if (failure) return;
    failure = error;
    for (const one of [...committing, ...waiting]) one.reject(error);
    committing = [];
    waiting = [];
    if (!closing) onFailure?.(error);
  };

  await new Promise<void>((resolve, reject) => {
    worker.on('error', (error: Error) => {
      reject(error);
      fail(error);
    });
    worker.on('exit', () => {
      fail(new Error('the store has ended'));
    });
    worker.on('message', (report: Report<never>) => {
      if ('opened' in report) resolve();
      else if ('refused' in report) reject(new Error(report.refused));
      else if ('answers' in report) {
        const answered = committing;
        committing = [];
        const fault = report.answers.find((answer) => 'error' in answer && answer.isFault);
        const late = fault ? waiting.filter(({ operation }) => !READS.has(operation)) : [];
        if (fault) waiting = waiting.filter(({ operation }) => READS.has(operation));
        commit();
        for (const [index, one] of answered.entries()) {
          const answer = report.answers[index];
          if (answer === undefined) one.reject(new Error('no answer'));
          else if ('error' in answer) one.reject(new Error(answer.error));
          else one.resolve(answer.value);
        }
        // Called when nobody knew of the fault: stored now, they would have overtaken what was not.
        if (fault && 'error' in fault) for (const one of late) one.reject(new Error(fault.error));
      }
    });
  });

  const call = <K extends Operation>(operation: K, argument: Argument<K>): Promise<Result<K>> =>
    new Promise<Result<K>>((resolve, reject) => {
      if (failure ?? closing) {
        reject(failure ?? new Error('the store is closed'));
        return;
      }
      waiting.push({ operation, argument, since: performance.now(), resolve, reject });
      if (isScheduled || committing.length > 0) return;
      isScheduled = true;
      // After all sockets that have something to say now.
      setImmediate(commit);
    });

  const close = async (): Promise<void> => {
    if (failure) return;
    const exit = once(worker, 'exit');
    await new Promise<void>((resolve) => {
      const end = (): void => {
        if (committing.length === 0 && waiting.length === 0) resolve();
        else setImmediate(end);
      };
      end();
    });
    order({ end: true });
    await exit;
  };

  return {
    createUser: (user) => call('createUser', user),
    user: (id) => call('user', id),
    setUserPublic: (change) => call('setUserPublic', change),
    credentials: (login) => call('credentials', login),
    addToken: (token) => call('addToken', token),
    useToken: (use) => call('useToken', use),
    agents: () => call('agents', undefined),
    setPassword: (change) => call('setPassword', change),
    removeAgent: (removal) => call('removeAgent', removal),
    openConversation: (conversation) => call('openConversation', conversation),
    conversation: (topic) => call('conversation', topic),
    conversationsOf: (query) => call('conversationsOf', query),
    setConversationPublic: (change) => call('setConversationPublic', change),
    append: (message) => call('append', message),
    appended: (identity) => call('appended', identity),
    history: (query) => call('history', query),
    messages: (query) => call('messages', query),
    remove: (removal) => call('remove', removal),
    deletions: (query) => call('deletions', query),
    newestDeletion: (query) => call('newestDeletion', query),
    saveMarks: (marks) => call('saveMarks', marks),
    assign: (assignment) => call('assign', assignment),
    resolve: (resolution) => call('resolve', resolution),
    release: (release) => call('release', release),
    queued: (limit) => call('queued', limit),
    loads: () => call('loads', undefined),
    addFile: (file) => call('addFile', file),
    fileOfUpload: (upload) => call('fileOfUpload', upload),
    file: (name) => call('file', name),
    filesIn: (query) => call('filesIn', query),
    fileBytes: (user) => call('fileBytes', user),
    doomFiles: (query) => call('doomFiles', query),
    removeFiles: (names) => call('removeFiles', names),
    secret: (secret) => call('secret', secret),
    probe: () => call('probe', undefined),
    backlog() {
      const first = committing[0] ?? waiting[0];
      return {
        calls: committing.length + waiting.length,
        ms: first === undefined ? 0 : performance.now() - first.since,
      };
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
