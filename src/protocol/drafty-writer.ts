// Writes Drafty: texts with line breaks, and answers that quote.
import type { SpanType } from './drafty.ts';
import { graphemeAt, graphemeLength, graphemeOffsets } from './graphemes.ts';
import { asObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** A stretch of text from one code unit up to another. */
export interface Stretch {
  readonly tp: SpanType;
  readonly from: number;
  readonly to: number;
}

/** The document of a text: its line ends are line breaks. */
export const writeDrafty = (
  text: string,
  stretches: readonly Stretch[] = [],
): { readonly txt: string; readonly fmt: readonly Json[] } => {
  const all = [...stretches];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
    all.push({ tp: 'BR', from: at, to: at + 1 });
  const txt = text.replaceAll('\n', ' ');
  const offsets = graphemeOffsets(txt);
  const fmt = all.map(({ tp, from, to }) => {
    const at = graphemeAt(offsets, from);
    return { at, len: graphemeAt(offsets, to) - at, tp };
  });
  return { txt, fmt };
};

/** `content` as the answer to what somebody of this name said. */
export const quoting = (name: string, excerpt: string, content: Json): Json => {
  const quote = writeDrafty(`${name}\n${excerpt}`, [{ tp: 'ST', from: 0, to: name.length }]);
  const length = graphemeLength(quote.txt);
  const body: JsonObject = asObject(content) ?? writeDrafty(typeof content === 'string' ? content : '');
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
