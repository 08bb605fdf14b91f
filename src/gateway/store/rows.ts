// Rows: what the databases answer with, and what the store makes of it. The same columns in both databases.
import type { Phase } from '../../protocol/conversation.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { SeqSet } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import { jsonObject, object, optional, string } from '../../protocol/shape.ts';
import type { Identity, SignedCard } from '../identity.ts';
import type {
  Agent,
  Appended,
  Conversation,
  ConversationEntry,
  DeletionLog,
  History,
  HistoryQuery,
  Member,
  NumberedRemoval,
  StoredFile,
  StoredMessage,
  User,
  UserKind,
} from './store.ts';

/** By column name; integers are numbers. */
export type Row = Readonly<Record<string, unknown>>;

export const text = (row: Row, column: string): string => {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`${column} is not text`);
  return value;
};
export const number = (row: Row, column: string): number => {
  const value = row[column];
  if (typeof value !== 'number') throw new Error(`${column} is not a number`);
  return value;
};
const optionalText = (row: Row, column: string): string | undefined =>
  row[column] === null ? undefined : text(row, column);
export const optionalNumber = (row: Row, column: string): number | undefined =>
  row[column] === null ? undefined : number(row, column);
/** What was checked before it was stored. */
const jsonIn = (row: Row, column: string): JsonObject | undefined => {
  const source = optionalText(row, column);
  if (source === undefined) return undefined;
  const value: unknown = JSON.parse(source);
  return jsonObject(value, column);
};

const KINDS: readonly UserKind[] = ['visitor', 'agent', 'user'];
const PHASES: readonly Phase[] = ['new', 'queued', 'assigned', 'resolved'];
const oneOf = <T extends string>(row: Row, column: string, values: readonly T[]): T => {
  const value = values.find((one) => one === row[column]);
  if (value === undefined) throw new Error(`${column} has an unknown value`);
  return value;
};

const card = object<SignedCard>({ name: optional(string), picture: optional(string), email: optional(string) });

const identityOf = (row: Row): { readonly identity?: Identity } => {
  const subject = optionalText(row, 'subject');
  return subject === undefined ? {} : { identity: { subject, card: card(jsonIn(row, 'card') ?? {}, 'card') } };
};

export const userOf = (row: Row): User => ({
  id: text(row, 'id'),
  kind: oneOf(row, 'kind', KINDS),
  public: jsonIn(row, 'public'),
  ...identityOf(row),
  createdAt: number(row, 'created_at'),
});

export const agentOf = (row: Row): Agent => ({ login: text(row, 'name'), user: userOf(row) });

export const conversationOf = (row: Row): Conversation => ({
  topic: text(row, 'topic'),
  visitor: text(row, 'visitor'),
  channel: text(row, 'channel'),
  public: jsonIn(row, 'public'),
  phase: oneOf(row, 'phase', PHASES),
  agent: optionalText(row, 'agent'),
  lastAgent: optionalText(row, 'last_agent'),
  waitingSince: optionalNumber(row, 'waiting_since'),
  seq: number(row, 'seq'),
  clear: number(row, 'clear'),
  createdAt: number(row, 'created_at'),
  updatedAt: number(row, 'updated_at'),
  touchedAt: number(row, 'touched_at'),
});

export const memberOf = (row: Row): Member => ({
  user: text(row, 'user_id'),
  kind: oneOf(row, 'kind', KINDS),
  public: jsonIn(row, 'public'),
  ...identityOf(row),
  recv: number(row, 'recv'),
  read: number(row, 'read'),
});

export const entryOf = (row: Row): ConversationEntry => ({
  conversation: conversationOf(row),
  ...identityOf(row),
  mark: row['recv'] === null ? undefined : { recv: number(row, 'recv'), read: number(row, 'read') },
});

export const messageOf = (row: Row): StoredMessage => ({
  seq: number(row, 'seqid'),
  from: text(row, 'sender'),
  at: number(row, 'at'),
  head: optionalText(row, 'head'),
  content: text(row, 'content'),
  note: number(row, 'note') === 1,
  ...(number(row, 'note') === 2 && { system: true }),
  deleted: number(row, 'deleted') === 1,
});

export const fileOf = (row: Row): StoredFile => ({
  name: text(row, 'name'),
  user: text(row, 'user_id'),
  upload: text(row, 'upload'),
  mime: text(row, 'mime'),
  size: number(row, 'size'),
  title: optionalText(row, 'title'),
  at: number(row, 'at'),
});

/** What the append of a message that is there says. */
export const repeatOf = (row: Row): Appended => ({
  seq: Math.max(0, number(row, 'seqid')),
  at: number(row, 'at'),
  dup: true,
  changed: undefined,
});

export const loadOf = (row: Row): { readonly agent: string; readonly conversations: number } => ({
  agent: text(row, 'agent'),
  conversations: number(row, 'n'),
});

export const removalOf = (row: Row): NumberedRemoval => ({
  id: number(row, 'id'),
  user: text(row, 'user_id') === '' ? undefined : text(row, 'user_id'),
  by: optionalText(row, 'deleter'),
  ranges: [{ low: number(row, 'low'), hi: number(row, 'hi') }],
});

export const deletionLogOf = (rows: readonly Row[]): DeletionLog => ({
  clear: rows.reduce((newest, row) => Math.max(newest, number(row, 'id')), 0),
  ranges: rows.map((row) => {
    const by = optionalText(row, 'deleter');
    return { low: number(row, 'low'), hi: number(row, 'hi'), ...(by !== undefined && { by }) };
  }),
});

/** A conversation that is over, and how far it went. */
export const endedOf = (row: Row): { readonly topic: string; readonly seq: number } => ({
  topic: text(row, 'topic'),
  seq: number(row, 'seq'),
});

/** A page of history: `shown` are the newest messages of the windows that the viewer may see, `limit` at most. */
export function historyOf(
  { windows, limit }: HistoryQuery,
  newest: number,
  shown: readonly StoredMessage[],
  clear: number,
): History {
  const given = new SeqSet();
  for (const { seq } of shown) given.add(seq);
  // A full page covers only what it reaches down to.
  const from = shown.length >= limit ? (shown.at(-1)?.seq ?? Infinity) : 1;
  const hidden: SeqRange[] = [];
  for (const { low, end } of windows) hidden.push(...given.missing(Math.max(low, from), Math.min(end, newest + 1)));
  return { messages: shown, hidden, clear };
}
