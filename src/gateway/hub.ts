// Hub: the living topics by name, the links on `me` by user, who is present, and who hears of what.
import type { Info, Pres } from '../protocol/server-packet.ts';
import { LIMITS } from '../protocol/limits.ts';
import { isConversation } from '../protocol/topic.ts';
import type { Bus, MeEvent, TopicEvent } from './bus/bus.ts';
import type { Clock } from './clock.ts';
import type { GatewayLimits } from './config.ts';
import { Delivery } from './delivery.ts';
import type { DeliveryOptions } from './delivery.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { Presence } from './presence.ts';
import type { Session } from './session.ts';
import { SessionSink } from './session-sink.ts';
import type {
  Changes,
  Conversation,
  Identified,
  ListedConversation,
  Mark,
  SharedStore,
  Store,
  StoredMessage,
  User,
} from './store/store.ts';
import { Topic } from './topic.ts';
import type { Attachment } from './topic.ts';

/** How long a topic without links stays in memory, and how often that is looked at. */
const SWEEP_MS = 30_000;
/** Marks are saved together, this often: they are repeated by clients when lost. */
const MARKS_MS = 200;
/** How soon after the store has failed. */
const MARKS_AGAIN_MS = 2_000;

export interface HubOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: GatewayLimits;
  readonly metrics: Metrics;
  /** Undefined: this gateway is alone. */
  readonly shared?: SharedStore | undefined;
  /** Name of this gateway among others. */
  readonly node: string;
}

interface LiveTopic {
  readonly topic: Topic;
  readonly stop: () => void;
}

/** The links of a user on `me`. */
interface Me {
  readonly sessions: Set<Session>;
  readonly stop: () => void;
  /** What an agent was told of conversations that are not resolved, once they have asked for the list. */
  listed: Map<string, Listed> | undefined;
}

interface Listed {
  readonly seq: number;
  /** The newest version that was told, and the one that the last look at the store found. */
  readonly updatedAt: number;
  readonly seenAt: number;
}

export class Hub {
  readonly #options: HubOptions;
  readonly #topics = new Map<string, LiveTopic>();
  readonly #loading = new Map<string, Promise<Topic | undefined>>();
  readonly #me = new Map<string, Me>();
  readonly presence: Presence;
  /** The links that each user is logged in on. */
  readonly #links = new Map<string, Set<Session>>();
  readonly #stopAgents: () => void;
  #marks = new Map<string, Mark>();
  #cancelMarks: (() => void) | undefined;
  #cancelSweep: (() => void) | undefined;
  #isClosed = false;
  /** How is pushed to who acks, and to who does not. */
  readonly #pushing: { readonly acked: DeliveryOptions; readonly plain: DeliveryOptions };

