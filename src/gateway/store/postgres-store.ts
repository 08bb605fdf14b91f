// The PostgreSQL store: what several gateways share. Writes go in groups over one connection, reads beside it over others.
import { endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import { CHECKS, inspectionOf } from './consistency.ts';
import { expiredOf, pageOf } from './page.ts';
import { removalParts } from './removal.ts';
import type { RemovalParts } from './removal.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { Readers } from './postgres-readers.ts';
import type { Query } from './postgres-connection.ts';
import { Writer } from './postgres-writer.ts';
import {
  agentOf,
  conversationOf,
  deletionLogOf,
  endedOf,
  entryOf,
  fileOf,
  historyOf,
  loadOf,
  memberOf,
  messageOf,
  number,
  removalOf,
  repeatOf,
  text,
  userOf,
} from './rows.ts';
import type { Row } from './rows.ts';
import { EXPIRY_STEP_MS, patternOf, placeOfHidden, SEEN, SQL, tombstoneOf } from './statements.ts';
import type { Conversation, Identified, ListedConversation, SharedStore } from './store.ts';

/** Waiting conversations in the lists of agents. */
const QUEUED = 500;
/** Connections that answer questions: each is a process of the database. */
const READERS = 4;

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** The database is away: everything waits until it is back. Told once each time. */
  readonly onAway?: ((error: unknown) => void) | undefined;
  readonly onBack?: (() => void) | undefined;
}

const CREATE_USER = `
with login as (
  insert into logins (name, user_id, hash) select $5, $1, $6 where $5::text is not null
  on conflict (name) do update set hash = excluded.hash where logins.user_id = excluded.user_id
  returning 1
),
account as (
  insert into users (id, kind, public, created_at) select $1, $2, $3, $4
  where $5::text is null or exists (select 1 from login)
  on conflict (id) do nothing
),
token as (
  insert into tokens (hash, user_id, expires_at) select $7, $1, $8
  where $7::text is not null and ($5::text is null or exists (select 1 from login))
  on conflict (hash) do nothing
)
select $5::text is null or exists (select 1 from login) as made`;

const ADD_TOKEN = `${SQL.addToken} on conflict (hash) do nothing`;

const OPEN_CONVERSATION = `
with made as (
  insert into conversations
    (topic, visitor, key, channel, public, phase, seq, clear, created_at, updated_at, touched_at)
  values ($1, $2, $3, $4, $5, 'new', 0, 0, $6, $6, $6) on conflict (visitor, key) do nothing returning *
),
member as (
  insert into members (topic, user_id, recv, read) select topic, visitor, 0, 0 from made
)
select * from made`;

const HISTORY = `
select message.* from unnest($2::bigint[], $3::bigint[]) as wanted (low, hi),
  lateral (
    select * from messages where topic = $1 and seqid >= wanted.low and seqid < wanted.hi and ${SEEN}
    order by seqid desc limit $7
  ) message
order by message.seqid desc limit $7`;

/** In one order everywhere, as conversations are in the append. */
const SAVE_MARKS = `
with given as (
  select topic, user_id, max(recv) as recv, max(read) as read
  from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as given (topic, user_id, recv, read)
  group by topic, user_id
),
locked as materialized (
  select members.topic, members.user_id from members join given using (topic, user_id)
  order by members.topic, members.user_id for no key update of members
)
update members set recv = greatest(members.recv, given.recv), read = greatest(members.read, given.read)
from given join locked using (topic, user_id)
where members.topic = given.topic and members.user_id = given.user_id`;

/** Nobody else makes something of the account meanwhile, and it opens nothing. */
const HOLD_ANONYMOUS = `${SQL.anonymous} for update of users`;
const HOLD_USER = 'select 1 from users where id = $1 for no key update';

/** By the index, one by one: what the known ones cost does not grow with all that there ever were. */
const CHANGED = `
select known.topic, now.seq
from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) as known (topic, seq, updated_at, clear, marks),
  lateral (select seq, updated_at, clear from conversations where conversations.topic = known.topic limit 1) as now
where now.seq > known.seq or now.updated_at > known.updated_at or now.clear > known.clear
  or (select sum(recv + read) from members where members.topic = known.topic) > known.marks`;

const LISTS = `
select members.user_id, conversations.topic, conversations.seq, conversations.updated_at
from members join conversations on conversations.topic = members.topic
where members.user_id = any ($1) and conversations.phase <> 'resolved'`;

const PRESENT = `
insert into presences (node, user_id, duty) select $1, user_id, duty from unnest($2::text[], $3::boolean[]) as given (user_id, duty)
on conflict (user_id, node) do update set duty = excluded.duty`;

