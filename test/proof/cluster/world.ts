// The world of the cluster runs: gateways in processes of their own on a PostgreSQL and a NATS that can be harmed, a balancer in front of them, visitors and agents behind it.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startNats } from '../../../scripts/ensure-nats.mjs';
import { startPostgres } from '../../../scripts/ensure-postgres.mjs';
import type { TestServer } from '../../../scripts/ensure-postgres.mjs';
import { judgeFolder } from '../check.ts';
import type { Checker } from '../checker.ts';
import type { Fault } from '../history.ts';
import { COMPLETE_MS, Crowd } from '../wire/crowd-process.ts';
import { FaultProxy } from '../wire/fault-proxy.ts';
import type { ProcessOptions } from '../wire/gateway.ts';
import { ServerProcess } from '../wire/server-process.ts';
import { BufferedHistory, storedMsgid } from '../wire/witnessed-client.ts';

export interface WorldOptions {
  readonly gateways: number;
  readonly bus: 'postgres' | 'nats';
  readonly visitors: number;
  readonly agents: number;
  readonly seed: number;
  /** The database, if it is not just any; ends with the world. */
  readonly postgres?: TestServer;
  /** Where histories go, and stay; default: a temporary folder that is removed if all is well. */
  readonly folder?: string | undefined;
  readonly say: (line: string) => void;
}

