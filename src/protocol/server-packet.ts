// What a server sends: one object with one of these keys. Shapes and meanings are in docs/protocol.md.
import type { Json, JsonObject } from './json.ts';
import type { SeqRange } from './seq.ts';
import { boolean, count, json, jsonObject, list, object, optional, string } from './shape.ts';

/** The answer to a packet with an `id`; without one, word about the topic or the link itself. */
export interface Ctrl {
  readonly id?: string;
  readonly topic?: string;
  readonly code: number;
  readonly text?: string;
  readonly params?: JsonObject;
  /** RFC 3339, UTC. */
  readonly ts?: string;
}

/** A message, live or from history: both look the same. */
export interface Data {
  readonly topic: string;
  /** The sender's user id. */
  readonly from?: string;
  readonly ts?: string;
  readonly seq: number;
  readonly head?: JsonObject;
  readonly content?: Json;
}

export interface Access {
  readonly want?: string;
  readonly given?: string;
  readonly mode?: string;
}

/** Description of a topic, and the state of the asking user in it. */
export interface Desc {
  readonly created?: string;
  readonly updated?: string;
  readonly touched?: string;
  readonly online?: boolean;
  readonly acs?: Access;
  /** Newest seqid of the topic; 0 is omitted. */
  readonly seq?: number;
  readonly read?: number;
  readonly recv?: number;
  /** Newest deletion of the topic that concerns the user. */
  readonly clear?: number;
  readonly public?: JsonObject;
  readonly private?: JsonObject;
  readonly trusted?: JsonObject;
}

/** On `me` a conversation of the user (`topic`), on a conversation one of its members (`user`). */
export interface Subscription {
  readonly topic?: string;
  readonly user?: string;
  readonly updated?: string;
  readonly touched?: string;
  readonly deleted?: string;
  readonly online?: boolean;
  readonly acs?: Access;
  readonly seq?: number;
  readonly read?: number;
  readonly recv?: number;
  readonly clear?: number;
  readonly public?: JsonObject;
  readonly private?: JsonObject;
  readonly trusted?: JsonObject;
}

/** Seqids that were deleted. With `by` for everyone, by that user: tombstones stand in their place. */
export interface DeletedRange extends SeqRange {
  readonly by?: string;
}

/** Seqids that the asking user will never get: deleted, or not for them. `clear`: newest deletion id. */
export interface Deletions {
  readonly clear?: number;
  readonly delseq?: readonly DeletedRange[];
}

export interface Meta {
  readonly id?: string;
  readonly topic: string;
  readonly ts?: string;
  readonly desc?: Desc;
  readonly sub?: readonly Subscription[];
  readonly del?: Deletions;
}

/** A change that is told once and never stored. `what`: on off upd acs gone term msg read recv del … */
export interface Pres {
  readonly topic: string;
  readonly src?: string;
  readonly what: string;
  readonly seq?: number;
  readonly clear?: number;
  readonly delseq?: readonly DeletedRange[];
  readonly act?: string;
  readonly tgt?: string;
}

/** A receipt or typing of another user. On `me`, `src` names the conversation. */
export interface Info {
  readonly topic: string;
  readonly src?: string;
  readonly from: string;
  readonly what: string;
  readonly seq?: number;
}

export interface ServerPackets {
  readonly ctrl: Ctrl;
  readonly data: Data;
  readonly meta: Meta;
  readonly pres: Pres;
  readonly info: Info;
}
export type ServerPacketKind = keyof ServerPackets;

/** `{"<kind>": {…}}`. */
export type ServerPacket = {
  readonly [K in ServerPacketKind]: { readonly [P in K]: ServerPackets[K] };
}[ServerPacketKind];

const access = optional(object<Access>({ want: optional(string), given: optional(string), mode: optional(string) }));
const ranges = optional(list(object<DeletedRange>({ low: count, hi: optional(count), by: optional(string) })));
// What a description and a subscription have in common.
const shared = {
  updated: optional(string),
  touched: optional(string),
  online: optional(boolean),
  acs: access,
  seq: optional(count),
  read: optional(count),
  recv: optional(count),
  clear: optional(count),
  public: optional(jsonObject),
  private: optional(jsonObject),
  trusted: optional(jsonObject),
};

/** One shape per kind: the guards of the SDK. */
export const SERVER_SHAPES = {
  ctrl: object<Ctrl>({
    id: optional(string),
    topic: optional(string),
    code: count,
    text: optional(string),
    params: optional(jsonObject),
    ts: optional(string),
  }),
  data: object<Data>({
    topic: string,
    from: optional(string),
    ts: optional(string),
    seq: count,
    head: optional(jsonObject),
    content: optional(json),
  }),
  meta: object<Meta>({
    id: optional(string),
    topic: string,
    ts: optional(string),
    desc: optional(object<Desc>({ created: optional(string), ...shared })),
    sub: optional(
      list(
        object<Subscription>({ topic: optional(string), user: optional(string), deleted: optional(string), ...shared }),
      ),
    ),
    del: optional(object<Deletions>({ clear: optional(count), delseq: ranges })),
  }),
  pres: object<Pres>({
    topic: string,
    src: optional(string),
    what: string,
    seq: optional(count),
    clear: optional(count),
    delseq: ranges,
    act: optional(string),
    tgt: optional(string),
  }),
  info: object<Info>({ topic: string, src: optional(string), from: string, what: string, seq: optional(count) }),
} as const;
