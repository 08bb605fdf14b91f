// History: what happened in a run, as its witnesses saw it: one JSON object per line, any number of files per run.
//
// Events of one witness (`by`) stand in the order of their happening, in one file; nothing is taken from the order of
// files or from clocks. The run ends in quiescence: everybody is connected, nothing is on its way, and then `pool` and
// `store` say what each has. `checker.ts` judges.
import { appendFileSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { MessageState } from '../../src/sdk/datalink/message-state.ts';

/** Faults that tests make. */
export const FAULTS = [
  // frames
  'drop',
  'duplicate',
  'overtake',
  'delay',
  // links
  'cut',
  'half-open',
  'one-way',
  'black-hole',
  'offline',
  // gateways: the process died, the machine is gone without a word, an orderly stop
  'gateway-crash',
  'gateway-gone',
  'gateway-stop',
  'store-error',
  // pages: left and loaded again, crashed, gone with their machine; asleep and told so, frozen and not told
  'reload',
  'page-crash',
  'page-gone',
  'sleep',
  'long-sleep',
  'freeze',
  'device-error',
  'clock-jump',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What stands in the place of a message: a tombstone, or a newer version of it. */
export type Instead = 'gone' | readonly [msgid: string, seqid: number];

/**
 * A message in a list, top to bottom: its msgid (or key, where it has none) and its seqid, 0 for none; the state that an
 * own one is shown in, in pools always; what is shown in its place. `null`: the mark of a hole.
 */
export type Row =
  readonly [msgid: string, seqid: number, state?: MessageState | undefined, instead?: Instead | undefined] | null;

/**
 * A row of the store: [seqid, msgid, sender's user id, flags, which message it is a newer version of]; flags: `d` deleted
 * for everyone, `t` with a tombstone, `n` note between agents.
 */
export type StoredRow = readonly [seqid: number, msgid: string, from: string, flags: string, replaces?: number];

/** What is counted against a bound; the bounds are in `checker.ts`. */
export type Measure = 'outbox' | 'held' | 'in-flight' | 'window' | 'buffered';

export type HistoryEvent = { readonly at: number } & (
  | { readonly what: 'begin'; readonly run: string; readonly seed: number; readonly replay?: string }
  /**
   * A client there is: one tab. Events of a client have its name in `by`. `pools: false`: it only sends, and shows nothing.
   * Clients of one `device` share what it keeps.
   */
  | {
      readonly what: 'client';
      readonly by: string;
      readonly user: string;
      readonly role: 'visitor' | 'agent';
      readonly device?: string;
      readonly pools?: false;
    }
  /** The client begins (again) as a new page: whatever was not `kept` before may be gone. */
  | { readonly what: 'page'; readonly by: string }
  /** The device has not told the page in time what it had kept: the page goes on without, and learns of it later. */
  | { readonly what: 'unrestored'; readonly by: string }
  /** The page is frozen or left: until the next view nobody sees what it shows. */
  | { readonly what: 'away'; readonly by: string }
  /**
   * `order` counts up per client, over all its pages. `replaces`: it is a newer version of the message with this seqid, and
   * has no row of its own.
   */
  | {
      readonly what: 'send';
      readonly by: string;
      readonly topic: string;
      readonly msgid: string;
      readonly order: number;
      readonly replaces?: number;
    }
  /** The gateway said so: the message with this seqid is taken back, or away, for everyone. */
  | { readonly what: 'recalled'; readonly by: string; readonly topic: string; readonly seqid: number }
  /** The device holds the message: from now on no page that ends may lose it. */
  | { readonly what: 'kept'; readonly by: string; readonly msgid: string }
  /** The device could not keep what became of the message: a page that comes later may not know, and ask the gateway again. */
  | { readonly what: 'unkept'; readonly msgid: string }
  /** The state that the client shows for an own message. */
  | { readonly what: 'state'; readonly by: string; readonly msgid: string; readonly state: MessageState }
  /** The gateway said so: stored under this seqid. */
  | {
      readonly what: 'acked';
      readonly by: string;
      readonly topic: string;
      readonly msgid: string;
      readonly seqid: number;
    }
  /** Taken without a seqid; refused for good; too old to be sent without asking. */
  | { readonly what: 'unnumbered' | 'refused' | 'expired'; readonly by: string; readonly msgid: string }
  /** The user sends an expired message after all: it takes its place in the order of sending anew. */
  | { readonly what: 'retried'; readonly by: string; readonly msgid: string; readonly order: number }
  /** The user removes a refused or expired message. */
  | { readonly what: 'discarded'; readonly by: string; readonly msgid: string }
  /**
   * The page begins to follow the topic here: everything up to `seqid` is history, loaded on demand. Again on the same
   * page: it has missed so much that it begins anew.
   */
  | { readonly what: 'base'; readonly by: string; readonly topic: string; readonly seqid: number }
  /** The page has [low, hi): as messages, as tombstones, or by its own ctrls. */
  | {
      readonly what: 'received';
      readonly by: string;
      readonly topic: string;
      readonly low: number;
      readonly hi: number;
    }
  /** The page acks (note recv). */
  | { readonly what: 'cursor'; readonly by: string; readonly topic: string; readonly seqid: number }
  /** The filter of the client dropped the message. */
  | { readonly what: 'hidden'; readonly by: string; readonly topic: string; readonly seqid: number }
  /** What the client shows now, or the end of it (the last rows). `loading`: it says that something may be missing. */
  | {
      readonly what: 'view';
      readonly by: string;
      readonly topic: string;
      readonly rows: readonly Row[];
      readonly loading: boolean;
    }
  /**
   * At quiescence: all that the client holds from seqid `from` on. Long pools may come in parts, top to bottom. `hasOlder`:
   * it says that there is history to load; an own message of long ago may be there already, before the hole.
   */
  | {
      readonly what: 'pool';
      readonly by: string;
      readonly topic: string;
      readonly from: number;
      readonly hasOlder?: boolean;
      readonly rows: readonly Row[];
    }
  /** At quiescence: rows of the store, in parts if there are many, ascending. */
  | { readonly what: 'store'; readonly topic: string; readonly rows: readonly StoredRow[] }
  | { readonly what: 'size'; readonly by: string; readonly of: Measure; readonly value: number }
  /**
   * The client has been told that the store went back to an earlier state: what was acked to it holds as far as the store
   * still has it, and it begins anew.
   */
  | { readonly what: 'epoch'; readonly by: string }
  /** The store went back: of the topic it had what it has up to `seqid`, as it was, and has lost what followed. */
  | { readonly what: 'restored'; readonly topic: string; readonly seqid: number }
  | { readonly what: 'fault'; readonly fault: Fault }
  /** For people who read a history; judged by nobody. */
  | { readonly what: 'trace'; readonly by: string; readonly text: string }
);

type Distribute<T> = T extends unknown ? Omit<T, 'at'> : never;
/** An event before it is stamped. */
export type Happening = Distribute<HistoryEvent>;

export type Witness = (event: Happening) => void;

/** Appends to a file. Every event is in the hands of the system when the call returns: it survives the end of the process. */
export function historyFile(path: string, now: () => number = Date.now): Witness {
  const file = openSync(path, 'a');
  return (event) => {
    writeSync(file, `${JSON.stringify({ at: now(), ...event })}\n`);
  };
}

/** Writes many events at once: for what was gathered in memory. */
export function appendHistory(path: string, events: readonly HistoryEvent[]): void {
  for (let from = 0; from < events.length; from += 10_000)
    appendFileSync(
      path,
      events
        .slice(from, from + 10_000)
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(''),
    );
}

const isEvent = (value: unknown): value is HistoryEvent =>
  typeof value === 'object' && value !== null && 'what' in value && typeof value.what === 'string';

/**
 * The events of a file with their lines, from 1. A torn last line belongs to a process that was killed and is passed
 * over; any other line that is no event throws.
 */
export async function* readHistory(path: string): AsyncGenerator<readonly [event: HistoryEvent, line: number]> {
  let torn: Error | undefined;
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (torn) throw torn;
    number += 1;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      torn = new Error(`${path}:${number} is no event`, { cause });
      continue;
    }
    if (!isEvent(value)) throw new Error(`${path}:${number} is no event`);
    yield [value, number];
  }
}
