// The message model: what the pool holds, made from a draft or from a {data} packet.
import type { Json, JsonObject } from '../../protocol/json.ts';
import { MSGID_HEAD, msgidOf } from '../../protocol/msgid.ts';
import type { Data } from '../../protocol/server-packet.ts';
import type { MessageState } from './message-state.ts';
import { FLOATING } from './virtual-seq.ts';
import type { OrderKey } from './virtual-seq.ts';

/** One message. Never changed: a new object takes its place when something about it changes. */
export interface Message extends OrderKey {
  /** Identity in the pool: (sender, msgid), or the seqid of a stock peer's message that has no msgid. */
  readonly key: string;
  readonly msgid: string | undefined;
  /** The server's order; undefined while there is none. */
  readonly seqid: number | undefined;
  /** The sender's user id; undefined when the peer did not say. */
  readonly from: string | undefined;
  readonly own: boolean;
  /** Milliseconds since 1970: the server's time, or this device's until the server has spoken. */
  readonly at: number;
  readonly head: JsonObject;
  readonly content: Json;
  /** Never `delivered` or `read`: those follow from receipts. */
  readonly state: MessageState;
  /** Why it was refused. */
  readonly reason: string | undefined;
  /** A newer version of it by its sender, which is shown in its place. */
  readonly edit?: Message | undefined;
  /** This device could not keep it: until it is sent, it is lost with the page. */
  readonly volatile: boolean;
  /** How far its file is, in bytes; only while it is uploading. */
  readonly upload?: { readonly loaded: number; readonly total: number } | undefined;
}

/** RFC 3339 to milliseconds since 1970; `fallback` for anything else. */
export const timeOf = (ts: string | undefined, fallback: number): number => {
  const at = ts === undefined ? NaN : Date.parse(ts);
  return Number.isNaN(at) ? fallback : at;
};

/** A new own message of `from`, who is unknown before the first login, floating at place `n`. */
export const draftMessage = (
  msgid: string,
  n: number,
  at: number,
  content: Json,
  head: JsonObject,
  from?: string,
): Message => ({
  key: msgid,
  msgid,
  seqid: undefined,
  from,
  own: true,
  at,
  head: { ...head, [MSGID_HEAD]: msgid },
  content,
  state: 'draft',
  reason: undefined,
  volatile: false,
  base: FLOATING,
  n,
});

/** The message in a {data} packet, live or from history. */
export const messageOfData = (data: Data, me: string | undefined, now: number): Message => {
  const own = data.from !== undefined && data.from === me;
  const msgid = msgidOf(data.head);
  // A msgid is unique per sender only: a peer that repeats somebody else's must not touch their message.
  const key = msgid === undefined ? `#${String(data.seq)}` : own ? msgid : `${data.from ?? ''}/${msgid}`;
  return {
    key,
    msgid,
    seqid: data.seq,
    from: data.from,
    own,
    at: timeOf(data.ts, now),
    head: data.head ?? {},
    content: data.content ?? null,
    state: 'sent',
    reason: undefined,
    volatile: false,
    base: data.seq,
    n: 0,
  };
};
