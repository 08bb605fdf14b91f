// Message frame: a stored message as it goes over the wire, encoded once for all who receive it.
import type { SeqRange } from '../protocol/seq.ts';
import { encode } from '../protocol/codec.ts';
import { timestamp } from './clock.ts';
import type { StoredMessage } from './store/store.ts';

export interface MessageFrame {
  readonly seq: number;
  readonly note: boolean;
  /** Size of `frame`. */
  readonly bytes: number;
  /** For those who may see the message; the tombstone once it is deleted. */
  readonly frame: string;
  /** For those who may not. */
  readonly tombstone: string;
}

/** The packet `data`. Head and content were checked and encoded before they were stored, so they go in as they are. */
export const dataFrame = (topic: string, message: StoredMessage): string =>
  `{"data":{"topic":${JSON.stringify(topic)},"from":${JSON.stringify(message.from)},"ts":"${timestamp(message.at)}",` +
  `"seq":${message.seq}${message.head === undefined ? '' : `,"head":${message.head}`},"content":${message.content}}}`;

/** What a receiver gets in place of what it will never get. */
export const tombstoneFrame = (topic: string, src: string, delseq: readonly SeqRange[]): string =>
  encode({ pres: { topic, src, what: 'del', delseq } });

export const messageFrame = (topic: string, message: StoredMessage): MessageFrame => {
  const tombstone = tombstoneFrame(topic, message.from, [{ low: message.seq }]);
  const frame = message.deleted ? tombstone : dataFrame(topic, message);
  return { seq: message.seq, note: message.note, bytes: Buffer.byteLength(frame), frame, tombstone };
};
