// The wire run (T4): real processes, real sockets, and a network and a gateway that keep failing.
//
// A gateway that is killed and restarted, visitors and agents in processes of their own over two fault proxies, one for
// each side. When all is sent the faults end, everybody gets the time to be complete, and the checker compares what each
// of them did and shows with the rows of the store.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { GatewayLimits } from '../../../src/gateway/config.ts';
import { Checker } from '../checker.ts';
import type { Invariant, Violation } from '../checker.ts';
import { readHistory } from '../history.ts';
import type { Fault, StoredRow } from '../history.ts';
import type { CrowdOptions, CrowdOrder, CrowdReport } from './crowd.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { FaultCounts, Faults } from './fault-proxy.ts';
import type { ProcessOptions } from './gateway.ts';
import { seededRandom } from './seeded-random.ts';
import { processUsage, ServerProcess } from './server-process.ts';
import { BufferedHistory, storedMsgid } from './witnessed-client.ts';

export interface WireOptions {
  readonly messages: number;
  /** A second, of all senders together. */
  readonly rate: number;
  readonly visitors: number;
  readonly agents: number;
  readonly seed: number;
  readonly faults: Faults;
  /** The gateway is killed about this often (± 20 %). */
  readonly killEveryMs: number;
  /** How long everybody may take to be complete once the faults have ended. */
  readonly settleMs: number;
  /** Where the histories and the store go, and stay; default: a temporary folder that is removed if all is well. */
  readonly folder?: string;
}

/** As the issue asks for: on each side a reset every 4 s and a black hole of 3 s every 15 s, one in six without end. */
export const WIRE_FAULTS: Faults = {
  resetEveryMs: 4_000,
  blackHoleEveryMs: 15_000,
  blackHoleMs: 3_000,
  halfOpenShare: 0.15,
  stallEveryMs: 20_000,
  stallMs: 3_000,
  delayMs: 5,
  bytesPerSecond: 0,
  idleCutMs: 0,
};

export const WIRE: WireOptions = {
  messages: 1_000_000,
  rate: 2_000,
  visitors: 40,
  agents: 4,
  seed: 1,
  faults: WIRE_FAULTS,
  killEveryMs: 10_000,
  settleMs: 120_000,
};

export interface WireSummary {
  readonly seed: number;
  readonly seconds: number;
  /** Until everything was complete after the last message was sent. */
  readonly settleSeconds: number;
  readonly sent: number;
  readonly stored: number;
  /** Messages that their sender was told are stored, and that are not. */
  readonly lost: number;
  readonly doubled: number;
  readonly misordered: number;
  readonly violations: number;
  /** The crowds' own word that nothing was missing, or what was. */
  readonly unsettled: readonly string[];
  readonly refused: number;
  /** Messages that had to be sent again, and were recognised. */
  readonly repeats: number;
  readonly links: number;
  readonly kills: number;
  readonly resets: number;
  readonly blackHoles: number;
  readonly halfOpen: number;
  readonly stalls: number;
  readonly slowestStartMs: number;
  readonly gatewayCpuMs: number;
  readonly gatewayMostBytes: number;
  readonly clientsCpuMs: number;
}

/** What one machine that plays a crowd must be allowed. */
const LIMITS: Partial<GatewayLimits> = {
  visitorPubs: { perSecond: 100_000, burst: 100_000 },
  agentPubs: { perSecond: 100_000, burst: 100_000 },
  packets: { perSecond: 100_000, burst: 100_000 },
  drainMs: 0,
};

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** One in four messages is an agent's. */
const AGENTS_SHARE = 0.25;

class Crowd {
  readonly #child: ChildProcess;
  #last: CrowdReport | undefined;
  #gone: string | undefined;
  readonly #waiting: { readonly is: readonly CrowdReport['is'][]; readonly resolve: (report: CrowdReport) => void }[] =
    [];
  #mostCpuMs = 0;

