// Server process: a script that prints "port N" when it listens; started, killed and started again.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** How long a server may take to listen; far more than it needs, on any machine. */
const START_DEADLINE_MS = 30_000;

export interface ServerProcessOptions {
  readonly script: string;
  /** Handed over as JSON in the first argument. */
  readonly options: unknown;
}

export interface StartOptions {
  /** Options of Node itself. */
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Usage {
  /** Processor time, user and system, in ms. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** The end of a process: its exit code, or the signal that ended it. */
export type End = readonly [code: number | null, signal: NodeJS.Signals | null];

export class ServerProcess {
  readonly #options: ServerProcessOptions;
  #child: ChildProcess | undefined;
  #end: Promise<End> | undefined;
  #port = 0;
  #errors = '';
  /** Processor time of those that are gone, as last seen. */
  #goneCpuMs = 0;
  #lastCpuMs = 0;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  /** Where it listens, or last did. */
  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it wrote to the standard error, over all starts. */
  get errors(): string {
    return this.#errors;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with how long it took to listen, in ms. Rejects when it ends before, or says nothing for long. */
  async start({ execArgv = [], env = {} }: StartOptions = {}): Promise<number> {
    const startedAt = performance.now();
    const { script, options } = this.#options;
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...execArgv, script, JSON.stringify(options)],
      { env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    // With all that it has written.
    this.#end = once(child, 'close') as unknown as Promise<End>;
    child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    const port = new Promise<number>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /^port (\d+)$/.exec(line)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, START_DEADLINE_MS, undefined);
    });
    const listening = await Promise.race([port, late, this.#end.then(() => undefined)]);
    clearTimeout(timer);
    if (listening === undefined) {
      child.kill('SIGKILL');
      throw new Error(`${script} did not start: ${this.#errors.slice(-2_000)}`);
    }
    this.#port = listening;
    return performance.now() - startedAt;
  }

  /** Resolves when it has ended, by itself or by {@link signal}. */
  async ended(): Promise<End> {
    return (await this.#end) ?? [null, null];
  }

  /** Sends the signal and waits for the end. */
  async signal(signal: NodeJS.Signals): Promise<End> {
    await this.usage();
    this.#child?.kill(signal);
    const end = await this.ended();
    this.#goneCpuMs += this.#lastCpuMs;
    this.#lastCpuMs = 0;
    return end;
  }

  /** What it has used so far, over all starts; `undefined` where the system does not tell. */
  async usage(): Promise<Usage | undefined> {
    const pid = this.#child?.pid;
    if (pid === undefined || !this.isRunning) return undefined;
    const found = await processUsage(pid);
    if (!found) return undefined;
    this.#lastCpuMs = found.cpuMs;
    return { ...found, cpuMs: found.cpuMs + this.#goneCpuMs };
  }
}

/** What a process has used, from /proc; `undefined` without it. */
export async function processUsage(pid: number): Promise<Usage | undefined> {
  try {
    const [stat, statm] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/statm`, 'utf8'),
    ]);
    // The name of the program, in parentheses, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // In hundredths of a second and pages of 4 KiB on every Linux that Node runs on.
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
      residentBytes: Number(statm.split(' ')[1]) * 4_096,
    };
  } catch {
    return undefined;
  }
}
