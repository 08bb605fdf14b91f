// JSON values, and the check that a parsed one is harmless before anything looks into it.
import { ProtocolError } from './protocol-error.ts';
import { LIMITS } from './limits.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The value if it is an object, else undefined. */
export const asObject = (value: Json | undefined): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

/** How large strings and arrays may be; depth and keys are the same for everyone. */
export interface JsonBounds {
  readonly items: number;
  readonly string: number;
}

/** What a client may send. */
export const CLIENT_BOUNDS: JsonBounds = { items: LIMITS.jsonItems, string: LIMITS.jsonString };
/** What a server may send: lists of conversations and of tombstones are longer than anything a client sends. */
export const SERVER_BOUNDS: JsonBounds = { items: 65_536, string: 1 << 20 };

/**
 * Refuses what could do harm further in: nesting deeper than 16 (`JSON.stringify` and naive walks overflow the stack),
 * more than 64 keys in an object, oversize arrays and strings, and the key `__proto__`, which `JSON.parse` turns into
 * an own property and `Object.assign` into a prototype.
 *
 * @throws ProtocolError with the reason.
 */
export function assertHarmless(value: unknown, bounds: JsonBounds, depth = 1): void {
  if (typeof value === 'string') {
    if (value.length > bounds.string) throw new ProtocolError('string too long');
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > LIMITS.jsonDepth) throw new ProtocolError('nested too deep');
  if (Array.isArray(value)) {
    if (value.length > bounds.items) throw new ProtocolError('list too long');
    for (const item of value) assertHarmless(item, bounds, depth + 1);
    return;
  }
  let keys = 0;
  for (const [key, item] of Object.entries(value)) {
    keys += 1;
    if (keys > LIMITS.jsonKeys) throw new ProtocolError('too many keys');
    if (key === '__proto__') throw new ProtocolError('forbidden key');
    assertHarmless(item, bounds, depth + 1);
  }
}
