// Checkpoints of the embedded database: a thread of its own copies what was committed from SQLite's log into the file, so that nobody waits for that.
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** Calls that may have written, from one checkpoint to the next. Each adds a few pages of 4 KiB to the log. */
const CALLS = 1_000;
/** What is committed while pages are copied is copied next: less each time, so that little is left for the writer. */
const ROUNDS = 4;

interface CheckpointStart {
  readonly embeddedCheckpoint: { readonly file: string };
}

export class Checkpoints {
  readonly #file: string;
  readonly #finish: () => void;
  /** From the first checkpoint on: who writes little needs none. */
  #worker: Worker | undefined;
  #calls = 0;
  #isCopying = false;
  #isOver = false;

  /** `finish` is called when nearly all is copied: whoever writes copies the rest, and begins the log anew. */
  constructor(file: string, finish: () => void) {
    this.#file = file;
    this.#finish = finish;
  }

  /** So many calls may have written. */
  wrote(calls: number): void {
    this.#calls += calls;
    if (this.#calls < CALLS || this.#isCopying || this.#isOver) return;
    this.#calls = 0;
    this.#isCopying = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage(undefined);
  }

  /** Resolves when the file is let go of. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const start: CheckpointStart = { embeddedCheckpoint: { file: this.#file } };
    const worker = new Worker(new URL(import.meta.url), { workerData: start, name: 'checkpoint' });
    worker.on('message', () => {
      this.#isCopying = false;
      if (!this.#isOver) this.#finish();
    });
    // Without it the writer's own limit holds.
    worker.on('error', () => {
      this.#isOver = true;
    });
    return worker;
  }
}

const isStart = (value: unknown): value is CheckpointStart =>
  typeof value === 'object' && value !== null && 'embeddedCheckpoint' in value;

const start: unknown = workerData;
if (!isMainThread && parentPort && isStart(start)) {
  const port = parentPort;
  const database = new DatabaseSync(start.embeddedCheckpoint.file);
  database.exec('pragma synchronous = full');
  const checkpoint = database.prepare('pragma wal_checkpoint(passive)');
  port.on('message', () => {
    try {
      for (let round = 0; round < ROUNDS; round += 1) checkpoint.get();
    } catch {
      // The disk: whoever writes finds out.
    }
    port.postMessage(undefined);
  });
}
