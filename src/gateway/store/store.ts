// Store: what the gateway remembers. The only durability point: a write has happened when its promise resolves.
import type { Phase } from '../../protocol/conversation.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import type { Identity } from '../identity.ts';

/** `visitor`: an end user, anonymous unless there is an identity. `agent`: answers visitors. `user`: registered by itself, treated as a visitor. */
export type UserKind = 'visitor' | 'agent' | 'user';

export interface User {
  /** `usr…` */
  readonly id: string;
  readonly kind: UserKind;
  readonly public: JsonObject | undefined;
  /** Of a known visitor: as a signed token said last. */
  readonly identity?: Identity;
  /** Milliseconds since 1970, as all times of the store. */
  readonly createdAt: number;
}

export interface NewUser extends User {
  /** Name and password hash, for those who log in by `basic`. */
  readonly login?: { readonly name: string; readonly hash: string } | undefined;
  readonly token?: NewToken | undefined;
}

export interface NewToken {
  /** SHA-256 of the token; the token itself is never stored. */
  readonly hash: string;
  readonly expiresAt: number;
}

/** How long a token lives after its last use, in ms. That of a known visitor is not prolonged. */
export type TokenLives = { readonly [K in UserKind]: number };

/** Somebody whose signed token is good. */
export interface Identification {
  readonly identity: Identity;
  /** Hash of the token of an anonymous visitor who is the same person. */
  readonly from: string | undefined;
  /** Of the account, if one has to be made. */
  readonly id: string;
  /** Of the account that they have from now on. */
  readonly token: NewToken;
  readonly at: number;
}

export interface Identified {
  readonly user: User;
  /** An account that was there, with another card than before. */
  readonly isChanged: boolean;
  /** The anonymous account that has gone over to it and ended, and the conversations that have, as they are now. */
  readonly merged: { readonly user: string; readonly conversations: readonly Conversation[] } | undefined;
}

/** A topic, and how far its service has come. */
export interface Conversation {
  /** `grp…` */
  readonly topic: string;
  /** User id of the visitor. */
  readonly visitor: string;
  readonly channel: string;
  readonly public: JsonObject | undefined;
  readonly phase: Phase;
  /** User id of the agent who has it; only in phase `assigned`. */
  readonly agent: string | undefined;
  /** User id of the agent who had it last; the one it returns to when it is opened again. */
  readonly lastAgent: string | undefined;
  /** When the first unanswered message of the visitor was stored. */
  readonly waitingSince: number | undefined;
  /** Newest seqid; seqids are contiguous from 1. */
  readonly seq: number;
  /** Newest deletion id. */
  readonly clear: number;
  readonly createdAt: number;
  /** Last change of anything but messages and marks. Each change makes it greater, whatever the clocks do. */
  readonly updatedAt: number;
  /** Last message. */
  readonly touchedAt: number;
}

export interface Member {
  readonly user: string;
  readonly kind: UserKind;
  readonly public: JsonObject | undefined;
  readonly identity?: Identity;
  readonly recv: number;
  readonly read: number;
}

export interface NewConversation {
  /** Used only if the visitor has no conversation with this key. */
  readonly topic: string;
  readonly visitor: string;
  readonly key: string;
  readonly channel: string;
  readonly public: JsonObject | undefined;
  readonly at: number;
}

export interface NewMessage {
  readonly topic: string;
  readonly from: string;
  /** Identity within (topic, from), for ever. Undefined: every call is a new message. */
  readonly msgid: string | undefined;
  /** The sender is the visitor of the conversation, or nothing is stored: they may have been merged into another account. */
  readonly byVisitor?: boolean;
  /** JSON text. */
  readonly head: string | undefined;
  /** JSON text. */
  readonly content: string;
  /** Between agents: not for visitors. */
  readonly note: boolean;
  /** Written by the gateway, about what the sender did: changes neither phase nor waiting time, and nobody has read it by it. */
  readonly system?: boolean;
  /** The seqid of the message that this is a newer version of. */
  readonly replaces?: number | undefined;
  /** Names of files that it refers to. Those that are not the sender's count for nothing, unless the sender is an agent. */
  readonly files?: readonly string[];
  readonly at: number;
}