const BURY = `
with dead as (delete from nodes where beat_at < clock_timestamp() - interval '10 seconds' and node <> $1 returning node),
gone as (delete from presences where node in (select node from dead) returning user_id, node)
select distinct user_id from gone
where not exists (
  select 1 from presences where presences.user_id = gone.user_id and presences.node not in (select node from dead)
)`;

const listedOf = (row: Row): ListedConversation => ({
  topic: text(row, 'topic'),
  seq: number(row, 'seq'),
  updatedAt: number(row, 'updated_at'),
});

const topicsAfter = async (query: Query, after: string, limit: number): Promise<string[]> =>
  (await query(SQL.topics, after, limit)).map((row) => text(row, 'topic'));

/** These messages refer to nothing any more. */
async function unlink(query: Query, topic: string, low: number, end: number): Promise<void> {
  for (const { name } of await query(SQL.unlinkFiles, topic, low, end)) {
    await query(SQL.holdFile, name);
    await query(SQL.loosenFile, name);
  }
}

async function parts(query: Query, topic: string, ranges: readonly SeqRange[]): Promise<RemovalParts> {
  const versions: number[] = [];
  for (const range of ranges)
    for (const row of await query(SQL.versions, topic, range.low, endOf(range))) versions.push(number(row, 'seqid'));
  return removalParts(ranges, versions);
}

/** They are deleted for everyone. */
async function erase(query: Query, topic: string, id: number, ranges: readonly SeqRange[], by?: string): Promise<void> {
  for (const range of ranges) {
    await query(SQL.remove, topic, id, '', range.low, endOf(range), by);
    await query(SQL.erase, topic, range.low, endOf(range), tombstoneOf(by));
    await unlink(query, topic, range.low, endOf(range));
  }
}

/** What the anonymous account has is the user's, and it ends. Conversations first: behind their locks nothing is appended. */
async function merge(query: Query, from: string, user: string, at: number): Promise<Identified['merged']> {
  await query(SQL.ousted, from, user);
  await query(SQL.oustedEmpty, from, user);
  const conversations = (await query(SQL.moveConversations, from, user, at)).map(conversationOf);
  await query(SQL.moveMembers, from, user);
  for (const { topic } of conversations) {
    await query(SQL.moveMessages, topic, from, user);
    await query(SQL.moveTombstones, topic, tombstoneOf(from), tombstoneOf(user));
    await query(SQL.moveDeletions, topic, from, user);
  }
  await query(SQL.moveUploads, from, user);
  await query(SQL.moveFiles, from, user);
  await query(SQL.dropTokensOf, from);
  await query(SQL.dropUser, from);
  return { user: from, conversations };
}

const first = (rows: readonly Row[]): Conversation | undefined => rows[0] && conversationOf(rows[0]);
const json = (value: object | undefined): string | null => (value ? JSON.stringify(value) : null);

