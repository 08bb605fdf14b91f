// Gateway process: the command line's gateway in a process of its own; and its other commands.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The command line's source file. */
export const main = fileURLToPath(new URL('../../src/gateway/main.ts', import.meta.url));

export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it said on standard error so far. */
  readonly errors: () => string;
}

/** Starts one on a free port; resolves when it listens. Killed after the test. */
export async function startGateway(
  t: TestContext,
  dataDir: string,
  env: Record<string, string> = {},
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve'], {
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent', NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  let output = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    output += chunk.toString();
    const url = /http:\S+/.exec(output)?.[0];
    if (url !== undefined) return { child, url, errors: () => errors };
  }
  throw new Error(`the gateway did not start: ${errors}`);
}

/** Runs a command on the data folder; resolves with its exit code and everything that it said. */
export async function kefu(
  dataDir: string,
  args: readonly string[],
  stdin = '',
  env: Record<string, string> = {},
): Promise<[number, string]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { ...process.env, DATA_DIR: dataDir, NODE_OPTIONS: '', AGENT_PASSWORD: undefined, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(stdin);
  const ended: unknown[] = await once(child, 'close');
  return [Number(ended[0]), output];
}
