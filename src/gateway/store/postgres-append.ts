// The append of the PostgreSQL store: seqids, dedupe and rows of a whole group of messages in one statement.
import { randomBytes } from 'node:crypto';
import type { Query } from './postgres-connection.ts';
import { conversationOf, number, optionalNumber, repeatOf } from './rows.ts';
import type { Row } from './rows.ts';
import { noteOf, SQL } from './statements.ts';
import type { Appended, NewMessage } from './store.ts';

/*
 * locked: the conversations, one after the other in the same order everywhere, so that no two gateways wait for each
 *   other. A lock is given on the newest version of a row: what another gateway wrote while we waited is there.
 * placed: each message that its sender may write there, whose account may have become another's, with the seqid that its identity has already. One that another gateway stored while we waited
 *   is not seen here: then the unique index refuses the statement, and the next try sees it.
 * numbered: new messages get their seqids, and hear whether the conversation waited before them.
 * told: and whether they change that. The phase changes only together with it.
 * ranked: how many changes there are up to each. The time of a change is its version too: one more at least than the last.
 */
const APPEND = `
with given as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::int[], $8::boolean[])
    with ordinality as given (topic, sender, msgid, at, head, content, note, by_visitor, n)
),
locked as materialized (
  select * from conversations where topic = any ($1) order by topic for no key update
),
placed as (
  select given.topic, given.sender, given.msgid, given.head, given.content, given.note, given.n,
         coalesce(first.at, given.at) as at,
         first.seqid as first_seqid,
         first.seqid is null as is_new,
         first.deleted = 0 and (first.content <> given.content or first.head is distinct from given.head) as differs,
         given.sender = locked.visitor as by_visitor,
         given.note > 0 and given.sender <> locked.visitor as is_silent,
         locked.seq, locked.phase, locked.waiting_since, locked.updated_at
  from given
    join locked on locked.topic = given.topic and (locked.visitor = given.sender or not given.by_visitor)
    left join messages first
      on first.topic = given.topic and first.sender = given.sender and first.msgid = given.msgid and first.msgid is not null
),
numbered as (
  select *,
         coalesce(first_seqid, seq + row_number() over (partition by topic, is_new order by n)) as seqid,
         coalesce(lag(by_visitor) over (partition by topic, is_new, is_silent order by n), waiting_since is not null) as waited
  from placed
),
told as (
  select *, is_new and not is_silent and by_visitor <> waited as changes from numbered
),
ranked as materialized (
  select *, count(*) filter (where changes) over (partition by topic order by n) as rank from told
),
summed as (
  select topic,
         max(seqid) as seq,
         (array_agg(at order by n desc))[1] as touched_at,
         bool_or(by_visitor) as by_visitor,
         count(*) filter (where changes) as changes,
         max(at - rank) filter (where changes) as changed_at,
         (array_agg(case when by_visitor then at end order by n desc) filter (where changes))[1] as waiting_since
  from ranked where is_new group by topic
),
advanced as (
  update conversations old set
    seq = summed.seq,
    touched_at = summed.touched_at,
    phase = case when summed.by_visitor and old.phase in ('new', 'resolved') then 'queued' else old.phase end,
    waiting_since = case when summed.changes > 0 then summed.waiting_since else old.waiting_since end,
    updated_at = case when summed.changes > 0 then greatest(old.updated_at, summed.changed_at) + summed.changes
                   else old.updated_at end
  from summed where old.topic = summed.topic
),
stored as (
  insert into messages (topic, seqid, sender, msgid, at, head, content, note, deleted)
  select topic, seqid, sender, msgid, at, head, content, note, 0 from ranked where is_new
),
marked as (
  update members set recv = own.seqid, read = own.seqid
  from (select topic, sender, max(seqid) as seqid from ranked where is_new and note < 2 group by topic, sender) own
  where members.topic = own.topic and members.user_id = own.sender
)
select ranked.n, ranked.seqid, ranked.at, ranked.is_new, ranked.differs, ranked.changes, before.*,
       case when bool_or(ranked.by_visitor and ranked.is_new) over so_far and ranked.phase in ('new', 'resolved') then 'queued'
         else ranked.phase end as new_phase,
       case when ranked.by_visitor then ranked.at end as new_waiting_since,
       greatest(ranked.updated_at, max(ranked.at - ranked.rank) filter (where ranked.changes) over so_far)
         + ranked.rank as new_updated_at
from ranked left join locked before on before.topic = ranked.topic and ranked.changes
window so_far as (partition by ranked.topic order by ranked.n)
`;

