// The embedded database: every SQL statement of the store, on one SQLite file. Blocking, so it lives in a worker thread.
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import { migrationsOf } from './migrations.ts';
import { EmbeddedAppend } from './embedded-append.ts';
import { CHECKS, inspectionOf } from './consistency.ts';
import { expiredOf, pageOf } from './page.ts';
import { removalParts } from './removal.ts';
import type { RemovalParts } from './removal.ts';
import { checkFile, checkTail } from './store-check.ts';
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
import type { Argument, Conversation, Identified, Operation, Result, NewMessage, StoredMessage } from './store.ts';

/** The operations of the store, done when they return; durable when the transaction around them is committed. */
export type Database = { readonly [K in Operation]: (argument: Argument<K>) => Result<K> };

/** Another number than before when another connection has written. */
const DATA_VERSION = 'pragma data_version';

/** Brings the schema up to date. */
function migrate(database: DatabaseSync): void {
  database.exec('create table if not exists migrations (version integer primary key)');
  for (const [version, step] of migrationsOf((text) => text).entries()) {
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

interface Prepared {
  readonly statement: StatementSync;
  readonly changesConversations: boolean;
  /** The values in the order of the places that they go to. */
  readonly placed: (values: readonly SQLInputValue[]) => SQLInputValue[];
}

/** `$1`, `$2` … are names to SQLite, which it would look up anew with every value: they become places. */
function prepare(database: DatabaseSync, sql: string): Prepared {
  const order: number[] = [];
  const text = sql.replace(/\$(\d+)/g, (_, place: string) => {
    order.push(Number(place) - 1);
    return '?';
  });
  return {
    statement: database.prepare(text),
    changesConversations: /^(insert into|update|delete from) conversations\b/.test(sql),
    placed: (values) => order.map((place) => values[place] ?? null),
  };
}

export interface EmbeddedDatabase extends Database {
  /** Runs `act` in one transaction, durable when it returns. */
  transaction(act: () => void): void;
  /** Copies what is in SQLite's log into the file, as far as nobody reads it there. */
  checkpoint(): void;
  /** Throws, with a message for people, when what is there can't be right. While nobody else writes. */
  check(): void;
  end(): void;
}

/**
 * Opens the file, makes it if it is missing. With more than `logPages` pages in SQLite's log, a commit copies them into the
 * file before it returns.
 */
export function openEmbeddedDatabase(file: string, logPages = 1_000): EmbeddedDatabase {
  const database = new DatabaseSync(file);
  // The command line may write at the same time.
  database.exec('pragma busy_timeout = 10000');
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec(`pragma wal_autocheckpoint = ${logPages}`);
  // In KiB. What a group of messages changes has to fit, or it is written twice.
  database.exec('pragma cache_size = -16384');
  database.exec('pragma foreign_keys = on');
  // What is deleted is not left lying in free pages.
  database.exec('pragma secure_delete = on');
  migrate(database);

  const statements = new Map<string, Prepared>();
  const prepared = (sql: string): Prepared => {
    let found = statements.get(sql);
    if (found === undefined) statements.set(sql, (found = prepare(database, sql)));
    return found;
  };
  const statement = {
    get(sql: string, ...values: SQLInputValue[]): Row | undefined {
      const { statement, placed } = prepared(sql);
      return statement.get(...placed(values));
    },
    run(sql: string, ...values: SQLInputValue[]): number {
      const { statement, placed } = prepared(sql);
      return Number(statement.run(...placed(values)).changes);
    },
  };
  const appends = new EmbeddedAppend(statement);
  let isInTransaction = false;
  let version: unknown;

  /** Everything but the append itself sees what the messages before it have changed. */
  const settle = (sql: string): void => {
    appends.settle();
    if (prepared(sql).changesConversations) appends.forget();
  };
  const get = (sql: string, ...values: SQLInputValue[]): Row | undefined => {
    settle(sql);
    return statement.get(sql, ...values);
  };
  const all = (sql: string, ...values: SQLInputValue[]): Row[] => {
    settle(sql);
    const { statement, placed } = prepared(sql);
    return statement.all(...placed(values));
  };
  const run = (sql: string, ...values: SQLInputValue[]): number => {
    settle(sql);
    return statement.run(sql, ...values);
  };

  const conversation = (topic: string): Conversation | undefined => {
    const row = get(SQL.conversation, topic);
    return row && conversationOf(row);
  };
  const stored = (topic: string, from: string, msgid: string): Row | undefined =>
    get(SQL.messageByMsgid, topic, from, msgid);
  const newestDeletion = (topic: string, user: string): number =>
    number(get(SQL.newestDeletion, topic, user) ?? {}, 'id');

  const topicsAfter = (after: string, limit: number): string[] =>
    all(SQL.topics, after, limit).map((row) => text(row, 'topic'));

  /** The message refers to these files, as far as they are its sender's to show. */
  const link = ({ topic, from, files = [] }: NewMessage, seq: number): void => {
    for (const name of files) if (get(SQL.claimFile, name, from)) run(SQL.linkFile, name, topic, seq);
  };
  /** These messages refer to nothing any more. */
  const unlink = (topic: string, low: number, end: number): void => {
    for (const row of all(SQL.unlinkFiles, topic, low, end)) run(SQL.loosenFile, text(row, 'name'));
  };
  const parts = (topic: string, ranges: readonly SeqRange[]): RemovalParts =>
    removalParts(
      ranges,
      ranges.flatMap((range) => all(SQL.versions, topic, range.low, endOf(range)).map((row) => number(row, 'seqid'))),
    );
  /** They are deleted for everyone. */
  const erase = (topic: string, id: number, ranges: readonly SeqRange[], by?: string): void => {
    for (const range of ranges) {
      run(SQL.remove, topic, id, '', range.low, endOf(range), by ?? null);
      run(SQL.erase, topic, range.low, endOf(range), tombstoneOf(by));
      unlink(topic, range.low, endOf(range));
    }
  };

  /** What the anonymous account has is the user's, and it ends. */
  const merge = (from: string, user: string, at: number): Identified['merged'] => {
    run(SQL.ousted, from, user);
    run(SQL.oustedEmpty, from, user);
    const conversations = all(SQL.moveConversations, from, user, at).map(conversationOf);
    run(SQL.moveMembers, from, user);
    for (const { topic } of conversations) {
      run(SQL.moveMessages, topic, from, user);
      run(SQL.moveTombstones, topic, tombstoneOf(from), tombstoneOf(user));
      run(SQL.moveDeletions, topic, from, user);
    }
    run(SQL.moveUploads, from, user);
    run(SQL.moveFiles, from, user);
    run(SQL.dropTokensOf, from);
    run(SQL.dropUser, from);
    return { user: from, conversations };
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
      if (user.token) run(SQL.addToken, user.token.hash, user.id, user.token.expiresAt);
      return true;
    },

    user(id) {
      const row = get(SQL.user, id);
      return row && userOf(row);
    },

    findUsers({ text: wanted, limit }) {
      return all(SQL.findUsers, patternOf(wanted), wanted.toLowerCase(), limit).map(userOf);
    },

    setUserPublic(change) {
      run(SQL.setUserPublic, change.user, JSON.stringify(change.public));
      run(SQL.touchConversationsOf, change.user, change.at);
    },

    credentials(login) {
      const row = get(SQL.credentials, login);
      return row && { user: userOf(row), hash: text(row, 'hash') };
    },

    addToken(token) {
      run(SQL.addToken, token.hash, token.user, token.expiresAt);
    },

    useToken({ hash, now, lives }) {
      const row = get(SQL.token, hash, now);
      if (!row) return undefined;
      const user = userOf(row);
      const expiresAt = now + lives[user.kind];
      if (user.identity || expiresAt - number(row, 'expires_at') < EXPIRY_STEP_MS)
        return { user, expiresAt: number(row, 'expires_at') };
      run(SQL.extendToken, hash, expiresAt);
      run(SQL.dropTokens, now);
      return { user, expiresAt };
    },

    identify({ identity, from, id, token, at }) {
      const { subject } = identity;
      const card = JSON.stringify(identity.card);
      const known = get(SQL.userOfSubject, subject);
      const anonymous = from === undefined ? undefined : get(SQL.anonymous, from, at);
      const changed = known && get(SQL.setCard, text(known, 'id'), card);
      if (known && changed) run(SQL.touchConversationsOf, text(known, 'id'), at);
      const claimed = anonymous && !known ? get(SQL.addIdentity, text(anonymous, 'id'), subject, card) : undefined;
      if (claimed) {
        run(SQL.dropTokensOf, text(claimed, 'id'));
        run(SQL.touchConversationsOf, text(claimed, 'id'), at);
      }
      const made = known || claimed ? undefined : get(SQL.addKnown, id, at, subject, card);
      const user = userOf(changed ?? known ?? claimed ?? made ?? {});
      run(SQL.addToken, token.hash, user.id, token.expiresAt);
      // One comes with every link.
      run(SQL.dropTokens, at);
      const merged = anonymous && !claimed ? merge(text(anonymous, 'id'), user.id, at) : undefined;
      return { user, isChanged: changed !== undefined || claimed !== undefined, merged };
    },

    userOfSubject(subject) {
      const row = get(SQL.userOfSubject, subject);
      return row && userOf(row);
    },

    liveTokens({ hashes, now }) {
      return hashes.filter((hash) => get(SQL.token, hash, now));
    },

    agents() {
      return all(SQL.agents).map(agentOf);
    },

    setPassword({ login, hash }) {
      const row = get(SQL.setPassword, login, hash);
      if (row) run(SQL.dropTokensOf, text(row, 'user_id'));
      return row !== undefined;
    },

    removeAgent({ login, at }) {
      const row = get(SQL.agentOfLogin, login);
      if (!row) return false;
      const id = text(row, 'id');
      // The user stays: old messages have a name.
      run(SQL.dropLogin, id);
      run(SQL.dropTokensOf, id);
      run(SQL.dropAgent, id, at);
      run(SQL.dropLastAgent, id, at);
      return true;
    },

    eraseUser({ user, at }) {
      if (!get(SQL.eraseUser, user)) return undefined;
      run(SQL.dropLogin, user);
      run(SQL.dropTokensOf, user);
      run(SQL.dropAgent, user, at);
      run(SQL.dropLastAgent, user, at);
      return all(SQL.eraseConversations, user, at).map(endedOf);
    },

    openConversation(wanted) {
      const found = get(SQL.conversationByKey, wanted.visitor, wanted.key);
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
      run(SQL.join, wanted.topic, wanted.visitor);
      return { conversation: conversationOf(made), created: true };
    },

    conversation(topic) {
      const found = conversation(topic);
      if (!found) return undefined;
      return { conversation: found, members: all(SQL.members, topic).map(memberOf) };
    },

    conversationsOf({ user, queued, limit }) {
      return all(SQL.conversationsOf, user, queued ? 1 : 0, limit).map(entryOf);
    },

    setConversationPublic({ topic, public: value, at }) {
      const row = get(SQL.setConversationPublic, topic, JSON.stringify(value), at);
      return row && conversationOf(row);
    },

    append(message) {
      const { topic, from, msgid = null, replaces, at } = message;
      if (replaces !== undefined && get(SQL.isGone, topic, from, replaces, msgid))
        return { seq: 0, at, dup: false, gone: true, changed: undefined };
      const appended = appends.append(message);
      if (!isInTransaction) appends.settle();
      if (appended.dup) return appended;
      link(message, appended.seq);
      if (replaces !== undefined) run(SQL.replacing, topic, appended.seq, replaces);
      return appended;
    },

    appended({ topic, from, msgid }) {
      const row = stored(topic, from, msgid);
      return row && repeatOf(row);
    },

    hide({ topic, from, msgid, at }) {
      const isNew = get(SQL.hide, topic, placeOfHidden(msgid), from, msgid, at) !== undefined;
      const first = isNew ? undefined : stored(topic, from, msgid);
      return first ? repeatOf(first) : { seq: 0, at, dup: false, changed: undefined };
    },

    history(query) {
      const { topic, viewer, windows, limit } = query;
      const shown: StoredMessage[] = [];
      for (const { low, end } of windows.toReversed()) {
        if (shown.length >= limit) break;
        const rows = all(
          `select * from messages where topic = $1 and seqid >= $2 and seqid < $3 and ${SEEN} order by seqid desc limit $7`,
          topic,
          low,
          end,
          viewer.notes ? 1 : 0,
          viewer.tombstones ? 1 : 0,
          viewer.user,
          limit - shown.length,
        );
        shown.push(...rows.map(messageOf));
      }
      return historyOf(query, conversation(topic)?.seq ?? 0, shown, newestDeletion(topic, viewer.user));
    },

    find({ topic, viewer, query, low, end, limit }) {
      const { notes, tombstones, user } = viewer;
      return all(SQL.find, topic, low, end, notes ? 1 : 0, tombstones ? 1 : 0, user, patternOf(query), limit).map(
        messageOf,
      );
    },

    messages({ topic, low, end }) {
      return all(SQL.messages, topic, low, end).map(messageOf);
    },

    remove({ topic, ranges, user, by }) {
      const row = get(SQL.nextDeletion, topic);
      if (!row) throw new Error('no such conversation');
      const id = number(row, 'clear');
      if (user !== undefined) {
        for (const range of removalParts(ranges, []).messages)
          run(SQL.remove, topic, id, user, range.low, endOf(range), null);
        return { id, versions: [] };
      }
      const { messages, versions, more } = parts(topic, ranges);
      erase(topic, id, messages, by);
      erase(topic, id, versions);
      return { id, versions: more };
    },

    deletions({ topic, user, since, before, limit }) {
      return deletionLogOf(all(SQL.deletions, topic, user, since, before ?? Number.MAX_SAFE_INTEGER, limit));
    },

    removals({ topic, after }) {
      return all(SQL.removals, topic, after).map(removalOf);
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

    expunge({ topic, end }) {
      if (!get(SQL.isLeft, topic, end)) return undefined;
      const id = number(get(SQL.nextDeletion, topic) ?? {}, 'clear');
      const { more } = parts(topic, [{ low: 1, hi: end }]);
      run(SQL.expunge, topic, end);
      run(SQL.mergeDeletions, topic, end);
      run(SQL.logExpunged, topic, id, end);
      unlink(topic, 1, end);
      erase(topic, id, more);
      return id;
    },

    expired({ before, after, limit }) {
      const page = pageOf(after, limit, topicsAfter(after, limit));
      return expiredOf(page, all(SQL.expired, page.after, page.last, before));
    },

    assign({ topic, agent, from, capacity, at }) {
      const row = get(SQL.assign, topic, agent, at, from ?? null, capacity ?? null);
      // What was said before the agent came has not been read by them.
      if (row) run(SQL.join, topic, agent);
      return row && conversationOf(row);
    },

    resolve({ topic, at }) {
      const row = get(SQL.resolve, topic, at);
      return row && conversationOf(row);
    },

    release({ topic, agent, at }) {
      run(SQL.leave, topic, agent);
      const row = get(SQL.release, topic, agent, at);
      return row && conversationOf(row);
    },

    queued(limit) {
      return all(SQL.queued, limit).map(conversationOf);
    },

    loads() {
      return all(SQL.loads).map(loadOf);
    },

    addFile({ name, user, upload, mime, size, title, at }) {
      return fileOf(get(SQL.addFile, name, user, upload, mime, size, title ?? null, at) ?? {});
    },

    fileOfUpload({ user, upload }) {
      const row = get(SQL.fileOfUpload, user, upload);
      return row && fileOf(row);
    },

    file(name) {
      const row = get(SQL.file, name);
      return row && { file: fileOf(row), topics: all(SQL.topicsOfFile, name).map((link) => text(link, 'topic')) };
    },

    filesIn({ topic, names, notes }) {
      return names.filter((name) => get(SQL.fileIn, name, topic, notes ? 1 : 0));
    },

    fileBytes(user) {
      return number(get(SQL.fileBytes, user) ?? {}, 'bytes');
    },

    doomFiles({ before, limit }) {
      run(SQL.doomFiles, before, limit);
      return all(SQL.doomedFiles, limit).map((row) => text(row, 'name'));
    },

    doomFilesOf({ user, limit }) {
      run(SQL.doomFilesOf, user);
      run(SQL.unlinkFilesOf, user);
      return all(SQL.doomedFilesOf, user, limit).map((row) => text(row, 'name'));
    },

    removeFiles(names) {
      for (const name of names) run(SQL.removeFile, name);
    },

    files({ after, user, limit }) {
      return all(SQL.files, after, user ?? null, limit).map(fileOf);
    },

    secret({ name, value }) {
      return text(get(SQL.secret, name, value) ?? {}, 'value');
    },

    forgetSecret(name) {
      run(SQL.forgetSecret, name);
    },

    inspect({ after, limit }) {
      const page = pageOf(after, limit, topicsAfter(after, limit));
      const found = CHECKS.map(({ sql }) => all(sql, page.after, page.last));
      const inspection = inspectionOf(page, found);
      return after === '' ? { ...inspection, findings: [...checkFile(database), ...inspection.findings] } : inspection;
    },

    foreignWrites() {
      return number(get(DATA_VERSION) ?? {}, 'data_version');
    },

    probe() {
      run(SQL.probe);
    },

    transaction(act) {
      // The disk may have failed the end of the one before.
      if (database.isTransaction) database.exec('rollback');
      database.exec('begin immediate');
      isInTransaction = true;
      try {
        const now = statement.get(DATA_VERSION)?.['data_version'];
        // The command line has written.
        if (now !== version) appends.forget();
        version = now;
        act();
        appends.settle();
        database.exec('commit');
      } catch (error) {
        appends.undo();
        if (database.isTransaction) database.exec('rollback');
        throw error;
      } finally {
        isInTransaction = false;
      }
    },

    checkpoint() {
      statement.get('pragma wal_checkpoint(passive)');
    },

    check() {
      checkTail(database);
    },

    end() {
      statements.clear();
      // Nor in the log of a gateway that goes on.
      database.exec('pragma wal_checkpoint(truncate)');
      database.close();
    },
  };
}
