// Brings the schema of a PostgreSQL database up to date. Several gateways may start at once: one does each step, the others wait for it.
import { setTimeout as delay } from 'node:timers/promises';
import { migrationsOf, SHARED_MIGRATIONS } from './migrations.ts';
import { Connection, backoffMs, isLocked, remedyOf, transaction } from './postgres-connection.ts';

/** A database that is still starting is waited for. */
const START_MS = 30_000;
/** A step may go through large tables, and another gateway that does it is waited for as long. */
const STEP_MS = 3_600_000;
/** Behind a step that waits for a table everybody else waits: not longer than that, and not again before a while. */
const LOCK_MS = 1_000;
const LOCK_PAUSES = 5;
/** Versions of the steps that only this database has. */
const SHARED_FROM = 1_000;
/** Any number that nobody else takes for an advisory lock. */
const LOCK = 0x6b656675;

/** Rejects with a message for people. */
export async function migratePostgres(url: string): Promise<void> {
  const since = performance.now();
  for (let failures = 0; ; failures += 1) {
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(url, STEP_MS);
      await migrate(connection);
      return;
    } catch (error) {
      const patienceMs = isLocked(error) ? STEP_MS : START_MS;
      if (remedyOf(error) === undefined || performance.now() - since > patienceMs) throw error;
      await delay(backoffMs(failures) * (isLocked(error) ? LOCK_PAUSES : 1));
    } finally {
      await connection?.close();
    }
  }
}

async function migrate(connection: Connection): Promise<void> {
  const once = (act: () => Promise<void>): Promise<void> =>
    transaction(connection, async () => {
      await connection.run(`select pg_advisory_xact_lock(${LOCK})`);
      // Not before: the other gateway may take its time.
      await connection.run(`set local lock_timeout = ${LOCK_MS}`);
      await act();
    });
  await once(() => connection.run('create table if not exists migrations (version integer primary key)'));
  const steps = [
    ...migrationsOf((text) => `cast(${text} as json)`).map((step, index) => ({ version: index, step })),
    ...SHARED_MIGRATIONS.map((step, index) => ({ version: SHARED_FROM + index, step })),
  ];
  for (const { version, step } of steps)
    await once(async () => {
      const done = await connection.query('select 1 from migrations where version = $1', version);
      if (done.length > 0) return;
      await connection.run(step);
      await connection.query('insert into migrations (version) values ($1)', version);
    });
}
