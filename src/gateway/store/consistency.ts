// Consistency: what holds in every store, whatever was killed when: the checks of `kefu verify`, the same in both databases.
import type { Page } from './page.ts';
import { number, text } from './rows.ts';
import type { Row } from './rows.ts';
import type { Inspection } from './store.ts';

/** Conversations of the page $1, $2. */
const inPage = (topic: string): string => `${topic} > $1 and (cast($2 as text) is null or ${topic} <= $2)`;

interface Consistency {
  /** One statement, so that it sees one moment. Its rows have a `topic`. */
  readonly sql: string;
  /** What a row has found; undefined: all is well. */
  readonly finding: (row: Row) => string | undefined;
}

const sequence: Consistency = {
  sql: `select c.topic, c.seq, count(m.seqid) as n, coalesce(min(m.seqid), 1) as low, coalesce(max(m.seqid), 0) as high,
          count(m.msgid) as msgids,
          (select count(*) from (
             select distinct sender, msgid from messages
             where topic = c.topic and seqid > 0 and msgid is not null
           ) as identity) as identities
        from conversations c left join messages m on m.topic = c.topic and m.seqid > 0
        where ${inPage('c.topic')} group by c.topic, c.seq order by c.topic`,
  finding(row) {
    const [seq, n, low, high] = ['seq', 'n', 'low', 'high'].map((column) => number(row, column));
    if (seq !== high) return `should end with message ${seq}, and ends with ${high}`;
    if (n !== seq || low !== 1) return `has ${n} messages from ${low} to ${high}`;
    return number(row, 'msgids') === number(row, 'identities') ? undefined : 'has a message twice';
  },
};

const found = (sql: string, what: string): Consistency => ({ sql, finding: () => what });

export const CHECKS: readonly Consistency[] = [
  sequence,
  found(
    `select distinct m.topic from messages m where ${inPage('m.topic')}
       and not exists (select 1 from conversations c where c.topic = m.topic)`,
    'is not there, but messages of it are',
  ),
  found(
    `select c.topic from conversations c where ${inPage('c.topic')}
       and (c.phase not in ('new', 'queued', 'assigned', 'resolved') or (c.phase = 'assigned') <> (c.agent is not null)
         or not exists (select 1 from members m where m.topic = c.topic and m.user_id = c.visitor))`,
    'is with nobody, or with somebody who does not have it',
  ),
  found(
    `select m.topic from members m join conversations c on c.topic = m.topic where ${inPage('m.topic')}
       and (m.recv > c.seq or m.read > c.seq)`,
    'was read further than it goes',
  ),
  found(
    `select distinct m.topic from messages m where ${inPage('m.topic')} and m.seqid > 0
       and not exists (select 1 from users u where u.id = m.sender)`,
    'has a message of nobody',
  ),
  found(
    `select d.topic from deletions d left join conversations c on c.topic = d.topic where ${inPage('d.topic')}
       and (c.topic is null or d.id > c.clear or d.low < 1 or d.low >= d.hi or d.hi > c.seq + 1)`,
    'has a deletion of messages that it does not have',
  ),
  found(
    `select distinct m.topic from messages m where ${inPage('m.topic')} and m.deleted = 1 and m.content <> 'null'`,
    'has a deleted message whose content is there',
  ),
  found(
    `select distinct m.topic from messages m
       join messages first on first.topic = m.topic and first.seqid = m.replaces and first.sender = m.sender
     where ${inPage('m.topic')} and m.replaces is not null and m.deleted = 0 and first.deleted = 1`,
    'has a newer version of a deleted message',
  ),
  found(
    `select distinct l.topic from file_links l
       left join messages m on m.topic = l.topic and m.seqid = l.seqid
       left join files f on f.name = l.name
     where ${inPage('l.topic')} and (m.seqid is null or m.deleted = 1 or f.name is null or f.state <> 'linked')`,
    'has a file of a message that does not have it',
  ),
];

/** What the rows of {@link CHECKS} say. */
export function inspectionOf(page: Page, rows: readonly (readonly Row[])[]): Inspection {
  const findings = CHECKS.flatMap(({ finding }, index) =>
    (rows[index] ?? []).flatMap((row) => {
      const what = finding(row);
      return what === undefined ? [] : [`conversation ${text(row, 'topic')} ${what}`];
    }),
  );
  const messages = (rows[0] ?? []).reduce((sum, row) => sum + number(row, 'n'), 0);
  return { last: page.last ?? undefined, conversations: page.conversations, messages, findings };
}
