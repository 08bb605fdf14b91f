// Auth: names, tokens and passwords.
import { createHash, scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from './random.ts';
import type { TokenLives } from './store/store.ts';

const DAY_MS = 24 * 3_600_000;
/** Of a known visitor's token, which is for requests beside the link: on each link they show who they are anew. */
export const KNOWN_LIFE_MS = 7 * DAY_MS;
export const TOKEN_LIVES: TokenLives = { visitor: 180 * DAY_MS, agent: 30 * DAY_MS, user: 180 * DAY_MS };

/** A name nobody can guess: the prefix and 22 characters of URL-safe base64 (128 random bits). */
export const newName = (prefix: 'usr' | 'grp', random: Random): string =>
  prefix + random.bytes(16).toString('base64url');

/** 256 random bits in standard base64. */
export const newToken = (random: Random): string => random.bytes(32).toString('base64');

/** What the store keeps of a token. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A password for an agent who brought none: 96 bits, easy to copy. */
export const newPassword = (random: Random): string => random.bytes(12).toString('base64url');

const COST = { N: 1 << 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 32;

/** Each derivation takes 32 MB and a thread; more at a time would starve everything else. */
const AT_A_TIME = 2;
let deriving = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  while (deriving >= AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
  deriving += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, KEY_BYTES, COST, (error, key) => {
        if (error) reject(error);
        else resolve(key);
      });
    });
  } finally {
    deriving -= 1;
    waiting.shift()?.();
  }
}

/** `scrypt$<salt>$<key>`, base64url. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.bytes(16);
  const key = await derive(password, salt);
  return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Takes as long for a missing hash (an unknown name) as for a wrong password. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', key = ''] = (hash ?? '').split('$');
  const derived = await derive(password, Buffer.from(salt, 'base64url'));
  const wanted = Buffer.from(key, 'base64url');
  return timingSafeEqual(derived, wanted.length === KEY_BYTES ? wanted : Buffer.alloc(KEY_BYTES));
}

/** Login names are one, whatever their case. */
export const loginName = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

export const isLoginName = (name: string): boolean => /^[\p{L}\p{N}._@+-]{1,64}$/u.test(name);

/** The name and password of a `basic` secret: base64 of "name:password". */
export function parseBasic(secret: string): { readonly name: string; readonly password: string } | undefined {
  const text = Buffer.from(secret, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  const name = loginName(text.slice(0, colon));
  const password = text.slice(colon + 1);
  return isLoginName(name) && password !== '' && password.length <= 1024 ? { name, password } : undefined;
}
