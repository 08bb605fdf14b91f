// The contract of a store: one suite for every implementation.
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { openEmbeddedStore } from '../../src/gateway/store/embedded-store.ts';
import { STORE_FILE } from '../../src/gateway/store/embedded-worker.ts';
import { migrationsOf } from '../../src/gateway/store/migrations.ts';
import { openPostgresStore } from '../../src/gateway/store/postgres-store.ts';
import { newSchema } from '../support/new-schema.ts';
import type { Appended, Identified, NewMessage, Store, StoredFile } from '../../src/gateway/store/store.ts';

/** A store that can be closed and opened again with what it has. */
interface StoreHome {
  open(): Promise<Store>;
  /** Does to its database what no store does. */
  run(sql: string): Promise<void>;
}
type NewHome = (test: TestContext) => Promise<StoreHome>;

const TOPIC = 'grpAAAAAAAAAAAAAAAAAAAAAA';
const VISITOR = 'usrVVVVVVVVVVVVVVVVVVVVVV';
const MEI = 'usrMMMMMMMMMMMMMMMMMMMMMM';
const SAM = 'usrSSSSSSSSSSSSSSSSSSSSSS';
const LIVES = { visitor: 1_000 * 86_400_000, agent: 10 * 86_400_000, user: 86_400_000 };

const message = (like: Partial<NewMessage> = {}): NewMessage => ({
  topic: TOPIC,
  from: VISITOR,
  msgid: undefined,
  head: undefined,
  content: '"hello"',
  note: false,
  at: 1_000,
  ...like,
});

const file = (name: string): StoredFile => ({
  name,
  user: VISITOR,
  upload: name,
  mime: 'image/png',
  size: 1_000,
  title: undefined,
  at: 1,
});

async function populate(store: Store): Promise<void> {
  await store.createUser({ id: VISITOR, kind: 'visitor', public: { fn: 'Vera' }, createdAt: 1 });
  for (const [id, name] of [
    [MEI, 'mei'],
    [SAM, 'sam'],
  ] as const)
    await store.createUser({
      id,
      kind: 'agent',
      public: { fn: name },
      createdAt: 2,
      login: { name, hash: `hash of ${name}` },
    });
  const conversation = { topic: TOPIC, visitor: VISITOR, key: 'k', channel: 'web', public: undefined, at: 10 };
  await store.openConversation(conversation);
}

