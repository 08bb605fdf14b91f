// The drill: a backup under load, everything lost, the backup put in its place; and what verify finds and does not find.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { postgresProgram } from '../../scripts/ensure-postgres.mjs';
import { createClient } from '../../src/sdk/app/client.ts';
import type { Conversation } from '../../src/sdk/app/model.ts';
import { newDatabase, newSchema } from '../support/new-schema.ts';
import { until } from '../support/until.ts';
import { kefu, startGateway } from './gateway-process.ts';
import { newFolder, newGateway, PASSWORD } from './new-gateway.ts';
import { sendFile } from './send-file.ts';
import { msgid, TestClient } from './test-client.ts';

const FILE = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(3_000, 7)]);

/** The path of a file that was sent, in the data folder. */
const pathOf = (ref: string): string => {
  const file = ref.slice(ref.lastIndexOf('/') + 1);
  return join('files', file.slice(0, 2), file);
};

/** Everything that the gateway has of the topic, oldest first. */
async function history(client: TestClient, topic: string): Promise<(readonly [number, unknown])[]> {
  client.packets.length = 0;
  await client.answer(client.send('get', { topic, what: 'data', data: { limit: 200 } }));
  return client
    .data(topic)
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ seq, content }) => [seq, content] as const);
}

const shown = (conversation: Conversation): (readonly [number | undefined, unknown])[] => {
  const list = conversation.messages$.value;
  return Array.from({ length: list.length }, (_, index) => list.at(index)).flatMap((message) =>
    message ? [[message.seqid, message.content] as const] : [],
  );
};

/** A store, and what its operator does. */
interface Operated {
  readonly dataDir: string;
  /** Where the store is, for the gateway and the commands. */
  readonly env: Record<string, string>;
  readonly backUp: () => Promise<void>;
  /** All is lost; the backup is put in its place. No gateway runs. */
  readonly restore: () => Promise<void>;
  /** The messages in the store, oldest first. */
  readonly rows: () => Promise<readonly Record<string, unknown>[]>;
}

const ROWS = 'select seqid, content from messages order by seqid';

async function embedded(): Promise<Operated> {
  const dataDir = await newFolder();
  const backup = join(await newFolder(), 'backup');
  return {
    dataDir,
    env: {},
    async backUp() {
      const [code, said] = await kefu(dataDir, ['backup', backup]);
      assert.equal(code, 0, said);
      assert.match(said, /1 conversation, \d+ messages, 1 file: all is well\.\n$/);
      assert.deepEqual((await readdir(backup)).sort(), ['files', 'kefu.db']);
    },
    async restore() {
      await rm(dataDir, { recursive: true });
      await cp(backup, dataDir, { recursive: true });
    },
    async rows() {
      const database = new DatabaseSync(join(dataDir, 'kefu.db'));
      const rows = database.prepare(ROWS).all();
      database.close();
      return rows;
    },
  };
}

interface PostgresTools {
  readonly dump: string;
  readonly restore: string;
}

async function inPostgres(t: TestContext, server: string, tools: PostgresTools): Promise<Operated> {
  const dataDir = await newFolder();
  const backup = await newFolder();
  const dump = join(backup, 'kefu.dump');
  const { url, empty, drop } = await newDatabase(server);
  t.after(drop);
  const env = { DATABASE_URL: url };
  const run = promisify(execFile);
  return {
    dataDir,
    env,
    async backUp() {
      await run(tools.dump, ['--format=custom', `--file=${dump}`, url]);
      await cp(join(dataDir, 'files'), join(backup, 'files'), { recursive: true });
    },
    async restore() {
      await rm(dataDir, { recursive: true });
      await cp(join(backup, 'files'), join(dataDir, 'files'), { recursive: true });
      await empty();
      await run(tools.restore, ['--exit-on-error', '--no-owner', `--dbname=${url}`, dump]);
      const [code, said] = await kefu(dataDir, ['restored'], '', env);
      assert.equal(code, 0, said);
    },
    async rows() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(ROWS);
      await client.end();
      return rows;
    },
  };
}

