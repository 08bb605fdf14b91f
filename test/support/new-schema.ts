// New schema: a place of its own in the PostgreSQL of the tests.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

export interface NewSchema {
  /** An address that leads to it. */
  readonly url: string;
  readonly run: (sql: string) => Promise<void>;
  readonly drop: () => Promise<void>;
}

export async function newSchema(database: string): Promise<NewSchema> {
  const name = `kefu_${randomBytes(6).toString('hex')}`;
  await run(database, `create schema ${name}`);
  const url = new URL(database);
  url.searchParams.set('options', `-c search_path=${name}`);
  return { url: url.href, run: (sql) => run(url.href, sql), drop: () => run(database, `drop schema ${name} cascade`) };
}
