// A Node that can run the project: the one at hand if it is new enough, else a pinned one inside .cache/node. Runs on Node 18 and has no dependency.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pinned = '24.21.0';
/** The first version that strips types without a flag, which is how the tests run the sources. */
const oldest = [22, 18];
/** Set for what `become` runs. */
const inside = 'KEFU_INSIDE';
const home = join(root, '.cache', 'node');
const bin = join(home, 'bin');
const executable = join(bin, process.platform === 'win32' ? 'node.exe' : 'node');

function isNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function versionOf(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().slice(1) : undefined;
}

/** Runs npm, the one that started us where there is one; resolves with its exit code and all that it printed. */
export function npm(args) {
  const own = process.env.npm_execpath;
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return new Promise((done) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: command === 'npm' && process.platform === 'win32',
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => done({ code: 1, output: String(error) }));
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

async function install() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  console.log(`Node ${process.versions.node} is too old; fetching Node ${pinned} into .cache/node …`);
  mkdirSync(home, { recursive: true });
  // A path relative to the project, so that nothing is quoted wrongly where npm needs a shell.
  const { code, output } = await npm([
    'install',
    '--prefix',
    '.cache/node',
    `${name}@${pinned}`,
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
  ]);
  if (code === 0) {
    rmSync(bin, { recursive: true, force: true });
    symlinkSync(join(home, 'node_modules', name, 'bin'), bin, process.platform === 'win32' ? 'junction' : 'dir');
    if (versionOf(executable) === pinned) return;
  }
  console.error(output.trim());
  console.error(
    `\nThere is no ready-made Node ${pinned} for ${process.platform} on ${process.arch}, or it does not run here.` +
      `\nPlease install Node ${oldest.join('.')} or newer (24 LTS is best) from https://nodejs.org and start again.`,
  );
  process.exit(1);
}

/**
 * Runs a command in the project folder with our streams, hands signals on to it, and ends this process with its exit code.
 * On a terminal Ctrl-C reaches the command by itself, so that it must not be handed on a second time. When npm, or the
 * process that ran us again, goes away without a word, the command is told to stop too: nothing is left behind.
 */
export function become(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, [inside]: '1' } });
  const parent = process.ppid;
  if (process.env[inside] || process.env.npm_lifecycle_event)
    setInterval(() => {
      if (process.ppid !== parent) child.kill('SIGTERM');
    }, 500).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  child.on('error', (error) => {
    console.error(String(error));
    process.exit(1);
  });
  child.on('close', (code, signal) => {
    if (!signal) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/**
 * Resolves when this process runs on a Node that is new enough. Otherwise it installs one, runs `script` again with it,
 * and never resolves: this process then ends as that one does.
 */
export async function ensureNode(script) {
  process.env.PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  if (isNewEnough()) return;
  if (!existsSync(executable) || versionOf(executable) !== pinned) await install();
  process.env.PATH = [bin, process.env.PATH].join(delimiter);
  become(executable, [script, ...process.argv.slice(2)]);
  await new Promise(() => {});
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (!isNewEnough() && versionOf(executable) !== pinned) await install();
  console.log(isNewEnough() ? process.execPath : executable);
}