/** So that no deletion comes between the look at what a message replaces and the message; in the order of the append. */
const LOCK = 'select 1 from conversations where topic = any ($1) order by topic for no key update';

/** A message that can be recognised. */
export type IdentifiedMessage = NewMessage & { readonly msgid: string };

/** Identity of a message that has none: a group whose answer is lost is sent again. Never that of a client's message. */
const ownIdentity = (): string => `-${randomBytes(16).toString('base64url')}`;

/** A message that is given an identity when it is called, not when it is tried. */
export const identified = (message: NewMessage): IdentifiedMessage => ({
  ...message,
  msgid: message.msgid ?? ownIdentity(),
});

const appendedOf = (row: Row): Appended => {
  const seq = number(row, 'seqid');
  const at = number(row, 'at');
  if (row['is_new'] !== true) return { ...repeatOf(row), ...(row['differs'] === true && { differs: true }) };
  if (row['changes'] !== true) return { seq, at, dup: false, changed: undefined };
  const changed = conversationOf({ ...row, phase: row['new_phase'] });
  const waitingSince = optionalNumber(row, 'new_waiting_since');
  return {
    seq,
    at,
    dup: false,
    changed: { ...changed, seq, waitingSince, touchedAt: at, updatedAt: number(row, 'new_updated_at') },
  };
};

/** Appends the messages in their order; undefined for those of conversations that there are not. */
export async function appendAll(
  query: Query,
  messages: readonly IdentifiedMessage[],
): Promise<readonly (Appended | undefined)[]> {
  // The same message twice in one group is one message.
  const indexes = new Map<string, number>();
  const unique: IdentifiedMessage[] = [];
  const places = messages.map((message) => {
    const identity = `${message.topic} ${message.from} ${message.msgid}`;
    const index = indexes.get(identity) ?? unique.push(message) - 1;
    indexes.set(identity, index);
    return index;
  });
  const gone = await replacingWhatIsGone(query, unique);
  const given = unique.filter((message) => !gone.has(message));
  const rows = await query(
    APPEND,
    given.map(({ topic }) => topic),
    given.map(({ from }) => from),
    given.map(({ msgid }) => msgid),
    given.map(({ at }) => at),
    given.map(({ head }) => head ?? null),
    given.map(({ content }) => content),
    given.map(noteOf),
    given.map(({ byVisitor }) => byVisitor === true),
  );
  const appended = new Map<IdentifiedMessage | undefined, Appended>();
  for (const row of rows) appended.set(given[number(row, 'n') - 1], appendedOf(row));
  for (const message of gone)
    appended.set(message, { seq: 0, at: message.at, dup: false, gone: true, changed: undefined });
  for (const message of given) {
    const { topic, from, files = [], replaces } = message;
    const one = appended.get(message);
    if (!one || one.dup) continue;
    for (const name of files)
      if ((await query(SQL.claimFile, name, from)).length > 0) await query(SQL.linkFile, name, topic, one.seq);
    if (replaces !== undefined) await query(SQL.replacing, topic, one.seq, replaces);
  }
  return messages.map((message, place) => {
    const first = unique[places[place] ?? 0];
    const one = appended.get(first);
    if (!one || first === message) return one;
    const differs = first?.content !== message.content || first.head !== message.head;
    return { ...one, dup: true, changed: undefined, ...(differs && { differs }) };
  });
}

/** New ones whose message was deleted for everyone. */
async function replacingWhatIsGone(
  query: Query,
  messages: readonly IdentifiedMessage[],
): Promise<ReadonlySet<IdentifiedMessage>> {
  const gone = new Set<IdentifiedMessage>();
  if (messages.every(({ replaces }) => replaces === undefined)) return gone;
  await query(
    LOCK,
    messages.map(({ topic }) => topic),
  );
  for (const message of messages) {
    const { topic, from, msgid, replaces } = message;
    if (replaces !== undefined && (await query(SQL.isGone, topic, from, replaces, msgid)).length > 0) gone.add(message);
  }
  return gone;
}
