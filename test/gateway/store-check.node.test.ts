// What a store finds when it opens: torn by a crash, it goes on with everything that was acknowledged; damaged, it says so.
import assert from 'node:assert/strict';
import { copyFile, mkdir, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { openEmbeddedStore } from '../../src/gateway/store/embedded-store.ts';
import type { Store, StoredMessage } from '../../src/gateway/store/store.ts';
import { newFolder } from './new-gateway.ts';

const TOPIC = 'grpAAAAAAAAAAAAAAAAAAAAAA';
const VISITOR = 'usrVVVVVVVVVVVVVVVVVVVVVV';

const openStore = (dataDir: string): Promise<Store> => openEmbeddedStore({ dataDir, exclusive: true });

/** A store with messages, and the bytes of its log after each of them: every one was a transaction of its own. */
async function newStore(dataDir: string, messages: number): Promise<{ store: Store; sizes: number[] }> {
  const store = await openStore(dataDir);
  await store.createUser({ id: VISITOR, kind: 'visitor', public: undefined, createdAt: 1 });
  await store.openConversation({ topic: TOPIC, visitor: VISITOR, key: 'k', channel: 'web', public: undefined, at: 1 });
  const sizes: number[] = [];
  for (let n = 1; n <= messages; n += 1) {
    const rest = { head: undefined, content: JSON.stringify(`m${n}`), note: false, at: n };
    await store.append({ topic: TOPIC, from: VISITOR, msgid: `id ${n}`, ...rest });
    sizes.push((await stat(join(dataDir, 'kefu.db-wal'))).size);
  }
  return { store, sizes };
}

/** What a crash would leave behind: the files as they are now. */
async function crashed(dataDir: string): Promise<string> {
  const copy = join(await newFolder(), 'data');
  await mkdir(copy);
  for (const name of ['kefu.db', 'kefu.db-wal']) await copyFile(join(dataDir, name), join(copy, name));
  return copy;
}

async function messagesIn(dataDir: string): Promise<readonly StoredMessage[]> {
  const store = await openStore(dataDir);
  try {
    return await store.messages({ topic: TOPIC, low: 1, end: 1_000 });
  } finally {
    await store.close();
  }
}

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
  await handle.write(Buffer.from([buffer[0]! ^ 0xff]), 0, 1, at);
  await handle.close();
}

describe('a log that a crash has torn', () => {
  test('ends with the last whole message, wherever it was torn', async (t) => {
    const dataDir = await newFolder();
    const { store, sizes } = await newStore(dataDir, 12);
    t.after(() => store.close());
    const whole = sizes.at(-1)!;
    const cuts = new Set(sizes.slice(-4).flatMap((size) => [size - 4_000, size - 1, size, Math.min(whole, size + 20)]));
    for (const cut of cuts) {
      const copy = await crashed(dataDir);
      await truncate(join(copy, 'kefu.db-wal'), cut);
      const stored = await messagesIn(copy);
      const wanted = sizes.filter((size) => size <= cut).length;
      assert.deepEqual(
        stored.map(({ seq, content }) => [seq, content]),
        Array.from({ length: wanted }, (_, n) => [n + 1, `"m${n + 1}"`]),
        `cut at ${cut} of ${whole}`,
      );
    }
    // What was written of the last one did not reach the disk in order.
    for (const at of [sizes.at(-2)! + 30, whole - 100]) {
      const copy = await crashed(dataDir);
      await flip(join(copy, 'kefu.db-wal'), at);
      assert.equal((await messagesIn(copy)).length, 11);
    }
  });

  test('and then goes on from there, with what is left of an earlier round behind it', async () => {
    const dataDir = await newFolder();
    const { store } = await newStore(dataDir, 12);
    const database = new DatabaseSync(join(dataDir, 'kefu.db'));
    database.exec('pragma wal_checkpoint(restart)');
    database.close();
    const rest = { head: undefined, content: '"after"', note: false, at: 20, msgid: undefined };
    await store.append({ topic: TOPIC, from: VISITOR, ...rest });
    const copy = await crashed(dataDir);
    await store.close();
    assert.equal((await messagesIn(copy)).length, 13);
  });
});

describe('a damaged store', () => {
  const refuses = async (dataDir: string, why: RegExp): Promise<void> => {
    await assert.rejects(openStore(dataDir), why);
    await assert.rejects(openEmbeddedStore({ dataDir, exclusive: false }), why, 'the command line too');
  };

  test('is refused: the log, before its last message', async (t) => {
    const dataDir = await newFolder();
    const { store, sizes } = await newStore(dataDir, 12);
    t.after(() => store.close());
    for (const at of [0, 20, 40, sizes[3]! + 30, sizes[9]! + 1_000]) {
      const copy = await crashed(dataDir);
      await flip(join(copy, 'kefu.db-wal'), at);
      await refuses(copy, /^Error: the store is damaged: .*kefu\.db-wal at byte \d+\. Messages that were acknowledged/);
      assert.ok((await stat(join(copy, 'kefu.db-wal'))).size > 0, 'nothing was changed');
    }
  });

  test('is refused: the database', async () => {
    const dataDir = await newFolder();
    await (await newStore(dataDir, 12)).store.close();
    const file = join(dataDir, 'kefu.db');
    const good = await readFile(file);
    assert.equal((await messagesIn(dataDir)).length, 12);
    await writeFile(file, Buffer.concat([Buffer.alloc(100, 'x'), good.subarray(100)]));
    await refuses(dataDir, /^Error: the store in .* can't be used: file is not a database/);
    for (let page = 1; page * 4_096 < good.length; page += 1) {
      const bad = Buffer.from(good);
      bad.fill(0xa5, page * 4_096, page * 4_096 + 200);
      await writeFile(file, bad);
      await refuses(dataDir, /^Error: the store (is damaged|in .* can't be used): /);
    }
    await writeFile(file, good);
    assert.equal((await messagesIn(dataDir)).length, 12);
  });

  test('is let go of when it has been refused', async () => {
    const dataDir = await newFolder();
    await writeFile(join(dataDir, 'kefu.db'), Buffer.alloc(8_192, 'x'));
    for (let turn = 0; turn < 5; turn += 1) {
      await refuses(dataDir, /file is not a database/);
      const lock = new DatabaseSync(join(dataDir, 'gateway.lock'));
      lock.exec('begin exclusive');
      lock.close();
    }
  });

  for (const [what, sql, why] of [
    [
      'a seqid that was given twice would be next',
      `update conversations set seq = 11`,
      /end with message 11, and ends with 12/,
    ],
    ['the newest message is gone', `delete from messages where seqid = 12`, /end with message 12, and ends with 11/],
    ['one in the middle is gone', `delete from messages where seqid = 5`, /has lost messages before 12/],
    ['the conversation is gone', `delete from members; delete from conversations`, /should end with message null/],
    [
      'a msgid is there twice',
      `drop index messages_by_msgid; update messages set msgid = 'id 3' where seqid = 4`,
      /has a message twice/,
    ],
  ] as const)
    test(`is refused: ${what}`, async () => {
      const dataDir = await newFolder();
      await (await newStore(dataDir, 12)).store.close();
      const database = new DatabaseSync(join(dataDir, 'kefu.db'));
      database.exec(sql);
      database.close();
      await refuses(dataDir, why);
    });
});
