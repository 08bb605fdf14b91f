// New schema: a place of its own in the PostgreSQL of the tests, gone when the test is.
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import pg from 'pg';

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Resolves with an address that leads to the new schema. */
export async function newSchema(test: TestContext, database: string): Promise<string> {
  const name = `kefu_${randomBytes(6).toString('hex')}`;
  await run(database, `create schema ${name}`);
  test.after(() => run(database, `drop schema ${name} cascade`));
  const url = new URL(database);
  url.searchParams.set('options', `-c search_path=${name}`);
  return url.href;
}
