// Message frame: a stored message as it goes over the wire, encoded once for all who receive it.
import { encode } from '../protocol/codec.ts';
import { timestamp } from './clock.ts';
import type { StoredMessage } from './store/store.ts';

export interface MessageFrame {
  readonly seq: number;
  readonly note: boolean;
  readonly deleted: boolean;
  /** Size of `frame`. */
  readonly bytes: number;
  /** For those who may see the message; once it is deleted, for those who know tombstones. */
  readonly frame: string;
  /** For the others: there is nothing to see. */
  readonly nothing: string;
}

/** The packet `data`. Head and content were checked and encoded before they were stored, so they go in as they are. */
export const dataFrame = (topic: string, message: StoredMessage): string =>
  `{"data":{"topic":${JSON.stringify(topic)},"from":${JSON.stringify(message.from)},"ts":"${timestamp(message.at)}",` +
  `"seq":${message.seq}${message.head === undefined ? '' : `,"head":${message.head}`},"content":${message.content}}}`;

export const messageFrame = (topic: string, message: StoredMessage): MessageFrame => {
  const { seq, note, deleted, head } = message;
  if (!note && !deleted) {
    const frame = dataFrame(topic, message);
    return { seq, note, deleted, bytes: Buffer.byteLength(frame), frame, nothing: '' };
  }
  const nothing = encode({ pres: { topic, src: message.from, what: 'del', delseq: [{ low: seq }] } });
  const frame = deleted && head === undefined ? nothing : dataFrame(topic, message);
  return { seq, note, deleted, bytes: Buffer.byteLength(frame), frame, nothing };
};