/** What is known of an uploaded file. Its content is elsewhere. */
export interface StoredFile {
  /** Random, with the ending of its type. */
  readonly name: string;
  /** Who has uploaded it. */
  readonly user: string;
  /** The client's own name for the upload; one per user. */
  readonly upload: string;
  readonly mime: string;
  /** In bytes. */
  readonly size: number;
  /** What its sender calls it. */
  readonly title: string | undefined;
  readonly at: number;
}

export interface Appended {
  /** 0: taken without a seqid, see {@link Store.hide}. */
  readonly seq: number;
  readonly at: number;
  /** The msgid was there already: `seq` and `at` are those of the first time, and nothing has changed. */
  readonly dup: boolean;
  /** With `dup`: this time the body was another one. What was stored has not changed. */
  readonly differs?: boolean;
  /** What it should replace was deleted for everyone: nothing was stored. */
  readonly gone?: boolean;
  /** The conversation, when its phase or waiting time has changed with the message. */
  readonly changed: Conversation | undefined;
}

export interface StoredMessage {
  readonly seq: number;
  readonly from: string;
  readonly at: number;
  /** JSON text. */
  readonly head: string | undefined;
  /** JSON text; `null` once deleted. */
  readonly content: string;
  readonly note: boolean;
  /** Written by the gateway. */
  readonly system?: boolean;
  /** Deleted for everyone. With a head it has left a tombstone, which says by whom. */
  readonly deleted: boolean;
}

/** Who looks at messages: sees none that they deleted for themselves; notes and tombstones only when these are for them. */
export interface Viewer {
  readonly user: string;
  readonly notes: boolean;
  readonly tombstones: boolean;
}

export interface HistoryQuery {
  readonly topic: string;
  readonly viewer: Viewer;
  /** Half-open windows of seqids, ascending and disjoint. */
  readonly windows: readonly { readonly low: number; readonly end: number }[];
  readonly limit: number;
}

export interface History {
  /** Newest first. */
  readonly messages: readonly StoredMessage[];
  /** Seqids of the covered windows that the viewer will never get. Ascending. */
  readonly hidden: readonly SeqRange[];
  /** Newest deletion that concerns the viewer; 0 for none. */
  readonly clear: number;
}

export interface Removal {
  readonly topic: string;
  readonly ranges: readonly SeqRange[];
  /** Deleted for this user alone; undefined: for everyone. */
  readonly user: string | undefined;
  /** For everyone, by this user: a tombstone stays that says so. Undefined: nothing stays. */
  readonly by?: string | undefined;
}

export interface Removed {
  /** Of the deletion. */
  readonly id: number;
  /** Newer versions of the messages that stood elsewhere, and are gone with them. */
  readonly versions: readonly SeqRange[];
}

/** Seqids that were deleted; `by` whom, where tombstones stand in their place. */
export interface DeletedRange extends SeqRange {
  readonly by?: string;
}

export interface FindQuery {
  readonly topic: string;
  readonly viewer: Viewer;
  readonly query: string;
  /** Of the seqids [low, end). */
  readonly low: number;
  readonly end: number;
  readonly limit: number;
}

export interface NumberedRemoval extends Omit<Removal, 'topic'> {
  readonly id: number;
}

export interface DeletionQuery {
  readonly topic: string;
  readonly user: string;
  /** Deletion ids, since inclusive and before exclusive. */
  readonly since: number;
  readonly before: number | undefined;
  readonly limit: number;
}

export interface DeletionLog {
  /** Newest deletion id of the answer; 0 for none. */
  readonly clear: number;
  readonly ranges: readonly DeletedRange[];
}

export interface Expired {
  /** The last conversation that was looked at; undefined: there are no more. */
  readonly last: string | undefined;
  /** What can be expunged there: 500 messages at most, of which there may be more. */
  readonly old: readonly { readonly topic: string; readonly end: number }[];
}

/** How far a member has come. Both only ever grow. */
export interface Mark {
  readonly topic: string;
  readonly user: string;
  readonly recv: number;
  readonly read: number;
}

export interface ConversationEntry {
  readonly conversation: Conversation;
  /** Of the visitor. */
  readonly identity?: Identity | undefined;
  /** The marks of the asking user; undefined when not a member. */
  readonly mark: { readonly recv: number; readonly read: number } | undefined;
}

