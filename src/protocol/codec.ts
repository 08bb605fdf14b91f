// String ↔ packet: the only JSON.parse of the project's wire.
import { CLIENT_SHAPES } from './client-packet.ts';
import type { ClientPacket } from './client-packet.ts';
import { assertHarmless, CLIENT_BOUNDS, SERVER_BOUNDS } from './json.ts';
import type { JsonBounds } from './json.ts';
import { ProtocolError } from './protocol-error.ts';
import { SERVER_SHAPES } from './server-packet.ts';
import type { ServerPacket } from './server-packet.ts';
import type { Shape } from './shape.ts';

/** The bare text that asks for a sign of life, and the bare text that answers it. Neither is a packet. */
export const PROBE = '1';
export const PROBE_ANSWER = '0';

const decode = (
  text: string,
  shapes: { readonly [kind: string]: Shape<object> },
  bounds: JsonBounds,
): { readonly [kind: string]: object } => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('not JSON', { cause });
  }
  assertHarmless(value, bounds);
  if (typeof value !== 'object' || value === null) throw new ProtocolError('not a packet');
  const packet: { readonly [kind: string]: unknown } = { ...value };
  // Siblings of the packet (`extra`) and kinds of a newer protocol are passed over.
  for (const kind in shapes) {
    if (packet[kind] !== undefined) return { [kind]: shapes[kind]?.(packet[kind], kind) ?? {} };
  }
  throw new ProtocolError('unknown packet');
};

/**
 * What a client sent, reduced to known fields.
 *
 * @throws ProtocolError when it is no packet, a field has the wrong type, or it is not harmless.
 */
export const decodeClientPacket = (text: string): ClientPacket =>
  decode(text, CLIENT_SHAPES, CLIENT_BOUNDS) as unknown as ClientPacket;

/**
 * What a server sent, reduced to known fields.
 *
 * @throws ProtocolError as {@link decodeClientPacket} does.
 */
export const decodeServerPacket = (text: string): ServerPacket =>
  decode(text, SERVER_SHAPES, SERVER_BOUNDS) as unknown as ServerPacket;

export const encode = (packet: ClientPacket | ServerPacket): string => JSON.stringify(packet);
