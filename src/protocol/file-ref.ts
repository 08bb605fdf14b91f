// References to uploaded files, as Drafty entities carry them: a path on the gateway, which alone opens nothing.
import { asObject } from './json.ts';
import type { Json } from './json.ts';

/** Where files are uploaded to, and what their references begin with. */
export const UPLOAD_PATH = '/v0/file/u/';
export const FILE_PATH = '/v0/file/s/';

/** Files that one message refers to, and that one question is about; more are passed over. */
export const REFS_MOST = 32;

/** The name in a reference; undefined when it is no reference to a file of a gateway. */
export const fileNameOf = (ref: Json | undefined): string | undefined =>
  typeof ref === 'string' ? /^\/v0\/file\/s\/([\w-]{22}\.[a-z0-9]{2,4})$/.exec(ref)?.[1] : undefined;

/** The names of the files that the entities of a content refer to: `ref`, and the `preref` of a video. */
export const fileNamesIn = (content: Json | undefined): readonly string[] => {
  const entities = asObject(content)?.['ent'];
  if (!Array.isArray(entities)) return [];
  const names = new Set<string>();
  for (const entity of entities as readonly Json[]) {
    const data = asObject(asObject(entity)?.['data']);
    for (const ref of [data?.['ref'], data?.['preref']]) {
      const name = fileNameOf(ref);
      if (name !== undefined && names.size < REFS_MOST) names.add(name);
    }
  }
  return [...names];
};
