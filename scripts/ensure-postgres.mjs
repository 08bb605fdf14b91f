// A PostgreSQL for the tests: the one in DATABASE_URL, or one of our own in a temporary folder, from Debian's package if none is installed.
import { execFile, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installFromDebian, programNamed } from './debian.mjs';
import { LocalServer, freePort } from './local-server.mjs';

const debian = '/usr/lib/postgresql';
/** The path of one of PostgreSQL's programs; undefined where it is not installed. */
export const postgresProgram = (name) => {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => b - a) : [];
  return programNamed(
    [name],
    versions.map((version) => join(debian, version, 'bin')),
  );
};

async function isInstalled() {
  if (postgresProgram('initdb')) return true;
  // No server beside ours.
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    mkdirSync('/etc/postgresql-common/createcluster.d', { recursive: true });
    writeFileSync('/etc/postgresql-common/createcluster.d/kefu.conf', 'create_main_cluster = false\n');
  }
  return (await installFromDebian('postgresql', 'PostgreSQL')) && postgresProgram('initdb') !== undefined;
}

/** PostgreSQL does not run as root. */
function ordinaryUser() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * Resolves with a server of our own: its `url`, and what a test does to it. Undefined when none can be had.
 * `more`: what else it is told, as name=value, given its folder.
 */
export async function startPostgres(more = () => []) {
  if (!(await isInstalled())) return undefined;
  const user = ordinaryUser();
  const folder = mkdtempSync(join(tmpdir(), 'kefu-postgres-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const made = spawnSync(
    postgresProgram('initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...user, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'max_connections=200',
    'shared_buffers=64MB',
    ...more(folder),
  ];
  const ready = postgresProgram('pg_isready');
  const server = new LocalServer(
    postgresProgram('postgres'),
    ['-D', data, '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: folder },
    () => spawnSync(ready, ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0,
  );
  await server.start();
  const forget = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', forget);
  return {
    url,
    folder,
    data,
    /** Resolves when a command has been run by whom the server runs by; rejects when it fails. */
    run: async (command, args) => {
      await promisify(execFile)(command, args, { ...user, cwd: folder });
    },
    get pid() {
      return server.pid;
    },
    /** SIGKILL: as if the power had gone. SIGINT: a restart by the operator. */
    end: (signal) => server.end(signal),
    start: () => server.start(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    async stop() {
      await server.end('SIGINT');
      forget();
      process.off('exit', forget);
    },
  };
}

/** Resolves with the address of a PostgreSQL; undefined when there is none to be had. */
export async function ensurePostgres() {
  const given = process.env.DATABASE_URL;
  return given ? { url: given, stop: async () => {} } : startPostgres();
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const server = await ensurePostgres();
  if (!server) process.exit(1);
  console.log(server.url);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.stop().then(() => process.exit(0)));
  setInterval(() => {}, 1 << 30);
}
