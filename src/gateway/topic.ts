// Topic: one living conversation: who is attached, how far each member has come, and its recent messages.
import type { DeletedRange, Info, Pres, ServerPacket } from '../protocol/server-packet.ts';
import { encode } from '../protocol/codec.ts';
import type { Except, TopicEvent } from './bus/bus.ts';
import type { Delivery, DeliverySource } from './delivery.ts';
import type { Identity } from './identity.ts';
import { messageFrame } from './message-frame.ts';
import type { MessageFrame } from './message-frame.ts';
import { modeOf } from './access.ts';
import type { Conversation, KnownConversation, Member, Store, StoredMessage, User, UserKind } from './store/store.ts';
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
  /** The account has ended. */
  end(): void;
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
  readonly identity?: Identity;
  recv: number;
  read: number;
}

/** What a topic asks the store. */
type TopicStore = Pick<Store, 'conversation' | 'messages' | 'removals'>;

/** The store did not answer: the next look at it brings what is missing. */
const ignore = (): void => undefined;

export class Topic implements DeliverySource {
  readonly name: string;
  conversation: Conversation;
  readonly members = new Map<string, LiveMember>();
  readonly attachments = new Set<Attachment>();
  /** Messages on their way to the store. */
  pending = 0;
  /** Newest seqid that receivers may have. */
  newest: number;
  readonly #store: TopicStore;
  /** Ascending. */
  readonly #recent = new Map<number, MessageFrame>();
  #recentBytes = 0;
  /** Newest deletion that was told here. */
  #cleared: number;
  #isFetching = false;
  /** Newest seqid that another gateway is said to have stored. */
  #wanted = 0;
  #refreshing: Promise<void> | undefined;

