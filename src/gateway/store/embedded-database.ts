// The embedded database: every SQL statement of the store, on one SQLite file. Blocking, so it lives in a worker thread.
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Phase } from '../../protocol/conversation.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { jsonObject } from '../../protocol/shape.ts';
import { SeqSet, endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import { MIGRATIONS } from './migrations.ts';
import { checkTail } from './store-check.ts';
import type {
  Appended,
  Argument,
  Conversation,
  NewMessage,
  Operation,
  Result,
  StoredFile,
  StoredMessage,
  User,
  UserKind,
} from './store.ts';

/** The operations of the store, done when they return; durable when the transaction around them is committed. */
export type Database = { readonly [K in Operation]: (argument: Argument<K>) => Result<K> };

type Row = Record<string, SQLOutputValue>;

const text = (row: Row, column: string): string => {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`${column} is not text`);
  return value;
};
const number = (row: Row, column: string): number => {
  const value = row[column];
  if (typeof value !== 'number') throw new Error(`${column} is not a number`);
  return value;
};
const optionalText = (row: Row, column: string): string | undefined =>
  row[column] === null ? undefined : text(row, column);
const optionalNumber = (row: Row, column: string): number | undefined =>
  row[column] === null ? undefined : number(row, column);
/** What was checked before it was stored. */
const object = (row: Row, column: string): JsonObject | undefined => {
  const source = optionalText(row, column);
  if (source === undefined) return undefined;
  const value: unknown = JSON.parse(source);
  return jsonObject(value, column);
};

const KINDS: readonly UserKind[] = ['visitor', 'agent', 'user'];
const PHASES: readonly Phase[] = ['new', 'queued', 'assigned', 'resolved'];
const member = <T extends string>(row: Row, column: string, values: readonly T[]): T => {
  const value = values.find((one) => one === row[column]);
  if (value === undefined) throw new Error(`${column} has an unknown value`);
  return value;
};

const userOf = (row: Row): User => ({
  id: text(row, 'id'),
  kind: member(row, 'kind', KINDS),
  public: object(row, 'public'),
  createdAt: number(row, 'created_at'),
});

const conversationOf = (row: Row): Conversation => ({
  topic: text(row, 'topic'),
  visitor: text(row, 'visitor'),
  channel: text(row, 'channel'),
  public: object(row, 'public'),
  phase: member(row, 'phase', PHASES),
  agent: optionalText(row, 'agent'),
  lastAgent: optionalText(row, 'last_agent'),
  waitingSince: optionalNumber(row, 'waiting_since'),
  seq: number(row, 'seq'),
  clear: number(row, 'clear'),
  createdAt: number(row, 'created_at'),
  updatedAt: number(row, 'updated_at'),
  touchedAt: number(row, 'touched_at'),
});

const messageOf = (row: Row): StoredMessage => ({
  seq: number(row, 'seqid'),
  from: text(row, 'sender'),
  at: number(row, 'at'),
  head: optionalText(row, 'head'),
  content: text(row, 'content'),
  note: number(row, 'note') === 1,
  deleted: number(row, 'deleted') === 1,
});

const fileOf = (row: Row): StoredFile => ({
  name: text(row, 'name'),
  user: text(row, 'user_id'),
  upload: text(row, 'upload'),
  mime: text(row, 'mime'),
  size: number(row, 'size'),
  title: optionalText(row, 'title'),
  at: number(row, 'at'),
});

/** A token's expiry is moved only when that gains at least this much: a write per login would buy nothing. */
const EXPIRY_STEP_MS = 24 * 3_600_000;

/** Brings the schema up to date. */
function migrate(database: DatabaseSync): void {
  database.exec('create table if not exists migrations (version integer primary key)');
  for (const [version, step] of MIGRATIONS.entries()) {
    database.exec('begin immediate');
    try {
      const done = database.prepare('select 1 from migrations where version = $1').get({ 1: version });
      if (done === undefined) {
        database.exec(step);
        database.prepare('insert into migrations (version) values ($1)').run({ 1: version });
      }
      database.exec('commit');
    } catch (error) {
      database.exec('rollback');
      throw error;
    }
  }
}

export interface EmbeddedDatabase extends Database {
  /** Runs `act` in one transaction, durable when it returns. */
  transaction(act: () => void): void;
  /** Throws, with a message for people, when what is there can't be right. While nobody else writes. */
  check(): void;
  end(): void;
}

