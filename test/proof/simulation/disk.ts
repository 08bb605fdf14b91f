// Disk: the SQL of the embedded store on a database in memory that outlives the gateways of a run, behind the same group
// commit. What was not committed when a gateway dies is lost; what was committed is kept, whether or not it was answered.
import { openEmbeddedDatabase } from '../../../src/gateway/store/embedded-database.ts';
import type { EmbeddedDatabase } from '../../../src/gateway/store/embedded-database.ts';
import { answersTo } from '../../../src/gateway/store/embedded-worker.ts';
import type { Answer } from '../../../src/gateway/store/embedded-worker.ts';
import { GroupCommit, storeByGroups } from '../../../src/gateway/store/group-commit.ts';
import type { Store } from '../../../src/gateway/store/store.ts';
import { msgidOf } from '../../../src/protocol/msgid.ts';
import { asObject } from '../../../src/protocol/json.ts';
import type { Json } from '../../../src/protocol/json.ts';
import type { Happening, StoredRow } from '../history.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

const SQLITE_IOERR = 10;

export interface DiskOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly witness: (event: Happening) => void;
  /** How likely a call fails. */
  readonly failing: () => number;
}

export class Disk {
  readonly #options: DiskOptions;
  readonly #database: EmbeddedDatabase;
  /** Calls that are to fail. */
  readonly #failing = new Set<unknown>();
  /** What deleted messages were called, by topic and seqid. */
  readonly #deleted = new Map<string, string>();

  constructor(options: DiskOptions) {
    this.#options = options;
    const database = openEmbeddedDatabase(':memory:');
    const isFailing = (argument: unknown): void => {
      if (this.#failing.has(argument)) throw Object.assign(new Error('disk I/O error'), { errcode: SQLITE_IOERR });
    };
    this.#database = {
      ...database,
      append: (message) => {
        isFailing(message);
        return database.append(message);
      },
      appended: (identity) => {
        isFailing(identity);
        return database.appended(identity);
      },
      hide: (identity) => {
        isFailing(identity);
        return database.hide(identity);
      },
      history: (query) => {
        isFailing(query);
        return database.history(query);
      },
      messages: (query) => {
        isFailing(query);
        return database.messages(query);
      },
      conversation: (topic) => {
        isFailing(topic);
        return database.conversation(topic);
      },
      conversationsOf: (query) => {
        isFailing(query);
        return database.conversationsOf(query);
      },
      useToken: (use) => {
        isFailing(use);
        return database.useToken(use);
      },
      saveMarks: (marks) => {
        isFailing(marks);
        database.saveMarks(marks);
      },
      remove: (removal) => {
        isFailing(removal);
        const { topic, ranges } = removal;
        // Newer versions, which go with them, stand anywhere behind.
        const low = Math.min(...ranges.map((range) => range.low));
        for (const { seq, head, deleted } of database.messages({ topic, low, end: Number.MAX_SAFE_INTEGER }))
          if (head !== undefined && !deleted) this.#deleted.set(`${topic} ${seq}`, msgidIn(head));
        return database.remove(removal);
      },
    };
  }

  /** Before the run: an agent with a token. */
  prepare(act: (database: EmbeddedDatabase) => void): void {
    const database = this.#database;
    database.transaction(() => {
      act(database);
    });
  }

  /** The store of one gateway, for as long as that is alive. */
  open(isAlive: () => boolean): Store {
    const { time, random, witness, failing } = this.#options;
    const later = (ms: number, act: () => void): void => {
      time.after(ms, () => {
        if (isAlive()) act();
      });
    };
    const groups = new GroupCommit({
      order: (calls) => {
        later(random.between(0.3, 5), () => {
          const rate = failing();
          for (const { argument } of calls)
            if (rate > 0 && random.chance(rate)) {
              this.#failing.add(argument);
              witness({ what: 'fault', fault: 'store-error' });
            }
          const answers = answersTo(this.#database, calls);
          this.#failing.clear();
          // Committed; the gateway hears of it a little later, if it lives that long.
          later(random.between(0.02, 0.5), () => {
            groups.answered(answers as readonly Answer<never>[]);
          });
        });
      },
      soon: (act) => {
        later(0.01, act);
      },
      after: later,
      elapsed: () => time.now,
    });
    return storeByGroups(groups, () => groups.close());
  }

  /** All rows of a topic, as they are on disk. */
  rows(topic: string): StoredRow[] {
    return this.#database
      .messages({ topic, low: 1, end: Number.MAX_SAFE_INTEGER })
      .map(({ seq, from, head, note, deleted }) => [
        seq,
        deleted ? (this.#deleted.get(`${topic} ${seq}`) ?? '') : msgidIn(head),
        from,
        `${deleted ? 'd' : ''}${deleted && head !== undefined ? 't' : ''}${note ? 'n' : ''}`,
        replacedBy(head),
      ]);
  }

  /** The conversations of a user. */
  topics(user: string): { readonly topic: string; readonly seq: number }[] {
    return this.#database
      .conversationsOf({ user, queued: true, limit: 100 })
      .map(({ conversation }) => ({ topic: conversation.topic, seq: conversation.seq }));
  }

  end(): void {
    this.#database.end();
  }
}

function msgidIn(head: string | undefined): string {
  if (head === undefined) return '';
  const value = JSON.parse(head) as Json;
  return msgidOf(asObject(value)) ?? '';
}

/** The seqid of the message that one with this head is a newer version of; 0 for none. */
export function replacedBy(head: string | undefined): number {
  return Number(/"replace":":(\d+)"/.exec(head ?? '')?.[1] ?? 0);
}
