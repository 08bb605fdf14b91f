// Graphemes: what a reader takes for one character, which is what Drafty counts.

const segmenter =
  typeof Intl === 'object' && 'Segmenter' in Intl
    ? new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    : undefined;

/** Near enough where the engine has no segmenter: a character and what is joined to it, a flag, a line end. */
const CLUSTER = /\r\n|\p{RI}{2}|[^][\p{M}\p{Emoji_Modifier}\u200c]*(?:\u200d[^][\p{M}\p{Emoji_Modifier}]*)*/gu;

/** One code unit each, and none of them joins with another. */
const isPlain = (text: string): boolean => /^[\n -~]*$/.test(text);

/** Where each grapheme of the text begins, in UTF-16 code units, and at the end the length of the text. */
export const graphemeOffsets = (text: string, hasSegmenter = segmenter !== undefined): readonly number[] => {
  const offsets: number[] = [];
  if (isPlain(text)) for (let offset = 0; offset < text.length; offset += 1) offsets.push(offset);
  else {
    const found = hasSegmenter && segmenter ? segmenter.segment(text) : text.matchAll(CLUSTER);
    for (const { index } of found) offsets.push(index);
  }
  offsets.push(text.length);
  return offsets;
};

/** The number of the grapheme that the code unit at `offset` belongs to. */
export const graphemeAt = (offsets: readonly number[], offset: number): number => {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((offsets[middle] ?? Infinity) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
};

export const graphemeLength = (text: string): number => graphemeOffsets(text).length - 1;
