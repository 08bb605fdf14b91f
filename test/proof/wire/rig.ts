// The rig: a gateway in a process of its own, visitors and agents in theirs, a fault proxy for each side, and the judgement
// over what all of them have written down.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { GatewayLimits } from '../../../src/gateway/config.ts';
import { judgeFolder } from '../check.ts';
import type { Checker } from '../checker.ts';
import type { Fault, StoredRow } from '../history.ts';
import { COMPLETE_MS, Crowd } from './crowd-process.ts';
import type { CrowdReport } from './crowd.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { ProcessOptions } from './gateway.ts';
import { ServerProcess } from './server-process.ts';
import { BufferedHistory, storedMsgid } from './witnessed-client.ts';

export interface RigOptions {
  readonly visitors: number;
  readonly agents: number;
  readonly seed: number;
  /** Where histories and the store go, and stay; default: a temporary folder that is removed if all is well. */
  readonly folder?: string | undefined;
  /** Of the store; default: in the folder. */
  readonly dataDir?: string;
  readonly limits?: Partial<GatewayLimits>;
  /** The gateway is started by whoever asks for the rig. */
  readonly isDown?: boolean;
  readonly say: (line: string) => void;
}

/** What one machine that plays a crowd must be allowed. */
const LIMITS: Partial<GatewayLimits> = {
  visitorPubs: { perSecond: 100_000, burst: 100_000 },
  agentPubs: { perSecond: 100_000, burst: 100_000 },
  packets: { perSecond: 100_000, burst: 100_000 },
  drainMs: 0,
};

/** One in four messages is an agent's. */
const AGENTS_SHARE = 0.25;

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
function recordStore(file: string, history: BufferedHistory): void {
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

export class Rig {
  readonly gateway: ServerProcess;
  readonly folder: string;
  readonly dataDir: string;
  /** Visitors', and agents', way to the gateway. */
  readonly proxies: readonly [FaultProxy, FaultProxy];
  readonly visiting: Crowd;
  readonly answering: Crowd;
  readonly #options: RigOptions;
  readonly #joined: Crowd[] = [];
  readonly #happened: Fault[] = [];
  #isGood = false;

  private constructor(
    options: RigOptions,
    folder: string,
    gateway: ServerProcess,
    proxies: readonly [FaultProxy, FaultProxy],
  ) {
    this.#options = options;
    this.folder = folder;
    this.dataDir = options.dataDir ?? join(folder, 'data');
    this.gateway = gateway;
    this.proxies = proxies;
    this.visiting = this.#crowd('visitor', 'visitor', options.visitors, proxies[0]);
    this.answering = this.#crowd('agent', 'agent', options.agents, proxies[1]);
  }

  #crowd(role: 'visitor' | 'agent', name: string, count: number, proxy: FaultProxy): Crowd {
    return new Crowd({
      role,
      names: numbered(name, count),
      server: `http://127.0.0.1:${proxy.port}`,
      history: join(this.folder, `${name}s.jsonl`),
      seed: this.#options.seed,
    });
  }

  /** More visitors, on a way of their own. */
  join(name: string, count: number, proxy: FaultProxy): Crowd {
    const crowd = this.#crowd('visitor', name, count, proxy);
    this.#joined.push(crowd);
    return crowd;
  }

  /** The gateway runs, unless it was not to, and the crowds are on their way to it. */
  static async start(options: RigOptions): Promise<Rig> {
    const { seed, agents, limits } = options;
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'kefu-proof-')));
    const gateway = new ServerProcess({
      script: fileURLToPath(new URL('gateway.ts', import.meta.url)),
      options: {
        dataDir: options.dataDir ?? join(folder, 'data'),
        agents: numbered('agent', agents),
        limits: { ...LIMITS, ...limits },
      } satisfies ProcessOptions,
    });
    const target = (): number => gateway.port;
    const proxies: FaultProxy[] = [];
    try {
      if (options.isDown !== true) await gateway.start();
      for (const leg of [1, 2]) proxies.push(await FaultProxy.listen({ target, seed: seed * 10 + leg }));
      const [visitors, agents] = proxies;
      if (!visitors || !agents) throw new Error('unreachable');
      return new Rig(options, folder, gateway, [visitors, agents]);
    } catch (error) {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      if (gateway.isRunning) await gateway.signal('SIGKILL');
      throw error;
    }
  }

  get crowds(): readonly Crowd[] {
    return [this.visiting, this.answering, ...this.#joined];
  }

  /** Where the store is. */
  get file(): string {
    return join(this.dataDir, 'kefu.db');
  }

  /** For the history: these faults were made. */
  happened(fault: Fault, times = 1): void {
    for (let n = 0; n < times; n += 1) this.#happened.push(fault);
  }

  sum(key: 'sent' | 'settled' | 'received' | 'links' | 'repeats' | 'refused' | 'online'): number {
    return this.crowds.reduce((all, one) => all + (one.last?.[key] ?? 0), 0);
  }

  /** Visitors and agents talk; resolves when so many messages have been handed to their clients, or all have been told to stop. */
  async talk(messages: number, perSecond: number): Promise<void> {
    const byAgents = Math.round(messages * AGENTS_SHARE);
    this.visiting.order({ send: messages - byAgents, perSecond: perSecond * (1 - AGENTS_SHARE) });
    this.answering.order({ send: byAgents, perSecond: perSecond * AGENTS_SHARE });
    await Promise.all([this.visiting, this.answering].map((one) => one.until('sent')));
  }

  stopTalking(): void {
    for (const one of [this.visiting, this.answering]) one.order({ stop: true });
  }

  /** Resolves when more messages have been stored since. */
  async progress(messages = 50): Promise<void> {
    const enough = this.sum('settled') + messages;
    while (this.sum('settled') < enough) await this.visiting.until('working');
  }

  /** Every agent is there. */
  async answered(): Promise<void> {
    for (let report = await this.answering.until('working'); report.online < report.clients;)
      report = await this.answering.until('working');
  }

  /**
   * The faults end, and everybody gets the time to be complete; then they write down what they show, and the gateway
   * stops. Resolves with what was missing by the crowds' own word.
   */
  async settle(deadlineMs: number): Promise<readonly string[]> {
    for (const proxy of this.proxies) proxy.calm();
    await untilSettled(this.crowds, this.file, deadlineMs);
    const seqids = seqidsIn(this.file);
    for (const one of this.crowds) one.order({ settle: seqids, deadlineMs: COMPLETE_MS });
    const ends: readonly CrowdReport[] = await Promise.all(this.crowds.map((one) => one.until('settled', 'unsettled')));
    await this.gateway.signal('SIGTERM');
    return ends.flatMap(({ missing }) => missing ?? []);
  }

  /** What the checker says about all that was written down. */
  async judge(): Promise<Checker> {
    const history = new BufferedHistory(join(this.folder, 'store.jsonl'));
    for (const fault of this.#happened) history.write({ what: 'fault', fault });
    recordStore(this.file, history);
    history.close();
    const checker = await judgeFolder(this.folder);
    this.#isGood = checker.violations.length === 0;
    return checker;
  }

  /** Ends every process. What was found stays if something was. */
  async dispose(): Promise<void> {
    const { say, folder } = this.#options;
    for (const one of this.crowds) one.kill();
    if (this.gateway.isRunning) await this.gateway.signal('SIGKILL');
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    if (folder === undefined && this.#isGood) await rm(this.folder, { recursive: true, force: true });
    else say(`histories and store are in ${this.folder}`);
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
