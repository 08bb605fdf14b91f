// New schema: a place of its own in the PostgreSQL of the tests.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Resolves with an address that leads to the new schema, and the way to be rid of it. */
export async function newSchema(
  database: string,
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const name = `kefu_${randomBytes(6).toString('hex')}`;
  await run(database, `create schema ${name}`);
  const url = new URL(database);
  url.searchParams.set('options', `-c search_path=${name}`);
  return { url: url.href, drop: () => run(database, `drop schema ${name} cascade`) };
}
