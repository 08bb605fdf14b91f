// Find: where a text stands in a conversation.
import type { JsonObject } from './json.ts';
import { count, list, object, optional, string } from './shape.ts';

export interface Find {
  /** Of the message, or of the one that it is a newer version of. */
  readonly seq: number;
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly ts: string;
  /** What stands around the text. */
  readonly text: string;
}

/** The newest first. With `before` there may be more: before that seqid. */
export interface Finds {
  readonly hits: readonly Find[];
  readonly before?: number;
}

const finds = object<Finds>({
  hits: list(object<Find>({ seq: count, from: string, ts: string, text: string })),
  before: optional(count),
});

/** The finds in the params of a ctrl; none when the peer can't find. */
export const findsOf = (params: JsonObject | undefined): Finds => {
  try {
    return finds(params, 'params');
  } catch {
    return { hits: [] };
  }
};
