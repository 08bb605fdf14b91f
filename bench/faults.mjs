// The same faults for Kefu and for Socket.IO: what was acknowledged and never arrived, what came twice, what out of order.
import { fork } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHistory } from '../test/proof/history.ts';
import { FaultProxy } from '../test/proof/wire/fault-proxy.ts';
import { Killer } from '../test/proof/wire/killer.ts';
import { seededRandom } from '../test/proof/wire/seeded-random.ts';
import { processUsage, ServerProcess } from '../test/proof/wire/server-process.ts';
import { runWire, WIRE_FAULTS } from '../test/proof/wire/wire.ts';

const AGENTS_SHARE = 0.25;
const SETTLE_MS = 120_000;
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * What became of the messages. `acked`: id → who else is in the conversation. `shown`: by client, the ids of others' messages
 * in the order in which they are shown. `streamOf`: id → [sender and conversation, place in the order of sending].
 */
function judge({ acked, shown, streamOf }) {
  let lost = 0;
  let doubled = 0;
  let misordered = 0;
  let deliveries = 0;
  const arrived = new Set();
  const seen = new Map();
  for (const [client, ids] of shown) {
    const once = new Set();
    const newest = new Map();
    for (const id of ids) {
      if (once.has(id)) {
        doubled += 1;
        continue;
      }
      once.add(id);
      const [stream, place] = streamOf(id);
      if (place < (newest.get(stream) ?? 0)) misordered += 1;
      else newest.set(stream, place);
    }
    deliveries += once.size;
    for (const id of once) arrived.add(id);
    seen.set(client, once);
  }
  for (const [id, others] of acked) if (others.some((client) => !seen.get(client)?.has(id))) lost += 1;
  return { deliveries, arrived: arrived.size, lost, doubled, misordered };
}

/** Kefu's histories, judged as the other side is: by what the other one in each conversation shows. */
async function judgeKefu(folder) {
  const sends = new Map();
  const acked = new Set();
  const shown = new Map();
  const members = new Map();
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('s.jsonl')))
    for await (const [event] of readHistory(join(folder, name))) {
      if (event.what === 'send') sends.set(event.msgid, event);
      else if (event.what === 'acked') acked.add(event.msgid);
      else if (event.what === 'pool') {
        members.set(event.topic, (members.get(event.topic) ?? new Set()).add(event.by));
        const rows = shown.get(event.by) ?? [];
        for (const row of event.rows) {
          const id = row?.[0].split('/').at(-1);
          if (row && sends.get(id)?.by !== event.by) rows.push(id);
        }
        shown.set(event.by, rows);
      }
    }
  // The gateway writes lines of its own.
  for (const [by, rows] of shown)
    shown.set(
      by,
      rows.filter((id) => sends.has(id)),
    );
  const others = (id) => [...(members.get(sends.get(id).topic) ?? [])].filter((by) => by !== sends.get(id).by);
  return {
    acknowledged: acked.size,
    ...judge({
      acked: [...acked].map((id) => [id, others(id)]),
      shown,
      streamOf: (id) => [`${sends.get(id)?.by} ${sends.get(id)?.topic}`, sends.get(id)?.order ?? 0],
    }),
  };
}

