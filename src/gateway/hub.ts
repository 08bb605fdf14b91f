// Hub: the living topics by name, the links on `me` by user, who is present, and who hears of what.
import type { Info, Pres } from '../protocol/server-packet.ts';
import { LIMITS } from '../protocol/limits.ts';
import { isConversation } from '../protocol/topic.ts';
import type { Bus, UserEvent } from './bus/bus.ts';
import type { Clock } from './clock.ts';
import type { GatewayLimits } from './config.ts';
import { CLOSE } from '../protocol/close-code.ts';
import { Delivery } from './delivery.ts';
import { errorText, topicHash } from './log.ts';
import type { Log } from './log.ts';
import type { Session } from './session.ts';
import type { Conversation, Mark, Store, StoredMessage, User } from './store/store.ts';
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
}

interface LiveTopic {
  readonly topic: Topic;
  readonly stop: () => void;
}

export class Hub {
  readonly #options: HubOptions;
  readonly #topics = new Map<string, LiveTopic>();
  readonly #loading = new Map<string, Promise<Topic | undefined>>();
  readonly #me = new Map<string, { readonly sessions: Set<Session>; readonly stop: () => void }>();
  /** How many ties (to `me` or a topic) each user has. */
  readonly #ties = new Map<string, number>();
  /** How many links each user is logged in on. */
  readonly #links = new Map<string, number>();
  readonly #stopAgents: () => void;
  #marks = new Map<string, Mark>();
  #cancelMarks: (() => void) | undefined;
  #cancelSweep: (() => void) | undefined;
  #isClosed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#stopAgents = options.bus.subscribe('agents', 'all', (event) => {
      for (const { sessions } of this.#me.values())
        for (const session of sessions) if (session.user?.kind === 'agent') this.#tellMe(session, event);
    });
    this.#sweepLater();
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
    const found = await store.conversation(name);
    if (!found) return undefined;
    const topic = new Topic(store, found.conversation, found.members);
    const stop = bus.subscribe('topic', name, (event) => {
      topic.receive(event);
    });
    this.#topics.set(name, { topic, stop });
    return topic;
  }

  /** Ties the session to the topic: from now on it gets what happens there. */
  attach(session: Session, user: User, topic: Topic): Attachment {
    const { clock, limits, log } = this.#options;
    const seesNotes = user.kind === 'agent';
    const delivery = new Delivery(
      topic,
      {
        push(message) {
          session.write(message.note && !seesNotes ? message.tombstone : message.frame);
        },
        get isFull() {
          return session.isFull;
        },
        get isEmpty() {
          return session.peer.isEmpty;
        },
        onDrain(act) {
          session.peer.onDrain(act);
        },
        stalled() {
          log.info('slow', { conn: session.id, topic: topicHash(topic.name) });
          session.peer.close(CLOSE.slow, 'nothing acked');
        },
      },
      {
        acks: session.kefu,
        window: LIMITS.pushWindow,
        windowBytes: limits.pauseBytes,
        retryMs: limits.repushMs,
        giveUpMs: limits.giveUpMs,
      },
      clock,
    );
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
    this.#tie(user, 1);
    return attachment;
  }

  detach(attachment: Attachment): void {
    const { session, topic, delivery } = attachment;
    if (!topic.attachments.delete(attachment)) return;
    delivery.close();
    session.attachments.delete(topic.name);
    if (session.user) this.#tie(session.user, -1);
  }

  joinMe(session: Session, user: User): void {
    let me = this.#me.get(user.id);
    if (!me) {
      const sessions = new Set<Session>();
      const stop = this.#options.bus.subscribe('user', user.id, (event) => {
        for (const one of sessions) this.#tellMe(one, event);
      });
      me = { sessions, stop };
      this.#me.set(user.id, me);
    }
    me.sessions.add(session);
    session.onMe = true;
    this.#tie(user, 1);
  }

  leaveMe(session: Session): void {
    if (!session.onMe || !session.user) return;
    session.onMe = false;
    const me = this.#me.get(session.user.id);
    me?.sessions.delete(session);
    if (me?.sessions.size === 0) {
      me.stop();
      this.#me.delete(session.user.id);
    }
    this.#tie(session.user, -1);
  }

  /** The session is the user's from now on. */
  enter(session: Session, user: User): void {
    // The link may have ended while the store was asked: nobody would leave it again.
    if (!session.peer.isOpen) return;
    session.user = user;
    this.#links.set(user.id, this.linksOf(user.id) + 1);
  }

  linksOf(user: string): number {
    return this.#links.get(user) ?? 0;
  }

  /** The link is gone. */
  leave(session: Session): void {
    for (const attachment of session.attachments.values()) this.detach(attachment);
    this.leaveMe(session);
    if (!session.user) return;
    const left = this.linksOf(session.user.id) - 1;
    if (left > 0) this.#links.set(session.user.id, left);
    else this.#links.delete(session.user.id);
  }

  isOnline(user: string | undefined): boolean {
    return user !== undefined && this.#ties.has(user);
  }

  /** Agents with a link on `me`: those who can take conversations. */
  onlineAgents(): string[] {
    const agents: string[] = [];
    for (const [user, { sessions }] of this.#me)
      for (const session of sessions) {
        if (session.user?.kind === 'agent') agents.push(user);
        break;
      }
    return agents;
  }

  /** A message is on disk: everyone who may know of it does, members who are not attached by `me`. */
  announceMessage(topic: Topic, message: StoredMessage): void {
    const { bus } = this.#options;
    bus.publish('topic', topic.name, { kind: 'message', seq: message.seq });
    const pres = { src: topic.name, what: 'msg', seq: message.seq, act: message.from };
    for (const member of topic.members.values())
      if (!message.note || member.kind === 'agent') bus.publish('user', member.user, { kind: 'pres', pres });
    if (topic.conversation.phase === 'queued') this.#tellOtherAgents(topic, { kind: 'pres', pres });
  }

  /** The status of a conversation has changed. */
  announceChange(changed: Conversation, isPhase: boolean): void {
    const { bus } = this.#options;
    // It may have changed again while somebody was asked something.
    const conversation = this.live(changed.topic)?.conversation ?? changed;
    const upd: UserEvent = { kind: 'pres', pres: { src: conversation.topic, what: 'upd' } };
    bus.publish('topic', conversation.topic, { kind: 'changed', conversation });
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
    bus.publish('user', agent, { kind: 'pres', pres: { src: conversation.topic, what: 'acs', tgt: agent, ...by } });
    bus.publish('topic', conversation.topic, { kind: 'pres', pres: { src: agent, what: 'acs', tgt: agent, ...by } });
    if (this.isOnline(agent))
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

  /** Messages were deleted, for everyone or for `user` alone. */
  announceDeletion(topic: Topic, session: Session, pres: Omit<Pres, 'topic'>, user: string | undefined): void {
    const except = { link: session.id };
    this.#options.bus.publish('topic', topic.name, {
      kind: 'pres',
      pres,
      except,
      ...(user === undefined ? {} : { only: user }),
    });
  }

  /** The user has another name or picture. */
  renamed(user: User): void {
    for (const session of this.#me.get(user.id)?.sessions ?? []) session.user = user;
    for (const { topic } of this.#topics.values()) {
      const member = topic.members.get(user.id);
      if (!member) continue;
      member.public = user.public;
      this.announceChange(topic.conversation, false);
    }
  }

  /** Saves what is still in memory only. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelSweep?.();
    this.#cancelMarks?.();
    this.#stopAgents();
    await this.#saveMarks();
    for (const { stop } of this.#topics.values()) stop();
    this.#topics.clear();
  }

  /** Other agents than the members, who hear of it anyway. */
  #tellOtherAgents(topic: Topic, event: UserEvent): void {
    for (const [user, { sessions }] of this.#me) {
      if (topic.members.has(user)) continue;
      for (const session of sessions) if (session.user?.kind === 'agent') this.#tellMe(session, event);
    }
  }

  #tellMe(session: Session, event: UserEvent): void {
    if (event.except?.link === session.id || event.except?.user === session.user?.id) return;
    if (event.kind === 'pres') {
      // Who is attached gets the message itself.
      if (event.pres.what === 'msg' && event.pres.src !== undefined && session.attachments.has(event.pres.src)) return;
      session.send({ pres: { topic: 'me', ...event.pres } });
    } else if (event.info.src === undefined || !session.attachments.has(event.info.src))
      session.send({ info: { topic: 'me', ...event.info } });
  }

  #tie(user: User, by: 1 | -1): void {
    const before = this.#ties.get(user.id) ?? 0;
    const after = before + by;
    if (after > 0) this.#ties.set(user.id, after);
    else this.#ties.delete(user.id);
    if (before === 0 || after === 0)
      this.#announcePresence(user, after > 0 ? 'on' : 'off').catch((error: unknown) => {
        if (!this.#isClosed) this.#options.log.warn('presence', { error: errorText(error) });
      });
  }

  async #announcePresence(user: User, what: 'on' | 'off'): Promise<void> {
    if (this.#isClosed) return;
    const { store, bus } = this.#options;
    const limit = LIMITS.subscriptionsPerAgent;
    const entries = await store.conversationsOf({ user: user.id, queued: false, limit });
    // Gone and back while the store was asked: the last word counts.
    if (this.isOnline(user.id) !== (what === 'on')) return;
    const except = { user: user.id };
    for (const { conversation } of entries) {
      const { topic, visitor, agent } = conversation;
      if (user.id !== visitor && user.id !== agent) continue;
      bus.publish('topic', topic, { kind: 'pres', pres: { src: user.id, what }, except });
      const other = user.id === visitor ? agent : visitor;
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
