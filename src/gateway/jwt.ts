// JWT: verifies signed tokens (RFC 7519) by the operator's keys. The algorithm is the key's, whatever a token says of itself.
import { readFile } from 'node:fs/promises';
import { decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';
import { ConfigError } from './config.ts';
import type { JwtConfig } from './config.ts';
import type { Identity, IdentityFault, SignedCard, Verify } from './identity.ts';
import { errorText } from './log.ts';

/** A whole token, in characters. */
const TOKEN_MOST = 4_096;
const SUBJECT_MOST = 128;
/** From `iat` to `exp`, and what clocks may differ by, in seconds. */
const LIFE_MOST_S = 3_600;
const LEEWAY_S = 60;

interface Algorithm {
  readonly kty: string;
  readonly crv?: string;
  /** What the key is made of; what else stands there is not used. */
  readonly parts: readonly string[];
}
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ['HS256', { kty: 'oct', parts: ['k'] }],
  ['ES256', { kty: 'EC', crv: 'P-256', parts: ['x', 'y'] }],
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519', parts: ['x'] }],
]);
/** As long as what it makes (RFC 7518, section 3.2). */
const HS256_LEAST_BYTES = 32;

interface Key {
  readonly alg: string;
  readonly key: CryptoKey | Uint8Array;
}

/** The keys by `kid`; `other`: for tokens that name none. */
interface Keys {
  readonly byKid: ReadonlyMap<string, Key>;
  readonly other: Key | undefined;
}

/** Reads the keys. Rejects with {@link ConfigError}, which says nothing of what a key is made of. */
export async function openVerify({
  keysFile,
  secret,
  audience,
}: Pick<JwtConfig, 'keysFile' | 'secret' | 'audience'>): Promise<Verify> {
  const file = keysFile === undefined ? undefined : await readKeys(keysFile);
  const shared = secret === undefined ? undefined : { alg: 'HS256', key: new TextEncoder().encode(secret) };
  return verifier({ byKid: file?.byKid ?? new Map<string, Key>(), other: shared ?? file?.other }, audience);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A JWK set (RFC 7517). Each key has an `alg`, and a `kid` where there are several. */
async function readKeys(path: string): Promise<Keys> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ConfigError(`JWT_KEYS: ${errorText(error)}`);
  });
  const listed = keysIn(text);
  if (!listed || listed.length === 0) throw new ConfigError(`JWT_KEYS: ${path} is no JWK set: {"keys": [{…}]}`);
  const byKid = new Map<string, Key>();
  let other: Key | undefined;
  for (const [index, jwk] of listed.entries()) {
    const { kid } = jwk;
    const fail = (what: string): ConfigError =>
      new ConfigError(`JWT_KEYS: key ${index + 1}${typeof kid === 'string' ? ` ("${kid}")` : ''} ${what}`);
    if (kid !== undefined && typeof kid !== 'string') throw fail('has a kid that is no text');
    if (kid === undefined && listed.length > 1) throw fail('has no kid, and there are others');
    if (kid !== undefined && byKid.has(kid)) throw fail('has the kid of another');
    const key = await readKey(jwk, fail);
    if (kid !== undefined) byKid.set(kid, key);
    if (listed.length === 1) other = key;
  }
  return { byKid, other };
}

function keysIn(text: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const keys: unknown = isObject(value) ? value['keys'] : undefined;
    return Array.isArray(keys) && keys.every(isObject) ? keys : undefined;
  } catch {
    // What the parser says quotes the file.
    return undefined;
  }
}

async function readKey(jwk: Readonly<Record<string, unknown>>, fail: (what: string) => ConfigError): Promise<Key> {
  const { alg } = jwk;
  const names = [...ALGORITHMS.keys()].join(', ');
  if (typeof alg !== 'string') throw fail(`has no alg: one of ${names}`);
  const algorithm = ALGORITHMS.get(alg);
  if (!algorithm) throw fail(`has an alg that is not one of ${names}`);
  const { kty, crv, parts } = algorithm;
  // A gateway that could sign would be one more place to lose the key.
  if (kty !== 'oct' && jwk['d'] !== undefined) throw fail('is a private key: the public one is what the gateway needs');
  const values = parts.map((part) => [part, jwk[part]] as const);
  if (jwk['kty'] !== kty || jwk['crv'] !== crv || values.some(([, value]) => typeof value !== 'string'))
    throw fail(`is no key for ${alg}`);
  try {
    const key = await importJWK({ kty, alg, ...(crv !== undefined && { crv }), ...Object.fromEntries(values) });
    if (key instanceof Uint8Array && key.length < HS256_LEAST_BYTES)
      throw fail(`is shorter than ${HS256_LEAST_BYTES} bytes`);
    return { alg, key };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw fail(`is no key for ${alg}`);
  }
}

const verifier =
  ({ byKid, other }: Keys, audience: string): Verify =>
  async (jwt, now) => {
    if (jwt.length > TOKEN_MOST) return 'malformed';
    try {
      const { kid } = decodeProtectedHeader(jwt);
      const key = kid === undefined ? other : byKid.get(kid);
      if (!key) return 'key';
      const { payload } = await jwtVerify(jwt, key.key, {
        algorithms: [key.alg],
        audience,
        requiredClaims: ['sub', 'iat', 'exp'],
        clockTolerance: LEEWAY_S,
        currentDate: new Date(now),
      });
      return identityOf(payload, now);
    } catch (error) {
      return faultOf(error);
    }
  };

/** The claims of a token whose signature, audience and expiry are right. */
function identityOf({ sub = '', iat = NaN, exp = NaN, ...card }: JWTPayload, now: number): Identity | IdentityFault {
  if (iat > now / 1_000 + LEEWAY_S) return 'expired';
  if (!(exp - iat <= LIFE_MOST_S)) return 'claims';
  return isText(sub, SUBJECT_MOST) ? { subject: sub, card: cardOf(card) } : 'claims';
}

/** Without control characters, which are nobody's id, and which PostgreSQL does not store. */
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= most && value.isWellFormed() && !/\p{Cc}/u.test(value);

/** A claim that is not what it should be counts for nothing: nobody is kept out for a picture. */
function cardOf({ name, picture, email }: JWTPayload): SignedCard {
  return {
    ...(isText(name, 256) && { name }),
    ...(isText(picture, 2_048) && URL.parse(picture)?.protocol === 'https:' && { picture }),
    ...(isText(email, 320) && { email }),
  };
}

function faultOf(error: unknown): IdentityFault {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === 'aud' ? 'audience' : 'claims';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  return error instanceof errors.JOSEAlgNotAllowed ? 'key' : 'malformed';
}
