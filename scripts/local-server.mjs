// Local server: a database or broker for tests, in a process of its own that ends with us.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of this machine that nobody listens on. */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class LocalServer {
  #command;
  #args;
  #options;
  #isUp;
  #child;

  /** `isUp`: resolves with whether it answers. */
  constructor(command, args, options, isUp) {
    this.#command = command;
    this.#args = args;
    this.#options = options;
    this.#isUp = isUp;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Resolves when it answers. After a SIGKILL what is left of the last one may be in the way for a moment. */
  async start() {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const errors = await this.#tryStart(deadline);
      if (errors === undefined) return;
      if (Date.now() > deadline) throw new Error(`${this.#command} did not start: ${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #tryStart(deadline) {
    const child = spawn(this.#command, this.#args, { stdio: ['ignore', 'ignore', 'pipe'], ...this.#options });
    this.#child = child;
    running.add(child);
    let errors = '';
    child.stderr.on('data', (chunk) => (errors = `${errors}${chunk}`.slice(-4_000)));
    child.on('error', (error) => (errors += error));
    child.on('close', () => running.delete(child));
    while (child.exitCode === null && child.pid !== undefined && Date.now() < deadline) {
      if (await this.#isUp()) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    return errors;
  }

  /** Sends a signal; resolves when the process has ended. */
  async end(signal) {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  /** Stands still, as a machine does that is cut off; and goes on. */
  pause() {
    this.#child?.kill('SIGSTOP');
  }
  resume() {
    this.#child?.kill('SIGCONT');
  }
}