/** A backup under load, everything lost, the backup put in its place, while the visitor's page stays open. */
async function drill(t: TestContext, { dataDir, env, backUp, restore, rows }: Operated): Promise<void> {
  const first = await startGateway(t, dataDir, env);
  const port = new URL(first.url).port;
  await kefu(dataDir, ['agent', 'add', 'mei'], '', { ...env, AGENT_PASSWORD: PASSWORD });
  const visitor = createClient({ server: first.url, role: 'visitor', persist: 'none' });
  t.after(() => visitor.destroy());
  const conversation = visitor.current();
  visitor.connect();
  conversation.send('visitor 0');
  await until('the first message', () => shown(conversation)[0]?.[0] === 1);
  const topic = conversation.info$.value.topic ?? '';
  const mei = await TestClient.login(first.url, 'mei', PASSWORD);
  await mei.request('sub', { topic: 'me' });
  await mei.attach(topic);
  await mei.request('set', { topic, desc: { trusted: { 'x-kefu': { phase: 'assigned' } } } });
  const photo = pathOf(await sendFile(first.url, mei, topic, { name: 'photo', bytes: FILE }));

  const acked: string[] = [];
  let n = 0;
  const write = async (): Promise<void> => {
    n += 1;
    if (n % 5 === 0) conversation.send(`visitor ${n}`);
    const text = `mei ${n}`;
    await mei.say(topic, text, msgid(n));
    acked.push(text);
    // Under the rate of an agent.
    await new Promise((resolve) => setTimeout(resolve, 60));
  };
  while (n < 10) await write();
  const before = [...acked];
  const ended = new AbortController();
  const made = backUp().finally(() => {
    ended.abort();
  });
  while (!ended.signal.aborted) await write();
  await made;
  const most = n + 10;
  while (n < most) await write();
  await sendFile(first.url, mei, topic, { name: 'lost', bytes: FILE });
  await until('what the visitor has sent', () => shown(conversation).every(([seqid]) => seqid !== undefined));
  const had = shown(conversation);

  const exit = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await exit;
  await restore();
  assert.deepEqual((await kefu(dataDir, ['verify'], '', env))[0], 0);
  const restored = (await rows()).map(
    ({ seqid, content }) => [Number(seqid), JSON.parse(String(content)) as unknown] as const,
  );
  assert.ok(restored.length < had.length);
  assert.deepEqual(restored, had.slice(0, restored.length), 'what there is is what there was');
  const texts = new Set(restored.map(([, content]) => content));
  for (const text of before) assert.ok(texts.has(text), text);
  assert.deepEqual(await readdir(join(dataDir, photo, '..')), [photo.slice(photo.lastIndexOf('/') + 1)]);

  // Seqids that the visitor has seen with other messages.
  const second = await startGateway(t, dataDir, { ...env, PORT: port });
  const again = await TestClient.login(second.url, 'mei', PASSWORD);
  await again.attach(topic);
  for (let more = 1; more <= 3; more += 1) await again.say(topic, `after ${more}`);
  await until('the visitor is back', () => visitor.link$.value.state === 'online');
  await until('one truth', () => shown(conversation).at(-1)?.[0] === shown(conversation).length);
  conversation.send('visitor, after');
  await until('the last', () => {
    const all = shown(conversation);
    const [seqid, content] = all.at(-1) ?? [];
    return content === 'visitor, after' && seqid === all.length;
  });
  const now = await history(again, topic);
  assert.deepEqual(shown(conversation), now);
  const own = (all: readonly (readonly [unknown, unknown])[]): unknown[] =>
    all.map(([, content]) => content).filter((content) => String(content).startsWith('visitor'));
  assert.deepEqual(own(now), [...own(had), 'visitor, after'], 'in order, and once');
  assert.deepEqual((await kefu(dataDir, ['verify'], '', env))[0], 0);
}

describe('a backup', () => {
  const drilled =
    'made while messages flow, put in the place of what was lost: clients and store agree again, and lose nothing';
  test(drilled, async (t) => drill(t, await embedded()));

  const server = process.env['TEST_DATABASE_URL'];
  const dump = postgresProgram('pg_dump');
  const restore = postgresProgram('pg_restore');
  if (server !== undefined && dump !== undefined && restore !== undefined)
    test(`by pg_dump, ${drilled}`, async (t) => drill(t, await inPostgres(t, server, { dump, restore })));

  test('needs a folder of its own, and a store that is in one', async (t) => {
    const dataDir = await newFolder();
    await newGateway(t, { dataDir });
    const [code, said] = await kefu(dataDir, ['backup', dataDir]);
    assert.deepEqual([code, said], [1, `${dataDir} is not empty: a backup needs a folder of its own\n`]);
    assert.equal((await kefu(dataDir, ['backup']))[0], 1);
    const empty = await newFolder();
    assert.deepEqual(await kefu(empty, ['verify']), [
      1,
      `There is no store in ${empty}: set DATA_DIR or DATABASE_URL.\n`,
    ]);
    assert.deepEqual(await readdir(empty), []);
  });
});

describe('kefu verify', () => {
  test('beside a gateway: all is well, or what is not', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const photo = pathOf(await sendFile(url, visitor, topic, { name: 'photo', bytes: FILE }));
    await visitor.say(topic, 'hello');
    assert.deepEqual(await kefu(dataDir, ['verify']), [0, '1 conversation, 2 messages, 1 file: all is well.\n']);
    await rm(join(dataDir, photo));
    const database = new DatabaseSync(join(dataDir, 'kefu.db'));
    database.exec('delete from messages where seqid = 2');
    database.close();
    const [code, said] = await kefu(dataDir, ['verify']);
    assert.equal(code, 1);
    assert.match(said, new RegExp(`^conversation ${topic} should end with message 2, and ends with 1$`, 'm'));
    assert.match(said, /^file [\w-]{22}\.png is not there$/m);
    assert.match(said, /: \d findings\.\n$/);
  });

  const database = process.env['TEST_DATABASE_URL'];
  if (database !== undefined)
    test('of a store in PostgreSQL, which is told when it is from a backup', async (t) => {
      const { url, run, drop } = await newSchema(database);
      t.after(drop);
      const dataDir = await newFolder();
      const env = { DATABASE_URL: url };
      const epoch = async (): Promise<unknown> => {
        const gateway = await newGateway(t, { dataDir, databaseUrl: url });
        const client = await TestClient.visitor(gateway.url);
        await client.say(await client.open(), 'hello');
        await gateway.close();
        return client.ctrls()[0]?.params?.['kefu'];
      };
      const one = await epoch();
      assert.deepEqual(await epoch(), one);
      assert.deepEqual(await kefu(dataDir, ['verify'], '', env), [
        0,
        '2 conversations, 2 messages, 0 files: all is well.\n',
      ]);
      assert.equal((await kefu(dataDir, ['restored'], '', env))[0], 0);
      assert.notDeepEqual(await epoch(), one);
      const [code, said] = await kefu(dataDir, ['backup', join(dataDir, 'backup')], '', env);
      assert.equal(code, 1);
      assert.match(said, /pg_dump/);
      await run('update conversations set seq = 7');
      assert.equal((await kefu(dataDir, ['verify'], '', env))[0], 1);
    });
});
