// What only a store that several gateways share has to bear: each other, and a database that goes away.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import { openEmbeddedStore } from '../../src/gateway/store/embedded-store.ts';
import { Connection } from '../../src/gateway/store/postgres-connection.ts';
import { openPostgresStore } from '../../src/gateway/store/postgres-store.ts';
import type { NewMessage, Store } from '../../src/gateway/store/store.ts';
import { startPostgres } from '../../scripts/ensure-postgres.mjs';
import { newDatabase, newSchema } from '../support/new-schema.ts';
import { newFolder } from './new-gateway.ts';

const VISITOR = 'usrVisitor';
const AGENTS = ['usrMei', 'usrSam'];
const TOPICS = ['grpOne', 'grpTwo', 'grpThree'];

const message = (like: Partial<NewMessage>): NewMessage => ({
  topic: 'grpOne',
  from: VISITOR,
  msgid: undefined,
  head: undefined,
  content: '"x"',
  note: false,
  at: 1,
  ...like,
});

async function populate(store: Store): Promise<void> {
  await store.createUser({ id: VISITOR, kind: 'visitor', public: undefined, createdAt: 1 });
  for (const id of AGENTS) await store.createUser({ id, kind: 'agent', public: undefined, createdAt: 1 });
  for (const topic of TOPICS)
    await store.openConversation({ topic, visitor: VISITOR, key: topic, channel: 'web', public: undefined, at: 1 });
}

async function seqidsOf(store: Store, topic: string): Promise<number[]> {
  return (await store.messages({ topic, low: 1, end: 1_000_000 })).map(({ seq }) => seq);
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

async function newUrl(t: TestContext, database: string): Promise<string> {
  const { url, drop } = await newSchema(database);
  t.after(drop);
  return url;
}

/** TCP in front of the database, which can be cut between a question and its answer. */
class CutProxy {
  readonly #target: number;
  readonly #server = createServer((client) => this.#serve(client));
  readonly #sockets = new Set<Socket>();
  /** The next answer that comes after this text has gone to the database is not delivered: the connection is cut. */
  cutAfter: string | undefined;
  cuts = 0;

  constructor(target: number) {
    this.#target = target;
  }

  async listen(t: TestContext): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    t.after(() => {
      this.#server.close();
      for (const socket of this.#sockets) socket.destroy();
    });
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    let isDoomed = false;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
        this.#sockets.delete(socket);
      });
    }
    client.on('data', (data) => {
      if (this.cutAfter !== undefined && data.includes(this.cutAfter)) {
        isDoomed = true;
        this.cutAfter = undefined;
      }
      server.write(data);
    });
    server.on('data', (data) => {
      if (!isDoomed) client.write(data);
      else {
        this.cuts += 1;
        client.destroy();
      }
    });
  }
}