  constructor(options: HubOptions) {
    this.#options = options;
    const { pauseBytes: windowBytes, repushMs: retryMs, giveUpMs } = options.limits;
    const acked = { acks: true, window: LIMITS.pushWindow, windowBytes, retryMs, giveUpMs };
    this.#pushing = { acked, plain: { ...acked, acks: false } };
    const { shared, node, clock, log } = options;
    this.presence = new Presence({
      shared,
      node,
      clock,
      log,
      onChange: (user, what) => {
        this.#announcePresence(user, what).catch((error: unknown) => {
          if (!this.#isClosed) log.warn('presence', { error: errorText(error) });
        });
      },
      onUnheard: (changes) => {
        this.heardPresence(changes);
      },
    });
    this.#stopAgents = options.bus.subscribe('agents', 'all', (event) => {
      this.#hear(event, () => {
        for (const me of this.#me.values())
          for (const session of me.sessions)
            if (session.user?.kind === 'agent' && event.except?.users?.includes(session.user.id) !== true)
              this.#tellMe(me, session, event);
      });
    });
    this.#sweepLater();
  }

  /** How many topics are in memory. */
  get size(): number {
    return this.#topics.size;
  }

  /** The topic, brought to life if need be; undefined when there is none of that name. */
  async topic(name: string): Promise<Topic | undefined> {
    const live = this.live(name);
    if (live || !isConversation(name)) return live;
    let loading = this.#loading.get(name);
    if (!loading) {
      loading = this.#load(name).finally(() => this.#loading.delete(name));
      this.#loading.set(name, loading);
    }
    return loading;
  }

  /** The topic, if it is in memory. */
  live(name: string): Topic | undefined {
    return this.#topics.get(name)?.topic;
  }

  async #load(name: string): Promise<Topic | undefined> {
    const { store, bus } = this.#options;
    let topic: Topic | undefined;
    // Before the store is asked: what happens meanwhile is not to be missed.
    const heard: TopicEvent[] = [];
    const stop = bus.subscribe('topic', name, (event) => {
      if (
        event.kind === 'pres' &&
        event.pres.src !== undefined &&
        (event.pres.what === 'on' || event.pres.what === 'off')
      )
        this.presence.heard(event.pres.src, event.pres.what);
      if (topic) topic.receive(event);
      else heard.push(event);
    });
    try {
      const found = await store.conversation(name);
      if (!found) return undefined;
      await this.presence.look(found.members.map(({ user }) => user));
      topic = new Topic(store, found.conversation, found.members);
      this.#topics.set(name, { topic, stop });
      for (const event of heard) topic.receive(event);
      return topic;
    } finally {
      if (!topic) stop();
    }
  }

  /** Ties the session to the topic: from now on it gets what happens there. */
  attach(session: Session, user: User, topic: Topic): Attachment {
    const sink = new SessionSink(session, topic.name, user.kind === 'agent', this.#options);
    const delivery = new Delivery(topic, sink, this.#pushing[session.kefu ? 'acked' : 'plain'], this.#options.clock);
    const attachment: Attachment = {
      session,
      topic,
      user: user.id,
      delivery,
      typingAt: -Infinity,
      pubs: 0,
      heldBack: undefined,
    };
    topic.attachments.add(attachment);
    session.attachments.set(topic.name, attachment);
    this.presence.tie(user.id, 1);
    return attachment;
  }

  detach(attachment: Attachment): void {
    const { session, topic, delivery } = attachment;
    if (!topic.attachments.delete(attachment)) return;
    delivery.close();
    session.attachments.delete(topic.name);
    this.presence.tie(attachment.user, -1);
  }

  joinMe(session: Session, user: User): void {
    let me = this.#me.get(user.id);
    if (!me) {
      const sessions = new Set<Session>();
      const stop = this.#options.bus.subscribe('user', user.id, (event) => {
        if (event.kind === 'renamed') void this.#readUser(user.id);
        else
          this.#hear(event, () => {
            for (const one of sessions) this.#tellMe(known, one, event);
          });
      });
      const known: Me = { sessions, stop, listed: undefined };
      me = known;
      this.#me.set(user.id, me);
    }
    me.sessions.add(session);
    session.onMe = true;
    if (user.kind === 'agent') this.presence.duty(user.id, 1);
    this.presence.tie(user.id, 1);
  }

  leaveMe(session: Session): void {
    if (!session.onMe || !session.user) return;
    session.onMe = false;
    if (session.user.kind === 'agent') this.presence.duty(session.user.id, -1);
    const me = this.#me.get(session.user.id);
    me?.sessions.delete(session);
    if (me?.sessions.size === 0) {
      me.stop();
      this.#me.delete(session.user.id);
    }
    this.presence.tie(session.user.id, -1);
  }

  /** The session is the user's from now on. */
  enter(session: Session, user: User): void {
    // The link may have ended while the store was asked: nobody would leave it again.
    if (!session.peer.isOpen) return;
    session.user = user;
    const links = this.#links.get(user.id) ?? new Set();
    this.#links.set(user.id, links.add(session));
  }

  linksOf(user: string): number {
    return this.#links.get(user)?.size ?? 0;
  }

  /** The link is gone. */
  leave(session: Session): void {
    for (const attachment of session.attachments.values()) this.detach(attachment);
    this.leaveMe(session);
    if (!session.user) return;
    const links = this.#links.get(session.user.id);
    links?.delete(session);
    if (links?.size === 0) this.#links.delete(session.user.id);
  }

  /** The agent was told of these. */
  listed(agent: string, conversations: readonly Conversation[]): void {
    const me = this.#me.get(agent);
    if (!me) return;
    me.listed = new Map();
    for (const { topic, seq, updatedAt, phase } of conversations)
      if (phase !== 'resolved') me.listed.set(topic, { seq, updatedAt, seenAt: updatedAt });
  }

  /** A message is on disk: everyone who may know of it does, members who are not attached by `me`. */
  announceMessage(topic: Topic, message: StoredMessage): void {
    const { bus } = this.#options;
    bus.publish('topic', topic.name, { kind: 'message', seq: message.seq });
    const pres = { src: topic.name, what: 'msg', seq: message.seq, act: message.from };
    for (const member of topic.members.values())
      if (!message.note || member.kind === 'agent') bus.publish('user', member.user, { kind: 'pres', pres });
    // Members hear of it anyway.
    if (topic.conversation.phase === 'queued')
      bus.publish('agents', 'all', { kind: 'pres', pres, except: { users: [...topic.members.keys()] } });
  }

  /** The status of a conversation has changed. */
  announceChange(changed: Conversation, isPhase: boolean): void {
    const { bus } = this.#options;
    // It may have changed again while somebody was asked something.
    const conversation = this.live(changed.topic)?.conversation ?? changed;
    const { updatedAt } = conversation;
    const upd: MeEvent = { kind: 'pres', pres: { src: conversation.topic, what: 'upd' }, updatedAt };
    bus.publish('topic', conversation.topic, { kind: 'changed', updatedAt });
    bus.publish('user', conversation.visitor, upd);
    // A queue is everybody's business; a waiting time only of the agent who has the conversation.
    if (isPhase || conversation.phase === 'queued') bus.publish('agents', 'all', upd);
    else if (conversation.agent !== undefined) bus.publish('user', conversation.agent, upd);
  }

  /** An agent has become a member, by the act of a user or, without one, of the gateway. */
  async announceMember(conversation: Conversation, agent: string, act: string | undefined): Promise<void> {
    const { bus, store } = this.#options;
    const topic = this.live(conversation.topic);
    if (topic) {
      topic.change(conversation);
      const found = await store.conversation(conversation.topic);
      if (found) topic.remember(found.members);
    }
    const by = act === undefined ? {} : { act };
    const { updatedAt } = conversation;
    const acs = { src: conversation.topic, what: 'acs', tgt: agent, ...by };
    bus.publish('user', agent, { kind: 'pres', pres: acs, updatedAt });
    bus.publish('topic', conversation.topic, { kind: 'pres', pres: { src: agent, what: 'acs', tgt: agent, ...by } });
    await this.presence.look([agent]);
    if (this.presence.isOnline(agent))
      bus.publish('topic', conversation.topic, {
        kind: 'pres',
        pres: { src: agent, what: 'on' },
        except: { user: agent },
      });
    this.announceChange(conversation, true);
  }

  /** A member has received or read: told to the others, and to the member's other links. */
  announceMark(topic: Topic, session: Session, user: string, what: 'recv' | 'read', seq: number): void {
    const { bus } = this.#options;
    const info: Omit<Info, 'topic'> = { from: user, what, seq };
    const except = { link: session.id };
    bus.publish('topic', topic.name, { kind: 'info', info, except });
    for (const member of topic.members.values())
      bus.publish('user', member.user, { kind: 'info', info: { ...info, src: topic.name }, except });
    const mark = topic.members.get(user);
    if (mark) this.#save({ topic: topic.name, user, recv: mark.recv, read: mark.read });
  }

  /** A member is typing: for the others who are attached. */
  announceTyping(topic: Topic, user: string): void {
    const info = { from: user, what: 'kp' };
    this.#options.bus.publish('topic', topic.name, { kind: 'info', info, except: { user } });
  }

  /** Messages were deleted: there are deletions up to `clear`, of which this session knows. */
  announceDeletion(topic: Topic, clear: number, src: string, session?: Session): void {
    const except = session && { except: { link: session.id } };
    this.#options.bus.publish('topic', topic.name, { kind: 'deleted', clear, src, ...except });
  }

  /** Nothing stays of the oldest messages: there are deletions up to `clear`. */
  announceExpunged(topic: string, clear: number): void {
    this.#options.bus.publish('topic', topic, { kind: 'deleted', clear, src: topic });
  }

  /** The user has another name or picture, and with it the conversations have changed. */
  async renamed(user: User): Promise<void> {
    this.#options.bus.publish('user', user.id, { kind: 'renamed' });
    for (const { topic } of this.#topics.values()) {
      if (!topic.members.has(user.id)) continue;
      await topic.refresh();
      this.announceChange(topic.conversation, false);
    }
  }

  /** An account has gone over to another, and these conversations with it. */
  async merged({ user, conversations }: NonNullable<Identified['merged']>): Promise<void> {
    // Who looks finds nobody.
    this.#options.bus.publish('user', user, { kind: 'renamed' });
    for (const session of [...(this.#links.get(user) ?? [])]) session.end();
    for (const conversation of conversations) {
      await this.live(conversation.topic)?.refresh();
      this.announceChange(conversation, false);
    }
  }

  /** Members of the topics here. */
  membersHere(): ReadonlySet<string> {
    const users = new Set<string>();
    for (const { topic } of this.#topics.values()) for (const user of topic.members.keys()) users.add(user);
    return users;
  }

  /** These have come or left, and nobody here has heard of it. */
  heardPresence(changes: ReadonlyMap<string, 'on' | 'off'>): void {
    if (changes.size === 0) return;
    for (const { topic } of this.#topics.values())
      for (const user of topic.members.keys()) {
        const what = changes.get(user);
        if (what !== undefined) topic.receive({ kind: 'pres', pres: { src: user, what }, except: { user } });
      }
  }

  /** What is known here of what may change elsewhere. */
  known(): Parameters<SharedStore['changes']>[0] {
    const agents = [...this.#me].flatMap(([user, { listed }]) => (listed ? [user] : []));
    return { conversations: [...this.#topics.values()].map(({ topic }) => topic.known), agents };
  }

  /** Somebody else has written to the store: looks what that changes here. */
  async refresh(): Promise<void> {
    for (const { topic } of this.#topics.values()) await topic.refresh();
  }

  /** Takes over what the store knows beyond that. */
  async catchUp({ conversations, lists, queued }: Changes): Promise<void> {
    for (const [agent, own] of lists) {
      const me = this.#me.get(agent);
      if (me?.listed) this.#tellMissed(me, me.listed, [...own, ...queued]);
    }
    for (const { topic: name, seq } of conversations) {
      const topic = this.live(name);
      topic?.reach(seq);
      await topic?.refresh();
    }
  }

  /** Saves what is still in memory only. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelSweep?.();
    this.#cancelMarks?.();
    this.#stopAgents();
    await this.#saveMarks();
    await this.presence.close();
    for (const { stop } of this.#topics.values()) stop();
    this.#topics.clear();
  }

  /** Tells an agent of conversations that have come, changed or gone without a word. */
  #tellMissed(me: Me, listed: Map<string, Listed>, now: readonly ListedConversation[]): void {
    const tell = (pres: Omit<Pres, 'topic'>): void => {
      for (const session of me.sessions) this.#tellMe(me, session, { kind: 'pres', pres });
    };
    const left = new Set(listed.keys());
    for (const { topic, seq, updatedAt } of now) {
      left.delete(topic);
      const told = listed.get(topic);
      if (!told || updatedAt > told.updatedAt) tell({ src: topic, what: 'upd' });
      else if (seq > told.seq) tell({ src: topic, what: 'msg', seq });
      listed.set(topic, { seq, updatedAt, seenAt: updatedAt });
    }
    for (const topic of left) {
      const told = listed.get(topic);
      if (told && told.updatedAt <= told.seenAt) tell({ src: topic, what: 'upd' });
      listed.delete(topic);
    }
  }

  /** Tells of a change only when it is known here: who is told asks for it, or acts on it. */
  #hear(event: MeEvent, tell: () => void): void {
    const topic = event.kind === 'pres' && event.pres.src !== undefined ? this.live(event.pres.src) : undefined;
    if (topic && event.kind === 'pres' && (event.updatedAt ?? 0) > topic.conversation.updatedAt)
      topic.refresh().then(tell, tell);
    else tell();
  }

  #tellMe(me: Me, session: Session, event: MeEvent): void {
    if (event.except?.link === session.id || event.except?.user === session.user?.id) return;
    if (event.kind === 'pres') {
      const { src, seq, what } = event.pres;
      if (src !== undefined && me.listed && what !== 'on' && what !== 'off') {
        const told = me.listed.get(src) ?? { seq: 0, updatedAt: 0, seenAt: 0 };
        me.listed.set(src, {
          seq: Math.max(seq ?? 0, told.seq),
          updatedAt: Math.max(event.updatedAt ?? 0, told.updatedAt),
          seenAt: told.seenAt,
        });
      }
      // Who is attached gets the message itself.
      if (what === 'msg' && src !== undefined && session.attachments.has(src)) return;
      session.send({ pres: { topic: 'me', ...event.pres } });
    } else if (event.info.src === undefined || !session.attachments.has(event.info.src))
      session.send({ info: { topic: 'me', ...event.info } });
  }

  /** The user has another name or picture, or has gone over to another. */
  async #readUser(id: string): Promise<void> {
    let user: User | undefined;
    try {
      user = await this.#options.store.user(id);
    } catch {
      return;
    }
    for (const session of [...(this.#links.get(id) ?? [])])
      if (user) session.user = user;
      else session.end();
  }

  async #announcePresence(user: string, what: 'on' | 'off'): Promise<void> {
    if (this.#isClosed) return;
    const { store, bus } = this.#options;
    const entries = await store.conversationsOf({ user, queued: false, limit: LIMITS.subscriptionsPerAgent });
    // Gone and back while the store was asked: the last word counts.
    if (this.presence.isOnline(user) !== (what === 'on')) return;
    for (const { conversation } of entries) {
      const { topic, visitor, agent } = conversation;
      if (user !== visitor && user !== agent) continue;
      bus.publish('topic', topic, { kind: 'pres', pres: { src: user, what }, except: { user } });
      const other = user === visitor ? agent : visitor;
      if (other !== undefined) bus.publish('user', other, { kind: 'pres', pres: { src: topic, what } });
    }
  }

  #save(mark: Mark): void {
    this.#marks.set(`${mark.topic} ${mark.user}`, mark);
    this.#saveMarksIn(MARKS_MS);
  }

  #saveMarksIn(ms: number): void {
    this.#cancelMarks ??= this.#options.clock.after(ms, () => {
      void this.#saveMarks();
    });
  }

  async #saveMarks(): Promise<void> {
    this.#cancelMarks = undefined;
    const marks = this.#marks;
    this.#marks = new Map();
    if (marks.size === 0) return;
    try {
      await this.#options.store.saveMarks([...marks.values()]);
    } catch (error) {
      this.#options.log.warn('marks', { error: errorText(error), count: marks.size });
      if (this.#isClosed) return;
      // Newer ones may have come meanwhile.
      this.#marks = new Map([...marks, ...this.#marks]);
      this.#saveMarksIn(MARKS_AGAIN_MS);
    }
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      const unsaved = new Set([...this.#marks.values()].map(({ topic }) => topic));
      for (const [name, { topic, stop }] of this.#topics) {
        if (topic.attachments.size > 0 || topic.pending > 0 || unsaved.has(name)) continue;
        stop();
        this.#topics.delete(name);
      }
      this.#sweepLater();
    });
  }
}