async function kefu({ messages, rate, visitors, agents, seed, faults, killEveryMs }, progress) {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-faults-'));
  try {
    const { summary } = await runWire(
      { messages, rate, visitors, agents, seed, faults, killEveryMs, settleMs: SETTLE_MS, folder },
      progress,
    );
    return { ...summary, ...(await judgeKefu(folder)), serverCpuMs: summary.gatewayCpuMs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A crowd of Socket.IO clients; resolves with what each of them noted once asked. */
class Crowd {
  constructor(options) {
    this.child = fork(beside('socketio-crowd.mjs'), [JSON.stringify(options)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.noted = [];
    this.child.on('message', (report) => {
      if (report.is === 'client') this.noted.push(report);
      else if (report.is !== 'end') this.last = report;
    });
  }

  until(is) {
    return new Promise((resolve) => {
      const look = (report) => {
        if (report.is !== is) return;
        this.child.off('message', look);
        resolve(report);
      };
      this.child.on('message', look);
    });
  }
}

async function socketio(store, { messages, rate, visitors, agents, seed, faults, killEveryMs }, progress) {
  const dataDir = await mkdtemp(join(tmpdir(), 'kefu-faults-'));
  const server = new ServerProcess({ script: beside('socketio-server.mjs'), options: { dataDir, store } });
  const proxies = [];
  const crowds = [];
  let watching;
  try {
    await server.start();
    for (const leg of [1, 2])
      proxies.push(await FaultProxy.listen({ target: () => server.port, seed: seed * 10 + leg }));
    const rooms = Array.from({ length: visitors }, (_, n) => `room ${n}`);
    const visiting = rooms.map((room, n) => ({ name: `visitor ${n}`, rooms: [room] }));
    const answering = Array.from({ length: agents }, (_, n) => ({
      name: `agent ${n}`,
      rooms: rooms.filter((_, room) => room % agents === n),
    }));
    for (const [leg, clients] of [visiting, answering].entries())
      crowds.push(new Crowd({ server: `http://127.0.0.1:${proxies[leg].port}`, clients, seed }));
    // As in the other run: everybody is there before the faults begin on the agents' side.
    proxies[0].play(faults);
    while ((await crowds[1].until('working')).online < agents);
    proxies[1].play(faults);
    const killer = new Killer(server, seededRandom(seed, 3), killEveryMs);
    const sum = (key) => crowds.reduce((all, { last }) => all + (last?.[key] ?? 0), 0);
    let serverCpuMs = 0;
    const startedAt = performance.now();
    let lastSaidAt = 0;
    watching = setInterval(async () => {
      serverCpuMs = Math.max(serverCpuMs, (await server.usage())?.cpuMs ?? 0);
      if (performance.now() - lastSaidAt < 5_000) return;
      lastSaidAt = performance.now();
      const seconds = String(Math.round((lastSaidAt - startedAt) / 1000)).padStart(5);
      const counts = `sent ${sum('sent')}  answered ${sum('settled')}  shown ${sum('shown')}`;
      progress(`${seconds} s  ${counts}  online ${sum('online')}/${visitors + agents}  kills ${killer.kills}`);
    }, 500);
    const shares = [1 - AGENTS_SHARE, AGENTS_SHARE];
    const sent = Promise.all(crowds.map((crowd) => crowd.until('sent')));
    for (const [leg, crowd] of crowds.entries())
      crowd.child.send({ send: Math.round(messages * shares[leg]), perSecond: rate * shares[leg] });
    await sent;
    const sentAt = performance.now();
    await killer.stop();
    for (const proxy of proxies) proxy.calm();
    // Everything answered, everybody there, and nothing new shown for a while.
    const endAt = performance.now() + SETTLE_MS;
    for (let before = -1, quiet = 0; quiet < 10 && performance.now() < endAt; before = sum('shown')) {
      await Promise.all(crowds.map((crowd) => crowd.until('working')));
      const isWhole = sum('settled') === sum('sent') && sum('online') === visitors + agents;
      quiet = isWhole && sum('shown') === before ? quiet + 1 : 0;
    }
    const settleSeconds = Math.round((performance.now() - sentAt) / 1000);
    const ends = Promise.all(crowds.map((crowd) => crowd.until('end')));
    const cpu = await Promise.all(crowds.map(({ child }) => processUsage(child.pid)));
    for (const { child } of crowds) child.send({});
    await ends;
    const clients = crowds.flatMap(({ noted }) => noted);
    const others = (room, id) =>
      clients
        .filter((client) => client.rooms.includes(room) && !id.startsWith(`${client.name} `))
        .map(({ name }) => name);
    const acked = clients.flatMap((client) => client.acked.map(([id, room]) => [id, others(room, id)]));
    const roomOf = new Map(clients.flatMap((client) => client.acked));
    const count = (key) => proxies.reduce((all, { counts }) => all + counts[key], 0);
    return {
      sent: clients.reduce((all, client) => all + client.sent, 0),
      acknowledged: acked.length,
      ...judge({
        acked,
        // A replay from the store brings a client its own messages too.
        shown: new Map(clients.map(({ name, shown }) => [name, shown.filter((id) => !id.startsWith(`${name} `))])),
        streamOf: (id) => [
          `${id.slice(0, id.lastIndexOf(' '))} ${roomOf.get(id)}`,
          Number(id.slice(id.lastIndexOf(' '))),
        ],
      }),
      kills: killer.kills,
      resets: count('resets'),
      blackHoles: count('blackHolesBoth') + count('blackHolesUp') + count('blackHolesDown'),
      halfOpen: count('halfOpen'),
      settleSeconds,
      serverCpuMs,
      clientsCpuMs: cpu.reduce((all, usage) => all + (usage?.cpuMs ?? 0), 0),
    };
  } finally {
    clearInterval(watching);
    for (const { child } of crowds) child.kill('SIGKILL');
    if (server.isRunning) await server.signal('SIGKILL');
    for (const proxy of proxies) await proxy.close();
    await rm(dataDir, { recursive: true, force: true });
    if (server.errors !== '') progress(server.errors.slice(-2_000));
  }
}

/** Runs all three one after the other, with the same seed. */
export async function benchFaults({ messages, rate, seed, progress }) {
  const faults = { ...WIRE_FAULTS, resetEveryMs: 1_000, blackHoleEveryMs: 5_000 };
  const options = { messages, rate, visitors: 20, agents: 2, seed, faults, killEveryMs: 10_000 };
  const runs = {
    Kefu: () => kefu(options, progress),
    'Socket.IO': () => socketio(false, options, progress),
    'Socket.IO + store': () => socketio(true, options, progress),
  };
  const rows = [];
  const verdicts = [];
  for (const [name, run] of Object.entries(runs)) {
    progress(name);
    const result = await run();
    const perMessage = (ms) => `${((ms * 1_000) / Math.max(1, result.deliveries)).toFixed(0)} µs`;
    rows.push({
      system: name,
      sent: result.sent,
      acknowledged: result.acknowledged,
      arrived: result.arrived,
      'acked, lost': result.lost,
      doubled: result.doubled,
      misordered: result.misordered,
      'kill -9': result.kills,
      resets: result.resets,
      holes: result.blackHoles,
      'half-open': result.halfOpen,
      'caught up after': `${result.settleSeconds} s`,
      'server CPU per delivery': perMessage(result.serverCpuMs),
      'clients CPU per delivery': perMessage(result.clientsCpuMs),
    });
    if (name === 'Kefu') {
      const { lost, doubled, misordered, violations } = result;
      verdicts.push({
        ok: lost + doubled + misordered + violations === 0,
        text: `Kefu: ${lost} of ${result.acknowledged} acknowledged lost, ${doubled} doubled, ${misordered} misordered`,
      });
    }
  }
  return {
    title:
      `The same faults, seed ${seed}: ${messages} messages at ${rate}/s, 20 visitors and 2 agents, a reset every second and a ` +
      `black hole every 5 s on each side, kill -9 every 10 s\n` +
      `Socket.IO 4.8 as documented: connectionStateRecovery on, ackTimeout 10 s, retries 10; + store: SQLite and serverOffset as in steps 7 and 8 of its tutorial`,
    rows,
    verdicts,
  };
}
