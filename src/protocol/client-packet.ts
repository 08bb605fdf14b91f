// What a client sends: one object with one of these keys. Shapes and meanings are in docs/protocol.md.
import type { Json, JsonObject } from './json.ts';
import type { SeqRange } from './seq.ts';
import { boolean, count, json, jsonObject, list, object, oneOf, optional, string } from './shape.ts';

/** Opens the session; must be first on every link. */
export interface Hi {
  readonly id?: string;
  /** Protocol version, "0.25". */
  readonly ver: string;
  readonly ua?: string;
  readonly lang?: string;
  readonly platf?: string;
  readonly dev?: string;
  readonly bkg?: boolean;
  /** Kefu's additions are understood: the gateway then expects acks and pushes again without them. */
  readonly kefu?: { readonly v: number };
}

/** Makes an account. */
export interface Acc {
  readonly id?: string;
  /** "new" and anything. */
  readonly user?: string;
  readonly scheme: string;
  /** basic: base64 of "name:password". */
  readonly secret?: string;
  readonly login?: boolean;
  readonly tags?: readonly string[];
  readonly desc?: SetDesc;
}

export interface Login {
  readonly id?: string;
  /** `token` (secret: the token), `basic` (secret: base64 of "name:password") or `jwt` (secret: base64 of the JWT). */
  readonly scheme: string;
  readonly secret: string;
  /** With `jwt`: the token of the anonymous visitor of this device, whose conversations go over. */
  readonly kefu?: { readonly from?: string };
}

export interface SetDesc {
  readonly defacs?: JsonObject;
  readonly public?: JsonObject;
  readonly private?: JsonObject;
  readonly trusted?: JsonObject;
}

export interface SetSub {
  readonly user?: string;
  readonly mode?: string;
}

export interface GetData {
  /** Inclusive. */
  readonly since?: number;
  /** Exclusive. */
  readonly before?: number;
  readonly limit?: number;
  /** Half-open; overrides since and before. */
  readonly ranges?: readonly SeqRange[];
}

export interface GetQuery {
  /** Space-separated: desc sub data del file. */
  readonly what: string;
  readonly desc?: { readonly ims?: string };
  readonly sub?: { readonly ims?: string; readonly user?: string; readonly topic?: string; readonly limit?: number };
  readonly data?: GetData;
  readonly del?: { readonly since?: number; readonly before?: number; readonly limit?: number };
  /** A text to find, in messages before the seqid `before`. */
  readonly find?: { readonly query: string; readonly before?: number; readonly limit?: number };
  /** Links to the files with these references. */
  readonly file?: { readonly refs?: readonly string[] };
}

/** Attaches the session to a topic; `new<key>` makes the conversation, once per key. */
export interface Sub {
  readonly id?: string;
  readonly topic: string;
  readonly set?: { readonly desc?: SetDesc; readonly sub?: SetSub; readonly tags?: readonly string[] };
  readonly get?: GetQuery;
}

export interface Leave {
  readonly id?: string;
  readonly topic: string;
  readonly unsub?: boolean;
}

/** A message. Its identity is `head["x-kefu-msgid"]`. */
export interface Pub {
  readonly id?: string;
  readonly topic: string;
  readonly noecho?: boolean;
  readonly head?: JsonObject;
  readonly content: Json;
}

export interface Get extends GetQuery {
  readonly id?: string;
  readonly topic: string;
}

export interface Set {
  readonly id?: string;
  readonly topic: string;
  readonly desc?: SetDesc;
  readonly sub?: SetSub;
  readonly tags?: readonly string[];
}

export interface Del {
  readonly id?: string;
  readonly topic: string;
  readonly what?: 'msg' | 'topic' | 'sub' | 'user' | 'cred';
  readonly delseq?: readonly SeqRange[];
  /** For everyone, not only for the sender of the packet. */
  readonly hard?: boolean;
  readonly user?: string;
}