/** Opens the file, makes it if it is missing. */
export function openEmbeddedDatabase(file: string): EmbeddedDatabase {
  const database = new DatabaseSync(file);
  // The command line may write at the same time.
  database.exec('pragma busy_timeout = 10000');
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec('pragma foreign_keys = on');
  migrate(database);

  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    let prepared = statements.get(sql);
    if (prepared === undefined) statements.set(sql, (prepared = database.prepare(sql)));
    return prepared;
  };
  // $1, $2 … are names to SQLite.
  const named = (values: readonly SQLInputValue[]): Record<string, SQLInputValue> =>
    Object.fromEntries(values.map((value, index) => [String(index + 1), value]));
  const get = (sql: string, ...values: SQLInputValue[]): Row | undefined => statement(sql).get(named(values));
  const all = (sql: string, ...values: SQLInputValue[]): Row[] => statement(sql).all(named(values));
  const run = (sql: string, ...values: SQLInputValue[]): number => Number(statement(sql).run(named(values)).changes);

  const conversation = (topic: string): Conversation | undefined => {
    const row = get('select * from conversations where topic = $1', topic);
    return row && conversationOf(row);
  };
  const join = (topic: string, user: string, seq: number): void => {
    run(
      `insert into members (topic, user_id, recv, read) values ($1, $2, $3, $3)
       on conflict (topic, user_id) do nothing`,
      topic,
      user,
      seq,
    );
  };
  const stored = (topic: string, from: string, msgid: string): Row | undefined =>
    get('select * from messages where topic = $1 and sender = $2 and msgid = $3', topic, from, msgid);
  const appendedAs = (row: Row): Appended => ({
    seq: number(row, 'seqid'),
    at: number(row, 'at'),
    dup: true,
    changed: undefined,
  });
  const newestDeletion = (topic: string, user: string): number =>
    number(
      get(
        `select coalesce(max(id), 0) as id from deletions where topic = $1 and (user_id = '' or user_id = $2)`,
        topic,
        user,
      ) ?? {},
      'id',
    );

  /** The message refers to these files, as far as they are its sender's to show. */
  const link = ({ topic, from, files = [] }: NewMessage, seq: number): void => {
    for (const name of files) {
      const linked = run(
        `insert into file_links (name, topic, seqid)
           select name, $2, $3 from files where name = $1 and state <> 'doomed'
             and (user_id = $4 or exists (select 1 from users where id = $4 and kind = 'agent'))
         on conflict (name, topic, seqid) do nothing`,
        name,
        topic,
        seq,
        from,
      );
      if (linked > 0) run(`update files set state = 'linked' where name = $1 and state = 'loose'`, name);
    }
  };
  /** These messages refer to nothing any more. */
  const unlink = (topic: string, low: number, end: number): void => {
    const links = all(
      'select distinct name from file_links where topic = $1 and seqid >= $2 and seqid < $3',
      topic,
      low,
      end,
    );
    run('delete from file_links where topic = $1 and seqid >= $2 and seqid < $3', topic, low, end);
    for (const row of links)
      run(
        `update files set state = 'loose' where name = $1 and state = 'linked'
           and not exists (select 1 from file_links where file_links.name = $1)`,
        text(row, 'name'),
      );
  };

  return {
    createUser(user) {
      if (user.login && get('select 1 from logins where name = $1', user.login.name)) return false;
      run(
        'insert into users (id, kind, public, created_at) values ($1, $2, $3, $4)',
        user.id,
        user.kind,
        user.public ? JSON.stringify(user.public) : null,
        user.createdAt,
      );
      if (user.login)
        run('insert into logins (name, user_id, hash) values ($1, $2, $3)', user.login.name, user.id, user.login.hash);
      if (user.token)
        run(
          'insert into tokens (hash, user_id, expires_at) values ($1, $2, $3)',
          user.token.hash,
          user.id,
          user.token.expiresAt,
        );
      return true;
    },

    user(id) {
      const row = get('select * from users where id = $1', id);
      return row && userOf(row);
    },

    setUserPublic(change) {
      run('update users set public = $2 where id = $1', change.user, JSON.stringify(change.public));
    },

    credentials(login) {
      const row = get(
        'select users.*, logins.hash from logins join users on users.id = logins.user_id where logins.name = $1',
        login,
      );
      return row && { user: userOf(row), hash: text(row, 'hash') };
    },

    addToken(token) {
      run(
        'insert into tokens (hash, user_id, expires_at) values ($1, $2, $3)',
        token.hash,
        token.user,
        token.expiresAt,
      );
    },

    useToken({ hash, now, lives }) {
      const row = get(
        `select users.*, tokens.expires_at from tokens join users on users.id = tokens.user_id
         where tokens.hash = $1 and tokens.expires_at > $2`,
        hash,
        now,
      );
      if (!row) return undefined;
      const user = userOf(row);
      const expiresAt = now + lives[user.kind];
      if (expiresAt - number(row, 'expires_at') < EXPIRY_STEP_MS) return { user, expiresAt: number(row, 'expires_at') };
      run('update tokens set expires_at = $2 where hash = $1', hash, expiresAt);
      run('delete from tokens where expires_at <= $1', now);
      return { user, expiresAt };
    },

    agents() {
      return all(
        `select users.*, logins.name from logins join users on users.id = logins.user_id
         where users.kind = 'agent' order by logins.name`,
      ).map((row) => ({ login: text(row, 'name'), user: userOf(row) }));
    },

    setPassword({ login, hash }) {
      if (run('update logins set hash = $2 where name = $1', login, hash) === 0) return false;
      run('delete from tokens where user_id = (select user_id from logins where name = $1)', login);
      return true;
    },

    removeAgent({ login, at }) {
      const row = get(
        `select users.id from logins join users on users.id = logins.user_id
         where logins.name = $1 and users.kind = 'agent'`,
        login,
      );
      if (!row) return false;
      const id = text(row, 'id');
      // The user stays: old messages have a name.
      run('delete from logins where user_id = $1', id);
      run('delete from tokens where user_id = $1', id);
      run(
        `update conversations set phase = 'queued', agent = null, updated_at = $2 where agent = $1 and phase = 'assigned'`,
        id,
        at,
      );
      run('update conversations set last_agent = null where last_agent = $1', id);
      return true;
    },

    openConversation(wanted) {
      const found = get('select * from conversations where visitor = $1 and key = $2', wanted.visitor, wanted.key);
      if (found) return { conversation: conversationOf(found), created: false };
      const made = get(
        `insert into conversations
           (topic, visitor, key, channel, public, phase, seq, clear, created_at, updated_at, touched_at)
         values ($1, $2, $3, $4, $5, 'new', 0, 0, $6, $6, $6) returning *`,
        wanted.topic,
        wanted.visitor,
        wanted.key,
        wanted.channel,
        wanted.public ? JSON.stringify(wanted.public) : null,
        wanted.at,
      );
      if (!made) throw new Error('the conversation was not made');
      join(wanted.topic, wanted.visitor, 0);
      return { conversation: conversationOf(made), created: true };
    },

    conversation(topic) {
      const found = conversation(topic);
      if (!found) return undefined;
      const members = all(
        `select members.*, users.kind, users.public from members join users on users.id = members.user_id
         where members.topic = $1`,
        topic,
      ).map((row) => ({
        user: text(row, 'user_id'),
        kind: member(row, 'kind', KINDS),
        public: object(row, 'public'),
        recv: number(row, 'recv'),
        read: number(row, 'read'),
      }));
      return { conversation: found, members };
    },

    conversationsOf({ user, queued, limit }) {
      return all(
        `select conversations.*, members.recv, members.read from conversations
           left join members on members.topic = conversations.topic and members.user_id = $1
         where conversations.topic in (
           select topic from members where user_id = $1
           union select topic from conversations where $2 = 1 and phase = 'queued'
         )
         order by case conversations.phase when 'resolved' then 1 else 0 end, conversations.touched_at desc
         limit $3`,
        user,
        queued ? 1 : 0,
        limit,
      ).map((row) => ({
        conversation: conversationOf(row),
        mark: row['recv'] === null ? undefined : { recv: number(row, 'recv'), read: number(row, 'read') },
      }));
    },

    setConversationPublic({ topic, public: value, at }) {
      const row = get(
        'update conversations set public = $2, updated_at = $3 where topic = $1 returning *',
        topic,
        JSON.stringify(value),
        at,
      );
      return row && conversationOf(row);
    },

    append(message) {
      const { topic, from, msgid } = message;
      const first = msgid === undefined ? undefined : stored(topic, from, msgid);
      if (first) {
        const isSame =
          number(first, 'deleted') === 1 ||
          (first['content'] === message.content && first['head'] === (message.head ?? null));
        return { ...appendedAs(first), ...(!isSame && { differs: true }) };
      }
      const before = conversation(message.topic);
      if (!before) throw new Error('no such conversation');
      const byVisitor = before.visitor === message.from;
      const phase = byVisitor && (before.phase === 'new' || before.phase === 'resolved') ? 'queued' : before.phase;
      const waitingSince = byVisitor
        ? (before.waitingSince ?? message.at)
        : message.note
          ? before.waitingSince
          : undefined;
      const seq = before.seq + 1;
      const isChange = phase !== before.phase || waitingSince !== before.waitingSince;
      run(
        `update conversations set seq = $2, touched_at = $3, phase = $4, waiting_since = $5, updated_at = $6
         where topic = $1`,
        message.topic,
        seq,
        message.at,
        phase,
        waitingSince ?? null,
        isChange ? message.at : before.updatedAt,
      );
      run(
        `insert into messages (topic, seqid, sender, msgid, at, head, content, note, deleted)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
        message.topic,
        seq,
        message.from,
        message.msgid ?? null,
        message.at,
        message.head ?? null,
        message.content,
        message.note ? 1 : 0,
      );
      link(message, seq);
      run(
        'update members set recv = $3, read = $3 where topic = $1 and user_id = $2',
        message.topic,
        message.from,
        seq,
      );
      return {
        seq,
        at: message.at,
        dup: false,
        changed: isChange
          ? {
              ...before,
              seq,
              phase,
              waitingSince,
              touchedAt: message.at,
              updatedAt: message.at,
            }
          : undefined,
      };
    },

    appended({ topic, from, msgid }) {
      const row = stored(topic, from, msgid);
      return row && appendedAs(row);
    },

    history({ topic, viewer, windows, limit }) {
      const newest = conversation(topic)?.seq ?? 0;
      const messages: StoredMessage[] = [];
      const hidden: SeqRange[] = [];
      for (const window of windows.toReversed()) {
        const left = limit - messages.length;
        if (left <= 0) break;
        const low = Math.max(1, window.low);
        const end = Math.min(window.end, newest + 1);
        const rows = all(
          `select * from messages where topic = $1 and seqid >= $2 and seqid < $3 and deleted = 0 and (note = 0 or $4 = 1)
             and not exists (
               select 1 from deletions
               where deletions.topic = $1 and user_id = $5 and low <= messages.seqid and hi > messages.seqid
             )
           order by seqid desc limit $6`,
          topic,
          low,
          end,
          viewer.notes ? 1 : 0,
          viewer.user,
          left,
        ).map(messageOf);
        // A full page covers only what it reaches down to.
        const covered = rows.length === left ? (rows.at(-1)?.seq ?? low) : low;
        const given = new SeqSet();
        for (const row of rows) given.add(row.seq);
        hidden.unshift(...given.missing(covered, end));
        messages.push(...rows);
      }
      return { messages, hidden, clear: newestDeletion(topic, viewer.user) };
    },

    messages({ topic, low, end }) {
      return all(
        'select * from messages where topic = $1 and seqid >= $2 and seqid < $3 order by seqid',
        topic,
        low,
        end,
      ).map(messageOf);
    },

    remove({ topic, ranges, user }) {
      const row = get('update conversations set clear = clear + 1 where topic = $1 returning clear', topic);
      if (!row) throw new Error('no such conversation');
      const id = number(row, 'clear');
      const removed = new SeqSet();
      for (const range of ranges) removed.add(range.low, endOf(range));
      for (const range of removed.ranges()) {
        const { low } = range;
        const end = endOf(range);
        run(
          'insert into deletions (topic, id, user_id, low, hi) values ($1, $2, $3, $4, $5)',
          topic,
          id,
          user ?? '',
          low,
          end,
        );
        if (user !== undefined) continue;
        run(
          `update messages set deleted = 1, head = null, content = 'null' where topic = $1 and seqid >= $2 and seqid < $3`,
          topic,
          low,
          end,
        );
        unlink(topic, low, end);
      }
      return id;
    },

    deletions({ topic, user, since, before, limit }) {
      const rows = all(
        `select id, low, hi from deletions
         where topic = $1 and (user_id = '' or user_id = $2) and id >= $3 and id < $4 order by id, low limit $5`,
        topic,
        user,
        since,
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      );
      return {
        clear: rows.reduce((newest, row) => Math.max(newest, number(row, 'id')), 0),
        ranges: rows.map((row) => ({ low: number(row, 'low'), hi: number(row, 'hi') })),
      };
    },

    newestDeletion: ({ topic, user }) => newestDeletion(topic, user),

    saveMarks(marks) {
      for (const mark of marks)
        run(
          'update members set recv = max(recv, $3), read = max(read, $4) where topic = $1 and user_id = $2',
          mark.topic,
          mark.user,
          mark.recv,
          mark.read,
        );
    },

    assign({ topic, agent, from, at }) {
      const before = conversation(topic);
      if (!before || (from !== undefined && before.phase !== from)) return undefined;
      const row = get(
        `update conversations set phase = 'assigned', agent = $2, last_agent = $2, updated_at = $3
         where topic = $1 returning *`,
        topic,
        agent,
        at,
      );
      // What was said before the agent came has not been read by them.
      join(topic, agent, 0);
      return row && conversationOf(row);
    },

    resolve({ topic, at }) {
      const row = get(
        `update conversations set phase = 'resolved', agent = null, waiting_since = null, updated_at = $2
         where topic = $1 returning *`,
        topic,
        at,
      );
      return row && conversationOf(row);
    },

    release({ topic, agent, at }) {
      run('delete from members where topic = $1 and user_id = $2', topic, agent);
      const row = get(
        `update conversations set
           phase = case when agent = $2 and phase = 'assigned' then 'queued' else phase end,
           agent = case when agent = $2 then null else agent end,
           last_agent = case when last_agent = $2 then null else last_agent end,
           updated_at = $3
         where topic = $1 returning *`,
        topic,
        agent,
        at,
      );
      return row && conversationOf(row);
    },

    queued(limit) {
      return all(
        `select * from conversations where phase = 'queued' order by waiting_since, touched_at limit $1`,
        limit,
      ).map(conversationOf);
    },

    loads() {
      return all(
        `select agent, count(*) as n from conversations where phase = 'assigned' and agent is not null group by agent`,
      ).map((row) => ({ agent: text(row, 'agent'), conversations: number(row, 'n') }));
    },

    addFile(file) {
      const row = get(
        `insert into files (name, user_id, upload, mime, size, title, at, state)
         values ($1, $2, $3, $4, $5, $6, $7, 'loose')
         on conflict (user_id, upload) do update set upload = excluded.upload returning *`,
        file.name,
        file.user,
        file.upload,
        file.mime,
        file.size,
        file.title ?? null,
        file.at,
      );
      if (!row) throw new Error('the file was not kept');
      return fileOf(row);
    },

    fileOfUpload({ user, upload }) {
      const row = get(`select * from files where user_id = $1 and upload = $2 and state <> 'doomed'`, user, upload);
      return row && fileOf(row);
    },

    file(name) {
      const row = get(`select * from files where name = $1 and state <> 'doomed'`, name);
      if (!row) return undefined;
      const topics = all('select distinct topic from file_links where name = $1 limit 100', name);
      return { file: fileOf(row), topics: topics.map((link) => text(link, 'topic')) };
    },

    filesIn({ topic, names, notes }) {
      return names.filter((name) =>
        get(
          `select 1 from file_links
             join messages on messages.topic = file_links.topic and messages.seqid = file_links.seqid
           where file_links.name = $1 and file_links.topic = $2 and (messages.note = 0 or $3 = 1) limit 1`,
          name,
          topic,
          notes ? 1 : 0,
        ),
      );
    },

    fileBytes(user) {
      return number(get('select coalesce(sum(size), 0) as bytes from files where user_id = $1', user) ?? {}, 'bytes');
    },

    doomFiles({ before, limit }) {
      run(
        `update files set state = 'doomed' where name in (
           select name from files where state = 'loose' and at < $1 order by at limit $2
         )`,
        before,
        limit,
      );
      return all(`select name from files where state = 'doomed' order by at limit $1`, limit).map((row) =>
        text(row, 'name'),
      );
    },

    removeFiles(names) {
      for (const name of names) run(`delete from files where name = $1 and state = 'doomed'`, name);
    },

    secret({ name, value }) {
      const row = get(
        `insert into secrets (name, value) values ($1, $2)
         on conflict (name) do update set name = excluded.name returning value`,
        name,
        value,
      );
      return text(row ?? {}, 'value');
    },

    probe() {
      run('insert into probes (id, n) values (1, 1) on conflict (id) do update set n = probes.n + 1');
    },

    transaction(act) {
      // The disk may have failed the end of the one before.
      if (database.isTransaction) database.exec('rollback');
      database.exec('begin immediate');
      try {
        act();
        database.exec('commit');
      } catch (error) {
        if (database.isTransaction) database.exec('rollback');
        throw error;
      }
    },

    check() {
      checkTail(database);
    },

    end() {
      statements.clear();
      database.close();
    },
  };
}
