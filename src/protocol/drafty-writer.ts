// Writes Drafty: texts with line breaks, and answers that quote.
import type { SpanType } from './drafty.ts';
import { graphemeAt, graphemeLength, graphemeOffsets } from './graphemes.ts';
import { asObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

type Format = {
  readonly at?: number;
  readonly len?: number;
  readonly tp?: SpanType;
  readonly key?: number;
};

/** A document in which the line ends of the text are line breaks. */
export const breakLines = (text: string, formats: readonly Format[] = []): { txt: string; fmt: readonly Format[] } => {
  const offsets = graphemeOffsets(text);
  const breaks: Format[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
    breaks.push({ at: graphemeAt(offsets, at), len: 1, tp: 'BR' });
  return { txt: text.replaceAll('\n', ' '), fmt: [...formats, ...breaks] };
};

/** `content` as the answer to what somebody of this name said. */
export const quoting = (name: string, excerpt: string, content: Json): Json => {
  const quote = breakLines(`${name}\n${excerpt}`, [{ at: 0, len: graphemeLength(name), tp: 'ST' }]);
  const length = graphemeLength(quote.txt);
  const body: JsonObject = asObject(content) ?? breakLines(typeof content === 'string' ? content : '');
  const formats = Array.isArray(body['fmt']) ? body['fmt'].map((one: Json) => asObject(one) ?? {}) : [];
  return {
    ...body,
    txt: `${quote.txt}${typeof body['txt'] === 'string' ? body['txt'] : ''}`,
    fmt: [
      { at: 0, len: length, tp: 'QQ' },
      ...quote.fmt,
      ...formats.map((one) => {
        const at = typeof one['at'] === 'number' ? one['at'] : 0;
        return { ...one, at: at < 0 ? at : at + length };
      }),
    ],
  };
};
