// Media: the content of a message that is one file.
import { asObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** Image, video, audio, and any other file, as Drafty calls them. */
export type MediaType = 'IM' | 'VD' | 'AU' | 'EX';

export const mediaTypeOf = (mime: string): MediaType =>
  /^image\/(jpe?g|png|gif|webp|avif)$/.test(mime)
    ? 'IM'
    : mime.startsWith('video/')
      ? 'VD'
      : mime.startsWith('audio/')
        ? 'AU'
        : 'EX';

/** A file that is shown is the text's one character; any other is attached to no text. */
export const mediaContent = (tp: MediaType, data: JsonObject): Json => ({
  txt: tp === 'EX' ? '' : ' ',
  fmt: [tp === 'EX' ? { at: -1, len: 0, key: 0 } : { at: 0, len: 1, key: 0 }],
  ent: [{ tp, data }],
});

const entityOf = (content: Json): JsonObject | undefined => {
  const entities = asObject(content)?.['ent'];
  return asObject(Array.isArray(entities) ? (entities[0] as Json) : undefined);
};

/** The same content with another reference to its file. */
export const withRef = (content: Json, ref: string): Json => {
  const entity = entityOf(content);
  return { ...asObject(content), ent: [{ ...entity, data: { ...asObject(entity?.['data']), ref } }] };
};

/** What the sender calls the file; empty when they don't. */
export const mediaName = (content: Json): string => {
  const name = asObject(entityOf(content)?.['data'])?.['name'];
  return typeof name === 'string' ? name : '';
};
