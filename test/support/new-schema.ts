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

/** A database of its own there, for what is done to whole databases. */
export interface NewDatabase {
  readonly url: string;
  /** Everything in it is lost, whoever is connected. */
  readonly empty: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

export async function newDatabase(database: string): Promise<NewDatabase> {
  const name = `kefu_${randomBytes(6).toString('hex')}`;
  const create = (): Promise<void> => run(database, `create database ${name} encoding 'UTF8' template template0`);
  const drop = (): Promise<void> => run(database, `drop database ${name} with (force)`);
  await create();
  const url = new URL(database);
  url.pathname = name;
  return {
    url: url.href,
    async empty() {
      await drop();
      await create();
    },
    drop,
  };
}
