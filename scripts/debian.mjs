// Debian's packages: installed as root, on Debian, where something is missing that only a package brings.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these programs that is there, on the path or in one of the folders. */
export function programNamed(names, folders = []) {
  const path = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...folders];
  return names.flatMap((name) => path.map((folder) => join(folder, name))).find((file) => existsSync(file));
}

function run(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.on('error', () => done(false));
    child.on('close', (code) => done(code === 0));
  });
}

/** Resolves with whether the package is there now. `what`: its name for people. */
export async function installFromDebian(name, what) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) return false;
  console.error(`Installing ${what} (apt-get, about half a minute) …`);
  await run('apt-get', ['update', '-qq']);
  return run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name]);
}
