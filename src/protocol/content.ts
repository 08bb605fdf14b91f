// What a message carries: plain text, or a Drafty document that has a text of its own.
import { asObject } from './json.ts';
import type { Json } from './json.ts';
import { LIMITS } from './limits.ts';

/** Head of a note that agents write to each other; visitors get a tombstone in its place. */
export const NOTE_HEAD = 'x-kefu-note';

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
