// msgid: the identity of a message, made once by its sender and kept for ever.

/** Where a msgid rides in `pub.head` and `data.head`. */
export const MSGID_HEAD = 'x-kefu-msgid';

/** Fills the array with random bytes, as `crypto.getRandomValues` does. */
export type RandomBytes = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const secureBytes: RandomBytes = (bytes) => crypto.getRandomValues(bytes);

/** A new msgid: 128 random bits as 32 lower-case hex digits. */
export const newMsgid = (random: RandomBytes = secureBytes): string => {
  let hex = '';
  for (const byte of random(new Uint8Array(16))) hex += byte.toString(16).padStart(2, '0');
  return hex;
};

/** True for 32 lower-case hex digits. */
export const isMsgid = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);

/** The msgid that `head` carries, or undefined: stock peers send none, hostile ones send nonsense. */
export const msgidOf = (head: { readonly [key: string]: unknown } | undefined): string | undefined => {
  const value = head?.[MSGID_HEAD];
  return isMsgid(value) ? value : undefined;
};
