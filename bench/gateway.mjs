// The gateway under load, beside what it can be compared with: relays that do nothing but pass frames on, without and with a
// journal, Socket.IO, and ejabberd where it is installed. One after the other, each on one core, with the load (and the
// database of those that have one) on another; ratios are of the same round.
import { fork, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startPostgres } from '../scripts/ensure-postgres.mjs';
import { processUsage, ServerProcess } from '../test/proof/wire/server-process.ts';
import { EjabberdServer, isEjabberdInstalled } from './ejabberd-server.mjs';
import { median } from './median.mjs';

const VISITORS = 100;
const AGENTS = 10;
/** Messages on their way in each direction of each conversation, at saturation. */
const WINDOW = 4;
const WARM_UP_MS = 2_000;
/** Links before memory is measured: what the first ones bring along is no link's. */
const FIRST_LINKS = 1_000;
const CPU_BUDGET = 4;
const LINK_BUDGET = 20;
const P99_BUDGET_MS = 20;

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const gatewayScript = fileURLToPath(new URL('../test/proof/wire/gateway.ts', import.meta.url));
const everything = { perSecond: 1_000_000, burst: 1_000_000 };
const gatewayOptions = {
  agents: Array.from({ length: AGENTS }, (_, n) => `bench-agent-${n}`),
  limits: {
    visitorPubs: everything,
    agentPubs: everything,
    packets: everything,
    accounts: everything,
    handshakes: everything,
  },
};

const SYSTEMS = {
  relay: { name: 'relay', kind: 'relay', script: beside('relay-server.mjs'), options: {} },
  journal: {
    name: 'relay with a journal',
    kind: 'relay',
    script: beside('relay-server.mjs'),
    options: { journal: true },
  },
  socketio: { name: 'Socket.IO', kind: 'socketio', script: beside('socketio-server.mjs'), options: { store: false } },
  ejabberd: { name: 'ejabberd on PostgreSQL', kind: 'ejabberd', options: {}, onPostgres: true },
  kefu: { name: 'Kefu', kind: 'kefu', script: gatewayScript, options: gatewayOptions },
  postgres: {
    name: 'Kefu on PostgreSQL',
    kind: 'kefu',
    script: gatewayScript,
    options: gatewayOptions,
    onPostgres: true,
  },
};

export const GATEWAY_SYSTEMS = Object.keys(SYSTEMS);

const canPin = cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0;
/** All threads of a process on one core. */
const pin = (pid, core) => canPin && spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);

/** The load, told what to do. */
class Load {
  constructor(kind, port) {
    this.child = fork(beside('gateway-load.mjs'), [kind, String(port)], { env: { ...process.env, NODE_OPTIONS: '' } });
    pin(this.child.pid, 1);
  }

  /** Resolves with what was measured. `mark` is called when the measured time begins and ends. */
  order(order, options = {}, mark = () => {}) {
    return new Promise((resolve, reject) => {
      const hear = (report) => {
        if (report.begun || report.ended) {
          mark();
          return;
        }
        this.child.off('message', hear);
        if (report.error) reject(new Error(report.error));
        else resolve(report.result);
      };
      this.child.on('message', hear);
      this.child.send({ order, options });
    });
  }
}

/** Processor time of a process and all that it started, also of those that have ended, in ms. */
async function cpuMsOfFamily(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system, endedUser, endedSystem] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11)
    .map(Number);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const times = await Promise.all(children.map(cpuMsOfFamily));
  return times.reduce((sum, ms) => sum + ms, (user + system + endedUser + endedSystem) * 10);
}

/** Runs an order of the load; adds the share of a core that the server was busy, and its CPU time per delivery and the database's. */
async function underLoad(server, database, load, order, options) {
  const usages = [];
  const times = [];
  const result = await load.order(order, { warmUpMs: WARM_UP_MS, ...options }, () => {
    usages.push(Promise.all([server.usage(), database && cpuMsOfFamily(database.pid)]));
    times.push(performance.now());
  });
  const [[before, databaseBefore], [after, databaseAfter]] = await Promise.all(usages);
  const cpuMs = after.cpuMs - before.cpuMs;
  return {
    ...result,
    busy: cpuMs / (times[1] - times[0]),
    cpuMicroseconds: (cpuMs * 1_000) / result.delivered,
    databaseMicroseconds: database && ((databaseAfter - databaseBefore) * 1_000) / result.delivered,
  };
}

/** Bytes of the server's memory that are in use, once it has collected its garbage. */
async function residentBytes(server) {
  if (server.collectGarbage) await server.collectGarbage();
  else process.kill(server.pid, 'SIGUSR2');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return (await processUsage(server.pid)).residentBytes;
}

const addressOf = ({ url }) => Object.assign(new URL(url), { pathname: '/bench' }).href;

/**
 * Empties the database. A gateway that starts on what others have left takes memory for it, and
 * links that come into that memory seem to need none.
 */
async function emptyDatabase({ url }) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('drop database if exists bench with (force)');
  await client.query('create database bench');
  await client.end();
}

