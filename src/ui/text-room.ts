// How much more a message may hold.
import { isTextTooLong } from '../protocol/content.ts';
import { LIMITS } from '../protocol/limits.ts';

/** Below this many characters left, the writer is told. */
const TOLD_BELOW = 200;

const encoder = new TextEncoder();

/**
 * How many more characters like those in it the text may have: negative when it is too long, undefined while there is
 * plenty of room. The limit is one of characters and one of bytes, which a Chinese text reaches first.
 */
export const roomFor = (text: string): number | undefined => {
  if (text.length * 3 < LIMITS.textBytes - 3 * TOLD_BELOW) return undefined;
  const characters = [...text].length;
  const bytes = encoder.encode(text).length;
  const left = Math.min(
    LIMITS.textCodePoints - characters,
    Math.floor((LIMITS.textBytes - bytes) / (bytes / characters)),
  );
  if (isTextTooLong(text)) return Math.min(left, -1);
  return left < TOLD_BELOW ? Math.max(left, 0) : undefined;
};
