// Killer: what kill -9 does to a server, again and again.
import type { ServerProcess } from './server-process.ts';

/** Kills the server about so often (± 20 %) and starts it again, until told to stop. */
export class Killer {
  kills = 0;
  slowestStartMs = 0;
  readonly #server: ServerProcess;
  readonly #random: () => number;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(server: ServerProcess, random: () => number, everyMs: number) {
    this.#server = server;
    this.#random = random;
    this.#everyMs = everyMs;
    this.#next();
  }

  #next(): void {
    if (this.#everyMs === 0 || this.#isStopped) return;
    this.#timer = setTimeout(
      () => {
        this.#work = this.#kill();
      },
      this.#everyMs * (0.8 + 0.4 * this.#random()),
    );
  }

  async #kill(): Promise<void> {
    await this.#server.signal('SIGKILL');
    this.kills += 1;
    this.slowestStartMs = Math.max(this.slowestStartMs, await this.#server.start());
    this.#next();
  }

  /** Resolves when the server runs and will not be killed. Rejects when it could not be started. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#work;
  }
}
