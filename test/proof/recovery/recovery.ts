// Point-in-time recovery, as docs/operations.md has it: a base backup and the archive of the write-ahead log, made under load; the database is lost and brought to a moment; gateways and everybody's pages go on with it.
import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { postgresProgram, startPostgres } from '../../../scripts/ensure-postgres.mjs';
import type { TestPostgres } from '../../../scripts/ensure-postgres.mjs';
import { kefu } from '../../gateway/gateway-process.ts';
import { until } from '../../support/until.ts';
import type { Violation } from '../checker.ts';
import { World } from '../cluster/world.ts';

export interface RecoveryRun {
  readonly gateways: number;
  readonly visitors: number;
  readonly agents: number;
  /** Messages a second. */
  readonly rate: number;
  /** Messages that are stored between one thing and the next. */
  readonly between: number;
  readonly seed: number;
  readonly folder?: string | undefined;
  readonly say: (line: string) => void;
}

export interface RecoverySummary {
  readonly seed: number;
  readonly sent: number;
  readonly stored: number;
  readonly refused: number;
  /** In the store when it was lost, and when it was back: without what clients bring. */
  readonly had: number;
  readonly restored: number;
  /** Own messages that clients sent again and the store knew. */
  readonly repeats: number;
  /** From the start of the server to its promotion. */
  readonly recoveryMs: number;
  readonly unsettled: readonly string[];
}

const SETTLE_MS = 120_000;

const sum = (seqids: Readonly<Record<string, number>>): number =>
  Object.values(seqids).reduce((all, seqid) => all + seqid, 0);

const archiveIn = (folder: string): string => join(folder, 'wal');

/** The database, and what its operator does. */
class Operated {
  readonly postgres: TestPostgres;
  readonly #base: string;
  readonly #archive: string;

  private constructor(postgres: TestPostgres) {
    this.postgres = postgres;
    this.#base = join(postgres.folder, 'base');
    this.#archive = archiveIn(postgres.folder);
  }

  static async start(): Promise<Operated> {
    const postgres = await startPostgres((folder) => [
      'archive_mode=on',
      `archive_command=test ! -f ${archiveIn(folder)}/%f && cp %p ${archiveIn(folder)}/%f`,
    ]);
    if (!postgres) throw new Error('PostgreSQL is not installed');
    const operated = new Operated(postgres);
    await postgres.run('mkdir', [operated.#archive]);
    return operated;
  }

  async backUp(): Promise<void> {
    const { postgres } = this;
    await postgres.run(postgresProgram('pg_basebackup') ?? '', [
      `--dbname=${postgres.url}`,
      `--pgdata=${this.#base}`,
      '--checkpoint=fast',
    ]);
  }

  /** The time by the clock of the database. */
  async moment(): Promise<string> {
    return String(await this.#ask('select clock_timestamp()::text'));
  }

  /** What was written so far is in the archive: what `archive_timeout` sees to. */
  async archived(): Promise<void> {
    const segment = await this.#ask('select pg_walfile_name(pg_switch_wal())');
    await until('the segment is archived', async () =>
      this.#ask(`select last_archived_wal >= '${String(segment)}' from pg_stat_archiver`).then(Boolean),
    );
  }

  async lose(): Promise<void> {
    await this.postgres.end('SIGKILL');
    await this.postgres.run('rm', ['-r', this.postgres.data]);
  }

  /** Resolves when the server is as it was at the moment, and takes writes. */
  async recover(moment: string): Promise<void> {
    const { data } = this.postgres;
    await this.postgres.run('cp', ['-a', this.#base, data]);
    await appendFile(
      join(data, 'postgresql.auto.conf'),
      `restore_command = 'cp ${this.#archive}/%f %p'\nrecovery_target_time = '${moment}'\nrecovery_target_action = 'promote'\n`,
    );
    await this.postgres.run('touch', [join(data, 'recovery.signal')]);
    await this.postgres.start();
    await until('the database is promoted', async () => (await this.#ask('select pg_is_in_recovery()')) === false);
  }

  async #ask(sql: string): Promise<unknown> {
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return Object.values(rows[0] ?? {})[0];
    } finally {
      await client.end();
    }
  }
}

export async function runRecovery(
  run: RecoveryRun,
): Promise<{ readonly summary: RecoverySummary; readonly violations: readonly Violation[] }> {
  const operated = await Operated.start();
  const { postgres } = operated;
  const world = await World.start({ ...run, bus: 'postgres', postgres });
  const startedAt = performance.now();
  const note = (what: string): void => {
    run.say(
      `${String(Math.round((performance.now() - startedAt) / 1000)).padStart(5)} s  ${what}  ` +
        `sent ${world.sum('sent')}  stored ${world.sum('settled')}`,
    );
  };
  const command = async (name: string): Promise<void> => {
    const [code, said] = await kefu(join(postgres.folder, 'commands'), [name], '', { DATABASE_URL: postgres.url });
    assert.equal(code, 0, said);
  };
  try {
    await world.everybody();
    const talking = world.talk(run.rate);
    await world.progress(run.between);
    await Promise.all([operated.backUp(), world.progress(run.between)]);
    note('base backup made');
    await world.progress(run.between);
    const before = await world.seqids();
    const moment = await operated.moment();
    note('the moment');
    await world.progress(run.between);
    await operated.archived();

    for (const member of world.members) await member.kill();
    world.happened('gateway-crash');
    const had = await world.seqids();
    await operated.lose();
    note('all is lost');
    const lostAt = performance.now();
    await operated.recover(moment);
    const recoveryMs = Math.round(performance.now() - lostAt);
    const restored = await world.seqids();
    for (const [topic, seqid] of Object.entries(before))
      assert.ok((restored[topic] ?? 0) >= seqid, `${topic} is back up to ${restored[topic] ?? 0} of ${seqid}`);
    assert.ok(sum(restored) < sum(had), 'nothing was lost: no drill');
    world.restored({ ...Object.fromEntries(Object.keys(had).map((topic) => [topic, 0])), ...restored });
    await command('verify');
    await command('restored');
    for (const member of world.members) await member.start();
    note(`the store is back, with ${sum(restored)} of ${sum(had)} messages`);

    await world.progress(run.between);
    world.stopTalking();
    await talking;
    const unsettled = await world.settle(SETTLE_MS);
    note('all settled');
    await command('verify');
    const refused = world.sum('refused');
    const repeats = world.sum('repeats');
    const { violations, counts } = await world.judge();
    const { sent, stored } = counts;
    const { seed } = run;
    const summary = {
      seed,
      sent,
      stored,
      refused,
      had: sum(had),
      restored: sum(restored),
      repeats,
      recoveryMs,
      unsettled,
    };
    return { summary, violations };
  } finally {
    await world.dispose();
  }
}
