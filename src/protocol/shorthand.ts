// Shorthand: `*bold*`, `_italic_`, `~strike~` and `` `code` `` as people type them, to Drafty and back.
import { writeDrafty } from './drafty-writer.ts';
import type { Stretch } from './drafty-writer.ts';
import { readDrafty } from './drafty.ts';
import type { Node, SpanType } from './drafty.ts';
import type { Json } from './json.ts';
import { linkify } from './linkify.ts';

const TYPES: Readonly<Record<string, SpanType>> = { '*': 'ST', _: 'EM', '~': 'DL', '`': 'CO' };
const MARKS: Readonly<Record<string, string>> = { ST: '*', EM: '_', DL: '~', CO: '`' };

/** What a mark inside of a word stands next to. Not the letters of scripts that put no space between words. */
const isWord = (character: string): boolean => /[\p{Ll}\p{Lu}\p{Lt}\p{N}]/u.test(character);
const isSpace = (character: string): boolean => /^\s?$/.test(character);

/** The pairs of marks in a text, in time that is linear in it. Both are on one line, outside of words and of links. */
const pairsIn = (text: string): readonly Stretch[] => {
  const pairs: Stretch[] = [];
  const open = new Map<string, number>();
  let start = 0;
  for (const { text: piece, href } of linkify(text)) {
    const end = start + piece.length;
    for (let at = start; href === undefined && at < end; at += 1) {
      const mark = text.charAt(at);
      const tp = TYPES[mark];
      if (mark === '\n') open.clear();
      if (!tp) continue;
      const [before, after] = [text.charAt(at - 1), text.charAt(at + 1)];
      const from = open.get(mark);
      if (from !== undefined && from < at - 1 && !isSpace(before) && !isWord(after)) {
        pairs.push({ tp, from, to: at });
        // what was begun inside and not ended is no mark
        for (const [other, place] of open) if (place >= from) open.delete(other);
      } else if (!isWord(before) && !isSpace(after)) {
        const close = mark === '`' ? text.indexOf(mark, at + 1) : -1;
        // nothing inside of code is a mark
        if (close > at + 1 && close < end && !text.slice(at, close).includes('\n')) {
          pairs.push({ tp, from: at, to: close });
          at = close;
        } else if (mark !== '`') open.set(mark, at);
      }
    }
    start = end;
  }
  return pairs.sort((a, b) => a.from - b.from);
};

/** The content for what somebody typed: the text itself where there is nothing to format, else a document. */
export const readShorthand = (typed: string): Json => {
  const pairs = pairsIn(typed);
  if (pairs.length === 0) return typed;
  const cut = new Set(pairs.flatMap(({ from, to }) => [from, to]));
  /** Where each character comes to stand. */
  const places: number[] = [];
  let txt = '';
  for (let at = 0; at < typed.length; at += 1) {
    places.push(txt.length);
    if (!cut.has(at)) txt += typed.charAt(at);
  }
  const placeOf = (at: number): number => places[at] ?? txt.length;
  return writeDrafty(
    txt,
    pairs.map(({ tp, from, to }) => ({ tp, from: placeOf(from), to: placeOf(to) })),
  );
};

/** What somebody would type for the content: for the clipboard, and to edit it. Quotes and buttons are left out. */
export const writeShorthand = (content: Json): string => writeNodes(readDrafty(content)).trim();

const writeNodes = (nodes: readonly Node[]): string =>
  nodes
    .map((node) => {
      if (typeof node === 'string') return node;
      // a mark that stood at the beginning of the line belongs to the break now
      if (node.tp === 'BR') return `\n${node.text.slice(1)}`;
      if (node.tp === 'QQ' || node.tp === 'BN') return '';
      const mark = MARKS[node.tp] ?? '';
      return mark + writeNodes(node.nodes) + mark;
    })
    .join('');
