// Isolated: runs a script in a network namespace of its own, where packets can be dropped without harm to anybody. It has
// a loopback and nothing else, and is gone with the script.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What makes a namespace. Root needs nobody's leave; others need a user namespace, where the system allows them. */
const UNSHARE = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net'];

const works = (script: string): Promise<boolean> =>
  run('unshare', [...UNSHARE, 'sh', '-c', script]).then(
    () => true,
    () => false,
  );

const hasTools = (): Promise<boolean> => works('ip link set lo up && nft list ruleset');

/** Why no namespace can be had here; undefined when one can. Installs Debian's tools where they are missing and it may. */
export async function whyNotIsolated(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are Linux';
  if (await hasTools()) return undefined;
  if (!(await works('true'))) return 'no network namespace may be made here';
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { env }).catch(() => undefined);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'nftables', 'iproute2'], { env }).catch(
      () => undefined,
    );
    if (await hasTools()) return undefined;
  }
  return 'ip (iproute2) and nft (nftables) are needed';
}

/** Runs the commands, then the script with its argument as JSON. Resolves with what it printed as JSON, on its last line. */
export async function runIsolated<T>(setup: string, script: string, argument: unknown): Promise<T> {
  const child = spawn(
    'unshare',
    [
      ...UNSHARE,
      '--kill-child',
      '--fork',
      'sh',
      '-ec',
      `ip link set lo up\n${setup}\nexec "$@"`,
      'sh',
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      script,
      JSON.stringify(argument),
    ],
    { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const last = output.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || last === '') throw new Error(`${script} ended with ${String(code)}: ${errors.slice(-4_000)}`);
  return JSON.parse(last) as T;
}