function storeContract(name: string, newHome: NewHome): void {
  const opened = async (
    t: TestContext,
  ): Promise<{ store: Store; reopen: () => Promise<Store>; run: StoreHome['run'] }> => {
    const home = await newHome(t);
    let store = await home.open();
    t.after(() => store.close());
    await populate(store);
    return {
      store,
      async reopen() {
        await store.close();
        store = await home.open();
        return store;
      },
      run: (sql) => home.run(sql),
    };
  };

  describe(`store: ${name}`, () => {
    test('users, logins, tokens', async (t) => {
      const { store, reopen } = await opened(t);
      assert.deepEqual(await store.user(VISITOR), {
        id: VISITOR,
        kind: 'visitor',
        public: { fn: 'Vera' },
        createdAt: 1,
      });
      assert.equal(await store.user('usrNobody'), undefined);
      const twin = { id: 'usrOther', kind: 'agent' as const, public: undefined, createdAt: 3 };
      assert.equal(await store.createUser({ ...twin, login: { name: 'mei', hash: 'x' } }), false, 'taken');
      assert.equal(await store.user('usrOther'), undefined, 'and nothing was made');
      assert.equal((await store.credentials('mei'))?.hash, 'hash of mei');
      assert.equal(await store.credentials('nobody'), undefined);

      await store.addToken({ user: MEI, hash: 'token', expiresAt: 5_000 });
      assert.equal(await store.useToken({ hash: 'token', now: 5_000, lives: LIVES }), undefined, 'expired');
      const used = await store.useToken({ hash: 'token', now: 4_000, lives: LIVES });
      assert.equal(used?.user.id, MEI);
      assert.equal(used.expiresAt, 4_000 + LIVES.agent, 'its life starts anew');
      const again = await (await reopen()).useToken({ hash: 'token', now: 6_000, lives: LIVES });
      assert.equal(again?.user.id, MEI);
    });

    test('an identity is one user: the first who brings it, or the anonymous visitor who that was', async (t) => {
      const { store, reopen } = await opened(t);
      const card = { name: '王', email: 'w@example.org' };
      const identify = (subject: string, id: string, from?: string, more = card): Promise<Identified> =>
        store.identify({
          identity: { subject, card: more },
          from,
          id,
          token: { hash: `token of ${id}`, expiresAt: 9_000 },
          at: 2_000,
        });
      const made = await identify('c-1', 'usrOne');
      const one = {
        id: 'usrOne',
        kind: 'visitor',
        public: undefined,
        identity: { subject: 'c-1', card },
        createdAt: 2_000,
      };
      assert.deepEqual(made, { user: one, isChanged: false, merged: undefined });
      assert.deepEqual(
        await identify('c-1', 'usrTwo'),
        { user: one, isChanged: false, merged: undefined },
        'there already',
      );
      assert.equal(await store.user('usrTwo'), undefined);
      for (const hash of ['token of usrOne', 'token of usrTwo'])
        assert.deepEqual(await store.useToken({ hash, now: 3_000, lives: LIVES }), { user: one, expiresAt: 9_000 });

      await store.addToken({ user: VISITOR, hash: 'of Vera', expiresAt: 5_000 });
      await store.addToken({ user: MEI, hash: 'of mei', expiresAt: 5_000 });
      const before = await store.conversation(TOPIC);
      const { user, isChanged } = await identify('c-2', 'usrThree', 'of Vera');
      assert.deepEqual(
        [user.id, user.public, user.identity, isChanged],
        [VISITOR, { fn: 'Vera' }, { subject: 'c-2', card }, true],
      );
      assert.equal(await store.useToken({ hash: 'of Vera', now: 3_000, lives: LIVES }), undefined, 'no other token');
      const after = await store.conversation(TOPIC);
      assert.ok((after?.conversation.updatedAt ?? 0) > (before?.conversation.updatedAt ?? 0), 'agents have to look');

      for (const [from, id] of [
        ['of Vera', 'usr4'],
        ['token of usrThree', 'usr5'],
        ['of mei', 'usr6'],
        ['of nobody', 'usr7'],
      ] as const)
        assert.equal((await identify(id, id, from)).user.id, id, `${from} counts for nothing`);
      assert.equal((await store.user(MEI))?.identity, undefined);
      await store.createUser({
        id: 'usr8',
        kind: 'visitor',
        public: undefined,
        createdAt: 1,
        token: { hash: 'old', expiresAt: 2_000 },
      });
      assert.equal((await identify('usr9', 'usr9', 'old')).user.id, 'usr9', 'expired');

      const other = { name: 'Wang', email: '' };
      assert.equal((await identify('c-2', 'usrX', undefined, other)).isChanged, true);
      const again = await reopen();
      assert.deepEqual((await again.userOfSubject('c-2'))?.identity, { subject: 'c-2', card: other });
      assert.equal(await again.userOfSubject('c-3'), undefined);
    });

    /** What Vera has as an anonymous visitor, and Wang as a known one, under the same key. */
    const twoAccounts = async (store: Store): Promise<void> => {
      await store.addToken({ user: VISITOR, hash: 'of Vera', expiresAt: 5_000 });
      await store.addFile(file('a'));
      await store.append(message({ msgid: 'one', files: ['a'] }));
      await store.append(message({ from: MEI, msgid: 'one', at: 1_001 }));
      await store.append(message({ msgid: 'edit', replaces: 1 }));
      await store.append(message({ msgid: 'regretted' }));
      await store.append(message({ msgid: 'withdrawn' }));
      await store.hide({ topic: TOPIC, from: VISITOR, msgid: '0123456789abcdef', at: 1_002 });
      await store.remove({ topic: TOPIC, ranges: [{ low: 4 }], user: VISITOR });
      await store.remove({ topic: TOPIC, ranges: [{ low: 5 }], user: undefined, by: VISITOR });
      await store.assign({ topic: TOPIC, agent: MEI, at: 1_100 });
      await store.saveMarks([{ topic: TOPIC, user: VISITOR, recv: 5, read: 5 }]);
      await known(store);
      await store.addFile({ ...file('a'), name: 'b', user: 'usrWang' });
      for (const key of ['k', 'other'])
        await store.openConversation({
          topic: `grp ${key}`,
          visitor: 'usrWang',
          key,
          channel: 'web',
          public: undefined,
          at: 20,
        });
      await store.append(message({ topic: 'grp k', from: 'usrWang', msgid: 'one' }));
    };
    const known = (store: Store, from?: string, page = 0): Promise<Identified> =>
      store.identify({
        identity: { subject: 'c-1', card: {} },
        from,
        id: 'usrWang',
        token: { hash: `token ${from} ${page}`, expiresAt: 9_000 },
        at: 2_000,
      });

    test('an anonymous account beside a known one is merged: the same words, in the same order, of one person', async (t) => {
      const { store, reopen } = await opened(t);
      await twoAccounts(store);
      const before = await store.messages({ topic: TOPIC, low: 1, end: 9 });
      const { user, isChanged, merged } = await known(store, 'of Vera');
      assert.deepEqual([user.id, isChanged, merged?.user], ['usrWang', false, VISITOR]);
      const [moved] = merged?.conversations ?? [];
      assert.deepEqual(
        [merged?.conversations.length, moved?.topic, moved?.visitor, moved?.agent],
        [1, TOPIC, 'usrWang', MEI],
      );

      const later = await reopen();
      assert.deepEqual((await later.inspect({ after: '', limit: 9 })).findings, []);
      assert.equal(await later.user(VISITOR), undefined, 'nobody any more');
      assert.equal(await later.useToken({ hash: 'of Vera', now: 3_000, lives: LIVES }), undefined);
      const found = await later.conversation(TOPIC);
      assert.deepEqual(found?.conversation, moved);
      assert.ok((moved?.updatedAt ?? 0) >= 2_000);
      assert.deepEqual(found?.members.map(({ user, recv, read }) => [user, recv, read]).sort(), [
        [MEI, 0, 0],
        ['usrWang', 5, 5],
      ]);
      const after = await later.messages({ topic: TOPIC, low: 1, end: 9 });
      assert.deepEqual(
        after,
        before.map((one) => ({
          ...one,
          from: one.from === VISITOR ? 'usrWang' : one.from,
          head: one.deleted ? JSON.stringify({ 'x-kefu-recalled': 'usrWang' }) : one.head,
        })),
      );
      for (const [msgid, seq] of [
        ['one', 1],
        ['edit', 3],
        ['withdrawn', 5],
        ['0123456789abcdef', 0],
      ] as const) {
        const again = await later.append(message({ from: 'usrWang', byVisitor: true, msgid }));
        assert.deepEqual([again.seq, again.dup], [seq, true], msgid);
      }
      const viewer = { user: 'usrWang', notes: false, tombstones: true };
      const shown = await later.history({ topic: TOPIC, viewer, windows: [{ low: 1, end: 9 }], limit: 9 });
      assert.deepEqual(
        shown.messages.map(({ seq }) => seq),
        [5, 3, 2, 1],
        'without what they deleted for themselves',
      );
      assert.deepEqual(
        await later.deletions({ topic: TOPIC, user: 'usrWang', since: 0, before: undefined, limit: 9 }),
        {
          clear: 2,
          ranges: [
            { low: 4, hi: 5 },
            { low: 5, hi: 6, by: 'usrWang' },
          ],
        },
      );
      await later.remove({ topic: TOPIC, ranges: [{ low: 1 }], user: undefined, by: 'usrWang' });
      const [, , edit] = await later.messages({ topic: TOPIC, low: 1, end: 9 });
      assert.equal(edit?.deleted, true, 'an edit goes with what it is of');

      assert.equal((await later.file('a'))?.file.user, 'usrWang');
      assert.deepEqual(
        (await later.files({ after: '', user: 'usrWang', limit: 9 })).map(({ name }) => name),
        ['a', 'b'],
      );
      const open = (key: string) =>
        later.openConversation({
          topic: `grp new ${key}`,
          visitor: 'usrWang',
          key,
          channel: 'web',
          public: undefined,
          at: 30,
        });
      assert.equal((await open('k')).conversation.topic, TOPIC, 'the one that was going on');
      assert.equal((await open('other')).conversation.topic, 'grp other');
      const own = await later.conversationsOf({ user: 'usrWang', queued: false, limit: 9 });
      assert.deepEqual(own.map(({ conversation }) => conversation.topic).sort(), [TOPIC, 'grp k', 'grp other'].sort());
      assert.deepEqual(await known(later, 'of Vera', 1), { user, isChanged: false, merged: undefined }, 'once');
    });

    test('what was opened and not talked in does not take the place of what was', async (t) => {
      const { store } = await opened(t);
      await store.addToken({ user: VISITOR, hash: 'of Vera', expiresAt: 5_000 });
      await known(store);
      const open = () =>
        store.openConversation({
          topic: 'grp k',
          visitor: 'usrWang',
          key: 'k',
          channel: 'web',
          public: undefined,
          at: 20,
        });
      await open();
      await store.append(message({ topic: 'grp k', from: 'usrWang' }));
      assert.equal((await known(store, 'of Vera')).merged?.conversations.length, 1);
      assert.equal((await open()).conversation.topic, 'grp k');
      assert.deepEqual((await store.inspect({ after: '', limit: 9 })).findings, []);
    });

    test('nobody writes or opens anything as an account that has been merged', async (t) => {
      const { store } = await opened(t);
      await twoAccounts(store);
      const late = message({ msgid: 'late', byVisitor: true });
      const [merged, refused, other, mine] = await Promise.allSettled([
        known(store, 'of Vera'),
        store.append(late),
        store.append(message({ from: MEI, msgid: 'late' })),
        store.append({ ...late, from: 'usrWang' }),
      ]);
      assert.deepEqual([merged.status, refused.status], ['fulfilled', 'rejected']);
      assert.deepEqual(other.status === 'fulfilled' && other.value.seq, 6);
      assert.deepEqual(
        mine.status === 'fulfilled' && [mine.value.seq, mine.value.dup],
        [7, false],
        'no number is left out',
      );
      await assert.rejects(
        store.openConversation({
          topic: 'grpNew',
          visitor: VISITOR,
          key: 'new',
          channel: 'web',
          public: undefined,
          at: 20,
        }),
      );
      await assert.rejects(store.addFile(file('c')));
      assert.equal(await store.conversation('grpNew'), undefined);
      assert.deepEqual((await store.inspect({ after: '', limit: 9 })).findings, []);
    });

    test('several pages at once: one merges, the others find it done', async (t) => {
      const { store } = await opened(t);
      await twoAccounts(store);
      const all = await Promise.all([1, 2, 3].map((page) => known(store, 'of Vera', page)));
      assert.deepEqual(
        all.map(({ merged }) => merged?.user),
        [VISITOR, undefined, undefined],
      );
      assert.deepEqual(new Set(all.map(({ user }) => user.id)), new Set(['usrWang']));
    });

    test('who is erased has no identity any more: the next who brings it is somebody else', async (t) => {
      const { store } = await opened(t);
      await known(store);
      assert.deepEqual(
        (await store.findUsers({ text: 'C-1', limit: 9 })).map(({ id }) => id),
        ['usrWang'],
      );
      await store.eraseUser({ user: 'usrWang', at: 30 });
      assert.deepEqual(await store.user('usrWang'), {
        id: 'usrWang',
        kind: 'visitor',
        public: undefined,
        createdAt: 2_000,
      });
      assert.equal(await store.userOfSubject('c-1'), undefined);
      assert.deepEqual(await store.findUsers({ text: 'c-1', limit: 9 }), []);
    });

    test('which of some tokens are still good', async (t) => {
      const { store } = await opened(t);
      for (const [user, hash, expiresAt] of [
        [MEI, 'good', 5_000],
        [MEI, 'old', 1_000],
        [SAM, 'removed', 5_000],
      ] as const)
        await store.addToken({ user, hash, expiresAt });
      await store.removeAgent({ login: 'sam', at: 1 });
      const hashes = ['good', 'old', 'removed', 'unknown'];
      assert.deepEqual(await store.liveTokens({ hashes, now: 1_000 }), ['good']);
      assert.deepEqual(await store.liveTokens({ hashes: [], now: 1_000 }), []);
    });

    test('a new password ends all logins', async (t) => {
      const { store } = await opened(t);
      await store.addToken({ user: MEI, hash: 'token', expiresAt: 5_000 });
      assert.equal(await store.setPassword({ login: 'nobody', hash: 'x' }), false);
      assert.equal(await store.setPassword({ login: 'mei', hash: 'new' }), true);
      assert.equal((await store.credentials('mei'))?.hash, 'new');
      assert.equal(await store.useToken({ hash: 'token', now: 1, lives: LIVES }), undefined);
    });

    test('a removed agent can not log in, and has nothing any more', async (t) => {
      const { store } = await opened(t);
      await store.append(message());
      await store.assign({ topic: TOPIC, agent: MEI, at: 5 });
      assert.equal(await store.removeAgent({ login: 'mei', at: 6 }), true);
      assert.equal(await store.removeAgent({ login: 'mei', at: 6 }), false);
      assert.equal(await store.credentials('mei'), undefined);
      assert.deepEqual(
        (await store.agents()).map(({ login }) => login),
        ['sam'],
      );
      const found = await store.conversation(TOPIC);
      assert.equal(found?.conversation.phase, 'queued');
      assert.equal(found.conversation.agent, undefined);
      assert.ok(await store.user(MEI), 'old messages keep their name');
    });

    test('a conversation is one per visitor and key', async (t) => {
      const { store } = await opened(t);
      const wanted = { visitor: VISITOR, channel: 'app', public: { fn: 'x' }, at: 20 };
      const same = await store.openConversation({ ...wanted, topic: 'grpBBBBBBBBBBBB', key: 'k' });
      assert.equal(same.created, false);
      assert.equal(same.conversation.topic, TOPIC);
      assert.equal(same.conversation.channel, 'web');
      const other = await store.openConversation({ ...wanted, topic: 'grpBBBBBBBBBBBB', key: 'k2' });
      assert.equal(other.created, true);
      assert.deepEqual(other.conversation.public, { fn: 'x' });
      const both = await Promise.all(
        ['grpCCCCCCCCCCCC', 'grpDDDDDDDDDDDD'].map((topic) =>
          store.openConversation({ ...wanted, topic, key: 'raced' }),
        ),
      );
      assert.deepEqual(
        both.map(({ conversation }) => conversation.topic),
        ['grpCCCCCCCCCCCC', 'grpCCCCCCCCCCCC'],
      );
    });

    test('seqids are contiguous and follow the order of the calls', async (t) => {
      const { store } = await opened(t);
      const appended = await Promise.all(
        Array.from({ length: 1_500 }, (_, n) => store.append(message({ content: String(n) }))),
      );
      assert.deepEqual(
        appended.map(({ seq }) => seq),
        Array.from({ length: 1_500 }, (_, n) => n + 1),
      );
      const stored = await store.messages({ topic: TOPIC, low: 1, end: 2_000 });
      assert.deepEqual(
        stored.map(({ seq, content }) => [seq, content]),
        Array.from({ length: 1_500 }, (_, n) => [n + 1, String(n)]),
      );
    });

    test('(topic, sender, msgid) is unique for ever', async (t) => {
      const { store, reopen } = await opened(t);
      const first = await store.append(message({ msgid: 'a', at: 7 }));
      assert.deepEqual({ ...first, changed: undefined }, { seq: 1, at: 7, dup: false, changed: undefined });
      const dup = { seq: 1, at: 7, dup: true, changed: undefined };
      assert.deepEqual(await store.append(message({ msgid: 'a', at: 99 })), dup);
      const differs = { ...dup, differs: true };
      assert.deepEqual(await store.append(message({ msgid: 'a', at: 99, content: '"other"' })), differs);
      assert.deepEqual(await store.append(message({ msgid: 'a', at: 99, head: '{}' })), differs);
      const identity = { topic: TOPIC, from: VISITOR, msgid: 'a' };
      assert.deepEqual(await store.appended(identity), dup);
      assert.equal(await store.appended({ ...identity, from: MEI }), undefined);
      const raced = await Promise.all([1, 2, 3].map(() => store.append(message({ msgid: 'b' }))));
      assert.deepEqual(
        raced.map(({ seq, dup }) => [seq, dup]),
        [
          [2, false],
          [2, true],
          [2, true],
        ],
      );
      assert.equal((await store.append(message({ msgid: 'a', from: MEI }))).seq, 3, 'another sender');
      const later = await reopen();
      assert.deepEqual(await later.append(message({ msgid: 'a' })), dup);
      await later.remove({ topic: TOPIC, ranges: [{ low: 1 }], user: undefined });
      assert.deepEqual(await later.append(message({ msgid: 'a' })), dup, 'deleted is not forgotten');
      const [row] = await later.messages({ topic: TOPIC, low: 1, end: 2 });
      assert.equal(row?.content, 'null');
    });

    test('what is taken without a seqid leaves its msgid, for ever, and nothing else', async (t) => {
      const { store, reopen } = await opened(t);
      const identity = { topic: TOPIC, from: VISITOR, msgid: 'c'.repeat(32) };
      const hidden = { seq: 0, at: 7, dup: true, changed: undefined };
      assert.deepEqual(await store.hide({ ...identity, at: 7 }), { ...hidden, dup: false });
      assert.deepEqual(await store.hide({ ...identity, at: 8 }), hidden);
      const [first, again] = await Promise.all([
        store.append(message({ msgid: 'a', at: 9 })),
        store.appended(identity),
      ]);
      assert.equal(first.seq, 1);
      assert.deepEqual(again, hidden);
      assert.deepEqual(await store.append(message({ msgid: identity.msgid })), hidden);
      const stored = { seq: 1, at: 9, dup: true, changed: undefined };
      assert.deepEqual(await store.hide({ ...identity, msgid: 'a', at: 99 }), stored, 'what is stored stays so');
      assert.equal((await store.hide({ ...identity, from: MEI, at: 10 })).dup, false, 'another sender');
      assert.equal((await store.append(message({ msgid: 'b' }))).seq, 2);

      const later = await reopen();
      assert.deepEqual(await later.appended(identity), hidden);
      const all = await later.messages({ topic: TOPIC, low: 1, end: 100 });
      assert.deepEqual(
        all.map(({ seq }) => seq),
        [1, 2],
      );
      const { findings, messages } = await later.inspect({ after: '', limit: 100 });
      assert.deepEqual([findings, messages], [[], 2]);
      assert.equal(await later.expunge({ topic: TOPIC, end: 3 }), 1);
      assert.deepEqual((await later.inspect({ after: '', limit: 100 })).findings, []);
      assert.deepEqual(await later.append(message({ msgid: identity.msgid })), hidden);
    });

    test('one call that fails takes no other with it', async (t) => {
      const { store } = await opened(t);
      const results = await Promise.allSettled([
        store.append(message({ content: '1' })),
        store.append(message({ topic: 'grpNoSuchTopic1' })),
        store.append(message({ content: '2' })),
        store.openConversation({
          topic: 'grpEEEEEEEEEEEE',
          visitor: 'usrNobody',
          key: 'k',
          channel: 'web',
          public: undefined,
          at: 1,
        }),
        store.append(message({ content: '3' })),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
      );
      const seqs = results.flatMap((result) => (result.status === 'fulfilled' ? [(result.value as Appended).seq] : []));
      assert.deepEqual(seqs, [1, 2, 3]);
    });

    test('who asks behind a message sees what it has changed', async (t) => {
      const { store } = await opened(t);
      const [, found] = await Promise.all([store.append(message()), store.conversation(TOPIC)]);
      assert.equal(found?.conversation.seq, 1);
      assert.equal(found.members[0]?.read, 1);
    });

    test('what is called between messages sees those before it, and is seen by those behind it', async (t) => {
      const { store } = await opened(t);
      const [first, before, assigned, answer, resolved, repeat, again, after] = await Promise.all([
        store.append(message({ at: 100, msgid: 'a' })),
        store.conversation(TOPIC),
        store.assign({ topic: TOPIC, agent: MEI, from: 'queued', at: 110 }),
        store.append(message({ from: MEI, at: 120 })),
        store.resolve({ topic: TOPIC, at: 130 }),
        store.append(message({ at: 140, msgid: 'a' })),
        store.append(message({ at: 150 })),
        store.conversation(TOPIC),
      ]);
      assert.deepEqual([first.seq, answer.seq, again.seq], [1, 2, 3]);
      assert.ok(before && before.conversation.seq >= 1);
      assert.ok((before.members.find(({ user }) => user === VISITOR)?.read ?? 0) >= 1);
      assert.equal(assigned?.seq, 1);
      assert.equal(assigned.waitingSince, 100);
      assert.equal(answer.changed?.agent, MEI);
      assert.equal(answer.changed.waitingSince, undefined);
      assert.equal(resolved?.seq, 2);
      assert.equal(resolved.touchedAt, 120);
      assert.deepEqual(repeat, { seq: 1, at: 100, dup: true, changed: undefined });
      assert.equal(again.changed?.phase, 'queued');
      assert.equal(again.changed.lastAgent, MEI);
      assert.deepEqual(after?.conversation, again.changed);
      assert.deepEqual(
        new Map(after.members.map(({ user, read }) => [user, read])),
        new Map([
          [VISITOR, 3],
          [MEI, 2],
        ]),
      );
    });

    test('phase and waiting time follow the messages', async (t) => {
      const { store } = await opened(t);
      const first = await store.append(message({ at: 100 }));
      assert.equal(first.changed?.phase, 'queued');
      assert.equal(first.changed.waitingSince, 100);
      assert.equal(first.changed.seq, 1);
      assert.equal((await store.append(message({ at: 200 }))).changed, undefined, 'waits already');
      const assigned = await store.assign({ topic: TOPIC, agent: MEI, from: 'queued', at: 210 });
      assert.equal(assigned?.phase, 'assigned');
      assert.equal(assigned.agent, MEI);
      assert.equal(await store.assign({ topic: TOPIC, agent: SAM, from: 'queued', at: 211 }), undefined, 'too late');
      assert.equal((await store.append(message({ from: MEI, note: true }))).changed, undefined, 'a note is no answer');
      const answered = await store.append(message({ from: MEI, at: 220 }));
      assert.equal(answered.changed?.waitingSince, undefined);
      assert.equal(answered.changed?.phase, 'assigned');
      const resolved = await store.resolve({ topic: TOPIC, at: 230 });
      assert.equal(resolved?.phase, 'resolved');
      assert.equal(resolved.agent, undefined);
      assert.equal(resolved.lastAgent, MEI);
      const reopened = await store.append(message({ at: 240 }));
      assert.equal(reopened.changed?.phase, 'queued');
      assert.equal(reopened.changed.lastAgent, MEI);
      assert.equal(reopened.changed.waitingSince, 240);
    });

    test('the queue goes by waiting time, the loads by agent', async (t) => {
      const { store } = await opened(t);
      for (const [n, at] of [
        [1, 300],
        [2, 100],
        [3, 200],
      ] as const) {
        const topic = `grpQueueQueue${n}`;
        await store.openConversation({ topic, visitor: VISITOR, key: topic, channel: 'web', public: undefined, at: 1 });
        await store.append(message({ topic, at }));
      }
      assert.deepEqual(
        (await store.queued(2)).map(({ topic }) => topic),
        ['grpQueueQueue2', 'grpQueueQueue3'],
      );
      await store.assign({ topic: 'grpQueueQueue2', agent: MEI, at: 1 });
      await store.assign({ topic: 'grpQueueQueue3', agent: MEI, at: 1 });
      assert.deepEqual(await store.loads(), [{ agent: MEI, conversations: 2 }]);
      const released = await store.release({ topic: 'grpQueueQueue2', agent: MEI, at: 2 });
      assert.equal(released?.phase, 'queued');
      assert.equal(released.lastAgent, undefined);
      assert.deepEqual(await store.loads(), [{ agent: MEI, conversations: 1 }]);
      const lists = await Promise.all([
        store.conversationsOf({ user: MEI, queued: false, limit: 10 }),
        store.conversationsOf({ user: MEI, queued: true, limit: 10 }),
        store.conversationsOf({ user: SAM, queued: false, limit: 10 }),
      ]);
      assert.deepEqual(
        lists.map((entries) => entries.map(({ conversation }) => conversation.topic).sort()),
        [['grpQueueQueue3'], ['grpQueueQueue1', 'grpQueueQueue2', 'grpQueueQueue3'], []],
      );
    });

    test('history: newest first, a page covers what it reaches down to', async (t) => {
      const { store } = await opened(t);
      for (let n = 1; n <= 10; n += 1) await store.append(message({ content: String(n), note: n === 4, from: MEI }));
      await store.remove({ topic: TOPIC, ranges: [{ low: 2 }], user: undefined });
      await store.remove({ topic: TOPIC, ranges: [{ low: 6, hi: 8 }], user: VISITOR });
      const ask = async (
        notes: boolean,
        user: string,
        windows: { low: number; end: number }[],
        limit: number,
      ): Promise<unknown> => {
        const history = await store.history({
          topic: TOPIC,
          viewer: { user, notes, tombstones: false },
          windows,
          limit,
        });
        return [history.messages.map(({ seq }) => seq), history.hidden];
      };
      const all = [{ low: 1, end: 1_000 }];
      assert.deepEqual(await ask(false, VISITOR, all, 100), [
        [10, 9, 8, 5, 3, 1],
        [
          { low: 2, hi: 3 },
          { low: 4, hi: 5 },
          { low: 6, hi: 8 },
        ],
      ]);
      assert.deepEqual(await ask(true, MEI, all, 100), [[10, 9, 8, 7, 6, 5, 4, 3, 1], [{ low: 2, hi: 3 }]]);
      assert.deepEqual(await ask(false, VISITOR, all, 4), [[10, 9, 8, 5], [{ low: 6, hi: 8 }]], 'nothing below 5');
      assert.deepEqual(await ask(false, VISITOR, [{ low: 6, end: 8 }], 10), [[], [{ low: 6, hi: 8 }]]);
      assert.deepEqual(await ask(false, VISITOR, [{ low: 11, end: 99 }], 10), [[], []]);
      const windows = [
        { low: 1, end: 3 },
        { low: 5, end: 9 },
      ];
      assert.deepEqual(await ask(false, VISITOR, windows, 10), [
        [8, 5, 1],
        [
          { low: 2, hi: 3 },
          { low: 6, hi: 8 },
        ],
      ]);
      assert.deepEqual(await ask(false, VISITOR, windows, 2), [[8, 5], [{ low: 6, hi: 8 }]]);
    });

    test('taken away by somebody: a tombstone that says by whom stays, for those who see tombstones', async (t) => {
      const { store } = await opened(t);
      for (let n = 1; n <= 5; n += 1)
        await store.append(message({ content: '"secret"', head: '{"a":1}', note: n === 4, from: MEI }));
      const everything = { user: undefined, topic: TOPIC };
      await store.remove({ ...everything, ranges: [{ low: 1 }, { low: 4 }], by: MEI });
      await store.remove({ ...everything, ranges: [{ low: 2 }] });
      await store.remove({ ...everything, ranges: [{ low: 1, hi: 3 }], by: SAM });
      const ask = async (notes: boolean, tombstones: boolean): Promise<unknown> => {
        const viewer = { user: VISITOR, notes, tombstones };
        const { messages, hidden } = await store.history({
          topic: TOPIC,
          viewer,
          windows: [{ low: 1, end: 99 }],
          limit: 10,
        });
        return [messages.map(({ seq, head, content }) => `${seq} ${head} ${content}`), hidden];
      };
      const three = '3 {"a":1} "secret"';
      const five = '5 {"a":1} "secret"';
      assert.deepEqual(await ask(false, false), [
        [five, three],
        [
          { low: 1, hi: 3 },
          { low: 4, hi: 5 },
        ],
      ]);
      const first = `1 {"x-kefu-recalled":"${MEI}"} null`;
      assert.deepEqual(await ask(false, true), [
        [five, three, first],
        [
          { low: 2, hi: 3 },
          { low: 4, hi: 5 },
        ],
      ]);
      const note = `4 {"x-kefu-recalled":"${MEI}"} null`;
      assert.deepEqual(await ask(true, true), [[five, note, three, first], [{ low: 2, hi: 3 }]]);
      const log = await store.deletions({ topic: TOPIC, user: VISITOR, since: 0, before: undefined, limit: 10 });
      assert.deepEqual(log.ranges, [
        { low: 1, hi: 2, by: MEI },
        { low: 4, hi: 5, by: MEI },
        { low: 2, hi: 3 },
        { low: 1, hi: 3, by: SAM },
      ]);
    });

    const version = (of: number, like: Partial<NewMessage> = {}): NewMessage =>
      message({ head: `{"replace":":${of}"}`, replaces: of, content: '"secret"', ...like });
    const left = async (store: Store): Promise<unknown> =>
      (await store.messages({ topic: TOPIC, low: 1, end: 99 }))
        .filter(({ content }) => content !== 'null')
        .map(({ seq }) => seq);

    test('what is deleted for everyone takes its newer versions with it, wherever they stand', async (t) => {
      const { store, reopen } = await opened(t);
      await store.addFile(file('a'));
      await store.append(message({ content: '"secret"' }));
      await store.append(message());
      await store.append(version(1, { files: ['a'] }));
      await store.append(version(2));
      await store.append(version(1, { from: MEI }));
      await store.append(version(1));
      await store.append(version(6));
      const removal = { topic: TOPIC, user: undefined, by: MEI };
      assert.deepEqual(await store.remove({ ...removal, ranges: [{ low: 1 }, { low: 6 }] }), {
        id: 1,
        versions: [
          { low: 3, hi: 4 },
          { low: 7, hi: 8 },
        ],
      });
      assert.deepEqual(await left(store), [2, 4, 5], "what others call a version of it is not the sender's");
      assert.deepEqual(
        (await store.removals({ topic: TOPIC, after: 0 })).map(({ id, by, ranges }) => [id, by, ranges]),
        [
          [1, MEI, [{ low: 1, hi: 2 }]],
          [1, undefined, [{ low: 3, hi: 4 }]],
          [1, undefined, [{ low: 6, hi: 8 }]],
        ],
        'a version leaves no tombstone',
      );
      assert.deepEqual(await store.doomFiles({ before: 1_000, limit: 9 }), ['a']);
      assert.deepEqual(await store.remove({ topic: TOPIC, ranges: [{ low: 2 }], user: VISITOR }), {
        id: 2,
        versions: [],
      });
      const later = await reopen();
      assert.deepEqual(await left(later), [2, 4, 5]);
      assert.deepEqual((await later.inspect({ after: '', limit: 9 })).findings, []);
    });

    test('a newer version of what is gone is not stored', async (t) => {
      const { store } = await opened(t);
      await store.append(message());
      await store.append(version(1, { msgid: 'before' }));
      const [, late, ordinary, others, repeat] = await Promise.all([
        store.remove({ topic: TOPIC, ranges: [{ low: 1 }], user: undefined, by: VISITOR }),
        store.append(version(1, { msgid: 'late' })),
        store.append(message({ msgid: 'ordinary' })),
        store.append(version(1, { from: MEI })),
        store.append(version(1, { msgid: 'before' })),
      ]);
      assert.deepEqual(late, { seq: 0, at: 1_000, dup: false, gone: true, changed: undefined });
      assert.deepEqual([ordinary.seq, others.seq], [3, 4], 'no number is left out');
      assert.deepEqual([repeat.seq, repeat.dup, repeat.gone], [2, true, undefined], 'what was stored was');
      assert.equal(await store.appended({ topic: TOPIC, from: VISITOR, msgid: 'late' }), undefined);
      assert.equal((await store.append(version(1, { msgid: 'late' }))).gone, true);
      assert.equal((await store.append(version(1))).gone, true, 'nor without an identity');
      assert.equal((await store.append(version(3, { msgid: 'of another' }))).seq, 5);
      assert.deepEqual(await left(store), [3, 4, 5]);
    });

    test('what was stored before versions were told apart is told apart', async (t) => {
      const home = await newHome(t);
      const steps = migrationsOf((text) => text).slice(0, 3);
      const heads = ['{"a":1}', '{"a":1}', '{"x":1,"replace":":1"}', '{"replace":"grpA:2"}', '{"replace":"2"}'];
      heads.push('{"replace":":x2"}', '{"replace":2}', '{"x":{"replace":":2"}}', '{"replace":":1234567890123456"}');
      const rows = heads.map((head, index) => {
        const deleted = index === 0;
        return `('${TOPIC}', ${index + 1}, '${VISITOR}', 1, '${head}', '${deleted ? 'null' : '"secret"'}', 0, ${deleted ? 1 : 0})`;
      });
      await home.run(`
        create table migrations (version integer primary key);
        ${steps.join('\n')}
        insert into migrations (version) values ${steps.map((_, index) => `(${index})`).join(', ')};
        insert into users (id, kind, created_at) values ('${VISITOR}', 'visitor', 1);
        insert into conversations (topic, visitor, key, channel, phase, seq, clear, created_at, updated_at, touched_at)
          values ('${TOPIC}', '${VISITOR}', 'k', 'web', 'queued', ${heads.length}, 0, 1, 1, 1);
        insert into members (topic, user_id, recv, read) values ('${TOPIC}', '${VISITOR}', 0, 0);
        insert into messages (topic, seqid, sender, at, head, content, note, deleted) values ${rows.join(', ')};
        insert into files (name, user_id, upload, mime, size, at, state)
          values ('a', '${VISITOR}', 'a', 'image/png', 1, 1, 'linked');
        insert into file_links (name, topic, seqid) values ('a', '${TOPIC}', 3);
      `);
      const store = await home.open();
      t.after(() => store.close());
      assert.deepEqual(await left(store), [2, 4, 5, 6, 7, 8, 9], 'of what was gone already nothing stays');
      assert.deepEqual(await store.doomFiles({ before: 1_000, limit: 9 }), ['a']);
      await store.remove({ topic: TOPIC, ranges: [{ low: 2 }], user: undefined });
      assert.deepEqual(await left(store), [6, 7, 8, 9]);
      assert.deepEqual((await store.inspect({ after: '', limit: 9 })).findings, []);
    });

    test('what the gateway writes itself changes nothing but the newest seqid', async (t) => {
      const { store } = await opened(t);
      await store.append(message({ at: 1_000 }));
      await store.assign({ topic: TOPIC, agent: MEI, at: 1_500 });
      const system = await store.append(message({ from: MEI, system: true, at: 2_000 }));
      assert.deepEqual(system, { seq: 2, at: 2_000, dup: false, changed: undefined });
      const found = await store.conversation(TOPIC);
      assert.equal(found?.conversation.waitingSince, 1_000);
      assert.equal(found.conversation.seq, 2);
      assert.deepEqual(found.members.map(({ user, recv, read }) => [user, recv, read]).sort(), [
        [MEI, 0, 0],
        [VISITOR, 1, 1],
      ]);
      const [, line] = await store.messages({ topic: TOPIC, low: 1, end: 3 });
      assert.equal(line?.note, false);
      const viewer = { user: VISITOR, notes: false, tombstones: false };
      const { messages } = await store.history({ topic: TOPIC, viewer, windows: [{ low: 1, end: 9 }], limit: 9 });
      assert.deepEqual(
        messages.map(({ seq }) => seq),
        [2, 1],
      );
    });

    test('find: what the viewer may see and has the text in it, newest first', async (t) => {
      const { store } = await opened(t);
      const texts = [
        'Kettle',
        'a kettle, please',
        'no',
        '50% off',
        '50 off',
        'say "hi"',
        '水壶',
        'note: kettle',
        'gone kettle',
        'mine: kettle',
      ];
      for (const text of texts)
        await store.append(message({ content: JSON.stringify(text), note: text.startsWith('note') }));
      await store.remove({ topic: TOPIC, ranges: [{ low: 9 }], user: undefined, by: MEI });
      await store.remove({ topic: TOPIC, ranges: [{ low: 10 }], user: VISITOR });
      const find = async (query: string, change: object = {}, notes = false): Promise<number[]> => {
        const viewer = { user: VISITOR, notes, tombstones: true };
        const found = await store.find({ topic: TOPIC, viewer, query, low: 1, end: 99, limit: 10, ...change });
        return found.map(({ seq }) => seq);
      };
      assert.deepEqual(await find('KETTLE'), [2, 1]);
      assert.deepEqual(await find('kettle', {}, true), [8, 2, 1]);
      assert.deepEqual(await find('kettle', { limit: 1 }), [2]);
      assert.deepEqual(await find('kettle', { end: 2 }), [1]);
      assert.deepEqual(await find('kettle', { low: 2 }), [2]);
      assert.deepEqual(await find('0%'), [4], 'no pattern');
      assert.deepEqual(await find('_'), []);
      assert.deepEqual(await find('!'), []);
      assert.deepEqual(await find('"hi"'), [6], 'as JSON writes it');
      assert.deepEqual(await find('水'), [7]);
    });

    test('find: of a message and its newer versions the newest that the viewer may see', async (t) => {
      const { store } = await opened(t);
      const say = (text: string, like: Partial<NewMessage> = {}): Promise<Appended> =>
        store.append(message({ content: JSON.stringify(text), ...like }));
      await say('old kettle');
      await say('kettle of 2');
      await say('pot', { replaces: 1 });
      await say('kettle again', { replaces: 1 });
      await say('pot for 2', { replaces: 2, from: MEI });
      await say('kettle of nobody', { replaces: 99 });
      const find = async (query: string, user = VISITOR): Promise<number[]> => {
        const viewer = { user, notes: false, tombstones: false };
        return (await store.find({ topic: TOPIC, viewer, query, low: 1, end: 99, limit: 9 })).map(({ seq }) => seq);
      };
      assert.deepEqual(await find('kettle'), [4, 2]);
      assert.deepEqual(await find('pot'), []);
      await say('pan', { replaces: 1 });
      assert.deepEqual(await find('kettle'), [2]);
      assert.deepEqual(await find('pan'), [7]);
      await store.remove({ topic: TOPIC, ranges: [{ low: 7 }], user: MEI });
      assert.deepEqual([await find('kettle', MEI), await find('kettle')], [[4, 2], [2]], 'each sees their own');
      await store.remove({ topic: TOPIC, ranges: [{ low: 7 }], user: undefined });
      assert.deepEqual(await find('kettle'), [4, 2], 'the one before stands again');
      await store.remove({ topic: TOPIC, ranges: [{ low: 1 }], user: VISITOR });
      assert.deepEqual([await find('kettle'), await find('kettle', MEI)], [[2], [4, 2]]);
    });

    test('deletions: ids grow, content goes, everybody hears of what concerns them', async (t) => {
      const { store } = await opened(t);
      for (let n = 1; n <= 6; n += 1) await store.append(message({ content: '"secret"', head: '{"a":1}' }));
      const first = await store.remove({ topic: TOPIC, ranges: [{ low: 1 }, { low: 3, hi: 5 }], user: undefined });
      assert.deepEqual(first, { id: 1, versions: [] });
      assert.equal((await store.remove({ topic: TOPIC, ranges: [{ low: 6 }], user: VISITOR })).id, 2);
      const rows = await store.messages({ topic: TOPIC, low: 1, end: 7 });
      assert.deepEqual(
        rows.map(({ deleted, content, head }) => [deleted, content, head]),
        [true, false, true, true, false, false].map((gone) =>
          gone ? [true, 'null', undefined] : [false, '"secret"', '{"a":1}'],
        ),
      );
      const log = await store.deletions({ topic: TOPIC, user: VISITOR, since: 0, before: undefined, limit: 10 });
      assert.deepEqual(log, {
        clear: 2,
        ranges: [
          { low: 1, hi: 2 },
          { low: 3, hi: 5 },
          { low: 6, hi: 7 },
        ],
      });
      const since = await store.deletions({ topic: TOPIC, user: VISITOR, since: 2, before: 3, limit: 10 });
      assert.deepEqual(since.ranges, [{ low: 6, hi: 7 }]);
      const others = await store.deletions({ topic: TOPIC, user: MEI, since: 0, before: undefined, limit: 10 });
      assert.equal(others.clear, 1);
      assert.equal(await store.newestDeletion({ topic: TOPIC, user: MEI }), 1);
      assert.equal(await store.newestDeletion({ topic: TOPIC, user: VISITOR }), 2);
    });

    test('marks only grow, and the sender has read what it sent', async (t) => {
      const { store } = await opened(t);
      await store.append(message());
      await store.append(message());
      await store.assign({ topic: TOPIC, agent: MEI, at: 1 });
      await store.saveMarks([{ topic: TOPIC, user: MEI, recv: 2, read: 1 }]);
      await store.saveMarks([{ topic: TOPIC, user: MEI, recv: 1, read: 0 }]);
      const found = await store.conversation(TOPIC);
      assert.deepEqual(found?.members.map(({ user, recv, read }) => [user, recv, read]).sort(), [
        [MEI, 2, 1],
        [VISITOR, 2, 2],
      ]);
    });

    test('everything survives being closed', async (t) => {
      const { store, reopen } = await opened(t);
      const calls = Array.from({ length: 100 }, (_, n) => store.append(message({ msgid: `m${n}` })));
      const later = await reopen();
      assert.equal((await Promise.all(calls)).length, 100, 'close waits for what was called before');
      assert.equal((await later.conversation(TOPIC))?.conversation.seq, 100);
      await assert.rejects(store.append(message()), /closed|ended/);
    });

    test('files: one per user and upload, found by who may see a message that refers to them', async (t) => {
      const { store, reopen } = await opened(t);
      const photo = { ...file('AAAAAAAAAAAAAAAAAAAAAA.png'), user: VISITOR, title: 'cat.png' };
      assert.deepEqual(await store.addFile(photo), photo);
      assert.deepEqual(await store.addFile({ ...photo, name: 'BBBBBBBBBBBBBBBBBBBBBB.png' }), photo, 'the first stays');
      const theirs = await store.addFile({ ...file('CCCCCCCCCCCCCCCCCCCCCC.pdf'), user: MEI, upload: 'other' });
      assert.equal(theirs.title, undefined);
      assert.deepEqual(await store.fileOfUpload({ user: VISITOR, upload: photo.upload }), photo);
      assert.equal(await store.fileOfUpload({ user: MEI, upload: photo.upload }), undefined);
      assert.deepEqual(await store.file(photo.name), { file: photo, topics: [] });
      assert.equal(await store.file('nothing'), undefined);
      assert.equal(await store.fileBytes(VISITOR), photo.size);
      assert.equal(await store.fileBytes(SAM), 0);

      // Somebody else's file is not the visitor's to show; an agent may pass on what was sent to them.
      const names = [photo.name, theirs.name, 'nothing'];
      await store.append(message({ files: names }));
      const linked = (notes: boolean) => store.filesIn({ topic: TOPIC, names, notes });
      assert.deepEqual(await linked(true), [photo.name]);
      await store.append(message({ from: MEI, files: [theirs.name], note: true }));
      assert.deepEqual(await linked(true), [photo.name, theirs.name]);
      assert.deepEqual(await linked(false), [photo.name], 'a note is not for visitors');
      await store.append(message({ from: MEI, files: names }));
      const after = await reopen();
      assert.deepEqual(await after.filesIn({ topic: TOPIC, names, notes: false }), [photo.name, theirs.name]);
      assert.deepEqual(await after.filesIn({ topic: 'grpOther', names, notes: true }), []);
      assert.deepEqual((await after.file(photo.name))?.topics, [TOPIC]);
    });

    test('files that no message refers to are doomed, and removed when their content is', async (t) => {
      const { store } = await opened(t);
      const names = ['a', 'b', 'c'].map((letter) => `${letter.repeat(22)}.png`);
      for (const [index, name] of names.entries()) await store.addFile({ ...file(name), at: 100 + index });
      const [first = '', second = '', third = ''] = names;
      const { seq } = await store.append(message({ files: [first] }));
      await store.append(message({ files: [first] }));
      assert.deepEqual(await store.doomFiles({ before: 102, limit: 10 }), [second]);
      assert.equal(await store.file(second), undefined);
      assert.equal(await store.fileOfUpload({ user: VISITOR, upload: second }), undefined);
      await store.append(message({ files: [second] }));
      assert.deepEqual(await store.filesIn({ topic: TOPIC, names, notes: true }), [first], 'it is too late');
      assert.deepEqual(await store.doomFiles({ before: 102, limit: 10 }), [second], 'until it is removed');
      await store.removeFiles([second, first]);
      assert.ok(await store.file(first), 'what is not doomed stays');

      // Deleted for one user a message goes on referring; deleted for everyone it does not.
      const ranges = [{ low: seq, hi: seq + 2 }];
      await store.remove({ topic: TOPIC, ranges, user: VISITOR });
      assert.deepEqual(await store.doomFiles({ before: 102, limit: 10 }), []);
      await store.remove({ topic: TOPIC, ranges: [{ low: seq }], user: undefined });
      assert.deepEqual(await store.doomFiles({ before: 102, limit: 10 }), [], 'another message refers to it');
      await store.remove({ topic: TOPIC, ranges, user: undefined });
      assert.deepEqual(await store.doomFiles({ before: 1_000, limit: 1 }), [first], 'the oldest first');
      assert.deepEqual(await store.doomFiles({ before: 1_000, limit: 10 }), [first, third]);
    });

    test('files by name, in pages, of all or of one user', async (t) => {
      const { store } = await opened(t);
      for (const [name, user] of [
        ['c', MEI],
        ['a', VISITOR],
        ['b', VISITOR],
      ] as const)
        await store.addFile({ ...file(name), user });
      const names = async (query: Parameters<Store['files']>[0]): Promise<string[]> =>
        (await store.files(query)).map(({ name }) => name);
      assert.deepEqual(await names({ after: '', limit: 2 }), ['a', 'b']);
      assert.deepEqual(await names({ after: 'b', limit: 2 }), ['c']);
      assert.deepEqual(await names({ after: '', user: MEI, limit: 2 }), ['c']);
      await store.doomFiles({ before: 1_000, limit: 1 });
      assert.equal((await names({ after: '', limit: 9 })).length, 2, 'what is doomed is not there any more');
    });

    test('a secret is what was kept first, until it is forgotten', async (t) => {
      const { store, reopen } = await opened(t);
      assert.equal(await store.secret({ name: 'x', value: 'one' }), 'one');
      const later = await reopen();
      assert.equal(await later.secret({ name: 'x', value: 'two' }), 'one');
      await later.forgetSecret('x');
      assert.equal(await later.secret({ name: 'x', value: 'three' }), 'three');
    });

    test('expunged messages leave their seqids and identities, one deletion for all, and no holes', async (t) => {
      const { store } = await opened(t);
      await store.addFile(file('a'));
      for (let n = 1; n <= 4; n += 1)
        await store.append(message({ msgid: `m${n}`, head: '{"a":1}', content: '"secret"', files: ['a'] }));
      await store.remove({ topic: TOPIC, ranges: [{ low: 1 }], user: undefined });
      await store.remove({ topic: TOPIC, ranges: [{ low: 2 }], user: VISITOR });
      assert.equal(await store.expunge({ topic: TOPIC, end: 3 }), 3);
      assert.equal(await store.expunge({ topic: TOPIC, end: 3 }), undefined, 'nothing was left');
      assert.equal(await store.expunge({ topic: TOPIC, end: 4 }), 4);
      const rows = await store.messages({ topic: TOPIC, low: 1, end: 9 });
      assert.deepEqual(
        rows.map(({ seq, head, content, deleted }) => [seq, head, content, deleted]),
        [
          [1, undefined, 'null', true],
          [2, undefined, 'null', true],
          [3, undefined, 'null', true],
          [4, '{"a":1}', '"secret"', false],
        ],
      );
      assert.deepEqual(await store.removals({ topic: TOPIC, after: 0 }), [
        { id: 4, user: undefined, by: undefined, ranges: [{ low: 1, hi: 4 }] },
      ]);
      assert.equal((await store.append(message({ msgid: 'm1' }))).seq, 1, 'a repeat is one still');
      assert.deepEqual((await store.file('a'))?.topics, [TOPIC]);
      await store.expunge({ topic: TOPIC, end: 5 });
      assert.deepEqual(await store.doomFiles({ before: 1_000, limit: 9 }), ['a']);
      assert.deepEqual((await store.inspect({ after: '', limit: 9 })).findings, []);
    });

    test('newer versions of what is expunged go too', async (t) => {
      const { store } = await opened(t);
      await store.addFile(file('a'));
      await store.append(message());
      await store.append(message());
      await store.append(version(1, { files: ['a'] }));
      await store.append(version(2));
      assert.equal(await store.expunge({ topic: TOPIC, end: 2 }), 1);
      assert.deepEqual(await left(store), [2, 4]);
      assert.deepEqual(
        (await store.removals({ topic: TOPIC, after: 0 })).map(({ id, by, ranges }) => [id, by, ranges]),
        [
          [1, undefined, [{ low: 1, hi: 2 }]],
          [1, undefined, [{ low: 3, hi: 4 }]],
        ],
      );
      assert.deepEqual(await store.doomFiles({ before: 1_000, limit: 9 }), ['a']);
      assert.equal((await store.append(version(1))).gone, true);
      assert.deepEqual((await store.inspect({ after: '', limit: 9 })).findings, []);
    });

    test('what has expired is found conversation by conversation, 500 messages of each at most', async (t) => {
      const { store } = await opened(t);
      const topics = ['grpBBBBBBBBBBBB', 'grpCCCCCCCCCCCC'];
      for (const topic of topics)
        await store.openConversation({
          topic,
          visitor: VISITOR,
          key: topic,
          channel: 'web',
          public: undefined,
          at: 10,
        });
      await Promise.all(Array.from({ length: 600 }, (_, n) => store.append(message({ content: String(n), at: 20 }))));
      for (const at of [20, 60, 20, 60]) await store.append(message({ topic: topics[0]!, at }));
      await store.append(message({ topic: topics[1]!, at: 60 }));
      const expired = (after: string, limit = 10) => store.expired({ before: 50, after, limit });
      assert.deepEqual(await expired('', 2), {
        last: topics[0],
        old: [
          { topic: TOPIC, end: 501 },
          { topic: topics[0], end: 4 },
        ],
      });
      assert.deepEqual(await expired(topics[0]!), { last: undefined, old: [] });
      await store.expunge({ topic: TOPIC, end: 501 });
      await store.expunge({ topic: topics[0]!, end: 4 });
      assert.deepEqual((await expired('')).old, [{ topic: TOPIC, end: 601 }]);
    });

    test('users are found by what they are called, and by their logins', async (t) => {
      const { store } = await opened(t);
      const found = async (text: string): Promise<string[]> =>
        (await store.findUsers({ text, limit: 2 })).map(({ id }) => id);
      assert.deepEqual(await found('vEr'), [VISITOR]);
      assert.deepEqual(await found('MEI'), [MEI]);
      assert.deepEqual((await found('')).length, 2);
      assert.deepEqual(await found('%'), []);
      await store.setUserPublic({ user: MEI, public: { fn: 'Mei "x" Lin' }, at: 5 });
      assert.deepEqual(await found('"x" l'), [MEI]);
      await store.eraseUser({ user: VISITOR, at: 6 });
      assert.deepEqual(await found('vera'), []);
    });

    test('an erased user has no name and no way in; what they opened is over, what they had waits', async (t) => {
      const { store } = await opened(t);
      assert.equal(await store.eraseUser({ user: 'usrNobody', at: 9 }), undefined);
      await store.addToken({ user: VISITOR, hash: 'token', expiresAt: 5_000 });
      await store.append(message({ at: 20 }));
      await store.setConversationPublic({ topic: TOPIC, public: { fn: 'Vera' }, at: 30 });
      await store.assign({ topic: TOPIC, agent: MEI, at: 40 });
      assert.deepEqual(await store.eraseUser({ user: MEI, at: 50 }), []);
      assert.equal(await store.credentials('mei'), undefined);
      assert.equal((await store.conversation(TOPIC))?.conversation.phase, 'queued');
      assert.deepEqual(await store.eraseUser({ user: VISITOR, at: 60 }), [{ topic: TOPIC, seq: 1 }]);
      assert.equal(await store.useToken({ hash: 'token', now: 1, lives: LIVES }), undefined);
      assert.equal((await store.user(VISITOR))?.public, undefined);
      const { phase, public: name, waitingSince } = (await store.conversation(TOPIC))!.conversation;
      assert.deepEqual([phase, name, waitingSince], ['resolved', undefined, undefined]);
      assert.deepEqual(await store.eraseUser({ user: VISITOR, at: 60 }), [{ topic: TOPIC, seq: 1 }], 'again');
    });

    test("a user's files are doomed whatever refers to them", async (t) => {
      const { store } = await opened(t);
      for (const name of ['a', 'b']) await store.addFile(file(name));
      await store.addFile({ ...file('c'), user: MEI });
      await store.append(message({ files: ['a'] }));
      await store.append(message({ files: ['a', 'c'], from: MEI }));
      assert.deepEqual(await store.doomFilesOf({ user: VISITOR, limit: 1 }), ['a']);
      await store.removeFiles(['a']);
      assert.deepEqual(await store.doomFilesOf({ user: VISITOR, limit: 9 }), ['b']);
      await store.removeFiles(['b']);
      assert.deepEqual(await store.doomFilesOf({ user: VISITOR, limit: 9 }), []);
      const names = ['a', 'b', 'c'];
      assert.deepEqual(await store.filesIn({ topic: TOPIC, names, notes: true }), ['c']);
      assert.deepEqual((await store.inspect({ after: '', limit: 9 })).findings, []);
    });

    test('what was written by its own calls is found to be right, page by page', async (t) => {
      const { store } = await opened(t);
      await store.addFile(file('a'));
      await store.append(message({ files: ['a'], msgid: 'm' }));
      await store.append(message({ note: true, from: MEI }));
      await store.assign({ topic: TOPIC, agent: MEI, at: 5 });
      await store.remove({ topic: TOPIC, ranges: [{ low: 1 }], user: undefined });
      await store.remove({ topic: TOPIC, ranges: [{ low: 2 }], user: VISITOR });
      const other = { topic: 'grpBBBBBBBBBBBB', visitor: VISITOR, key: 'x', channel: 'web', public: undefined, at: 1 };
      await store.openConversation(other);
      const first = await store.inspect({ after: '', limit: 1 });
      assert.deepEqual(first, { last: TOPIC, conversations: 1, messages: 2, findings: [] });
      const second = await store.inspect({ after: TOPIC, limit: 1 });
      assert.deepEqual(second, { last: other.topic, conversations: 1, messages: 0, findings: [] });
      const last = await store.inspect({ after: other.topic, limit: 1 });
      assert.deepEqual(last, { last: undefined, conversations: 0, messages: 0, findings: [] });
    });

    for (const [sql, why] of [
      ['update conversations set seq = 2', /should end with message 2, and ends with 3$/],
      ['delete from messages where seqid = 2', /has 2 messages from 1 to 3$/],
      [`drop index messages_by_msgid; update messages set msgid = 'm1' where seqid = 3`, /has a message twice$/],
      ['update members set read = 4', /was read further than it goes$/],
      [`update conversations set phase = 'assigned'`, /is with nobody/],
      [`update messages set sender = 'usrMerged' where seqid = 1`, /has a message of nobody$/],
      [`update deletions set id = 2`, /a deletion of messages that it does not have$/],
      [`update messages set content = '"x"' where deleted = 1`, /has a deleted message whose content is there$/],
      [`update messages set replaces = 2 where seqid = 3`, /has a newer version of a deleted message$/],
      [`update files set state = 'loose'`, /has a file of a message that does not have it$/],
      [
        `insert into messages select 'grpZ', seqid, sender, msgid, at, head, content, note, deleted, replaces from messages where seqid = 1`,
        /grpZ is not there, but messages of it are$/,
      ],
    ] as const)
      test(`what is wrong is found: ${sql}`, async (t) => {
        const { store, run } = await opened(t);
        await store.addFile(file('a'));
        for (let n = 1; n <= 3; n += 1) await store.append(message({ msgid: `m${n}`, files: ['a'] }));
        await store.remove({ topic: TOPIC, ranges: [{ low: 2 }], user: undefined });
        await run(sql);
        const { findings } = await store.inspect({ after: '', limit: 10 });
        assert.ok(
          findings.some((finding) => why.test(finding)),
          findings.join('; '),
        );
      });

    test('a probe is written, and the backlog is told', async (t) => {
      const { store } = await opened(t);
      const probes = [store.probe(), store.probe()];
      assert.equal(store.backlog().calls, 2);
      await Promise.all(probes);
      assert.deepEqual(store.backlog(), { calls: 0, ms: 0 });
    });
  });
}

storeContract('embedded', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'kefu-store-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  return {
    open: () => openEmbeddedStore({ dataDir, exclusive: true }),
    async run(sql) {
      const database = new DatabaseSync(join(dataDir, 'kefu.db'));
      database.exec(sql);
      database.close();
    },
  };
});

