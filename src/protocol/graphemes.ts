// Graphemes: what a reader takes for one character, which is what Drafty counts.

const canSegment = typeof Intl === 'object' && 'Segmenter' in Intl;

/** Made when the first text needs it: its tables take longer to load than everything else of the widget. */
let segmenter: Intl.Segmenter | undefined;

/** Near enough where the engine has no segmenter: a character and what is joined to it, a flag, a line end. */
const CLUSTER = /\r\n|\p{RI}{2}|[^][\p{M}\p{Emoji_Modifier}\u200c]*(?:\u200d[^][\p{M}\p{Emoji_Modifier}]*)*/gu;

/** Where each grapheme of the text begins, in UTF-16 code units, and at the end the length of the text. */
export const graphemeOffsets = (text: string, hasSegmenter = canSegment): readonly number[] => {
  const offsets: number[] = [];
  const found = hasSegmenter
    ? (segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })).segment(text)
    : text.matchAll(CLUSTER);
  for (const { index } of found) offsets.push(index);
  offsets.push(text.length);
  return offsets;
};

/** The number of the first grapheme that does not begin before the code unit at `offset`. */
export const graphemeAt = (offsets: readonly number[], offset: number): number =>
  offsets.findIndex((one) => one >= offset);

export const graphemeLength = (text: string): number => graphemeOffsets(text).length - 1;
