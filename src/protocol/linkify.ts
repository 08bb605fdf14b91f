// Finds the links in a text, in time that is linear in the text.
import { hrefOf } from './address.ts';

/** A stretch of text; with `href` it is a link to there. */
export interface Piece {
  readonly text: string;
  readonly href?: string;
}

/**
 * One of the schemes that become links (`www.` becomes https), and what follows it up to white space, quotes, angle
 * brackets, or what closes a sentence in Chinese. A single repeated class of characters: nothing to backtrack into.
 */
const CANDIDATE =
  /\b(?:https?:\/\/|mailto:|tel:|www\.)[^\s<>"“”‘’「」『』《》〈〉【】（）［］，。！？；：、…\u0000-\u001f\u007f]+/gi;

/** The length of the candidate without what belongs to the sentence around it. */
const lengthOf = (candidate: string): number => {
  let length = 0;
  let open = 0;
  for (; length < candidate.length; length += 1) {
    const character = candidate.charAt(length);
    if ('([{'.includes(character)) open += 1;
    // a bracket that was not opened inside
    else if (')]}'.includes(character) && --open < 0) break;
  }
  while (".,:;!?'*_~".includes(candidate.charAt(length - 1)) && length > 0) length -= 1;
  return length;
};

/** Cuts a text into pieces whose texts, put together, are the text. */
export const linkify = (text: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  let plain = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const link = candidate.slice(0, lengthOf(candidate));
    const href = hrefOf(link);
    if (href === undefined) continue;
    if (plain < index) pieces.push({ text: text.slice(plain, index) });
    pieces.push({ text: link, href });
    plain = index + link.length;
  }
  if (plain < text.length) pieces.push({ text: text.slice(plain) });
  return pieces;
};