const database = process.env['TEST_DATABASE_URL'];
if (database !== undefined)
  storeContract('postgres', async (t) => {
    const { url, drop, run } = await newSchema(database);
    t.after(drop);
    return { open: () => openPostgresStore({ url }), run };
  });

describe('store: embedded, in particular', () => {
  test('a folder has one gateway at a time, and the command line beside it', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kefu-store-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const store = await openEmbeddedStore({ dataDir, exclusive: true });
    await assert.rejects(openEmbeddedStore({ dataDir, exclusive: true }), /another gateway is running/);
    const beside = await openEmbeddedStore({ dataDir, exclusive: false });
    await beside.createUser({
      id: MEI,
      kind: 'agent',
      public: undefined,
      createdAt: 1,
      login: { name: 'm', hash: 'h' },
    });
    assert.equal((await store.agents()).length, 1);
    const writes = await store.foreignWrites();
    await store.probe();
    assert.equal(await store.foreignWrites(), writes, 'its own');
    await beside.probe();
    assert.notEqual(await store.foreignWrites(), writes);
    await beside.close();
    await store.close();
    await (await openEmbeddedStore({ dataDir, exclusive: true })).close();
  });

  test('a message heeds what the command line has done since the last one', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kefu-store-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const store = await openEmbeddedStore({ dataDir, exclusive: true });
    t.after(() => store.close());
    await populate(store);
    await store.append(message({ at: 100 }));
    await store.assign({ topic: TOPIC, agent: MEI, at: 110 });
    await store.append(message({ from: MEI, at: 120 }));
    const beside = await openEmbeddedStore({ dataDir, exclusive: false });
    await beside.removeAgent({ login: 'mei', at: 130 });
    await beside.close();
    const { changed } = await store.append(message({ at: 140 }));
    assert.equal(changed?.agent, undefined);
    assert.equal(changed?.lastAgent, undefined);
    assert.equal(changed?.phase, 'queued');
  });

  test('what is committed leaves the log while the gateway runs', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kefu-store-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const store = await openEmbeddedStore({ dataDir, exclusive: true });
    t.after(() => store.close());
    await populate(store);
    const content = JSON.stringify('x'.repeat(1_000));
    // The log alone would take 16,000 pages.
    for (let bytes = 0; bytes < 1_000_000; bytes = (await stat(join(dataDir, STORE_FILE))).size)
      await Promise.all(Array.from({ length: 500 }, () => store.append(message({ content }))));
    const { conversation } = (await store.conversation(TOPIC)) ?? {};
    assert.ok((conversation?.seq ?? Infinity) < 8_000, `${conversation?.seq} messages until it was copied`);
  });
});
