// PostgreSQL connections: how they are made and set, how statements run on them, and what their errors mean.
import type * as Package from 'pg';
import type { Client } from 'pg';
import type { Row } from './rows.ts';

/** Runs one statement. */
export type Query = (sql: string, ...values: readonly unknown[]) => Promise<readonly Row[]>;

/** A statement, or a transaction in which nothing happens, is ended by the database after this long. */
const STATEMENT_MS = 10_000;
/** And by us so much later, when the database does not answer at all. */
const ANSWER_MS = 2_000;
const CONNECT_MS = 5_000;

/** What every connection is set to. `remote_apply` is more than `on`, everything else is less. */
const settings = (statementMs: number): string => `
select set_config('synchronous_commit',
         case current_setting('synchronous_commit') when 'remote_apply' then 'remote_apply' else 'on' end, false),
       set_config('statement_timeout', '${statementMs}', false),
       set_config('idle_in_transaction_session_timeout', '${STATEMENT_MS}', false),
       current_setting('fsync') as fsync, current_setting('server_encoding') as encoding, current_schema() as schema`;

/** The connection is gone, and with it the answer: whether the statement was carried out is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** What the operator has to change. The message is for people. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';
}

/** The package is there only for those who use PostgreSQL. */
async function loadPackage(): Promise<typeof Package> {
  try {
    const pg = await import('pg');
    // Seqids and times stay below 2^53.
    pg.types.setTypeParser(pg.types.builtins.INT8, Number);
    return pg;
  } catch (cause) {
    throw new UnfitDatabase('DATABASE_URL needs the package pg: npm install pg', { cause });
  }
}

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** Five characters: the database's own. The network's and the driver's are longer, or there are none. */
const isAnswer = (error: unknown): boolean => /^(?!E[A-Z])[0-9A-Z]{5}$/.test(codeOf(error) ?? '');

export class Connection {
  readonly #client: Client;
  readonly #names = new Map<string, string>();
  /** Where the tables are. */
  readonly schema: string;
  isLost = false;

  private constructor(client: Client, schema: string) {
    this.#client = client;
    this.schema = schema;
    client.on('end', () => {
      this.isLost = true;
    });
  }

  /** No statement may take longer than `statementMs`. Rejects as {@link remedyOf} tells. */
  static async open(url: string, statementMs = STATEMENT_MS): Promise<Connection> {
    const { Client } = await loadPackage();
    const client = new Client({
      connectionString: url,
      application_name: 'kefu',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: statementMs + ANSWER_MS,
    });
    // Outside of a query it would end the process; what matters is that the connection is gone.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const [row = {}] = (await client.query<Row>(settings(statementMs))).rows;
      if (row['fsync'] !== 'on')
        throw new UnfitDatabase('PostgreSQL runs with fsync off: acknowledged messages could be lost. Turn it on.');
      if (row['encoding'] !== 'UTF8')
        throw new UnfitDatabase(`The database has the encoding ${String(row['encoding'])}; Kefu needs UTF8.`);
      return new Connection(client, String(row['schema']));
    } catch (error) {
      client.end().catch(() => undefined);
      if (error instanceof UnfitDatabase || isAnswer(error)) throw error;
      throw new ConnectionLost('PostgreSQL can not be reached', { cause: error });
    }
  }

  /** Parsed and planned once per connection. */
  readonly query: Query = async (sql, ...values) => {
    let name = this.#names.get(sql);
    if (name === undefined) this.#names.set(sql, (name = `kefu${this.#names.size}`));
    return this.#answer(this.#client.query<Row>({ name, text: sql, values: [...values] }));
  };

  /** Statements without values, as they are. */
  async run(sql: string): Promise<void> {
    await this.#answer(this.#client.query<Row>(sql));
  }

  onNotification(receive: (payload: string) => void): void {
    this.#client.on('notification', ({ payload }) => {
      receive(payload ?? '');
    });
  }

  onLost(act: () => void): void {
    this.#client.once('end', act);
  }

  /** Ends it, without waiting when the database is busy or gone. */
  async close(): Promise<void> {
    this.isLost = true;
    await this.#client.end();
  }

  async #answer(running: Promise<{ readonly rows: readonly Row[] }>): Promise<readonly Row[]> {
    try {
      return (await running).rows;
    } catch (error) {
      if (isAnswer(error)) throw error;
      throw new ConnectionLost('no answer from PostgreSQL', { cause: error });
    }
  }
}

/** Runs `act` in one transaction. */
export async function transaction<T>(connection: Connection, act: () => Promise<T>): Promise<T> {
  await connection.run('begin');
  try {
    const result = await act();
    await connection.run('commit');
    return result;
  } catch (error) {
    if (!(error instanceof ConnectionLost)) await connection.run('rollback');
    throw error;
  }
}

/** Serialisation, deadlock, lock; and a message that two gateways store at once: the second time its first seqid is found. */
const CONFLICTS = new Set(['40001', '40P01', '55P03', '23505']);
/** By class: connection, resources, operator, system. And a plan from before a migration, which a new connection makes anew. */
const PASSING = /^(08|53|57|58|0A000)/;

/** Somebody else had a table for longer than the statement was to wait. */
export const isLocked = (error: unknown): boolean => codeOf(error) === '55P03';

/** What an error asks for: the same thing again, the same on a new connection, or nothing that would help. */
export function remedyOf(error: unknown): 'again' | 'reconnect' | undefined {
  if (error instanceof ConnectionLost) return 'reconnect';
  const code = isAnswer(error) ? (codeOf(error) ?? '') : '';
  if (CONFLICTS.has(code)) return 'again';
  return PASSING.test(code) ? 'reconnect' : undefined;
}

/** A connection that is made when it is needed, and made again when it is lost. */
export class Line {
  readonly #url: string;
  #connection: Connection | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** One try. */
  async connection(): Promise<Connection> {
    if (this.#connection?.isLost !== false) this.#connection = await Connection.open(this.#url);
    return this.#connection;
  }

  /** What is on the connection now can't be trusted any more. */
  drop(): void {
    this.#connection?.close().catch(() => undefined);
    this.#connection = undefined;
  }

  async close(): Promise<void> {
    if (this.#connection?.isLost === false) await this.#connection.close();
  }
}

/** How long to wait after so many failures, in ms: from 50 up to 1,000, spread out. */
export const backoffMs = (failures: number): number => Math.min(1_000, 50 * 2 ** failures) * (0.5 + Math.random() / 2);
