// What a screen may hold: the types that the SDK core shows to elements. No RxJS here: a view needs `subscribe` only.
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { Phase } from '../../protocol/conversation.ts';
import type { Message } from '../datalink/message.ts';
import type { MessageState } from '../datalink/message-state.ts';
import type { User } from '../datalink/members.ts';
import type { Session } from '../datalink/session.ts';
import type { Topic } from '../datalink/topic.ts';

export type { Message, MessageState, User };

/** A value that changes. `subscribe` calls `next` at once with the current value, then with each new one. */
export interface Readable<T> {
  readonly value: T;
  subscribe(next: (value: T) => void): { unsubscribe(): void };
}

/**
 * The messages of a conversation, in the order of the screen. A new object per change, cheap to make: it reads from the
 * pool, so hold on to it only while rendering.
 */
export interface MessageList {
  /** Grows with every change. */
  readonly version: number;
  readonly length: number;
  at(index: number): Message | undefined;
  /** Messages between this one and the one before are not here yet. O(log n). */
  isMissingBefore(index: number): boolean;
  /** Position of the message with this key, or -1. O(log n). */
  indexOf(key: string): number;
  /** Position of the message with this seqid, or -1. O(log n). */
  indexOfSeqid(seqid: number): number;
  /** True while there are older messages on the server. */
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  /** Newest seqid that another member has received and read. */
  readonly recv: number;
  readonly read: number;
  /** Up to this seqid the user has read. */
  readonly myRead: number;
  /** Newest seqid of the conversation that is known of, here or not. */
  readonly newestSeq: number;
  /** The state to show, receipts included. */
  stateOf(message: Message): MessageState;
}

/**
 * - `idle`: never opened, or closed by the app.
 * - `connecting`: the first attempt.
 * - `online`: logged in; what is shown is the truth.
 * - `retrying`: the link is lost or in doubt; what is shown may be stale.
 * - `offline`: retrying, and the device says it has no network.
 * - `refused`: the gateway does not want this client (origin, login); only an act of the app helps.
 */
export type LinkStatusState = 'idle' | 'connecting' | 'online' | 'retrying' | 'offline' | 'refused';

export interface LinkStatus {
  readonly state: LinkStatusState;
  /** Since when, milliseconds since 1970. */
  readonly since: number;
  /** True when messages may be missing from the screen. */
  readonly stale: boolean;
}

export interface ConversationInfo {
  /** The topic; undefined until the gateway has made it. */
  readonly topic: string | undefined;
  readonly phase: Phase;
  readonly channel: string | undefined;
  /** The visitor's user, as far as known. */
  readonly visitor: User | undefined;
  /** For agents: who the visitor is by a signed token: `id`, and what there is of `name`, `picture`, `email`. */
  readonly identity?: JsonObject | undefined;
  /** The agent's user, while there is one. */
  readonly agent: User | undefined;
  /** Since when the visitor waits for an answer, milliseconds since 1970; undefined when not waiting. */
  readonly waitingSince: number | undefined;
  /** Last activity, milliseconds since 1970. */
  readonly touched: number;
  /** Title and address of the page that the visitor wrote from, where the visitor's side told. */
  readonly page: { readonly title: string; readonly url: string } | undefined;
  /** The newest message, for previews. */
  readonly newest: Message | undefined;
  /** Messages of others that the user has not read. */
  readonly unread: number;
}

/** What is said of a file besides its type and size. */
export interface FileAbout {
  readonly name: string;
  /** Of images and videos, in pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Of sound and videos, in ms. */
  readonly duration?: number;
  /** Of sound: its loudness over time, a byte a bar, in base64. */
  readonly preview?: string;
}

/** One conversation. Methods never throw for a transport reason. */
export interface Conversation {
  /** Stable for the life of the client, also while the topic is not yet known. */
  readonly id: string;
  readonly messages$: Readable<MessageList>;
  readonly info$: Readable<ConversationInfo>;
  /** Who is typing, besides the user. */
  readonly typing$: Readable<readonly User[]>;
  /** A member or former member by id. */
  user(id: string): User | undefined;
  /** Attaches: live messages, receipts and typing from now on. Idempotent. */
  open(): void;
  /** Puts the message into the list before it returns; all else comes later. */
  send(content: Json, head?: JsonObject): Message;
  /**
   * As `send`, with a file that is uploaded first: its type decides how it is shown. Messages that are sent meanwhile do not
   * wait for it.
   */
  sendFile(file: Blob, about: FileAbout): Message;
  /** Where the files are that messages refer to: a new function whenever more is known. Asking it makes it find out. */
  readonly resolve$: Readable<(ref: string) => string | undefined>;
  /** Sends an expired message again, with the same msgid, as the newest. */
  retry(key: string): void;
  /** Removes a refused or expired message of the user, or one whose file is still being uploaded. */
  discard(key: string): void;
  /** Takes an own message back, for everyone. Rejects with RefusedError when it is too late, or for want of a link. */
  recall(key: string): Promise<void>;
  /**
   * Messages before the seqid `before` that have the text in them, as the gateway answers it: for `findsOf`. Rejects for
   * want of a link.
   */
  find(query: string, before?: number): Promise<JsonObject | undefined>;
  /**
   * Loads a page of messages: those that are older than all that is here, or those before the seqid `before`. One at a time;
   * resolves when it is in the list, or could not be had.
   */
  loadOlder(before?: number): Promise<void>;
  /** The user has seen everything up to the newest message. Idempotent and cheap. */
  markRead(): void;
  /** The user is typing; throttled. */
  typing(): void;
  /** Agents: closes the conversation, or takes it. Rejects with RefusedError or RequestTimeoutError. */
  resolve(): Promise<void>;
  take(): Promise<void>;
}

/** What happens to messages, for the events of the page. */
export type ClientEvent =
  | { readonly type: 'message'; readonly conversation: Conversation; readonly message: Message }
  | {
      readonly type: 'status';
      readonly conversation: Conversation;
      readonly message: Message;
      readonly state: MessageState;
    }
  | {
      readonly type: 'upload';
      readonly conversation: Conversation;
      readonly message: Message;
      /** Bytes. */
      readonly loaded: number;
      readonly total: number;
    };

/** What a client of a visitor is put together of. */
export interface ClientParts {
  /** The conversation to talk in. */
  readonly topic: Topic;
  readonly session: Session;
}

/** One user's link to one gateway. */
export interface Client {
  readonly link$: Readable<LinkStatus>;
  /** Whether this page, among those of the device, is the one that rings. */
  readonly leads$: Readable<boolean>;
  /** Who is logged in; undefined before. */
  readonly me$: Readable<User | undefined>;
  /** Newest activity first. */
  readonly conversations$: Readable<readonly Conversation[]>;
  readonly unread$: Readable<number>;
  /** Every live event; returns the way to stop. */
  on(next: (event: ClientEvent) => void): () => void;
  /** Opens the link and keeps it open; one that waits before its next attempt tries now. Idempotent. */
  connect(): void;
  /** Ends the link until `connect`; all that is here stays. */
  disconnect(): void;
  /** Visitors: the conversation to talk in, now and for the life of the client. Made on the gateway by its first message. */
  current(): Conversation;
  /** Visitors: what login by JWT takes apart. */
  parts(): ClientParts;
  /** Agents: logs in and connects. Rejects with RefusedError (wrong name or password) or RequestTimeoutError. */
  login(name: string, password: string): Promise<void>;
  /** Forgets the user, everything that this device has kept of theirs, and closes the link: on every page of the device. */
  logout(): void;
  /** Ends every subscription, timer and socket. The client can't be used afterwards. */
  destroy(): void;
}
