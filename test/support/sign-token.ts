// Sign token: what the server of a page does that knows its customers.
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK, JWTHeaderParameters, JWTPayload } from 'jose';

/** An HS256 key, as `JWT_SECRET` has one. */
export const JWT_SECRET = 'the secret of a shop that has 45 bytes or more';

export interface SignOptions {
  readonly key?: CryptoKey | Uint8Array;
  readonly header?: JWTHeaderParameters;
  /** Milliseconds since 1970. */
  readonly now?: number;
}

/** A token as it should be, for an hour, but for what is said otherwise: `undefined` leaves a claim out. */
export function signToken(
  claims: { readonly [K in keyof JWTPayload]: JWTPayload[K] | undefined },
  { key = new TextEncoder().encode(JWT_SECRET), header = { alg: 'HS256' }, now = Date.now() }: SignOptions = {},
): Promise<string> {
  const iat = Math.floor(now / 1_000);
  const payload = { aud: 'kefu', iat, exp: iat + 3_600, ...claims } as JWTPayload;
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

/** A key pair: one signs, the other stands in the file that `JWT_KEYS` names. */
export async function newKeyPair(
  alg: 'ES256' | 'EdDSA',
  kid?: string,
): Promise<{ readonly key: CryptoKey; readonly jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), alg, ...(kid !== undefined && { kid }) } };
}
