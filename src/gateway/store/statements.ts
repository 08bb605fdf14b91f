// Statements that are the same in both databases; `$1` is the first value.
import { RECALLED_HEAD } from '../../protocol/content.ts';
import type { NewMessage } from './store.ts';

/** A token's expiry is moved only when that gains at least this much: a write per login would buy nothing. */
export const EXPIRY_STEP_MS = 24 * 3_600_000;

/** The time of the last change is its version too, so that it grows whatever the clocks do. */
const touched = (at: string): string => `updated_at = case when updated_at < ${at} then ${at} else updated_at + 1 end`;

/** Of the messages of $1, called so, what a viewer may see: $4 notes, $5 tombstones, $6 who. */
const seen = (name: string): string => `(${name}.note <> 1 or $4 = 1)
  and (${name}.deleted = 0 or (${name}.head is not null and $5 = 1))
  and not exists (
    select 1 from deletions
    where deletions.topic = $1 and user_id = $6 and low <= ${name}.seqid and hi > ${name}.seqid
  )`;
export const SEEN = seen('messages');

/** The column `note` of a message. */
export const noteOf = ({ note, system }: NewMessage): number => (note ? 1 : system === true ? 2 : 0);

/** Where the row of a message stands that was taken without a seqid: before all that have one, and deleted from the beginning. */
export const placeOfHidden = (msgid: string): number => -1 - Number.parseInt(msgid.slice(0, 12), 16);

/** A pattern for what has the text in it: as JSON writes it, without regard to case, `!` being the escape character. */
export const patternOf = (query: string): string =>
  `%${JSON.stringify(query.toLowerCase()).slice(1, -1).replace(/[!%_]/g, '!$&')}%`;

/** The head of a tombstone, as the column has it. */
export const tombstoneOf = (by: string | undefined): string | null =>
  by === undefined ? null : JSON.stringify({ [RECALLED_HEAD]: by });

/** Something of the message is there. */
const LEFT = '(deleted = 0 or head is not null)';