async function measure({ kind, script, options }, { seconds, idle, database, execArgv }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'kefu-bench-'));
  const serverOptions = { dataDir, ...options, ...(database && { databaseUrl: addressOf(database) }) };
  const server =
    kind === 'ejabberd'
      ? new EjabberdServer({ core: canPin ? 0 : undefined, ...serverOptions })
      : new ServerProcess({ script, options: serverOptions });
  const loads = [];
  const start = async (...flags) => {
    if (database) await emptyDatabase(database);
    await server.start({ execArgv: ['--expose-gc', '--import', beside('collect-garbage.mjs'), ...flags, ...execArgv] });
    pin(server.pid, 0);
    const load = new Load(kind, server.port);
    loads.push(load);
    return load;
  };
  try {
    const result = {};
    if (seconds > 0) {
      const load = await start();
      await load.order('talk', { visitors: VISITORS, agents: AGENTS });
      const ms = seconds * 1_000;
      result.saturated = await underLoad(server, database, load, 'saturate', { ms, window: WINDOW });
      result.half = await underLoad(server, database, load, 'steady', {
        ms,
        perSecond: result.saturated.perSecond / 2,
      });
      load.child.disconnect();
      await server.signal('SIGTERM');
    }
    if (idle > 0) {
      // What is new has 48 MB in the end, however many links there are: it must not grow while they are weighed.
      const load = await start('--max-semi-space-size=2');
      await load.order('idle', { links: FIRST_LINKS });
      const before = await residentBytes(server);
      await load.order('idle', { links: idle });
      result.bytesPerLink = ((await residentBytes(server)) - before) / idle;
      result.storm = await load.order('storm', { links: idle });
    }
    return result;
  } finally {
    for (const { child } of loads) child.kill('SIGKILL');
    if (server.isRunning) await server.signal('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
    if (server.errors !== '') console.error(server.errors.slice(-2_000));
  }
}

export async function benchGateway({ systems, rounds, seconds, idle, profile, progress }) {
  pin(process.pid, 1);
  const chosen = systems.filter((name) => name in SYSTEMS);
  const database = chosen.some((name) => SYSTEMS[name].onPostgres) ? await startPostgres() : undefined;
  const missing = (name) => {
    if (SYSTEMS[name].onPostgres && !database) return 'there is no PostgreSQL';
    if (name === 'ejabberd' && !isEjabberdInstalled())
      return 'it needs the packages ejabberd and erlang-p1-pgsql of Debian';
    return undefined;
  };
  const there = chosen.filter((name) => missing(name) === undefined);
  const leftOut = chosen
    .filter((name) => !there.includes(name))
    .map((name) => `left out: ${SYSTEMS[name].name}, ${missing(name)}`);
  for (const text of leftOut) progress(text);
  const execArgv = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const results = new Map(there.map((name) => [name, []]));
  try {
    for (let round = 1; round <= rounds; round += 1)
      for (const name of there) {
        progress(`round ${round} of ${rounds}: ${SYSTEMS[name].name}`);
        const system = SYSTEMS[name];
        const options = { seconds, idle, database: system.onPostgres && database, execArgv };
        results.get(name).push(await measure(system, options));
      }
  } finally {
    await database?.stop();
  }
  return report({ results, rounds, seconds, idle, leftOut });
}

function report({ results, rounds, seconds, idle, leftOut }) {
  const of = (name, value) => median(results.get(name).map(value));
  /** How many times what the floor of the same round takes. */
  const ratio = (name) => {
    const floor = results.get('journal');
    if (!floor) return undefined;
    return median(
      results
        .get(name)
        .map(({ saturated }, round) => saturated.cpuMicroseconds / floor[round].saturated.cpuMicroseconds),
    );
  };
  const rows = [];
  const verdicts = [];
  for (const name of results.keys()) {
    const row = { system: SYSTEMS[name].name };
    if (seconds > 0) {
      const times = ratio(name);
      const p99 = of(name, ({ half }) => half.p99);
      Object.assign(row, {
        'CPU per delivery': `${of(name, ({ saturated }) => saturated.cpuMicroseconds).toFixed(0)} µs`,
        'of the database': SYSTEMS[name].onPostgres
          ? `${of(name, ({ saturated }) => saturated.databaseMicroseconds).toFixed(0)} µs`
          : '',
        'x journal': times?.toFixed(2),
        'delivered/s': Math.round(of(name, ({ saturated }) => saturated.perSecond)),
        busy: `${(of(name, ({ saturated }) => saturated.busy) * 100).toFixed(0)} %`,
        'p50 at half': `${of(name, ({ half }) => half.p50).toFixed(1)} ms`,
        'p99 at half': `${p99.toFixed(1)} ms`,
      });
      if (SYSTEMS[name].kind === 'kefu') {
        if (times !== undefined)
          verdicts.push({
            ok: times <= CPU_BUDGET,
            text: `${row.system}: ${times.toFixed(2)} x the CPU time of a relay with a journal, budget ${CPU_BUDGET} x`,
          });
        verdicts.push({
          ok: p99 <= P99_BUDGET_MS,
          text: `${row.system}: p99 ${p99.toFixed(1)} ms at half of its saturating load, budget ${P99_BUDGET_MS} ms`,
        });
      }
    }
    if (idle > 0) {
      const kilobytes = of(name, ({ bytesPerLink }) => bytesPerLink) / 1_000;
      Object.assign(row, {
        'idle link': `${kilobytes.toFixed(1)} KB`,
        'all back after': `${of(name, ({ storm }) => storm.seconds).toFixed(2)} s`,
        'most in one second': of(name, ({ storm }) => storm.mostInOneSecond),
      });
      if (SYSTEMS[name].kind === 'kefu')
        verdicts.push({
          ok: kilobytes <= LINK_BUDGET,
          text: `${row.system}: ${kilobytes.toFixed(1)} KB of memory per idle link, budget ${LINK_BUDGET} KB`,
        });
    }
    rows.push(row);
  }
  return {
    title:
      `Gateway: ${VISITORS} conversations of a visitor and one of ${AGENTS} agents, both write; median of ${rounds} rounds` +
      `${canPin ? ', each server on one core, the load on another' : ''}; ${idle} idle visitors come back at once${leftOut.map((text) => `; ${text}`).join('')}`,
    rows,
    verdicts,
  };
}