  constructor(store: TopicStore, conversation: Conversation, members: readonly Member[]) {
    this.#store = store;
    this.name = conversation.topic;
    this.conversation = conversation;
    this.newest = conversation.seq;
    this.#cleared = conversation.clear;
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
    this.#recentBytes += frame.bytes - (this.#recent.get(message.seq)?.bytes ?? 0);
    this.#recent.set(message.seq, frame);
    for (const [seq, { bytes }] of this.#recent) {
      if (this.#recent.size <= RECENT && this.#recentBytes <= RECENT_BYTES) break;
      this.#recent.delete(seq);
      this.#recentBytes -= bytes;
    }
    const { seq, touchedAt } = this.conversation;
    this.conversation = {
      ...this.conversation,
      seq: Math.max(seq, message.seq),
      touchedAt: Math.max(touchedAt, message.at),
    };
    if (message.system !== true) this.mark(message.from, message.seq, message.seq);
  }

  /** Messages have changed in the store: who has not got them yet gets them from there. */
  forget(ranges: readonly SeqRange[]): void {
    for (const range of ranges)
      for (const [seq, message] of this.#recent) {
        if (seq < range.low || seq >= endOf(range)) continue;
        this.#recent.delete(seq);
        this.#recentBytes -= message.bytes;
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
        this.reach(event.seq);
        break;
      case 'changed':
        if (event.updatedAt <= this.conversation.updatedAt) this.#tellChange();
        else this.refresh().catch(ignore);
        break;
      case 'deleted':
        this.#clear(event.src, event.except).catch(ignore);
        break;
      case 'pres': {
        const pres: Pres = { topic: this.name, ...event.pres };
        this.#tell({ pres }, event.except);
        break;
      }
      case 'info': {
        const { from, what, seq = 0 } = event.info;
        if (what === 'recv' || what === 'read') this.mark(from, seq, what === 'read' ? seq : 0);
        const info: Info = { topic: this.name, ...event.info };
        this.#tell({ info }, event.except, what === 'kp');
        break;
      }
    }
  }

  /** Everything up to `seq` is stored, somebody says. */
  reach(seq: number): void {
    if (seq > this.conversation.seq) {
      // By another gateway: the store knows.
      this.#wanted = Math.max(this.#wanted, seq);
      if (!this.#isFetching) void this.#fetch();
      return;
    }
    this.newest = Math.max(this.newest, seq);
    for (const { delivery } of this.attachments) delivery.pump();
  }

  /** Looks what the store knows of the conversation, and tells what of it is new. */
  async refresh(): Promise<void> {
    // One that began before may have come too early.
    await this.#refreshing;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  /** What is known here. */
  get known(): KnownConversation {
    let marks = 0;
    for (const { recv, read } of this.members.values()) marks += recv + read;
    const { updatedAt } = this.conversation;
    return { topic: this.name, seq: this.newest, updatedAt, clear: this.#cleared, marks };
  }

  /** Takes over a newer state; messages may have come since it was read. */
  change(conversation: Conversation): void {
    const { seq, clear, touchedAt, updatedAt, visitor } = this.conversation;
    this.conversation = {
      ...(conversation.updatedAt >= updatedAt ? conversation : this.conversation),
      seq,
      clear: Math.max(clear, conversation.clear),
      touchedAt: Math.max(touchedAt, conversation.touchedAt),
    };
    if (this.conversation.visitor !== visitor) this.#merged(visitor);
    // What is on its way to the store from here is told by who sent it.
    if (this.pending === 0) this.reach(conversation.seq);
  }

  /** The visitor's account has gone over to another. */
  #merged(before: string): void {
    // Also what they have said is another's now.
    this.forget([{ low: 1, hi: Infinity }]);
    for (const { session, user } of this.attachments) if (user === before) session.end();
  }

  /** Fetches what other gateways have stored. */
  async #fetch(): Promise<void> {
    this.#isFetching = true;
    while (this.#wanted > this.conversation.seq) {
      const high = this.#wanted;
      const low = Math.max(this.conversation.seq + 1, high - RECENT + 1);
      try {
        const messages = await this.#store.messages({ topic: this.name, low, end: high + 1 });
        for (const message of messages) this.stored(message);
      } catch {
        // The next who looks asks again.
      }
      // What the store does not know was a rumour.
      if (this.conversation.seq < high) this.#wanted = 0;
      this.reach(Math.min(high, this.conversation.seq));
    }
    this.#isFetching = false;
  }

  async #refresh(): Promise<void> {
    const found = await this.#store.conversation(this.name);
    if (!found) return;
    const isNewer = found.conversation.updatedAt > this.conversation.updatedAt;
    this.change(found.conversation);
    for (const { user, recv, read } of found.members) {
      const known = this.members.get(user);
      if (!known) continue;
      if (recv > known.recv) this.#tell({ info: { topic: this.name, from: user, what: 'recv', seq: recv } });
      if (read > known.read) this.#tell({ info: { topic: this.name, from: user, what: 'read', seq: read } });
    }
    this.remember(found.members);
    if (isNewer) this.#tellChange();
    if (found.conversation.clear > this.#cleared) await this.#clear(this.name);
  }

  /** Tells of deletions that were not told here yet. */
  async #clear(src: string, except?: Except): Promise<void> {
    const removals = new Map<number, { readonly user: string | undefined; readonly ranges: DeletedRange[] }>();
    for (const { id, user, by, ranges } of await this.#store.removals({ topic: this.name, after: this.#cleared })) {
      const removal = removals.get(id) ?? { user, ranges: [] };
      removal.ranges.push(...ranges.map((range) => (by === undefined ? range : { ...range, by })));
      removals.set(id, removal);
    }
    for (const [clear, { user, ranges }] of removals) {
      if (clear <= this.#cleared) continue;
      this.#cleared = clear;
      this.conversation = { ...this.conversation, clear: Math.max(clear, this.conversation.clear) };
      if (user === undefined) this.forget(ranges);
      this.#tell({ pres: { topic: this.name, src, what: 'del', clear, delseq: ranges } }, except, false, user);
    }
  }

  #tellChange(): void {
    this.#tell({ pres: { topic: this.name, src: this.name, what: 'upd' } });
  }

  /** `isFleeting`: who can't take it now need not have it at all. */
  #tell(packet: ServerPacket, except?: Except, isFleeting = false, only?: string): void {
    const text = encode(packet);
    for (const { session, user } of this.attachments) {
      if (isFleeting && session.isFull) continue;
      if (except?.link === session.id || except?.user === user || except?.users?.includes(user) === true) continue;
      if (only !== undefined && only !== user) continue;
      // Who lost the right to look on is detached by the next packet of theirs; until then they learn nothing.
      if (session.user && modeOf(this.conversation, session.user) !== undefined) session.write(text);
    }
  }
}