export interface Agent {
  readonly login: string;
  readonly user: User;
}

/** What was looked at, and what of it can't be right. */
export interface Inspection {
  /** The last conversation that was looked at; undefined: there are no more. */
  readonly last: string | undefined;
  readonly conversations: number;
  readonly messages: number;
  /** For people; they name conversations and say nothing of what is in them. */
  readonly findings: readonly string[];
}

/** The store does not answer now; the same call may be made again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * Writes take effect in the order in which they are called, whether awaited or not: that is what gives the messages of a
 * sender their order. A read sees every write that was called before it. Everything that waits while the disk is busy is
 * committed together. When the disk fails, every write that was called before that is known fails with it, so that none is
 * stored without those before it; the next may succeed.
 */
export interface Store {
  /** `false` when the login name is taken. */
  createUser(user: NewUser): Promise<boolean>;
  user(id: string): Promise<User | undefined>;
  /** Those in whose names the text is, or whose login it is; the newest first. Upper and lower case of ASCII letters are the same. */
  findUsers(query: { readonly text: string; readonly limit: number }): Promise<readonly User[]>;
  /** Changes the conversations of the user too. */
  setUserPublic(change: { readonly user: string; readonly public: JsonObject; readonly at: number }): Promise<void>;
  credentials(login: string): Promise<{ readonly user: User; readonly hash: string } | undefined>;
  addToken(token: NewToken & { readonly user: string }): Promise<void>;
  /** Who the token belongs to; its life starts anew. Undefined when unknown or expired. */
  useToken(use: {
    readonly hash: string;
    readonly now: number;
    readonly lives: TokenLives;
  }): Promise<{ readonly user: User; readonly expiresAt: number } | undefined>;
  /**
   * The account of the identity: who has it, else the anonymous visitor of `from`, who has it from now on and no other
   * token, else a new visitor. A `from` that is none counts for nothing. One beside an account that is there is merged into
   * it: what they have opened, said, deleted and uploaded is that user's, under the same seqids and identities, and they
   * have never been. Where both have a conversation of a key it names the one that was merged, unless nothing was said there.
   */
  identify(identification: Identification): Promise<Identified>;
  /** Who has the subject of an identity. */
  userOfSubject(subject: string): Promise<User | undefined>;
  /** Those of the tokens, by their hashes, that are still good. */
  liveTokens(query: { readonly hashes: readonly string[]; readonly now: number }): Promise<readonly string[]>;
  agents(): Promise<readonly Agent[]>;
  /** Ends all of the agent's tokens. `false` when there is no such agent. */
  setPassword(change: { readonly login: string; readonly hash: string }): Promise<boolean>;
  /** The agent's conversations wait for another one. `false` when there is no such agent. */
  removeAgent(removal: { readonly login: string; readonly at: number }): Promise<boolean>;

  /**
   * The user can't log in any more, and has no name. Conversations that they have wait for another; those that they opened
   * are over, and returned with their newest seqids. Undefined when there is no such user.
   */
  eraseUser(erasure: {
    readonly user: string;
    readonly at: number;
  }): Promise<readonly { readonly topic: string; readonly seq: number }[] | undefined>;

  /** Makes the conversation, or finds the one that the visitor opened with the same key. */
  openConversation(
    conversation: NewConversation,
  ): Promise<{ readonly conversation: Conversation; readonly created: boolean }>;
  conversation(
    topic: string,
  ): Promise<{ readonly conversation: Conversation; readonly members: readonly Member[] } | undefined>;
  /** Newest first, open ones before resolved ones; with `queued` also those that wait for an agent. */
  conversationsOf(query: {
    readonly user: string;
    readonly queued: boolean;
    readonly limit: number;
  }): Promise<readonly ConversationEntry[]>;
  setConversationPublic(change: {
    readonly topic: string;
    readonly public: JsonObject;
    readonly at: number;
  }): Promise<Conversation | undefined>;

