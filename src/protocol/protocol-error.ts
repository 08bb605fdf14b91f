// The one error of decoding: what came is not a packet.

/** Thrown by the codec. `message` names the field and what is wrong with it; it never quotes what was sent. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
