// Messages, users and message lists for the tests of elements.
import type { Message, MessageList, MessageState, User } from '../../src/sdk/app/model.ts';

/** A day at noon, local time, so that minutes to and fro stay on it. */
export const NOON = new Date(2026, 10, 18, 12, 0, 0).getTime();

export const anna: User = { id: 'usrAnna', name: 'Anna Berg', avatar: undefined, online: true };
export const wang: User = { id: 'usrWang', name: '王晓梅', avatar: undefined, online: false };

export const userOf = (id: string): User | undefined => [anna, wang].find((user) => user.id === id);

/** A message of Anna with this seqid, a minute after the one before it. */
export const newMessage = (seqid: number | undefined, change: Partial<Message> = {}): Message => {
  const key = change.key ?? `m${seqid ?? 0}`;
  return {
    key,
    msgid: key,
    seqid,
    base: seqid ?? Infinity,
    n: seqid === undefined ? 1 : 0,
    from: change.own ? 'usrMe' : anna.id,
    own: false,
    at: NOON + (seqid ?? 0) * 60_000,
    head: {},
    content: `Message ${seqid ?? 'unnumbered'}`,
    state: 'sent',
    reason: undefined,
    volatile: false,
    ...change,
  };
};

/** An own message without a seqid, as `send()` makes it. */
export const newDraft = (key: string, change: Partial<Message> = {}): Message =>
  newMessage(undefined, { key, own: true, state: 'draft', at: NOON, content: `Own ${key}`, ...change });

/** Messages first … last, of changing length, two of Anna after each of the user. */
export const newMessages = (first: number, last: number): readonly Message[] =>
  Array.from({ length: last - first + 1 }, (_, offset) => {
    const seqid = first + offset;
    return newMessage(seqid, {
      own: seqid % 3 === 0,
      content: `Message ${seqid}. ${'A few more words. '.repeat((seqid * 7) % 11)}`,
    });
  });

interface ListOptions {
  readonly hasOlder?: boolean;
  readonly loadingOlder?: boolean;
  readonly recv?: number;
  readonly read?: number;
  readonly myRead?: number;
  /** Seqids before which messages are missing. */
  readonly missingBefore?: readonly number[];
}

let version = 0;

/** A list as the SDK makes it, from an array in the order of the screen. */
export const listOf = (messages: readonly Message[], options: ListOptions = {}): MessageList => {
  const { hasOlder = false, loadingOlder = false, recv = 0, read = 0, myRead = 0, missingBefore = [] } = options;
  const places = new Map(messages.map((message, index) => [message.key, index]));
  version += 1;
  return {
    version,
    length: messages.length,
    at: (index) => messages[index],
    isMissingBefore: (index) => missingBefore.includes(messages[index]?.seqid ?? 0),
    indexOf: (key) => places.get(key) ?? -1,
    indexOfSeqid: (seqid) => messages.findIndex((message) => message.seqid === seqid),
    hasOlder,
    loadingOlder,
    recv,
    read,
    myRead,
    newestSeq: Math.max(0, ...messages.slice(-10).map(({ seqid }) => seqid ?? 0)),
    stateOf: ({ own, state, seqid }): MessageState => {
      if (!own || state !== 'sent' || seqid === undefined) return state;
      return seqid <= read ? 'read' : seqid <= recv ? 'delivered' : 'sent';
    },
  };
};
