// Drafty, Tinode's format of rich messages: a text, and what is said of stretches of it. Read into a tree that is safe to show whoever wrote it.
import { hrefOf } from './address.ts';
import { textOf } from './content.ts';
import { graphemeOffsets } from './graphemes.ts';
import { asObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** `head.mime` of a message whose content is a document. */
export const DRAFTY_MIME = 'text/x-drafty';

/**
 * What a stretch of text is. Bold, italic, strike, code, highlight; a link, a line break, a quote; a button, a form that
 * groups buttons; image, video, audio, file; product and order. Anything else is its text.
 */
export type SpanType =
  | 'ST'
  | 'EM'
  | 'DL'
  | 'CO'
  | 'HL'
  | 'LN'
  | 'BR'
  | 'QQ'
  | 'BN'
  | 'FM'
  | 'IM'
  | 'VD'
  | 'AU'
  | 'EX'
  | 'x-kefu-product'
  | 'x-kefu-order';

/** A stretch of text that is something, and what is in it. */
export interface Span {
  readonly tp: SpanType;
  readonly text: string;
  readonly nodes: readonly Node[];
  /** What the document says of it, unchecked; empty for mere formatting. */
  readonly data: JsonObject;
  /** Where it leads: only for links, cards and buttons, and only to where a link may lead. */
  readonly href: string | undefined;
}

/** A string is plain text. */
export type Node = string | Span;

/** More than a person writes; what is beyond is shown as plain text. */
const FORMATS_MOST = 1_000;
const DEPTH_MOST = 8;

const isType = (tp: string): tp is SpanType =>
  /^(ST|EM|DL|CO|HL|LN|BR|QQ|BN|FM|IM|VD|AU|EX|x-kefu-(product|order))$/.test(tp);

const isMedia = (tp: string): boolean => /^(IM|VD|AU|EX)$/.test(tp);

/** Of two that cover the same text, the one that holds blocks is around the other. */
const weight = (tp: string): number => (tp === 'QQ' ? 2 : tp === 'FM' ? 1 : 0);

const linkOf = (tp: string, data: JsonObject): string | undefined => {
  const url = tp === 'BN' ? data['act'] === 'url' && data['ref'] : !isMedia(tp) && data['url'];
  return typeof url === 'string' ? hrefOf(url) : undefined;
};

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const numberOf = (value: Json | undefined): number => (typeof value === 'number' ? Math.floor(value) : 0);

interface Format {
  readonly tp: string;
  readonly data: JsonObject;
  /** In graphemes; negative: not tied to the text. */
  readonly at: number;
  readonly len: number;
}

/** The formats of a document that mean something here; those without a type of their own have that of their entity. */
const formatsOf = (doc: JsonObject | undefined): readonly Format[] => {
  const entities = listOf(doc?.['ent']);
  return listOf(doc?.['fmt'])
    .slice(0, FORMATS_MOST)
    .flatMap((value): Format[] => {
      const format = asObject(value);
      if (!format) return [];
      const { tp: own } = format;
      const entity = typeof own === 'string' && own !== '' ? undefined : asObject(entities[numberOf(format['key'])]);
      const tp = entity ? entity['tp'] : own;
      if (typeof tp !== 'string' || !(isType(tp) || tp === 'HD')) return [];
      const data = asObject(entity?.['data']) ?? {};
      return [{ tp, data, at: numberOf(format['at']), len: Math.max(0, numberOf(format['len'])) }];
    });
};

/**
 * What there is to show of a message's content, in order. Never throws, takes time in proportion to the content, and is
 * never nested deeper than {@link DEPTH_MOST}. Stretches that are out of range are cut, those that overlap end with the one
 * around them.
 */
export const readDrafty = (content: Json | undefined): readonly Node[] => {
  const text = textOf(content);
  const formats = formatsOf(asObject(content));
  if (formats.length === 0) return text ? [text] : [];
  const offsets = graphemeOffsets(text);
  const offsetAt = (grapheme: number): number => offsets[Math.min(grapheme, offsets.length - 1)] ?? text.length;

  const root: Node[] = [];
  /** What is open: where its parts go, and where it ends. */
  const open: { readonly nodes: Node[]; readonly end: number }[] = [];
  let done = 0;
  /** Hands out the text before `end`, and closes what ends by then. */
  const advance = (end: number): void => {
    for (;;) {
      const inner = open.at(-1);
      const stop = inner && inner.end <= end ? inner.end : end;
      if (stop > done) (inner?.nodes ?? root).push(text.slice(done, stop));
      done = Math.max(done, stop);
      if (!inner || inner.end > end) return;
      open.pop();
    }
  };

  const placed = formats
    .filter(({ at }) => at >= 0)
    .map(({ tp, data, at, len }) => ({ tp, data, start: offsetAt(at), end: offsetAt(at + len) }))
    .sort((a, b) => a.start - b.start || b.end - a.end || weight(b.tp) - weight(a.tp));
  for (const { tp, data, start, end: wanted } of placed) {
    advance(start);
    const around = open.at(-1);
    if (open.length >= DEPTH_MOST) continue;
    const end = Math.min(wanted, around?.end ?? text.length);
    const nodes: Node[] = [];
    // what is hidden goes nowhere
    if (isType(tp))
      (around?.nodes ?? root).push({ tp, text: text.slice(start, end), nodes, data, href: linkOf(tp, data) });
    open.push({ nodes, end });
  }
  advance(text.length);
  for (const { tp, data, at } of formats)
    if (at < 0 && isType(tp) && isMedia(tp)) root.push({ tp, text: '', nodes: [], data, href: undefined });
  return root;
};
