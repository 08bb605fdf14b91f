// What a message carries: plain text, or a Drafty document that has a text of its own.
import { asObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { LIMITS } from './limits.ts';
import { object, oneOf, string } from './shape.ts';

/** Head of a note that agents write to each other; visitors get a tombstone in its place. */
export const NOTE_HEAD = 'x-kefu-note';
/** Head of a tombstone: who took the message back, or away. It has no content any more. */
export const RECALLED_HEAD = 'x-kefu-recalled';
/** Why a newer version of a message is refused that was taken back, or away. */
export const GONE = 'gone';
/** Head of a line that the gateway wrote: what has happened to the conversation. */
export const SYSTEM_HEAD = 'x-kefu-system';

/** What has happened: an agent joined, was given the conversation by another, left it, or closed it. */
export interface SystemLine {
  readonly act: 'joined' | 'transferred' | 'left' | 'resolved';
  /** Which agent: the one who has it now, left it or closed it. */
  readonly user: string;
}

const systemLine = object<SystemLine>({ act: oneOf('joined', 'transferred', 'left', 'resolved'), user: string });

/** The line in the head of a message; undefined where it is a message of somebody. */
export const systemLineOf = (head: JsonObject): SystemLine | undefined => {
  // an error for each message of somebody would cost more than its row
  if (head[SYSTEM_HEAD] === undefined) return undefined;
  try {
    return systemLine(head[SYSTEM_HEAD], SYSTEM_HEAD);
  } catch {
    return undefined;
  }
};

/** Who took the message back, or away: a user id; undefined while it is there. */
export const recalledBy = (head: JsonObject): string | undefined => {
  const by = head[RECALLED_HEAD];
  return typeof by === 'string' ? by : undefined;
};

/** True for what stands in the conversation as a line, not as a message of somebody. */
export const isNotice = ({ head }: { readonly head: JsonObject }): boolean =>
  recalledBy(head) !== undefined || head[SYSTEM_HEAD] !== undefined;

/** `12`, as Tinode's clients write it, `:12` or `grp…:12`. */
const seqidIn = (value: Json | undefined): number | undefined => {
  const match = typeof value === 'string' ? /(?:^|:)(\d{1,15})$/.exec(value) : null;
  return match ? Number(match[1]) : undefined;
};

/** The seqid of the message that one with this head is a newer version of. */
export const replaces = (head: JsonObject): number | undefined => seqidIn(head['replace']);

/** The seqid of the message that one with this head answers. */
export const repliesTo = (head: JsonObject): number | undefined => seqidIn(head['reply']);

/** The text of a message's content: the string itself, or the text of a Drafty document; empty for anything else. */
export const textOf = (content: Json | undefined): string => {
  if (typeof content === 'string') return content;
  const text = asObject(content)?.['txt'];
  return typeof text === 'string' ? text : '';
};

/** True when the text is over {@link LIMITS.textBytes} or {@link LIMITS.textCodePoints}. */
export const isTextTooLong = (text: string): boolean => {
  if (text.length <= LIMITS.textCodePoints && text.length * 3 <= LIMITS.textBytes) return false;
  let codePoints = 0;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    codePoints += 1;
    if (bytes > LIMITS.textBytes || codePoints > LIMITS.textCodePoints) return true;
  }
  return false;
};

/** The head without what only the gateway may say: lines and tombstones that a client writes would be believed. */
export const headOfClient = (head: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(head).filter(([key]) => key !== 'sender' && key !== RECALLED_HEAD && key !== SYSTEM_HEAD),
  );