  constructor(options: CrowdOptions) {
    this.#child = fork(beside('crowd.ts'), [JSON.stringify(options)], {
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=8192'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#child.on('message', (report: CrowdReport) => {
      this.#last = report;
      for (const one of [...this.#waiting])
        if (one.is.includes(report.is)) {
          this.#waiting.splice(this.#waiting.indexOf(one), 1);
          one.resolve(report);
        }
    });
    this.#child.on('exit', (code, signal) => {
      this.#gone = `a crowd has ended: ${code ?? signal ?? ''}`;
    });
  }

  get last(): CrowdReport | undefined {
    return this.#last;
  }

  /** Processor time of the process, as last looked at. */
  async cpuMs(): Promise<number> {
    const usage = this.#child.pid === undefined ? undefined : await processUsage(this.#child.pid);
    this.#mostCpuMs = usage?.cpuMs ?? this.#mostCpuMs;
    return this.#mostCpuMs;
  }

  order(order: CrowdOrder): void {
    this.#child.send(order);
  }

  /** Resolves with the first report of one of these kinds. Rejects if the process ends before. */
  async until(...is: readonly CrowdReport['is'][]): Promise<CrowdReport> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        reject(new Error(this.#gone));
      };
      if (this.#gone !== undefined && !is.some((one) => one === this.#last?.is)) fail();
      this.#child.once('exit', fail);
      this.#waiting.push({
        is,
        resolve: (report) => {
          this.#child.off('exit', fail);
          resolve(report);
        },
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Kills the gateway again and again, and starts it again, until told to stop. */
class Killer {
  kills = 0;
  slowestStartMs = 0;
  readonly #gateway: ServerProcess;
  readonly #random: () => number;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(gateway: ServerProcess, random: () => number, everyMs: number) {
    this.#gateway = gateway;
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
    await this.#gateway.signal('SIGKILL');
    this.kills += 1;
    this.slowestStartMs = Math.max(this.slowestStartMs, await this.#gateway.start());
    this.#next();
  }

  /** Resolves when the gateway runs and will not be killed. Rejects when it could not be started. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#work;
  }
}

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n + 1).padStart(4, '0')}`);

/** The newest seqid of each conversation, as the store has it now. */
function seqidsIn(file: string): Record<string, number> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare('select topic, seq from conversations').all();
    return Object.fromEntries(rows.map(({ topic, seq }) => [String(topic), Number(seq)]));
  } finally {
    database.close();
  }
}

/** Writes down every row of the store. */
export function recordStore(file: string, history: BufferedHistory): void {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    let topic = '';
    let rows: StoredRow[] = [];
    const flush = (): void => {
      if (rows.length > 0) history.write({ what: 'store', topic, rows });
      rows = [];
    };
    const all = database.prepare(
      'select topic, seqid, sender, head, note, deleted from messages order by topic, seqid',
    );
    for (const row of all.iterate()) {
      if (row['topic'] !== topic || rows.length === 10_000) flush();
      topic = String(row['topic']);
      const head = row['head'];
      const flags = `${row['deleted'] === 1 ? 'd' : ''}${row['note'] === 1 ? 'n' : ''}`;
      rows.push([
        Number(row['seqid']),
        storedMsgid(typeof head === 'string' ? head : null),
        String(row['sender']),
        flags,
      ]);
    }
    flush();
  } finally {
    database.close();
  }
}

const LOST: readonly Invariant[] = ['I1', 'I6', 'P6'];
const DOUBLED: readonly Invariant[] = ['I2', 'I7'];
const MISORDERED: readonly Invariant[] = ['I3', 'I5', 'I9'];

const total = (counts: readonly FaultCounts[], key: keyof FaultCounts): number =>
  counts.reduce((sum, one) => sum + one[key], 0);