  /**
   * Stores a message under the next seqid of its topic. A visitor's message opens the conversation (phase `queued`) and
   * starts the waiting time; an agent's ends it. The sender has received and read it.
   * Rejects when there is no such topic of the sender. A newer version of a message that its sender had there, and that was deleted for
   * everyone, is not stored.
   */
  append(message: NewMessage): Promise<Appended>;
  /** What {@link append} would say to this msgid if it is there already; undefined: it is not. */
  appended(identity: {
    readonly topic: string;
    readonly from: string;
    readonly msgid: string;
  }): Promise<Appended | undefined>;
  /**
   * Takes a message without a seqid: nothing is stored of it but that its msgid was there, which is what {@link append} says
   * to it from now on. One that is there already stays what it is.
   */
  hide(identity: {
    readonly topic: string;
    readonly from: string;
    readonly msgid: string;
    readonly at: number;
  }): Promise<Appended>;
  /** What a viewer may see, for `get data`. */
  history(query: HistoryQuery): Promise<History>;
  /**
   * Messages that the viewer may see whose content has the query in it as JSON, whether in its text or elsewhere, newest
   * first. Upper and lower case of ASCII letters are the same. Of a message and its newer versions by the same sender only
   * the newest counts.
   */
  find(query: FindQuery): Promise<readonly StoredMessage[]>;
  /** Everything in [low, end), tombstones included, ascending. */
  messages(query: {
    readonly topic: string;
    readonly low: number;
    readonly end: number;
  }): Promise<readonly StoredMessage[]>;
  /** What is deleted for everyone takes all its newer versions by the same sender with it; they leave no tombstones. */
  remove(removal: Removal): Promise<Removed>;
  /** Deletions that concern the user, the oldest first. */
  deletions(query: DeletionQuery): Promise<DeletionLog>;
  /** Deletions with greater ids, for everyone and for single users, ascending. */
  removals(query: { readonly topic: string; readonly after: number }): Promise<readonly NumberedRemoval[]>;
  /** Id of the newest deletion that concerns the user; 0 for none. */
  newestDeletion(query: { readonly topic: string; readonly user: string }): Promise<number>;
  saveMarks(marks: readonly Mark[]): Promise<void>;
  /**
   * Nothing stays of the messages before `end` and their newer versions, not even what a deletion has left of them, but
   * that they have been there: their seqids and identities. Returns the id of the deletion; undefined when nothing was left.
   */
  expunge(query: { readonly topic: string; readonly end: number }): Promise<number | undefined>;
  /** In the conversations after this one, so many at most, what is older than that. */
  expired(query: { readonly before: number; readonly after: string; readonly limit: number }): Promise<Expired>;

  /**
   * Gives the conversation to an agent, who becomes a member. With `from`, only if it is in that phase still, or the
   * agent's already; with `capacity` too, only if the agent has fewer conversations. Undefined when it was not, or does
   * not exist.
   */
  assign(assignment: {
    readonly topic: string;
    readonly agent: string;
    readonly from?: Phase | undefined;
    readonly capacity?: number | undefined;
    readonly at: number;
  }): Promise<Conversation | undefined>;
  resolve(resolution: { readonly topic: string; readonly at: number }): Promise<Conversation | undefined>;
  /** Ends an agent's membership; a conversation that the agent has waits for another one. */
  release(release: {
    readonly topic: string;
    readonly agent: string;
    readonly at: number;
  }): Promise<Conversation | undefined>;
  /** Waiting for an agent, the longest first. */
  queued(limit: number): Promise<readonly Conversation[]>;
  /** How many conversations each agent has. */
  loads(): Promise<readonly { readonly agent: string; readonly conversations: number }[]>;