/** What one machine that plays a crowd must be allowed. */
const LIMITS = {
  visitorPubs: { perSecond: 100_000, burst: 100_000 },
  agentPubs: { perSecond: 100_000, burst: 100_000 },
  packets: { perSecond: 100_000, burst: 100_000 },
};
/** One in four messages is an agent's. */
const AGENTS_SHARE = 0.25;

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n + 1).padStart(4, '0')}`);

/** One gateway of the cluster, and whether the balancer gives it new connections. */
export class Member {
  readonly process: ServerProcess;
  isTaking = false;

  constructor(options: ProcessOptions) {
    this.process = new ServerProcess({
      script: fileURLToPath(new URL('../wire/gateway.ts', import.meta.url)),
      options,
    });
  }

  async start(): Promise<void> {
    await this.process.start();
    this.isTaking = true;
  }

  /** The balancer notices when it is refused. */
  async kill(): Promise<void> {
    await this.process.signal('SIGKILL');
    this.isTaking = false;
  }

  /** The balancer sees that it is not ready any more. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.isTaking = false;
    const [code] = await this.process.signal('SIGTERM');
    return code;
  }
}

export class World {
  readonly postgres: TestServer;
  readonly nats: TestServer | undefined;
  readonly members: readonly Member[];
  readonly visiting: Crowd;
  readonly answering: Crowd;
  readonly #options: WorldOptions;
  readonly #folder: string;
  readonly #proxies: readonly FaultProxy[];
  readonly #happened: Fault[] = [];
  #restored: Readonly<Record<string, number>> = {};
  #isGood = false;

  private constructor(
    options: WorldOptions,
    folder: string,
    servers: readonly [TestServer, TestServer | undefined],
    members: readonly Member[],
    proxies: readonly [FaultProxy, FaultProxy],
  ) {
    this.#options = options;
    this.#folder = folder;
    [this.postgres, this.nats] = servers;
    this.members = members;
    this.#proxies = proxies;
    const crowd = (role: 'visitor' | 'agent', count: number, proxy: FaultProxy): Crowd =>
      new Crowd({
        role,
        names: numbered(role, count),
        server: `http://127.0.0.1:${proxy.port}`,
        history: join(folder, `${role}s.jsonl`),
        seed: options.seed,
      });
    this.visiting = crowd('visitor', options.visitors, proxies[0]);
    this.answering = crowd('agent', options.agents, proxies[1]);
  }

  /** Everything runs, and the crowds are on their way. */
  static async start(options: WorldOptions): Promise<World> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'kefu-cluster-')));
    await mkdir(folder, { recursive: true });
    const postgres = options.postgres ?? (await startPostgres());
    const nats = options.bus === 'nats' ? await startNats() : undefined;
    if (!postgres || (options.bus === 'nats' && !nats)) throw new Error('the servers are not installed');
    const members = Array.from(
      { length: options.gateways },
      (_, n) =>
        new Member({
          dataDir: join(folder, `data-${n}`),
          databaseUrl: postgres.url,
          natsUrl: nats?.url,
          agents: n === 0 ? numbered('agent', options.agents) : [],
          agentCapacity: Math.ceil(options.visitors / options.agents) + 1,
          limits: LIMITS,
        }),
    );
    for (const member of members) await member.start();
    let turn = 0;
    const target = (): number => {
      const taking = members.filter(({ isTaking }) => isTaking);
      return (taking[(turn += 1) % taking.length] ?? members[0])?.process.port ?? 0;
    };
    const proxies = [
      await FaultProxy.listen({ target, seed: options.seed * 10 + 1 }),
      await FaultProxy.listen({ target, seed: options.seed * 10 + 2 }),
    ] as const;
    return new World(options, folder, [postgres, nats], members, proxies);
  }

  get crowds(): readonly Crowd[] {
    return [this.visiting, this.answering];
  }

  /** The longest that anybody waited to hear of an own message, in ms. */
  get longestMs(): number {
    return Math.max(...this.crowds.map(({ last }) => last?.longestMs ?? 0));
  }

  /** For the history. */
  happened(fault: Fault): void {
    this.#happened.push(fault);
  }

  /** For the history: the store went back, to these seqids. */
  restored(seqids: Readonly<Record<string, number>>): void {
    this.#restored = seqids;
  }

  sum(key: 'sent' | 'settled' | 'refused' | 'online' | 'links' | 'repeats' | 'alarms'): number {
    return this.crowds.reduce((all, one) => all + (one.last?.[key] ?? 0), 0);
  }

  /** Visitors and agents talk, until they are told to stop; resolves when they have. */
  async talk(perSecond: number): Promise<void> {
    this.visiting.order({ send: 10_000_000, perSecond: perSecond * (1 - AGENTS_SHARE) });
    this.answering.order({ send: 10_000_000, perSecond: perSecond * AGENTS_SHARE });
    await Promise.all(this.crowds.map((one) => one.until('sent')));
  }

  stopTalking(): void {
    for (const one of this.crowds) one.order({ stop: true });
  }

  /** Resolves when so many more messages have been stored. */
  async progress(messages: number): Promise<void> {
    const enough = this.sum('settled') + messages;
    while (this.sum('settled') < enough) await this.visiting.until('working');
  }

  /** Resolves when everybody is there; while nobody talks, since whoever gets a message may miss one for a moment. */
  async everybody(): Promise<void> {
    for (;;) {
      await Promise.all(this.crowds.map((one) => one.until('working')));
      if (this.crowds.every(({ last }) => last?.online === last?.clients)) return;
    }
  }

  /** Everybody gets the time to be complete, and writes down what they show. Resolves with what was missing. */
  async settle(deadlineMs: number): Promise<readonly string[]> {
    for (const proxy of this.#proxies) proxy.calm();
    const endAt = performance.now() + deadlineMs;
    for (let before = ''; performance.now() < endAt;) {
      await Promise.all(this.crowds.map((one) => one.until('working')));
      const isDone = this.crowds.every(({ last }) => last && last.settled >= last.sent && last.online === last.clients);
      const now = JSON.stringify(await this.seqids());
      if (isDone && now === before) break;
      before = now;
    }
    const seqids = await this.seqids();
    for (const one of this.crowds) one.order({ settle: seqids, deadlineMs: COMPLETE_MS });
    const ends = await Promise.all(this.crowds.map((one) => one.until('settled', 'unsettled')));
    return ends.flatMap(({ missing }) => missing ?? []);
  }

  /** The newest seqid of each conversation, as the store has it now. */
  async seqids(): Promise<Record<string, number>> {
    const rows = await this.#ask('select topic, seq from conversations');
    return Object.fromEntries(rows.map(({ topic, seq }) => [String(topic), Number(seq)]));
  }

  /** What the checker says about all that was written down. */
  async judge(): Promise<Checker> {
    const history = new BufferedHistory(join(this.#folder, 'store.jsonl'));
    for (const fault of this.#happened) history.write({ what: 'fault', fault });
    for (const [topic, seqid] of Object.entries(this.#restored)) history.write({ what: 'restored', topic, seqid });
    for (const topic of Object.keys(await this.seqids())) {
      const rows = await this.#ask('select * from messages where topic = $1 order by seqid', topic);
      history.write({
        what: 'store',
        topic,
        rows: rows.map(({ seqid, head, sender, note, deleted }) => [
          Number(seqid),
          storedMsgid(typeof head === 'string' ? head : null),
          String(sender),
          `${deleted === 1 ? 'd' : ''}${note === 1 ? 'n' : ''}`,
        ]),
      });
    }
    history.close();
    const checker = await judgeFolder(this.#folder);
    this.#isGood = checker.violations.length === 0;
    return checker;
  }

  /** Ends every process. What was found stays if something was. */
  async dispose(): Promise<void> {
    const { say, folder } = this.#options;
    for (const one of this.crowds) one.kill();
    for (const { process: gateway } of this.members) {
      if (gateway.isRunning) await gateway.signal('SIGKILL');
      if (gateway.errors !== '') say(`a gateway said:\n${gateway.errors.slice(-3_000)}`);
    }
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    this.nats?.resume();
    await Promise.all([this.postgres.stop(), this.nats?.stop()]);
    if (folder === undefined && this.#isGood) await rm(this.#folder, { recursive: true, force: true });
    else say(`histories are in ${this.#folder}`);
  }

  async #ask(sql: string, ...values: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }
}