/** Runs it. Violations are in what it resolves with; it rejects when the run itself could not be done. */
export async function runWire(
  options: WireOptions,
  say: (line: string) => void,
): Promise<{ readonly summary: WireSummary; readonly violations: readonly Violation[] }> {
  const { messages, rate, visitors, agents, seed, faults, killEveryMs, settleMs } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'kefu-wire-')));
  const dataDir = join(folder, 'data');
  const file = join(dataDir, 'kefu.db');
  const agentNames = numbered('agent', agents);
  const gateway = new ServerProcess({
    script: beside('gateway.ts'),
    options: { dataDir, agents: agentNames, limits: LIMITS } satisfies ProcessOptions,
  });
  const crowds: Crowd[] = [];
  const proxies: FaultProxy[] = [];
  let watching: NodeJS.Timeout | undefined;
  try {
    await gateway.start();
    const target = (): number => gateway.port;
    for (const leg of [1, 2]) proxies.push(await FaultProxy.listen({ target, seed: seed * 10 + leg }));
    const origin = (leg: number): string => `http://127.0.0.1:${proxies[leg]?.port ?? 0}`;
    const crowd = (role: 'visitor' | 'agent', names: readonly string[], leg: number): Crowd => {
      const history = join(folder, `${role}s.jsonl`);
      const made = new Crowd({ role, names, server: origin(leg), history, seed });
      crowds.push(made);
      return made;
    };
    const visiting = crowd('visitor', numbered('visitor', visitors), 0);
    const answering = crowd('agent', agentNames, 1);
    // Visitors come through the faults; agents who never got in would leave nobody to answer.
    proxies[0]?.play(faults);
    await visiting.until('working');
    while ((await answering.until('working')).online < agents);
    proxies[1]?.play(faults);

    const startedAt = performance.now();
    const killer = new Killer(gateway, seededRandom(seed, 3), killEveryMs);
    const counts = proxies.map((proxy) => proxy.counts);
    let most = 0;
    let gatewayCpuMs = 0;
    let lastSaidAt = 0;
    const sum = (key: 'sent' | 'settled' | 'received' | 'links' | 'repeats' | 'refused'): number =>
      crowds.reduce((all, one) => all + (one.last?.[key] ?? 0), 0);
    const number = (value: number): string => value.toLocaleString('en');
    watching = setInterval(() => {
      void gateway.usage().then((usage) => {
        if (!usage) return;
        most = Math.max(most, usage.residentBytes);
        gatewayCpuMs = Math.max(gatewayCpuMs, usage.cpuMs);
      });
      const now = performance.now();
      if (now - lastSaidAt < 5_000) return;
      lastSaidAt = now;
      const online = crowds.reduce((all, one) => all + (one.last?.online ?? 0), 0);
      say(
        `${String(Math.round((now - startedAt) / 1000)).padStart(5)} s  sent ${number(sum('sent'))}  ` +
          `stored ${number(sum('settled'))}  shown ${number(sum('received'))}  ` +
          `online ${online}/${visitors + agents}  kills ${killer.kills}  resets ${total(counts, 'resets')}  ` +
          `half-open ${total(counts, 'halfOpen')}  gateway ${Math.round(most / 2 ** 20)} MB at most`,
      );
    }, 500);

    const byAgents = Math.round(messages * AGENTS_SHARE);
    visiting.order({ send: messages - byAgents, perSecond: rate * (1 - AGENTS_SHARE) });
    answering.order({ send: byAgents, perSecond: rate * AGENTS_SHARE });
    await Promise.all(crowds.map((one) => one.until('sent')));
    const sentAt = performance.now();
    await killer.stop();
    for (const proxy of proxies) proxy.calm();
    say(`all sent after ${Math.round((sentAt - startedAt) / 1000)} s; the faults end, everybody catches up`);
    // What is still on its way is numbered while the crowds look; a crowd is asked again until nothing has changed.
    await untilSettled(crowds, file, settleMs);
    const settledAt = performance.now();
    const clientsCpuMs = (await Promise.all(crowds.map((one) => one.cpuMs()))).reduce((a, b) => a + b, 0);
    const seqids = seqidsIn(file);
    for (const one of crowds) one.order({ settle: seqids, deadlineMs: 5_000 });
    const ends = await Promise.all(crowds.map((one) => one.until('settled', 'unsettled')));
    clearInterval(watching);
    await gateway.signal('SIGTERM');

    say('checking');
    const history = new BufferedHistory(join(folder, 'store.jsonl'));
    const happened: readonly (readonly [Fault, number])[] = [
      ['gateway-crash', killer.kills],
      ['cut', total(counts, 'resets')],
      ['black-hole', total(counts, 'blackHolesBoth')],
      ['one-way', total(counts, 'blackHolesUp') + total(counts, 'blackHolesDown')],
      ['half-open', total(counts, 'halfOpen')],
    ];
    for (const [fault, times] of happened) for (let n = 0; n < times; n += 1) history.write({ what: 'fault', fault });
    recordStore(file, history);
    history.close();
    const checker = new Checker();
    for (const name of (await readdir(folder)).filter((one) => one.endsWith('.jsonl')))
      for await (const [event, line] of readHistory(join(folder, name)))
        checker.add(event, { file: join(folder, name), line });
    checker.finish();
    const { violations } = checker;
    const of = (invariants: readonly Invariant[], text = /^/): number =>
      violations.filter((one) => invariants.includes(one.invariant) && text.test(one.text)).length;
    const summary: WireSummary = {
      seed,
      seconds: Math.round((sentAt - startedAt) / 1000),
      settleSeconds: Math.round((settledAt - sentAt) / 1000),
      sent: checker.counts.sent,
      stored: checker.counts.stored,
      lost: of(LOST) + of(['I4'], / lacks /),
      doubled: of(DOUBLED),
      misordered: of(MISORDERED) + of(['I4'], /^(?!.* lacks )/),
      violations: violations.length,
      unsettled: ends.flatMap(({ missing }) => missing ?? []),
      refused: sum('refused'),
      repeats: sum('repeats'),
      links: sum('links'),
      kills: killer.kills,
      resets: total(counts, 'resets'),
      blackHoles: total(counts, 'blackHolesBoth') + total(counts, 'blackHolesUp') + total(counts, 'blackHolesDown'),
      halfOpen: total(counts, 'halfOpen'),
      stalls: total(counts, 'stalls'),
      slowestStartMs: Math.round(killer.slowestStartMs),
      gatewayCpuMs: Math.round(gatewayCpuMs),
      gatewayMostBytes: most,
      clientsCpuMs: Math.round(clientsCpuMs),
    };
    await writeFile(join(folder, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
    const isGood = violations.length === 0 && summary.unsettled.length === 0;
    if (options.folder === undefined && isGood) await rm(folder, { recursive: true, force: true });
    else say(`histories and store are in ${folder}`);
    return { summary, violations };
  } finally {
    clearInterval(watching);
    for (const one of crowds) one.kill();
    if (gateway.isRunning) await gateway.signal('SIGKILL');
    await Promise.all(proxies.map((proxy) => proxy.close()));
    if (gateway.errors !== '') say(`the gateway said:\n${gateway.errors.slice(-4_000)}`);
  }
}

/** Resolves when every own message has an answer and the store has stopped growing, or after `deadlineMs`. */
async function untilSettled(crowds: readonly Crowd[], file: string, deadlineMs: number): Promise<void> {
  const endAt = performance.now() + deadlineMs;
  let before = '';
  while (performance.now() < endAt) {
    await Promise.all(crowds.map((one) => one.until('working')));
    const isAnswered = crowds.every(({ last }) => last !== undefined && last.settled >= last.sent);
    const isOnline = crowds.every(({ last }) => last !== undefined && last.online === last.clients);
    const now = JSON.stringify(seqidsIn(file));
    if (isAnswered && isOnline && now === before) return;
    before = now;
  }
}
