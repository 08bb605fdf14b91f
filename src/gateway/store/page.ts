// Page: conversations by name, some at a time: for what goes through all of them.
import { number, optionalNumber, text } from './rows.ts';
import type { Row } from './rows.ts';
import type { Expired } from './store.ts';

/** Conversations after one, up to another. */
export interface Page {
  readonly after: string;
  /** Null: all that follow. */
  readonly last: string | null;
  readonly conversations: number;
}

/** The page of these topics, which are `limit` unless they are the last. */
export const pageOf = (after: string, limit: number, topics: readonly string[]): Page => ({
  after,
  last: topics.length < limit ? null : (topics.at(-1) ?? null),
  conversations: topics.length,
});

/** What of the page has expired. */
export const expiredOf = ({ last }: Page, rows: readonly Row[]): Expired => ({
  last: last ?? undefined,
  old: rows.flatMap((row) =>
    optionalNumber(row, 'newest') === undefined ? [] : [{ topic: text(row, 'topic'), end: number(row, 'newest') + 1 }],
  ),
});
