// How much more a message may hold.
import { LIMITS } from '../protocol/limits.ts';

/** Below this many characters left, the writer is told. */
const TOLD_BELOW = 200;

/**
 * How many more characters like those in it the text may have: negative when it is too long, undefined while there is
 * plenty of room. The limit is one of characters and one of bytes, which a Chinese text reaches first.
 */
export const roomFor = (text: string): number | undefined => {
  if (text.length * 3 < LIMITS.textBytes - 3 * TOLD_BELOW) return undefined;
  const characters = [...text].length;
  const bytes = new TextEncoder().encode(text).length;
  const left = Math.min(
    LIMITS.textCodePoints - characters,
    Math.floor(((LIMITS.textBytes - bytes) * characters) / bytes),
  );
  return left < TOLD_BELOW ? left : undefined;
};