export const SQL = {
  user: 'select * from users where id = $1',
  findUsers: `select * from users where lower(coalesce(public, '')) like $1 escape '!'
                or lower(coalesce(card, '')) like $1 escape '!' or lower(subject) = $2
                or id in (select user_id from logins where name = $2)
              order by created_at desc, id limit $3`,
  setUserPublic: 'update users set public = $2 where id = $1',
  touchConversationsOf: `update conversations set ${touched('$2')}
                         where topic in (select topic from members where user_id = $1)`,
  credentials: 'select users.*, logins.hash from logins join users on users.id = logins.user_id where logins.name = $1',
  addToken: 'insert into tokens (hash, user_id, expires_at) values ($1, $2, $3)',
  token: `select users.*, tokens.expires_at from tokens join users on users.id = tokens.user_id
          where tokens.hash = $1 and tokens.expires_at > $2`,
  userOfSubject: 'select * from users where subject = $1',
  // From now on nobody else changes who it is.
  anonymous: `select users.* from tokens join users on users.id = tokens.user_id
              where tokens.hash = $1 and tokens.expires_at > $2 and users.kind = 'visitor' and users.subject is null`,
  addIdentity: 'update users set subject = $2, card = $3 where id = $1 and subject is null returning *',
  addKnown: `insert into users (id, kind, created_at, subject, card) values ($1, 'visitor', $2, $3, $4) returning *`,
  // The conversation that is talked in keeps its key; the other gets one that no client can name.
  ousted: `update conversations set key = key || ' ' || topic where visitor = $2 and key in (
             select key from conversations where visitor = $1 and seq > 0
           )`,
  oustedEmpty: `update conversations set key = key || ' ' || topic where visitor = $1 and key in (
                  select key from conversations where visitor = $2
                )`,
  moveConversations: `update conversations set visitor = $2, ${touched('$3')} where visitor = $1 returning *`,
  moveMembers: 'update members set user_id = $2 where user_id = $1',
  moveMessages: 'update messages set sender = $3 where topic = $1 and sender = $2',
  moveTombstones: 'update messages set head = $3 where topic = $1 and head = $2 and deleted = 1',
  moveDeletions: `update deletions set user_id = case when user_id = $2 then $3 else user_id end,
                    deleter = case when deleter = $2 then $3 else deleter end
                  where topic = $1 and (user_id = $2 or deleter = $2)`,
  moveUploads: `update files set upload = upload || ' ' || name where user_id = $1 and upload in (
                  select upload from files where user_id = $2
                )`,
  moveFiles: 'update files set user_id = $2 where user_id = $1',
  dropUser: 'delete from users where id = $1',
  setCard: 'update users set card = $2 where id = $1 and card is distinct from $2 returning *',
  extendToken: 'update tokens set expires_at = $2 where hash = $1',
  dropTokens: 'delete from tokens where expires_at <= $1',
  agents: `select users.*, logins.name from logins join users on users.id = logins.user_id
           where users.kind = 'agent' order by logins.name`,
  setPassword: 'update logins set hash = $2 where name = $1 returning user_id',
  agentOfLogin: `select users.id from logins join users on users.id = logins.user_id
                 where logins.name = $1 and users.kind = 'agent'`,
  dropLogin: 'delete from logins where user_id = $1',
  dropTokensOf: 'delete from tokens where user_id = $1',
  dropAgent: `update conversations set phase = 'queued', agent = null, ${touched('$2')}
              where agent = $1 and phase = 'assigned'`,
  dropLastAgent: `update conversations set last_agent = null, ${touched('$2')} where last_agent = $1`,

  eraseUser: 'update users set public = null, subject = null, card = null where id = $1 returning id',
  eraseConversations: `update conversations set public = null, phase = 'resolved', agent = null, last_agent = null,
                         waiting_since = null, ${touched('$2')}
                       where visitor = $1 returning topic, seq`,

  conversation: 'select * from conversations where topic = $1',
  conversationByKey: 'select * from conversations where visitor = $1 and key = $2',
  members: `select members.*, users.kind, users.public, users.subject, users.card from members join users on users.id = members.user_id
            where members.topic = $1`,
  conversationsOf: `select conversations.*, members.recv, members.read, users.subject, users.card from conversations
                      join users on users.id = conversations.visitor
                      left join members on members.topic = conversations.topic and members.user_id = $1
                    where conversations.topic in (
                      select topic from members where user_id = $1
                      union select topic from conversations where $2 = 1 and phase = 'queued'
                    )
                    order by case conversations.phase when 'resolved' then 1 else 0 end, conversations.touched_at desc
                    limit $3`,
  setConversationPublic: `update conversations set public = $2, ${touched('$3')} where topic = $1 returning *`,
  join: `insert into members (topic, user_id, recv, read) values ($1, $2, 0, 0)
         on conflict (topic, user_id) do nothing`,

  messageByMsgid: 'select * from messages where topic = $1 and sender = $2 and msgid = $3',
  hide: `insert into messages (topic, seqid, sender, msgid, at, content, note, deleted)
         values ($1, $2, $3, $4, $5, 'null', 0, 1) on conflict do nothing returning at`,
  // What stands on a screen: neither what a newer version stands for, nor a version of what is not there.
  find: `select * from messages where topic = $1 and seqid >= $2 and seqid < $3 and deleted = 0 and ${SEEN}
           and lower(content) like $7 escape '!'
           and (replaces is null or exists (
             select 1 from messages first where first.topic = $1 and first.seqid = messages.replaces
               and first.sender = messages.sender and first.deleted = 0 and ${seen('first')}
           ))
           and not exists (
             select 1 from messages newer where newer.topic = $1
               and newer.replaces = coalesce(messages.replaces, messages.seqid) and newer.seqid > messages.seqid
               and newer.sender = messages.sender and newer.deleted = 0 and ${seen('newer')}
           )
         order by seqid desc limit $8`,
  messages: 'select * from messages where topic = $1 and seqid >= $2 and seqid < $3 order by seqid',
  nextDeletion: 'update conversations set clear = clear + 1 where topic = $1 returning clear',
  remove: 'insert into deletions (topic, id, user_id, low, hi, deleter) values ($1, $2, $3, $4, $5, $6)',
  erase: `update messages set deleted = 1, head = case when deleted = 1 then head else $4 end, content = 'null'
          where topic = $1 and seqid >= $2 and seqid < $3`,
  isGone: `select 1 as found from messages where topic = $1 and sender = $2 and seqid = $3 and deleted = 1
             and not exists (select 1 from messages own where own.topic = $1 and own.sender = $2 and own.msgid = $4)`,
  replacing: 'update messages set replaces = $3 where topic = $1 and seqid = $2',
  // Those among them, and those of them wherever they stand; also those of versions.
  versions: `with recursive version (seqid, sender) as (
               select seqid, sender from messages
               where topic = $1 and seqid >= $2 and seqid < $3 and replaces is not null and deleted = 0
               union
               select newer.seqid, newer.sender from messages newer
                 join messages first on first.topic = $1 and first.seqid = newer.replaces and first.sender = newer.sender
               where newer.topic = $1 and newer.replaces >= $2 and newer.replaces < $3 and newer.deleted = 0
               union
               select newer.seqid, newer.sender from version
                 join messages newer on newer.topic = $1 and newer.replaces = version.seqid
                   and newer.sender = version.sender and newer.deleted = 0
             )
             select seqid from version order by seqid`,
  deletions: `select id, low, hi, deleter from deletions
              where topic = $1 and (user_id = '' or user_id = $2) and id >= $3 and id < $4 order by id, low limit $5`,
  removals: 'select * from deletions where topic = $1 and id > $2 order by id, low',
  isLeft: `select 1 as found from messages where topic = $1 and seqid < $2 and ${LEFT} limit 1`,
  expunge: `update messages set deleted = 1, head = null, content = 'null'
            where topic = $1 and seqid < $2 and ${LEFT}`,
  // One deletion instead of all that it covers: readers hear of the newest.
  mergeDeletions: 'delete from deletions where topic = $1 and hi <= $2',
  logExpunged: `insert into deletions (topic, id, user_id, low, hi) values ($1, $2, '', 1, $3)`,
  expired: `select c.topic, (select max(seqid) from (
              select seqid from messages where topic = c.topic and at < $3 and ${LEFT} order by seqid limit 500
            ) as old) as newest
            from conversations c
            where c.topic > $1 and (cast($2 as text) is null or c.topic <= $2) and c.created_at < $3 order by c.topic`,
  newestDeletion: `select coalesce(max(id), 0) as id from deletions
                   where topic = $1 and (user_id = '' or user_id = $2)`,

  assign: `update conversations set phase = 'assigned', agent = $2, last_agent = $2, ${touched('$3')}
           where topic = $1 and (
             cast($4 as text) is null
             or (phase = 'assigned' and agent = $2)
             or (phase = $4 and (
               cast($5 as bigint) is null
               or (select count(*) from conversations own where own.phase = 'assigned' and own.agent = $2) < $5
             ))
           )
           returning *`,
  resolve: `update conversations set phase = 'resolved', agent = null, waiting_since = null, ${touched('$2')}
            where topic = $1 returning *`,
  leave: 'delete from members where topic = $1 and user_id = $2',
  release: `update conversations set
              phase = case when agent = $2 and phase = 'assigned' then 'queued' else phase end,
              agent = case when agent = $2 then null else agent end,
              last_agent = case when last_agent = $2 then null else last_agent end,
              ${touched('$3')}
            where topic = $1 returning *`,
  queued: `select * from conversations where phase = 'queued' order by waiting_since nulls first, touched_at limit $1`,
  loads: `select agent, count(*) as n from conversations
          where phase = 'assigned' and agent is not null group by agent`,
  addFile: `insert into files (name, user_id, upload, mime, size, title, at, state)
            values ($1, $2, $3, $4, $5, $6, $7, 'loose')
            on conflict (user_id, upload) do update set upload = excluded.upload returning *`,
  fileOfUpload: `select * from files where user_id = $1 and upload = $2 and state <> 'doomed'`,
  file: `select * from files where name = $1 and state <> 'doomed'`,
  topicsOfFile: 'select distinct topic from file_links where name = $1 limit 100',
  fileIn: `select 1 as found from file_links
             join messages on messages.topic = file_links.topic and messages.seqid = file_links.seqid
           where file_links.name = $1 and file_links.topic = $2 and (messages.note <> 1 or $3 = 1) limit 1`,
  fileBytes: 'select cast(coalesce(sum(size), 0) as bigint) as bytes from files where user_id = $1',
  // An update of its row comes first wherever a file is linked or let go of: so one of two that meet sees what the other did.
  claimFile: `update files set state = 'linked' where name = $1 and state <> 'doomed'
                and (user_id = $2 or exists (select 1 from users where id = $2 and kind = 'agent'))
              returning name`,
  linkFile: `insert into file_links (name, topic, seqid) values ($1, $2, $3) on conflict (name, topic, seqid) do nothing`,
  unlinkFiles: 'delete from file_links where topic = $1 and seqid >= $2 and seqid < $3 returning name',
  holdFile: 'update files set state = state where name = $1',
  loosenFile: `update files set state = 'loose' where name = $1 and state = 'linked'
                 and not exists (select 1 from file_links where file_links.name = $1)`,
  doomFiles: `update files set state = 'doomed' where state = 'loose' and name in (
                select name from files where state = 'loose' and at < $1 order by at limit $2
              )`,
  unlinkFilesOf: 'delete from file_links where name in (select name from files where user_id = $1)',
  doomFilesOf: `update files set state = 'doomed' where user_id = $1`,
  doomedFilesOf: `select name from files where state = 'doomed' and user_id = $1 order by name limit $2`,
  doomedFiles: `select name from files where state = 'doomed' order by at limit $1`,
  removeFile: `delete from files where name = $1 and state = 'doomed'`,
  files: `select * from files where name > $1 and (cast($2 as text) is null or user_id = $2) and state <> 'doomed'
          order by name limit $3`,
  secret: `insert into secrets (name, value) values ($1, $2)
           on conflict (name) do update set name = excluded.name returning value`,
  forgetSecret: 'delete from secrets where name = $1',

  topics: 'select topic from conversations where topic > $1 order by topic limit $2',
  probe: 'insert into probes (id, n) values (1, 1) on conflict (id) do update set n = probes.n + 1',
} as const;
