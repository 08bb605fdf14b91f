// The append of the embedded store: a message is one row at once; what a group of them changes of a conversation and its senders' marks is written once, at the end.
import type { SQLInputValue } from 'node:sqlite';
import { conversationOf, number, repeatOf } from './rows.ts';
import type { Row } from './rows.ts';
import { noteOf, SQL } from './statements.ts';
import type { Appended, Conversation, NewMessage } from './store.ts';

/** Conversations that are kept in mind between transactions. */
const KNOWN = 10_000;

/** A repeat inserts nothing: the index of the identities says so, which has to be looked at anyway. */
const INSERT = `
insert into messages (topic, seqid, sender, msgid, at, head, content, note, deleted)
values ($1, $2, $3, $4, $5, $6, $7, $8, 0) on conflict (topic, sender, msgid) where msgid is not null do nothing`;
const ADVANCE = 'update conversations set seq = $2, touched_at = $3 where topic = $1';
const CHANGE = `update conversations set seq = $2, touched_at = $3, phase = $4, waiting_since = $5, updated_at = $6
                where topic = $1`;
const MARK = 'update members set recv = $3, read = $3 where topic = $1 and user_id = $2';

/** Runs a statement as it is, without {@link EmbeddedAppend.settle}. */
export interface Statements {
  readonly get: (sql: string, ...values: SQLInputValue[]) => Row | undefined;
  readonly run: (sql: string, ...values: SQLInputValue[]) => number;
}

interface Unsettled {
  conversation: Conversation;
  isChange: boolean;
  /** The newest of each sender. */
  readonly seqs: Map<string, number>;
}

export class EmbeddedAppend {
  readonly #statements: Statements;
  /** As they are in the database, with what is not settled yet. */
  readonly #known = new Map<string, Conversation>();
  readonly #unsettled = new Map<string, Unsettled>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  append(message: NewMessage): Appended {
    const { get, run } = this.#statements;
    const { topic, from, msgid, at } = message;
    const before = this.#conversation(topic);
    const byVisitor = before.visitor === from;
    if (message.byVisitor === true && !byVisitor) throw new Error('no such conversation of the sender');
    const seq = before.seq + 1;
    const note = noteOf(message);
    const { head = null, content } = message;
    if (run(INSERT, topic, seq, from, msgid ?? null, at, head, content, note) === 0) {
      const first = get(SQL.messageByMsgid, topic, from, msgid ?? null) ?? {};
      const isSame = number(first, 'deleted') === 1 || (first['content'] === content && first['head'] === head);
      return { ...repeatOf(first), ...(!isSame && { differs: true }) };
    }
    const phase = byVisitor && (before.phase === 'new' || before.phase === 'resolved') ? 'queued' : before.phase;
    const waitingSince = byVisitor ? (before.waitingSince ?? at) : note > 0 ? before.waitingSince : undefined;
    const isChange = phase !== before.phase || waitingSince !== before.waitingSince;
    const updatedAt = isChange ? Math.max(at, before.updatedAt + 1) : before.updatedAt;
    const conversation = { ...before, seq, phase, waitingSince, touchedAt: at, updatedAt };
    this.#advance(conversation, isChange, message.system === true ? undefined : from);
    return { seq, at, dup: false, changed: isChange ? conversation : undefined };
  }

  /** Writes what is not written yet. Before anything else looks at the database, and before a commit. */
  settle(): void {
    if (this.#unsettled.size === 0) return;
    const { run } = this.#statements;
    for (const [topic, { conversation, isChange, seqs }] of this.#unsettled) {
      const { seq, touchedAt, phase, waitingSince, updatedAt } = conversation;
      if (isChange) run(CHANGE, topic, seq, touchedAt, phase, waitingSince ?? null, updatedAt);
      else run(ADVANCE, topic, seq, touchedAt);
      for (const [user, newest] of seqs) run(MARK, topic, user, newest);
    }
    this.#unsettled.clear();
  }

  /** The database may know better. */
  forget(): void {
    this.#known.clear();
  }

  /** What was not committed has never been. */
  undo(): void {
    this.#unsettled.clear();
    this.forget();
  }

  #conversation(topic: string): Conversation {
    const known = this.#known.get(topic);
    if (known) return known;
    const row = this.#statements.get(SQL.conversation, topic);
    if (!row) throw new Error('no such conversation');
    return conversationOf(row);
  }

  #advance(conversation: Conversation, isChange: boolean, sender: string | undefined): void {
    const { topic, seq } = conversation;
    if (this.#known.size >= KNOWN) this.forget();
    this.#known.set(topic, conversation);
    const unsettled = this.#unsettled.get(topic) ?? { conversation, isChange: false, seqs: new Map<string, number>() };
    unsettled.conversation = conversation;
    unsettled.isChange ||= isChange;
    if (sender !== undefined) unsettled.seqs.set(sender, seq);
    this.#unsettled.set(topic, unsettled);
  }
}