/** Opens the store, and brings the schema up to date. Rejects with a message for people when it can't. */
export async function openPostgresStore({ url, onAway, onBack }: PostgresStoreOptions): Promise<SharedStore> {
  await migratePostgres(url);
  const writer = new Writer(url, {
    away: (error) => onAway?.(error),
    back: () => onBack?.(),
  });
  const readers = new Readers(url, READERS);
  const read = <T>(ask: (query: Query) => Promise<T>): Promise<T> => readers.read(writer.settled(), ask);
  const rows = <T>(map: (row: Row) => T, sql: string, ...values: readonly unknown[]): Promise<T[]> =>
    read(async (query) => (await query(sql, ...values)).map(map));
  const row = async <T>(map: (row: Row) => T, sql: string, ...values: readonly unknown[]): Promise<T | undefined> =>
    (await rows(map, sql, ...values))[0];
  const write = async (sql: string, ...values: readonly unknown[]): Promise<readonly Row[]> =>
    writer.write((query) => query(sql, ...values));

  return {
    async createUser({ id, kind, public: value, createdAt, login, token }) {
      const [made] = await write(
        CREATE_USER,
        id,
        kind,
        json(value),
        createdAt,
        login?.name,
        login?.hash,
        token?.hash,
        token?.expiresAt,
      );
      return made?.['made'] === true;
    },
    user: (id) => row(userOf, SQL.user, id),
    findUsers: ({ text: wanted, limit }) => rows(userOf, SQL.findUsers, patternOf(wanted), wanted.toLowerCase(), limit),
    async setUserPublic(change) {
      await writer.write(async (query) => {
        await query(SQL.setUserPublic, change.user, json(change.public));
        await query(SQL.touchConversationsOf, change.user, change.at);
      });
    },
    credentials: (login) =>
      row((found) => ({ user: userOf(found), hash: text(found, 'hash') }), SQL.credentials, login),
    async addToken(token) {
      await write(ADD_TOKEN, token.hash, token.user, token.expiresAt);
    },
    async useToken({ hash, now, lives }) {
      const found = await row(
        (one) => ({ user: userOf(one), expiresAt: number(one, 'expires_at') }),
        SQL.token,
        hash,
        now,
      );
      if (!found) return undefined;
      const expiresAt = now + lives[found.user.kind];
      if (found.user.identity || expiresAt - found.expiresAt < EXPIRY_STEP_MS) return found;
      await writer.write(async (query) => {
        await query(SQL.extendToken, hash, expiresAt);
        await query(SQL.dropTokens, now);
      });
      return { user: found.user, expiresAt };
    },
    identify: ({ identity, from, id, token, at }) =>
      writer.write(async (query) => {
        const { subject } = identity;
        const card = JSON.stringify(identity.card);
        const [known] = await query(SQL.userOfSubject, subject);
        const [anonymous] = from === undefined ? [] : await query(HOLD_ANONYMOUS, from, at);
        const [changed] = known ? await query(SQL.setCard, text(known, 'id'), card) : [];
        if (known && changed) await query(SQL.touchConversationsOf, text(known, 'id'), at);
        const [claimed] = anonymous && !known ? await query(SQL.addIdentity, text(anonymous, 'id'), subject, card) : [];
        if (claimed) {
          await query(SQL.dropTokensOf, text(claimed, 'id'));
          await query(SQL.touchConversationsOf, text(claimed, 'id'), at);
        }
        const [made] = known || claimed ? [] : await query(SQL.addKnown, id, at, subject, card);
        const user = userOf(changed ?? known ?? claimed ?? made ?? {});
        await query(ADD_TOKEN, token.hash, user.id, token.expiresAt);
        // One comes with every link.
        await query(SQL.dropTokens, at);
        const merged = anonymous && !claimed ? await merge(query, text(anonymous, 'id'), user.id, at) : undefined;
        return { user, isChanged: changed !== undefined || claimed !== undefined, merged };
      }),
    userOfSubject: (subject) => row(userOf, SQL.userOfSubject, subject),
    liveTokens: ({ hashes, now }) =>
      rows(
        (found) => text(found, 'hash'),
        'select hash from tokens where hash = any ($1) and expires_at > $2',
        hashes,
        now,
      ),
    agents: () => rows(agentOf, SQL.agents),
    setPassword: ({ login, hash }) =>
      writer.write(async (query) => {
        const [set] = await query(SQL.setPassword, login, hash);
        if (set) await query(SQL.dropTokensOf, text(set, 'user_id'));
        return set !== undefined;
      }),
    removeAgent: ({ login, at }) =>
      writer.write(async (query) => {
        const [found] = await query(SQL.agentOfLogin, login);
        if (!found) return false;
        const id = text(found, 'id');
        await query(SQL.dropLogin, id);
        await query(SQL.dropTokensOf, id);
        await query(SQL.dropAgent, id, at);
        await query(SQL.dropLastAgent, id, at);
        return true;
      }),

    eraseUser: ({ user, at }) =>
      writer.write(async (query) => {
        if ((await query(SQL.eraseUser, user)).length === 0) return undefined;
        await query(SQL.dropLogin, user);
        await query(SQL.dropTokensOf, user);
        await query(SQL.dropAgent, user, at);
        await query(SQL.dropLastAgent, user, at);
        return (await query(SQL.eraseConversations, user, at)).map(endedOf);
      }),

    openConversation: (wanted) =>
      writer.write(async (query) => {
        const { topic, visitor, key, channel, public: value, at } = wanted;
        const made = first(await query(OPEN_CONVERSATION, topic, visitor, key, channel, json(value), at));
        if (made) return { conversation: made, created: true };
        const found = first(await query(SQL.conversationByKey, visitor, key));
        if (!found) throw new Error('the conversation was not made');
        return { conversation: found, created: false };
      }),
    conversation: (topic) =>
      read(async (query) => {
        const conversation = first(await query(SQL.conversation, topic));
        return conversation && { conversation, members: (await query(SQL.members, topic)).map(memberOf) };
      }),
    conversationsOf: ({ user, queued, limit }) => rows(entryOf, SQL.conversationsOf, user, queued ? 1 : 0, limit),
    setConversationPublic: async ({ topic, public: value, at }) =>
      first(await write(SQL.setConversationPublic, topic, json(value), at)),

    append: (message) => writer.append(message),
    appended: ({ topic, from, msgid }) => row(repeatOf, SQL.messageByMsgid, topic, from, msgid),
    hide: ({ topic, from, msgid, at }) =>
      writer.write(async (query) => {
        const isNew = (await query(SQL.hide, topic, placeOfHidden(msgid), from, msgid, at)).length > 0;
        const [there] = isNew ? [] : await query(SQL.messageByMsgid, topic, from, msgid);
        return there ? repeatOf(there) : { seq: 0, at, dup: false, changed: undefined };
      }),
    history: (wanted) =>
      read(async (query) => {
        const { topic, viewer, windows, limit } = wanted;
        // First: what comes meanwhile is no hole.
        const newest = first(await query(SQL.conversation, topic))?.seq ?? 0;
        const shown = await query(
          HISTORY,
          topic,
          windows.map(({ low }) => low),
          windows.map(({ end }) => end),
          viewer.notes ? 1 : 0,
          viewer.tombstones ? 1 : 0,
          viewer.user,
          limit,
        );
        const [clear] = await query(SQL.newestDeletion, topic, viewer.user);
        return historyOf(wanted, newest, shown.map(messageOf), number(clear ?? {}, 'id'));
      }),
    find: ({ topic, viewer: { notes, tombstones, user }, query, low, end, limit }) =>
      rows(messageOf, SQL.find, topic, low, end, notes ? 1 : 0, tombstones ? 1 : 0, user, patternOf(query), limit),
    messages: ({ topic, low, end }) => rows(messageOf, SQL.messages, topic, low, end),
    remove: ({ topic, ranges, user, by }) =>
      writer.write(async (query) => {
        const [changed] = await query(SQL.nextDeletion, topic);
        if (!changed) throw new Error('no such conversation');
        const id = number(changed, 'clear');
        if (user !== undefined) {
          for (const range of removalParts(ranges, []).messages)
            await query(SQL.remove, topic, id, user, range.low, endOf(range), undefined);
          return { id, versions: [] };
        }
        const { messages, versions, more } = await parts(query, topic, ranges);
        await erase(query, topic, id, messages, by);
        await erase(query, topic, id, versions);
        return { id, versions: more };
      }),
    deletions: async ({ topic, user, since, before, limit }) =>
      deletionLogOf(
        await rows((one) => one, SQL.deletions, topic, user, since, before ?? Number.MAX_SAFE_INTEGER, limit),
      ),
    removals: ({ topic, after }) => rows(removalOf, SQL.removals, topic, after),
    newestDeletion: async ({ topic, user }) =>
      (await row((found) => number(found, 'id'), SQL.newestDeletion, topic, user)) ?? 0,
    async saveMarks(marks) {
      await write(
        SAVE_MARKS,
        marks.map(({ topic }) => topic),
        marks.map(({ user }) => user),
        marks.map(({ recv }) => recv),
        marks.map(({ read }) => read),
      );
    },

    expunge: ({ topic, end }) =>
      writer.write(async (query) => {
        if ((await query(SQL.isLeft, topic, end)).length === 0) return undefined;
        const id = number((await query(SQL.nextDeletion, topic))[0] ?? {}, 'clear');
        const { more } = await parts(query, topic, [{ low: 1, hi: end }]);
        await query(SQL.expunge, topic, end);
        await query(SQL.mergeDeletions, topic, end);
        await query(SQL.logExpunged, topic, id, end);
        await unlink(query, topic, 1, end);
        await erase(query, topic, id, more);
        return id;
      }),
    expired: ({ before, after, limit }) =>
      read(async (query) => {
        const page = pageOf(after, limit, await topicsAfter(query, after, limit));
        return expiredOf(page, await query(SQL.expired, page.after, page.last, before));
      }),

    assign: ({ topic, agent, from, capacity, at }) =>
      writer.write(async (query) => {
        // Two gateways would give the agent's last free place twice.
        if (capacity !== undefined) await query(HOLD_USER, agent);
        const assigned = first(await query(SQL.assign, topic, agent, at, from, capacity));
        // What was said before the agent came has not been read by them.
        if (assigned) await query(SQL.join, topic, agent);
        return assigned;
      }),
    resolve: async ({ topic, at }) => first(await write(SQL.resolve, topic, at)),
    release: ({ topic, agent, at }) =>
      writer.write(async (query) => {
        await query(SQL.leave, topic, agent);
        return first(await query(SQL.release, topic, agent, at));
      }),
    queued: (limit) => rows(conversationOf, SQL.queued, limit),
    loads: () => rows(loadOf, SQL.loads),

    addFile: async ({ name, user, upload, mime, size, title, at }) => {
      const [added] = await write(SQL.addFile, name, user, upload, mime, size, title ?? null, at);
      return fileOf(added ?? {});
    },
    fileOfUpload: ({ user, upload }) => row(fileOf, SQL.fileOfUpload, user, upload),
    file: (name) =>
      read(async (query) => {
        const [found] = await query(SQL.file, name);
        if (!found) return undefined;
        const topics = await query(SQL.topicsOfFile, name);
        return { file: fileOf(found), topics: topics.map((link) => text(link, 'topic')) };
      }),
    filesIn: ({ topic, names, notes }) =>
      read(async (query) => {
        const found: string[] = [];
        for (const name of names)
          if ((await query(SQL.fileIn, name, topic, notes ? 1 : 0)).length > 0) found.push(name);
        return found;
      }),
    fileBytes: async (user) => (await row((found) => number(found, 'bytes'), SQL.fileBytes, user)) ?? 0,
    doomFiles: ({ before, limit }) =>
      writer.write(async (query) => {
        await query(SQL.doomFiles, before, limit);
        return (await query(SQL.doomedFiles, limit)).map((doomed) => text(doomed, 'name'));
      }),
    doomFilesOf: ({ user, limit }) =>
      writer.write(async (query) => {
        await query(SQL.doomFilesOf, user);
        await query(SQL.unlinkFilesOf, user);
        return (await query(SQL.doomedFilesOf, user, limit)).map((doomed) => text(doomed, 'name'));
      }),
    removeFiles: (names) =>
      writer.write(async (query) => {
        for (const name of names) await query(SQL.removeFile, name);
      }),
    files: ({ after, user, limit }) => rows(fileOf, SQL.files, after, user, limit),
    secret: async ({ name, value }) => text((await write(SQL.secret, name, value))[0] ?? {}, 'value'),
    async forgetSecret(name) {
      await write(SQL.forgetSecret, name);
    },

    inspect: ({ after, limit }) =>
      read(async (query) => {
        const page = pageOf(after, limit, await topicsAfter(query, after, limit));
        const found: (readonly Row[])[] = [];
        for (const { sql } of CHECKS) found.push(await query(sql, page.after, page.last));
        return inspectionOf(page, found);
      }),

    changes: ({ conversations, agents }) =>
      read(async (query) => {
        const changed = await query(
          CHANGED,
          conversations.map(({ topic }) => topic),
          conversations.map(({ seq }) => seq),
          conversations.map(({ updatedAt }) => updatedAt),
          conversations.map(({ clear }) => clear),
          conversations.map(({ marks }) => marks),
        );
        const lists = new Map<string, ListedConversation[]>(agents.map((agent) => [agent, []]));
        if (agents.length > 0)
          for (const one of await query(LISTS, agents)) lists.get(text(one, 'user_id'))?.push(listedOf(one));
        const queued = agents.length > 0 ? await query(SQL.queued, QUEUED) : [];
        return {
          conversations: changed.map((one) => ({ topic: text(one, 'topic'), seq: number(one, 'seq') })),
          lists,
          queued: queued.map(listedOf),
        };
      }),
    beat: async (node) =>
      (
        await write(
          `insert into nodes (node, beat_at) values ($1, clock_timestamp())
           on conflict (node) do update set beat_at = excluded.beat_at returning xmax = 0 as made`,
          node,
        )
      )[0]?.['made'] === true,
    present: ({ node, anew, on, off }) =>
      writer.write(async (query) => {
        if (anew) await query('delete from presences where node = $1', node);
        if (off.length > 0) await query('delete from presences where node = $1 and user_id = any ($2)', node, off);
        if (on.length > 0)
          await query(
            PRESENT,
            node,
            on.map(({ user }) => user),
            on.map(({ duty }) => duty),
          );
      }),
    leave: (node) =>
      writer.write(async (query) => {
        await query('delete from presences where node = $1', node);
        await query('delete from nodes where node = $1', node);
      }),
    buryNodes: async (except) => (await write(BURY, except)).map((one) => text(one, 'user_id')),
    online: (users) =>
      rows((one) => text(one, 'user_id'), 'select distinct user_id from presences where user_id = any ($1)', users),
    onDuty: () => rows((one) => text(one, 'user_id'), 'select distinct user_id from presences where duty'),

    // The cluster looks for them.
    foreignWrites: () => Promise.resolve(0),
    async probe() {
      await write(SQL.probe);
    },
    backlog: () => writer.backlog(),
    async close() {
      await writer.close();
      await readers.close();
    },
  };
}
