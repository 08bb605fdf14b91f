// Finds the links in a text. A scanner of its own, linear in the text: no pattern that can be made to run long.

/** A stretch of text; with `href` it is a link to there. */
export interface Piece {
  readonly text: string;
  readonly href?: string;
}

/** The only schemes that become links. Bare `www.` becomes https. */
const STARTS: readonly (readonly [start: string, prefix: string])[] = [
  ['https://', ''],
  ['http://', ''],
  ['mailto:', ''],
  ['tel:', ''],
  ['www.', 'https://'],
];

/** Ends a link wherever it stands: white space, quotes, angle brackets, and what closes a sentence in Chinese. */
const ENDS = /[\s<>"“”‘’「」『』《》〈〉【】（）［］，。！？；：、…\u0000-\u001f\u007f]/;
/** Is no part of a link where it stands last. */
const TRAILING = ".,:;!?'*_~";
const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** True inside a word, so that `xhttps://` is no link. Chinese has no spaces: only ASCII counts. */
const isInWord = (text: string, at: number): boolean => at > 0 && /\w/.test(text.charAt(at - 1));

/** Where the link that starts at `from` ends. */
const endOf = (text: string, from: number): number => {
  let end = from;
  const opened: Record<string, number> = {};
  while (end < text.length) {
    const character = text.charAt(end);
    if (ENDS.test(character)) break;
    const opening = PAIRS[character];
    // a closing bracket that was not opened inside belongs to the sentence around the link
    if (opening !== undefined) {
      if (!opened[opening]) break;
      opened[opening] -= 1;
    } else if (character === '(' || character === '[' || character === '{') {
      opened[character] = (opened[character] ?? 0) + 1;
    }
    end += 1;
  }
  while (end > from && TRAILING.includes(text.charAt(end - 1))) end -= 1;
  return end;
};

const hrefOf = (link: string, prefix: string): string | undefined => {
  try {
    const url = new URL(prefix + link);
    // a name in front of the host is how a link pretends to lead elsewhere
    if (url.username || url.password) return undefined;
    if (url.protocol === 'https:' || url.protocol === 'http:') return url.hostname === '' ? undefined : url.href;
    if (url.protocol === 'mailto:') return /^[^@?]+@[^@?]+/.test(url.pathname) ? url.href : undefined;
    return url.protocol === 'tel:' && /^\+?[\d().-]{3,}$/.test(url.pathname) ? url.href : undefined;
  } catch {
    return undefined;
  }
};

/** Cuts a text into pieces whose texts, put together, are the text. */
export const linkify = (text: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  let plain = 0;
  let at = 0;
  while (at < text.length) {
    const start = STARTS.find(([start]) => {
      const first = text.charCodeAt(at) | 0x20;
      return first === start.charCodeAt(0) && text.slice(at, at + start.length).toLowerCase() === start;
    });
    if (!start || isInWord(text, at)) {
      at += 1;
      continue;
    }
    const end = endOf(text, at);
    const href = end > at + start[0].length ? hrefOf(text.slice(at, end), start[1]) : undefined;
    if (href !== undefined) {
      if (plain < at) pieces.push({ text: text.slice(plain, at) });
      pieces.push({ text: text.slice(at, end), href });
      plain = end;
    }
    at = Math.max(end, at + 1);
  }
  if (plain < text.length) pieces.push({ text: text.slice(plain) });
  return pieces;
};
