// Topic: one living conversation: who is attached, how far each member has come, and its recent messages.
import type { Info, Pres, ServerPacket } from '../protocol/server-packet.ts';
import { encode } from '../protocol/codec.ts';
import type { Except, TopicEvent } from './bus/bus.ts';
import type { Delivery, DeliverySource } from './delivery.ts';
import { messageFrame, tombstoneFrame } from './message-frame.ts';
import type { MessageFrame } from './message-frame.ts';
import { modeOf } from './access.ts';
import type { Conversation, Member, Store, StoredMessage, User, UserKind } from './store/store.ts';
import { endOf } from '../protocol/seq.ts';
import type { SeqRange } from '../protocol/seq.ts';
import type { JsonObject } from '../protocol/json.ts';

/** Messages, and bytes of them, kept in memory: what receivers that keep up, or nearly so, are served from. */
const RECENT = 128;
const RECENT_BYTES = 256 * 1024;

/** What a topic needs of a session: who it is, and a way to write to it. */
export interface Listener {
  readonly id: string;
  readonly user: User | undefined;
  /** Its own record of what it is attached to, by topic name. */
  readonly attachments: { delete(topic: string): boolean };
  /** More to write would only pile up. */
  readonly isFull: boolean;
  write(text: string): void;
}

/** Why messages are turned away for now. */
export interface HeldBack {
  readonly code: number;
  /** Of the first message that was turned away: those behind it must not overtake it. Undefined: it has none. */
  readonly msgid: string | undefined;
  /** Its place among those that came. */
  readonly place: number;
  /** By the clock's `elapsed`. */
  readonly until: number;
}

/** One link's tie to a topic. */
export interface Attachment {
  readonly session: Listener;
  readonly topic: Topic;
  readonly user: string;
  readonly delivery: Delivery;
  /** When the link last said that its user is typing. */
  typingAt: number;
  /** Messages that came. */
  pubs: number;
  heldBack: HeldBack | undefined;
}

export interface LiveMember {
  readonly user: string;
  readonly kind: UserKind;
  public: JsonObject | undefined;
  recv: number;
  read: number;
}

export class Topic implements DeliverySource {
  readonly name: string;
  conversation: Conversation;
  readonly members = new Map<string, LiveMember>();
  readonly attachments = new Set<Attachment>();
  /** Messages on their way to the store. */
  pending = 0;
  /** Newest seqid that receivers may have. */
  newest: number;
  readonly #store: Store;
  /** Ascending. */
  readonly #recent = new Map<number, MessageFrame>();
  #recentBytes = 0;

  constructor(store: Store, conversation: Conversation, members: readonly Member[]) {
    this.#store = store;
    this.name = conversation.topic;
    this.conversation = conversation;
    this.newest = conversation.seq;
    this.remember(members);
  }

  /** Takes over what the store knows of the members; marks never go back. */
  remember(members: readonly Member[]): void {
    const kept = new Set(members.map(({ user }) => user));
    for (const user of this.members.keys()) if (!kept.has(user)) this.members.delete(user);
    for (const member of members) {
      const known = this.members.get(member.user);
      this.members.set(member.user, {
        ...member,
        recv: Math.max(member.recv, known?.recv ?? 0),
        read: Math.max(member.read, known?.read ?? 0),
      });
    }
  }

  recent(seq: number): MessageFrame | undefined {
    return this.#recent.get(seq);
  }

  async load(low: number, end: number): Promise<readonly MessageFrame[]> {
    const messages = await this.#store.messages({ topic: this.name, low, end });
    return messages.map((message) => messageFrame(this.name, message));
  }

  /** A message has been stored: the next ones come in the order of their seqids. */
  stored(message: StoredMessage): void {
    const frame = messageFrame(this.name, message);
    this.#recent.set(message.seq, frame);
    this.#recentBytes += frame.bytes;
    for (const [seq, { bytes }] of this.#recent) {
      if (this.#recent.size <= RECENT && this.#recentBytes <= RECENT_BYTES) break;
      this.#recent.delete(seq);
      this.#recentBytes -= bytes;
    }
    this.conversation = { ...this.conversation, seq: message.seq, touchedAt: message.at };
    this.mark(message.from, message.seq, message.seq);
  }

  /** Messages are gone for everyone: also for those who have not got them yet. */
  forget(ranges: readonly SeqRange[], src: string): void {
    for (const range of ranges)
      for (const [seq, message] of this.#recent) {
        if (seq < range.low || seq >= endOf(range)) continue;
        const tombstone = tombstoneFrame(this.name, src, [{ low: seq }]);
        const bytes = Buffer.byteLength(tombstone);
        this.#recent.set(seq, { ...message, bytes, frame: tombstone, tombstone });
        this.#recentBytes += bytes - message.bytes;
      }
  }

  /** A member has come this far. Returns false when that is nothing new, or the user is no member. */
  mark(user: string, recv: number, read: number): boolean {
    const member = this.members.get(user);
    if (!member || (recv <= member.recv && read <= member.read)) return false;
    member.recv = Math.max(member.recv, recv);
    member.read = Math.max(member.read, read);
    return true;
  }

  isAttached(user: string): boolean {
    for (const attachment of this.attachments) if (attachment.user === user) return true;
    return false;
  }

  /** Something happened, here or on another gateway. */
  receive(event: TopicEvent): void {
    switch (event.kind) {
      case 'message':
        this.newest = Math.max(this.newest, event.seq);
        for (const { delivery } of this.attachments) delivery.pump();
        break;
      case 'changed':
        this.change(event.conversation);
        this.#tell({ pres: { topic: this.name, src: this.name, what: 'upd' } });
        break;
      case 'pres': {
        const pres: Pres = { topic: this.name, ...event.pres };
        this.#tell({ pres }, event.except, event.only);
        break;
      }
      case 'info': {
        const info: Info = { topic: this.name, ...event.info };
        this.#tell({ info }, event.except, undefined, info.what === 'kp');
        break;
      }
    }
  }

  /** Takes over a newer state; messages may have come since it was read. */
  change(conversation: Conversation): void {
    this.conversation = {
      ...conversation,
      seq: Math.max(conversation.seq, this.conversation.seq),
      clear: Math.max(conversation.clear, this.conversation.clear),
      touchedAt: Math.max(conversation.touchedAt, this.conversation.touchedAt),
    };
  }

  /** `isFleeting`: who can't take it now need not have it at all. */
  #tell(packet: ServerPacket, except?: Except, only?: string, isFleeting = false): void {
    const text = encode(packet);
    for (const { session, user } of this.attachments) {
      if (isFleeting && session.isFull) continue;
      if (except?.link === session.id || except?.user === user) continue;
      if (only !== undefined && only !== user) continue;
      // Who lost the right to look on is detached by the next packet of theirs; until then they learn nothing.
      if (session.user && modeOf(this.conversation, session.user) !== undefined) session.write(text);
    }
  }
}