const database = process.env['TEST_DATABASE_URL'];
if (database !== undefined)
  describe('store: postgres, in particular', () => {
    const opened = async (t: TestContext, url: string): Promise<Store> => {
      const store = await openPostgresStore({ url });
      t.after(() => store.close());
      return store;
    };

    test('several gateways start at once on an empty database', async (t) => {
      const url = await newUrl(t, database);
      const stores = await Promise.all(upTo(4).map(() => opened(t, url)));
      await Promise.all(stores.map((store) => store.probe()));
    });

    test('commits are durable whatever the database is set to by default', async (t) => {
      const url = new URL(await newUrl(t, database));
      url.searchParams.set('options', `${url.searchParams.get('options')} -c synchronous_commit=off`);
      const connection = await Connection.open(url.href);
      t.after(() => connection.close());
      const [row] = await connection.query('show synchronous_commit');
      assert.equal(row?.['synchronous_commit'], 'on');
    });

    test('a newer version that waits for the deletion of its message on another gateway finds it gone', async (t) => {
      const url = await newUrl(t, database);
      const [one, other] = [await opened(t, url), await opened(t, url)] as const;
      await populate(one);
      await one.append(message({}));
      const [holder, looker] = [await Connection.open(url), await Connection.open(url)] as const;
      t.after(() => Promise.all([holder.close(), looker.close()]));
      await holder.run(`begin; select 1 from conversations where topic = 'grpOne' for update`);
      const [held] = await holder.query('select pg_backend_pid() as pid');
      const wait = async (count: number): Promise<void> => {
        const waiting = `with recursive waiting (pid) as (
            select cast($1 as int)
            union select pg_locks.pid from pg_locks join waiting on waiting.pid = any (pg_blocking_pids(pg_locks.pid))
          ) select 1 from waiting`;
        while ((await looker.query(waiting, held?.['pid'])).length < count + 1);
      };
      const removed = one.remove({ topic: 'grpOne', ranges: [{ low: 1 }], user: undefined });
      await wait(1);
      const appended = other.append(message({ head: '{"replace":":1"}', replaces: 1 }));
      await wait(2);
      await holder.run('commit');
      assert.deepEqual((await removed).versions, []);
      assert.equal((await appended).gone, true);
    });

    test('does what the embedded store does, call by call, whatever goes in one group', async (t) => {
      const both = [
        await opened(t, await newUrl(t, database)),
        await openEmbeddedStore({ dataDir: await newFolder(), exclusive: true }),
      ] as const;
      t.after(() => both[1].close());
      for (const store of both) await populate(store);
      const act = fc.record({
        what: fc.constantFrom('visitor', 'visitor', 'agent', 'agent', 'note', 'assign', 'place', 'resolve', 'release'),
        topic: fc.constantFrom(...TOPICS),
        agent: fc.constantFrom(...AGENTS),
        msgid: fc.option(fc.integer({ min: 0, max: 40 }).map(String), { nil: undefined }),
        at: fc.integer({ min: 1, max: 50 }),
      });
      type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
      const call = (store: Store, { what, topic, agent, msgid, at }: Act): Promise<unknown> => {
        if (what === 'visitor') return store.append(message({ topic, msgid, at }));
        if (what === 'agent' || what === 'note')
          return store.append(message({ topic, from: agent, msgid, at, note: what === 'note' }));
        if (what === 'assign') return store.assign({ topic, agent, at });
        if (what === 'place') return store.assign({ topic, agent, from: 'queued', at });
        return what === 'resolve' ? store.resolve({ topic, at }) : store.release({ topic, agent, at });
      };
      const lists = (store: Store): Promise<unknown> =>
        Promise.all([...TOPICS.map((topic) => store.conversation(topic)), store.queued(10), store.loads()]);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (given) => {
          run += 1;
          const acts = given.map((one) => ({ ...one, at: one.at + run * 100 }));
          const [shared, embedded] = await Promise.all(
            both.map(async (store) => {
              const answers = await Promise.all(acts.map((one) => call(store, one)));
              return { answers, left: await lists(store) };
            }),
          );
          const sorted = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
          assert.deepEqual(sorted(shared?.answers), sorted(embedded?.answers));
          assert.deepEqual(membersSorted(shared?.left), membersSorted(embedded?.left));
        }),
        { numRuns: 60 },
      );
    });

    test('three gateways on the same conversations: contiguous, each identity once, each sender in order', async (t) => {
      const url = await newUrl(t, database);
      const stores = [await opened(t, url), await opened(t, url), await opened(t, url)];
      await populate(stores[0]!);
      const given = new Map<string, number[]>();
      await Promise.all(
        stores.flatMap((store, n) =>
          upTo(20).map(async (round) => {
            const sent = upTo(25).map((turn) => {
              // A third of them are known to every gateway: sent again after a change of gateways.
              const msgid = turn % 3 === 0 ? `shared ${round} ${turn}` : `${n} ${round} ${turn}`;
              const topic = TOPICS[(turn + round) % 3] ?? '';
              return store.append(message({ topic, msgid, content: `"${n}"` })).then(({ seq }) => ({ msgid, seq }));
            });
            for (const { msgid, seq } of await Promise.all(sent)) given.set(msgid, [...(given.get(msgid) ?? []), seq]);
          }),
        ),
      );
      for (const topic of TOPICS) {
        const seqids = await seqidsOf(stores[0]!, topic);
        assert.deepEqual(seqids, upTo(seqids.length));
      }
      for (const [msgid, seqids] of given) assert.equal(new Set(seqids).size, 1, msgid);
      const stored = (await Promise.all(TOPICS.map((topic) => seqidsOf(stores[1]!, topic)))).flat().length;
      assert.equal(stored, given.size);
    });

    test('an account that is merged on one gateway while it writes and opens on another', async (t) => {
      const url = await newUrl(t, database);
      const [here, there] = [await openPostgresStore({ url }), await openPostgresStore({ url })];
      t.after(() => Promise.all([here.close(), there.close()]));
      const known = (store: Store, from?: string): ReturnType<Store['identify']> =>
        store.identify({
          identity: { subject: 'c-1', card: {} },
          from,
          id: 'usrKnown',
          token: { hash: randomBytes(8).toString('hex'), expiresAt: 9_000 },
          at: 2,
        });
      await known(here);
      for (let round = 0; round < 20; round += 1) {
        const [from, topic] = [`usrAnon${round}`, `grp${round}`];
        const conversation = { topic, visitor: from, key: 'k', channel: 'web', public: undefined, at: 1 };
        await here.createUser({
          id: from,
          kind: 'visitor',
          public: undefined,
          createdAt: 1,
          token: { hash: from, expiresAt: 9 },
        });
        await here.openConversation(conversation);
        await there.append(message({ topic, from, msgid: 'first', byVisitor: true }));
        const send = (n: number, as: string, store: Store) =>
          store.append(message({ topic, from: as, msgid: `m${n}`, byVisitor: true, at: n }));
        const late = { ...conversation, topic: `${topic}late`, key: 'late' };
        const [merges, opened, sent] = await Promise.all([
          Promise.all([here, there].map((store) => known(store, from))),
          there.openConversation(late).catch(() => undefined),
          Promise.allSettled(upTo(30).map((n) => send(n, from, there))),
        ]);
        assert.deepEqual(
          merges.map(({ user }) => user.id),
          ['usrKnown', 'usrKnown'],
        );
        assert.equal(merges.filter(({ merged }) => merged).length, 1, 'one of both');
        assert.equal(await here.user(from), undefined);
        const again = await Promise.all(upTo(30).map((n) => send(n, 'usrKnown', here)));
        for (const [index, one] of sent.entries())
          if (one.status === 'fulfilled')
            assert.deepEqual(
              [again[index]?.seq, again[index]?.dup],
              [one.value.seq, true],
              `round ${round} m${index + 1}`,
            );
        assert.deepEqual(
          again.map(({ seq }) => seq),
          upTo(31).slice(1),
          `round ${round}: each once, in order`,
        );
        const all = await here.messages({ topic, low: 1, end: 100 });
        assert.deepEqual(new Set(all.map(({ from: sender }) => sender)), new Set(['usrKnown']));
        assert.equal((await here.conversation(late.topic))?.conversation.visitor, opened && 'usrKnown');
      }
      assert.deepEqual((await here.inspect({ after: '', limit: 100 })).findings, []);
    });

    test('an answer that is lost after the commit: nothing is stored twice, msgid or not', async (t) => {
      const url = new URL(await newUrl(t, database));
      const proxy = new CutProxy(Number(url.port));
      url.port = String(await proxy.listen(t));
      const store = await opened(t, url.href);
      await populate(store);
      await store.append(message({ content: '"before"' }));
      proxy.cutAfter = 'unsure';
      const appended = await Promise.all([
        store.append(message({ content: '"unsure"' })),
        store.append(message({ content: '"with msgid"', msgid: 'a' })),
        store.append(message({ content: '"after"' })),
      ]);
      assert.equal(proxy.cuts, 1);
      assert.deepEqual(
        appended.map(({ seq }) => seq),
        [2, 3, 4],
      );
      assert.deepEqual(await seqidsOf(store, 'grpOne'), upTo(4));
    });

    test('a change of the schema may take long, but does not wait for a table for long: it comes again', async (t) => {
      const { url, drop } = await newDatabase(database);
      const client = new pg.Client({ connectionString: url });
      t.after(async () => {
        await client.end();
        await drop();
      });
      await client.connect();
      await client.query(`
        create table changes (statement_timeout text, lock_timeout text);
        create sequence tries;
        create function on_change() returns event_trigger language plpgsql as $$ begin
          if nextval('tries') <= 2 then raise lock_not_available; end if;
          insert into changes values (current_setting('statement_timeout'), current_setting('lock_timeout'));
        end $$;
        create event trigger on_change on ddl_command_start when tag in ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX')
          execute function on_change()`);
      const store = await openPostgresStore({ url });
      await store.close();
      const { rows } = await client.query('select distinct * from changes');
      assert.deepEqual(rows, [{ statement_timeout: '1h', lock_timeout: '1s' }]);
    });

    test('messages wait while the database is away, and are stored in their order when it is back', async (t) => {
      const server = await startPostgres();
      assert.ok(server);
      t.after(() => server.stop());
      const states: string[] = [];
      const store = await openPostgresStore({
        url: server.url,
        onAway: () => states.push('away'),
        onBack: () => states.push('back'),
      });
      t.after(() => store.close());
      await populate(store);
      const sent: Promise<{ readonly seq: number }>[] = [];
      const send = (count: number): void => {
        for (let n = 0; n < count; n += 1) sent.push(store.append(message({ content: `${sent.length}` })));
      };
      for (const signal of ['SIGKILL', 'SIGINT'] as const) {
        send(50);
        const ended = server.end(signal);
        send(50);
        await ended;
        send(50);
        await server.start();
        await Promise.all(sent);
      }
      send(10);
      const seqids = (await Promise.all(sent)).map(({ seq }) => seq);
      assert.deepEqual(seqids, upTo(310));
      const stored = await store.messages({ topic: 'grpOne', low: 1, end: 1_000 });
      assert.deepEqual(
        stored.map(({ content }) => Number(content)),
        upTo(310).map((n) => n - 1),
      );
      assert.deepEqual(states.slice(0, 2), ['away', 'back']);
    });
  });

/** The order of members is nobody's business. */
function membersSorted(value: unknown): unknown {
  const plain = JSON.parse(JSON.stringify(value)) as unknown[];
  for (const one of plain)
    if (typeof one === 'object' && one !== null && 'members' in one && Array.isArray(one.members))
      one.members.sort((a: { user: string }, b: { user: string }) => (a.user < b.user ? -1 : 1));
    else if (Array.isArray(one)) one.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return plain;
}
