// ejabberd for the bench, from Debian's packages where they are installed: an Erlang node that is nobody's neighbour and
// listens on this machine alone, with accounts and archive (XEP-0313) in PostgreSQL. Its clients come over WebSocket (RFC 7395).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { programNamed } from '../scripts/debian.mjs';
import { freePort } from '../scripts/local-server.mjs';
import { processUsage } from '../test/proof/wire/server-process.ts';

const SCHEMA = '/usr/share/ejabberd/sql/pg.sql';
const DEADLINE_MS = 30_000;

/** Run in the node: says when everything runs, then collects the garbage of all processes for each line that comes. */
const CONTROL = `spawn(fun() ->
  Serve = fun(Serve) ->
    case io:get_line("") of
      eof -> halt();
      _ -> [garbage_collect(Process) || Process <- processes()], io:format("collected~n"), Serve(Serve)
    end
  end,
  io:format("listening~n"),
  Serve(Serve)
end).`;

/** Where Debian has the Erlang libraries that hold machine code. */
const libraries = { x64: '/usr/lib/x86_64-linux-gnu', arm64: '/usr/lib/aarch64-linux-gnu' }[process.arch];

/** Whether Debian's packages ejabberd and erlang-p1-pgsql are there. */
export const isEjabberdInstalled = () =>
  existsSync(SCHEMA) && existsSync('/usr/share/doc/erlang-p1-pgsql') && programNamed(['erl']) !== undefined;

async function makeTables(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(await readFile(SCHEMA, 'utf8'));
  await client.end();
}

/** Clients make their accounts themselves. Nothing limits how much they write. */
const configuration = ({ port, database }) => `hosts: [localhost]
loglevel: warning
default_db: sql
sql_type: pgsql
sql_server: ${database.hostname}
sql_port: ${database.port}
sql_database: ${database.pathname.slice(1)}
sql_username: ${database.username}
sql_password: ""
auth_method: sql
auth_password_format: plain
registration_timeout: infinity
acme: { auto: false }
listen:
  - port: ${port}
    ip: 127.0.0.1
    module: ejabberd_http
    backlog: 4096
    request_handlers: { /ws: ejabberd_http_ws }
modules:
  mod_mam: { default: always, assume_mam_usage: true }
  mod_offline: {}
  mod_register: { ip_access: all }
  mod_stream_mgmt: {}
`;

/** What the bench does to a server, as ServerProcess does it. */
export class EjabberdServer {
  port = 0;
  errors = '';
  #options;
  #child;
  #lines;

  /** `core`: what it is bound to from its start, which tells Erlang how many schedulers to have. */
  constructor({ dataDir, databaseUrl, core }) {
    this.#options = { dataDir, databaseUrl, core };
  }

  get pid() {
    return this.#child?.pid;
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start() {
    const { dataDir, databaseUrl, core } = this.#options;
    await makeTables(databaseUrl);
    this.port = await freePort();
    const folder = join(dataDir, 'mnesia');
    await mkdir(folder, { recursive: true });
    const config = join(dataDir, 'ejabberd.yml');
    await writeFile(config, configuration({ port: this.port, database: new URL(databaseUrl) }));
    const command = [
      ...(core === undefined ? [] : ['taskset', '-c', String(core)]),
      ...['erl', '-noshell', '+K', 'true', '+P', '250000'],
      // A scheduler that waits does not count as one that works.
      ...['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'],
      ...['-mnesia', 'dir', JSON.stringify(folder), '-s', 'ejabberd', '-eval', CONTROL],
    ];
    this.#child = spawn(command[0], command.slice(1), {
      env: {
        ...process.env,
        HOME: dataDir,
        ERL_LIBS: libraries,
        ERL_CRASH_DUMP: '/dev/null',
        EJABBERD_CONFIG_PATH: config,
        EJABBERD_LOG_PATH: join(dataDir, 'ejabberd.log'),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr.on('data', (chunk) => {
      // What the system's monitor says when it ends is no error.
      if (!chunk.toString().startsWith('[os_mon]')) this.errors += chunk;
    });
    this.#lines = createInterface({ input: this.#child.stdout });
    await this.#says('listening');
  }

  async collectGarbage() {
    const collected = this.#says('collected');
    this.#child.stdin.write('\n');
    await collected;
  }

  usage() {
    return processUsage(this.pid);
  }

  async signal(signal) {
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }

  #says(what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`ejabberd did not say "${what}"`)), DEADLINE_MS);
      const hear = (line) => {
        if (line !== what) return;
        clearTimeout(timer);
        this.#lines.off('line', hear);
        resolve();
      };
      this.#lines.on('line', hear);
    });
  }
}
