// Seeds: many of them, on a few processes.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { bundle } from './bundle.ts';
import type { Patch } from './bundle.ts';
import type { Report, Task } from './worker.ts';

export interface SeedsOptions {
  readonly seeds: readonly number[];
  readonly messages: number;
  /** Processes at a time. */
  readonly workers: number;
  /** Runs with one text of the sources replaced. */
  readonly patch?: Patch;
  readonly hashes?: boolean;
  readonly tabs?: number;
  /** A seed that takes longer than this hangs. */
  readonly deadlineMs?: number;
  /** Hears of each seed; returns true when that was enough. */
  readonly onReport?: (report: Report) => boolean | undefined;
}

/** A seed that did not come to its end: the process died, or it hung. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
  readonly seed: number;

  constructor(seed: number, message: string) {
    super(`seed ${seed}: ${message}`);
    this.seed = seed;
  }
}

let bundles = 0;

/** Resolves with the reports, in the order of the seeds. Rejects with {@link SeedError}. */
export async function runSeeds(options: SeedsOptions): Promise<Report[]> {
  const { messages, patch, tabs = 2, hashes = false, deadlineMs = 120_000 } = options;
  const file = await bundle(`simulation-${(bundles += 1)}`, patch);
  const waiting = [...options.seeds];
  const reports: Report[] = [];
  const running = new Set<ChildProcess>();
  let isEnough = false;

  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(file, [], {
        execArgv: ['--disable-warning=ExperimentalWarning'],
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
        serialization: 'advanced',
      });
      running.add(child);
      let seed = 0;
      let errors = '';
      let deadline: NodeJS.Timeout | undefined;
      child.stderr?.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4_000)));
      const next = (): void => {
        clearTimeout(deadline);
        const task = isEnough ? undefined : waiting.shift();
        if (task === undefined) {
          child.disconnect();
          return;
        }
        seed = task;
        deadline = setTimeout(() => {
          errors += `no end after ${deadlineMs / 1000} s`;
          child.kill('SIGKILL');
        }, deadlineMs);
        child.send({ seed, messages, tabs, hashes } satisfies Task);
      };
      child.on('message', (report: Report) => {
        seed = 0;
        reports.push(report);
        if (options.onReport?.(report) === true) isEnough = true;
        next();
      });
      child.on('exit', () => {
        clearTimeout(deadline);
        running.delete(child);
        if (seed === 0) resolve();
        else reject(new SeedError(seed, errors.trim() === '' ? 'the process ended' : errors.trim()));
      });
      next();
    });

  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, options.seeds.length) }, work));
  } finally {
    for (const child of running) child.kill('SIGKILL');
    await rm(file, { force: true });
  }
  return reports.sort((a, b) => a.seed - b.seed);
}
