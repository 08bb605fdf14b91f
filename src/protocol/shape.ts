// Shapes: small decoders that turn something unknown into a typed value made of known fields only.
import type { Json, JsonObject } from './json.ts';
import { ProtocolError } from './protocol-error.ts';

/**
 * Checks `value` and returns it reduced to what is known: unknown fields are left behind, so what is stored and
 * forwarded is never more than what was checked. Throws {@link ProtocolError} naming `at`.
 */
export type Shape<T> = (value: unknown, at: string) => T;

const misfit = (at: string, wanted: string): never => {
  throw new ProtocolError(`${at}: ${wanted} expected`);
};

export const string: Shape<string> = (value, at) => (typeof value === 'string' ? value : misfit(at, 'string'));

export const boolean: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? value : misfit(at, 'boolean'));

/** A safe integer that is not negative: seqids, counts, codes, milliseconds. */
export const count: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : misfit(at, 'whole number');

/** Any JSON that {@link assertHarmless} has let through. */
export const json: Shape<Json> = (value) => value as Json;

/** Any JSON object that {@link assertHarmless} has let through. */
export const jsonObject: Shape<JsonObject> = (value, at) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : misfit(at, 'object');

/** One of the given strings. */
export const oneOf =
  <T extends string>(...allowed: readonly T[]): Shape<T> =>
  (value, at) =>
    allowed.find((one) => one === value) ?? misfit(at, allowed.join(' or '));

export const list =
  <T>(item: Shape<T>): Shape<readonly T[]> =>
  (value, at) =>
    Array.isArray(value) ? value.map((one, index) => item(one, `${at}[${String(index)}]`)) : misfit(at, 'list');

/** A field that may be absent; `null` counts as absent, as it does for Tinode's Go structs. */
export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value, at) =>
    value === undefined || value === null ? undefined : shape(value, at);

/** An object with exactly these fields; absent optional ones are not set at all. */
export const object =
  <T extends object>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> =>
  (value, at) => {
    const source = jsonObject(value, at);
    const result: Partial<T> = {};
    for (const key in fields) {
      const field = fields[key](source[key], `${at}.${key}`);
      if (field !== undefined) result[key] = field;
    }
    return result as T;
  };