  /** Keeps the file, or finds the one that the user has uploaded under the same name. */
  addFile(file: StoredFile): Promise<StoredFile>;
  fileOfUpload(upload: { readonly user: string; readonly upload: string }): Promise<StoredFile | undefined>;
  /** A file, and the conversations with messages that refer to it, 100 at most. */
  file(name: string): Promise<{ readonly file: StoredFile; readonly topics: readonly string[] } | undefined>;
  /** Those of the files that messages of the conversation refer to; `notes`: also those of notes. */
  filesIn(query: {
    readonly topic: string;
    readonly names: readonly string[];
    readonly notes: boolean;
  }): Promise<readonly string[]>;
  /** Size of all files of the user. */
  fileBytes(user: string): Promise<number>;
  /**
   * Files from before then that no message refers to: from now on none can, and they are not found any more. Also those of
   * earlier calls that were not removed since.
   */
  doomFiles(query: { readonly before: number; readonly limit: number }): Promise<readonly string[]>;
  /** The same of files of the user, whatever refers to them. */
  doomFilesOf(query: { readonly user: string; readonly limit: number }): Promise<readonly string[]>;
  /** The content of these doomed files is gone. */
  removeFiles(names: readonly string[]): Promise<void>;
  /** Files with greater names, by name; with `user` only theirs. */
  files(query: {
    readonly after: string;
    readonly user?: string | undefined;
    readonly limit: number;
  }): Promise<readonly StoredFile[]>;
  /** What was kept first under this name: all gateways on the store get the same. */
  secret(secret: { readonly name: string; readonly value: string }): Promise<string>;
  /** The next value that is kept under the name is another one. */
  forgetSecret(name: string): Promise<void>;

  /**
   * Looks at the conversations after this one, so many at most: seqids, identities, marks, deletions, references to files.
   * With the empty name for the first ones also at what holds them all.
   */
  inspect(query: { readonly after: string; readonly limit: number }): Promise<Inspection>;

  /** Another number than before: somebody else has written. Always the same where that is looked for otherwise. */
  foreignWrites(): Promise<number>;
  /** Resolves when a write has reached the disk. */
  probe(): Promise<void>;
  /** What waits to be committed, and for how long. */
  backlog(): { readonly calls: number; readonly ms: number };
  /** After everything that was called before has been committed. */
  close(): Promise<void>;
}

/** A conversation as a gateway knows it. */
export interface KnownConversation {
  readonly topic: string;
  readonly seq: number;
  readonly updatedAt: number;
  readonly clear: number;
  /** All marks of all members, summed up. */
  readonly marks: number;
}

/** A conversation in an agent's list. */
export interface ListedConversation {
  readonly topic: string;
  readonly seq: number;
  readonly updatedAt: number;
}

export interface Changes {
  /** Those of the known conversations of which the store knows more, with their newest seqids. */
  readonly conversations: readonly { readonly topic: string; readonly seq: number }[];
  /** By agent: what they have that is not resolved. */
  readonly lists: ReadonlyMap<string, readonly ListedConversation[]>;
  /** What waits for an agent, the longest first, 500 at most: in the list of each. */
  readonly queued: readonly ListedConversation[];
}

/** A store that several gateways share, and what they know of each other by it. */
export interface SharedStore extends Store {
  /** What a gateway has missed. */
  changes(known: {
    readonly conversations: readonly KnownConversation[];
    readonly agents: readonly string[];
  }): Promise<Changes>;

  /** The gateway lives. `true`: it was not known to, and nobody is present on it. */
  beat(node: string): Promise<boolean>;
  /** Who is present on the gateway; `anew`: nobody else. `duty`: takes conversations. */
  present(presence: {
    readonly node: string;
    readonly anew: boolean;
    readonly on: readonly { readonly user: string; readonly duty: boolean }[];
    readonly off: readonly string[];
  }): Promise<void>;
  /** The gateway stops. */
  leave(node: string): Promise<void>;
  /** Forgets gateways that have not lived for 10 s, except this one; returns the users who were there and are nowhere now. */
  buryNodes(except: string): Promise<readonly string[]>;
  /** Those of the users who are present on any gateway. */
  online(users: readonly string[]): Promise<readonly string[]>;
  /** Agents who take conversations on any gateway. */
  onDuty(): Promise<readonly string[]>;
}

/**
 * The secret that tells two lives of a store apart: it is another one when the store was put back to an earlier state, and
 * seqids that were given since may be given again.
 */
export const EPOCH = 'epoch';

type Promised = (...args: never[]) => Promise<unknown>;
/** The calls that ask or change something. */
export type Operation = Exclude<
  { [K in keyof Store]: Store[K] extends Promised ? K : never }[keyof Store],
  'close' | undefined
>;
export type Argument<K extends Operation> = Parameters<Store[K]>[0];
export type Result<K extends Operation> = Awaited<ReturnType<Store[K]>>;