/** Never answered. `recv` is the ack: the newest contiguous seqid. `kp` = typing. */
export interface Note {
  readonly topic: string;
  readonly what: string;
  readonly seq?: number;
  readonly unread?: number;
}

export interface ClientPackets {
  readonly hi: Hi;
  readonly acc: Acc;
  readonly login: Login;
  readonly sub: Sub;
  readonly leave: Leave;
  readonly pub: Pub;
  readonly get: Get;
  readonly set: Set;
  readonly del: Del;
  readonly note: Note;
}
export type ClientPacketKind = keyof ClientPackets;

/** `{"<kind>": {…}}`. */
export type ClientPacket = {
  readonly [K in ClientPacketKind]: { readonly [P in K]: ClientPackets[K] };
}[ClientPacketKind];

const setDesc = object<SetDesc>({
  defacs: optional(jsonObject),
  public: optional(jsonObject),
  private: optional(jsonObject),
  trusted: optional(jsonObject),
});
const setSub = object<SetSub>({ user: optional(string), mode: optional(string) });
const seqRange = object<SeqRange>({ low: count, hi: optional(count) });
const query = {
  what: string,
  desc: optional(object<{ ims?: string }>({ ims: optional(string) })),
  sub: optional(
    object<{ ims?: string; user?: string; topic?: string; limit?: number }>({
      ims: optional(string),
      user: optional(string),
      topic: optional(string),
      limit: optional(count),
    }),
  ),
  data: optional(
    object<GetData>({
      since: optional(count),
      before: optional(count),
      limit: optional(count),
      ranges: optional(list(seqRange)),
    }),
  ),
  find: optional(
    object<{ query: string; before?: number; limit?: number }>({
      query: string,
      before: optional(count),
      limit: optional(count),
    }),
  ),
  del: optional(
    object<{ since?: number; before?: number; limit?: number }>({
      since: optional(count),
      before: optional(count),
      limit: optional(count),
    }),
  ),
  file: optional(object<{ refs?: readonly string[] }>({ refs: optional(list(string)) })),
};
const id = optional(string);
const tags = optional(list(string));

/** One shape per kind: the guards of the gateway. */
export const CLIENT_SHAPES = {
  hi: object<Hi>({
    id,
    ver: string,
    ua: optional(string),
    lang: optional(string),
    platf: optional(string),
    dev: optional(string),
    bkg: optional(boolean),
    kefu: optional(object<{ v: number }>({ v: count })),
  }),
  acc: object<Acc>({
    id,
    user: optional(string),
    scheme: string,
    secret: optional(string),
    login: optional(boolean),
    tags,
    desc: optional(setDesc),
  }),
  login: object<Login>({
    id,
    scheme: string,
    secret: string,
    kefu: optional(object<{ from?: string }>({ from: optional(string) })),
  }),
  sub: object<Sub>({
    id,
    topic: string,
    set: optional(
      object<{ desc?: SetDesc; sub?: SetSub; tags?: readonly string[] }>({
        desc: optional(setDesc),
        sub: optional(setSub),
        tags,
      }),
    ),
    get: optional(object<GetQuery>(query)),
  }),
  leave: object<Leave>({ id, topic: string, unsub: optional(boolean) }),
  pub: object<Pub>({ id, topic: string, noecho: optional(boolean), head: optional(jsonObject), content: json }),
  get: object<Get>({ id, topic: string, ...query }),
  set: object<Set>({ id, topic: string, desc: optional(setDesc), sub: optional(setSub), tags }),
  del: object<Del>({
    id,
    topic: string,
    what: optional(oneOf('msg', 'topic', 'sub', 'user', 'cred')),
    delseq: optional(list(seqRange)),
    hard: optional(boolean),
    user: optional(string),
  }),
  note: object<Note>({ topic: string, what: string, seq: optional(count), unread: optional(count) }),
} as const;
