// The process of a crowd, as seen from the run that started it.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CrowdOptions, CrowdOrder, CrowdReport } from './crowd.ts';
import { processUsage } from './server-process.ts';

/** Everything is stored and answered, and a receiver may still be on a link that has died without a word: it finds out after 36 s. */
export const COMPLETE_MS = 60_000;

export class Crowd {
  readonly #child: ChildProcess;
  #last: CrowdReport | undefined;
  #gone: string | undefined;
  readonly #waiting: { readonly is: readonly CrowdReport['is'][]; readonly resolve: (report: CrowdReport) => void }[] =
    [];
  #mostCpuMs = 0;

  constructor(options: CrowdOptions) {
    this.#child = fork(fileURLToPath(new URL('crowd.ts', import.meta.url)), [JSON.stringify(options)], {
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=8192'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#child.on('message', (report: CrowdReport) => {
      this.#last = report;
      for (const one of [...this.#waiting])
        if (one.is.includes(report.is)) {
          this.#waiting.splice(this.#waiting.indexOf(one), 1);
          one.resolve(report);
        }
    });
    this.#child.on('exit', (code, signal) => {
      this.#gone = `a crowd has ended: ${code ?? signal ?? ''}`;
    });
  }

  get last(): CrowdReport | undefined {
    return this.#last;
  }

  /** Processor time of the process, as last looked at. */
  async cpuMs(): Promise<number> {
    const usage = this.#child.pid === undefined ? undefined : await processUsage(this.#child.pid);
    this.#mostCpuMs = usage?.cpuMs ?? this.#mostCpuMs;
    return this.#mostCpuMs;
  }

  order(order: CrowdOrder): void {
    this.#child.send(order);
  }

  /** Resolves with the first report of one of these kinds. Rejects if the process ends before. */
  async until(...is: readonly CrowdReport['is'][]): Promise<CrowdReport> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        reject(new Error(this.#gone));
      };
      if (this.#gone !== undefined) fail();
      this.#child.once('exit', fail);
      this.#waiting.push({
        is,
        resolve: (report) => {
          this.#child.off('exit', fail);
          resolve(report);
        },
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
