// A topic: one conversation's messages, members and status, kept true over many links.
import { BehaviorSubject, Subject, Subscription } from 'rxjs';
import type { Observable } from 'rxjs';
import { statusOf } from '../../protocol/conversation.ts';
import type { ConversationStatus } from '../../protocol/conversation.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { newMsgid } from '../../protocol/msgid.ts';
import type { RandomBytes } from '../../protocol/msgid.ts';
import { endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import type { Ctrl, Data, Desc, Info, Meta, Pres, ServerPacket } from '../../protocol/server-packet.ts';
import type { Clock } from '../network/clock.ts';
import { Acknowledger } from './acknowledge.ts';
import { SeqOrder } from './in-seq-order.ts';
import { inSeqOrder } from './incoming.ts';
import type { Arrival, MessageFilter } from './incoming.ts';
import { Members } from './members.ts';
import { MessagePool } from './message-pool.ts';
import { draftMessage, messageOfData, timeOf } from './message.ts';
import type { Message } from './message.ts';
import { Outbox } from './outbox.ts';
import type { OutboxStore } from './outbox.ts';
import { BusyError, RefusedError } from './request-errors.ts';
import type { Login, Session } from './session.ts';

/** How long a live gap may last before it is asked for: the missing message is usually just behind. */
const GAP_PATIENCE_MS = 250;
const RETRY_MS = 1_000;
/** On a living link the answer to a message comes within this time, or it is asked for again with the same msgid. */
const PUBLISH_TIMEOUT_MS = 30_000;

export interface TopicSurroundings {
  readonly session: Session;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly outboxStore: OutboxStore;
  readonly showable: MessageFilter;
  /** What a new conversation is made with. */
  readonly creation?: { readonly tags: readonly string[]; readonly public: JsonObject };
}

/** What is known about a topic besides its messages. */
export interface TopicState {
  readonly status: ConversationStatus | undefined;
  readonly public: JsonObject | undefined;
  /** Last activity, milliseconds since 1970; 0 when unknown. */
  readonly touched: number;
  /** Newest seqid, and how far the user has read. */
  readonly seq: number;
  readonly myRead: number;
  /** The other side is there. */
  readonly online: boolean;
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  /** True while messages that exist are known to be missing. */
  readonly catchingUp: boolean;
}

export class Topic {
  readonly #around: TopicSurroundings;
  /** `new<key>` until the gateway has named it. */
  #name: string;
  readonly #state = new BehaviorSubject<TopicState>({
    status: undefined,
    public: undefined,
    touched: 0,
    seq: 0,
    myRead: 0,
    online: false,
    hasOlder: false,
    loadingOlder: false,
    catchingUp: false,
  });
  readonly #live = new Subject<Message>();
  readonly #arrivals = new Subject<Arrival>();
  readonly #watching = new Subscription();
  readonly #acknowledger: Acknowledger;
  readonly outbox: Outbox;
  readonly pool = new MessagePool();
  readonly members: Members;
  #order: SeqOrder | undefined;
  #wanted = false;
  #attached = false;
  /** The description of the topic has come on this link: what is missing is known. */
  #described = false;
  #filling = false;
  readonly #timers = new Set<() => void>();
  /** The oldest seqid that history has been loaded down to; 1 when all of it is here, Infinity before the first page. */
  #oldest = Infinity;
  /** The oldest seqid that was heard of, whether or not it is shown. */
  #oldestHeard = Infinity;
  #lastN = 0;
  #lastTypingAt = -Infinity;

  readonly state$: Observable<TopicState> & { readonly value: TopicState } = this.#state;
  /** Messages as they come, in order; not those of history. */
  readonly live$: Observable<Message> = this.#live;

  constructor(name: string, around: TopicSurroundings) {
    this.#name = name;
    this.#around = around;
    const { session, clock } = around;
    this.members = new Members(clock);
    this.#acknowledger = new Acknowledger(clock, (seq) => {
      if (this.#attached) session.requests.note({ topic: this.#name, what: 'recv', seq });
    });
    this.outbox = new Outbox({
      pool: this.pool,
      clock,
      store: around.outboxStore,
      topic: () => this.#name,
      publish: ({ head, content }) =>
        session.requests.request('pub', { topic: this.#name, noecho: true, head, content }, PUBLISH_TIMEOUT_MS),
      numbered: (seqid) => {
        this.#numbered(seqid);
      },
    });
    this.#watching.add(
      session.login$.subscribe((login) => {
        if (login) void this.#attach();
        else this.#detach();
      }),
    );
    this.#watching.add(
      session.packets$.subscribe((packet) => {
        this.#read(packet);
      }),
    );
  }

  get name(): string {
    return this.#name;
  }

  /** False until the gateway has named it. */
  get isNamed(): boolean {
    return !this.#name.startsWith('new');
  }

  get me(): string | undefined {
    return this.#around.session.login$.value?.user;
  }

  /** Gives a topic that has no name yet the name of one that exists. */
  adopt(name: string): void {
    if (this.isNamed) return;
    this.#name = name;
    void this.#attach();
  }

  /** Attaches on this link and on every later one. A conversation is made by its first message, not by looking at it. */
  open(): void {
    this.#wanted = true;
    void this.#attach();
  }

  /** Takes over what the list of conversations says about this one. */
  describe(desc: Desc): void {
    const { status, public: card, touched, seq, myRead } = this.#state.value;
    this.#set({
      status: statusOf(desc.trusted) ?? status,
      public: desc.public ?? card,
      touched: Math.max(touched, timeOf(desc.touched ?? desc.updated, 0)),
      seq: Math.max(seq, desc.seq ?? 0),
      myRead: Math.max(myRead, desc.read ?? 0),
      ...(desc.online === undefined ? {} : { online: desc.online }),
    });
  }

  /** The topic has reached `seqid`, as the list of conversations heard. */
  reached(seqid: number): void {
    if (seqid > this.#state.value.seq) this.#set({ seq: seqid, touched: this.#around.clock.now() });
    if (this.#order && this.#attached) {
      this.#order.reached(seqid);
      this.#fillSoon();
    }
  }

  /** Puts the message into the pool before it returns; all else comes after the paint. */
  send(content: Json, head: JsonObject): Message {
    const { clock, randomBytes } = this.#around;
    this.#lastN += 1;
    const message = this.pool.upsert(draftMessage(newMsgid(randomBytes), this.#lastN, clock.now(), content, head));
    this.#set({ touched: clock.now() });
    clock.afterPaint(() => {
      this.#around.session.hurry();
      this.outbox.add(message);
      this.open();
    });
    return message;
  }

  /** Removes an own message that was refused or has expired. */
  discard(key: string): void {
    const state = this.pool.get(key)?.state;
    if (state === 'refused' || state === 'expired') this.pool.remove(key);
  }

  async loadOlder(): Promise<void> {
    const { hasOlder, loadingOlder } = this.#state.value;
    if (hasOlder && !loadingOlder && this.#attached) await this.#loadPage(this.#oldest);
  }

  /** The user has seen everything that is here. */
  markRead(): void {
    const seq = this.#order?.contiguous ?? 0;
    if (!this.#attached || seq <= this.#state.value.myRead) return;
    this.#set({ myRead: seq });
    this.#around.session.requests.note({ topic: this.#name, what: 'read', seq });
  }

  typing(): void {
    const now = this.#around.clock.now();
    if (!this.#attached || now - this.#lastTypingAt < LIMITS.typingEveryMs) return;
    this.#lastTypingAt = now;
    this.#around.session.requests.note({ topic: this.#name, what: 'kp' });
  }

  destroy(): void {
    this.#watching.unsubscribe();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#attached = false;
    this.#acknowledger.stop();
    this.outbox.destroy();
    this.members.destroy();
    this.#state.complete();
    this.#live.complete();
    this.#arrivals.complete();
  }

  async #attach(): Promise<void> {
    const { session, creation } = this.#around;
    const login = session.login$.value;
    if (!this.#wanted || this.#attached || !login || this.#watching.closed) return;
    if (!this.isNamed && this.pool.length === 0) return;
    this.#attached = true;
    const first = this.#order === undefined;
    const create = !this.isNamed && creation !== undefined;
    try {
      await session.requests.request('sub', {
        topic: this.#name,
        ...(create ? { set: { tags: creation.tags, desc: { public: creation.public } } } : {}),
        get: first ? { what: 'desc sub data', data: { limit: LIMITS.historyPage } } : { what: 'desc sub' },
      });
      // The page that the first subscription asked for was lost with its link.
      if (!first && this.#order && this.#oldest === Infinity) void this.#loadPage(this.#order.contiguous + 1);
      // A stock peer knows no msgid: what was stored without an answer has to show in the history before it goes again.
      if (!login.kefu) await this.#caughtUp();
      // Meanwhile the link may have been lost, and another one found.
      if (this.#isOn(login)) this.outbox.open();
    } catch (error) {
      if (session.login$.value !== login) return;
      this.#attached = false;
      // What the gateway refuses it will refuse again.
      if (error instanceof RefusedError) return;
      this.#later((error instanceof BusyError ? error.retryAfterMs : undefined) ?? RETRY_MS, () => void this.#attach());
    }
  }

  async #loadPage(before: number): Promise<void> {
    this.#set({ loadingOlder: true });
    try {
      const ctrl = await this.#around.session.requests.request('get', {
        topic: this.#name,
        what: 'data',
        data: { before, limit: LIMITS.historyPage },
      });
      this.#pageLoaded(ctrl);
    } catch {
      // Not now: the reader scrolls again, or the next link loads it.
    } finally {
      this.#set({ loadingOlder: false });
    }
  }

  /** Still attached on the link of this login. */
  #isOn(login: Login | undefined): boolean {
    return this.#attached && this.#around.session.login$.value === login;
  }

  #detach(): void {
    this.#attached = false;
    this.#described = false;
    this.#filling = false;
    this.#acknowledger.stop();
    this.outbox.close();
    this.members.allGone();
    this.#set({ online: false, loadingOlder: false, catchingUp: false });
  }

  #read(packet: ServerPacket): void {
    if ('ctrl' in packet) this.#readCtrl(packet.ctrl);
    else if ('data' in packet) {
      if (packet.data.topic === this.#name) this.#readData(packet.data);
    } else if ('meta' in packet) {
      if (packet.meta.topic === this.#name) this.#readMeta(packet.meta);
    } else if ('pres' in packet) {
      if (packet.pres.topic === this.#name) this.#readPres(packet.pres);
    } else if (packet.info.topic === this.#name || packet.info.src === this.#name) this.#readInfo(packet.info);
  }

  #readCtrl(ctrl: Ctrl): void {
    if (!this.isNamed && ctrl.topic !== undefined && ctrl.params?.['tmpname'] === this.#name) {
      this.#name = ctrl.topic;
      this.#set({});
    }
    // The end of the page that came with the subscription.
    if (ctrl.topic === this.#name && ctrl.params?.['what'] === 'data' && this.#oldest === Infinity) {
      this.#pageLoaded(ctrl);
    }
  }

  #readData(data: Data): void {
    const message = messageOfData(data, this.me, this.#around.clock.now());
    this.#sequence(data.seq).reached(data.seq);
    this.#oldestHeard = Math.min(this.#oldestHeard, data.seq);
    if (data.from !== undefined) this.members.stoppedTyping(data.from);
    this.#arrivals.next({ message });
    if (data.seq > this.#state.value.seq) this.#set({ seq: data.seq, touched: message.at });
    if (message.own && data.seq > this.#state.value.myRead) this.#set({ myRead: data.seq });
    this.#fillSoon();
  }

  #readMeta(meta: Meta): void {
    if (meta.desc) {
      this.describe(meta.desc);
      const seq = meta.desc.seq ?? 0;
      this.#sequence(seq).reached(seq);
      this.#acknowledger.restart();
      this.#described = true;
      this.#fill();
    }
    for (const member of meta.sub ?? []) this.members.put(member);
    if (meta.sub) this.#set({});
    for (const range of meta.del?.delseq ?? []) this.#gone(range);
  }

  #readPres(pres: Pres): void {
    const { session } = this.#around;
    const get = (what: string): void => {
      session.requests.request('get', { topic: this.#name, what }).catch(() => undefined);
    };
    if (pres.what === 'on' || pres.what === 'off') {
      if (pres.src !== undefined) this.members.presence(pres.src, pres.what === 'on');
      this.#set({});
    } else if (pres.what === 'upd') get('desc sub');
    else if (pres.what === 'acs') get('sub');
    else if (pres.what === 'del') for (const range of pres.delseq ?? []) this.#gone(range);
    else if (pres.what === 'term') {
      this.#attached = false;
      void this.#attach();
    }
  }

  #readInfo(info: Info): void {
    if (info.what === 'kp') {
      // The user's other pages tell of it too.
      if (info.from !== this.me) this.members.typing(info.from);
    } else if (info.seq !== undefined && (info.what === 'recv' || info.what === 'read')) {
      const read = info.what === 'read' ? info.seq : 0;
      if (info.from === this.me) this.#set({ myRead: Math.max(this.#state.value.myRead, read) });
      else if (this.members.receipts.note(info.from, info.seq, read)) this.#set({});
    }
  }

  /** The order of this topic, begun where the first word about it says that it stands. */
  #sequence(seqid: number): SeqOrder {
    if (this.#order) return this.#order;
    const order = new SeqOrder(seqid);
    this.#order = order;
    this.pool.advance(seqid);
    this.#acknowledger.progress(seqid);
    const live$ = inSeqOrder(
      order,
      (contiguous) => {
        this.#acknowledger.progress(contiguous);
      },
      (message) => this.#around.showable(message),
    )(this.#arrivals);
    this.#watching.add(
      live$.subscribe((message) => {
        const isNews = message.seqid !== undefined && message.seqid > seqid && !this.pool.get(message.key);
        const held = this.pool.upsert(message);
        if (isNews) this.#live.next(held);
      }),
    );
    return order;
  }

  /** An own message got its seqid: nothing to show, but it is accounted for. */
  #numbered(seqid: number): void {
    this.#sequence(seqid).reached(seqid);
    this.#arrivals.next({ skip: { low: seqid } });
    const { seq, myRead } = this.#state.value;
    this.#set({ seq: Math.max(seq, seqid), myRead: myRead === seqid - 1 ? seqid : myRead });
    this.#fillSoon();
  }

  /** Seqids that this user will not get (any more). */
  #gone(range: SeqRange): void {
    this.#sequence(endOf(range) - 1);
    this.#arrivals.next({ skip: range });
    for (let seqid = range.low; seqid < endOf(range) && seqid <= this.pool.newest; seqid += 1) {
      const message = this.pool.bySeqid(seqid);
      if (message) this.pool.remove(message.key);
    }
    this.#set({ seq: Math.max(this.#state.value.seq, endOf(range) - 1) });
  }

  #pageLoaded(ctrl: Ctrl): void {
    const count = ctrl.params?.['count'];
    const whole = typeof count !== 'number' || count < LIMITS.historyPage;
    this.#oldest = whole ? 1 : Math.min(this.#oldestHeard, this.#order?.contiguous ?? Infinity);
    this.#set({ hasOlder: this.#oldest > 1 });
  }

  #fillSoon(): void {
    if (!this.#order?.gap || this.#filling) return;
    this.#later(GAP_PATIENCE_MS, () => {
      this.#fill();
    });
  }

  /** Asks for what is missing, in bounded windows upward from the first gap, until nothing is. */
  #fill(): void {
    if (this.#filling || !this.#attached) return;
    const isWhole = !this.#order?.gap;
    // Told each time: who waits for everything to be here looks again.
    this.#set({ catchingUp: !isWhole });
    if (isWhole || !this.#order) return;
    this.#filling = true;
    void this.#fillWindow(this.#order);
  }

  async #fillWindow(order: SeqOrder): Promise<void> {
    const { session } = this.#around;
    const login = session.login$.value;
    try {
      for (let gap = order.gap; gap && this.#isOn(login); gap = order.gap) {
        const window = { low: gap.low, hi: Math.min(endOf(gap), gap.low + LIMITS.historyPage) };
        await session.requests.request('get', { topic: this.#name, what: 'data', data: { ranges: [window] } });
        // What the peer did not give is not there: deleted, or a number that was never used.
        if (this.#isOn(login)) this.#arrivals.next({ skip: window });
      }
      // A lost link, or the end of the topic, ends it here; the next attach starts again.
      if (!this.#isOn(login)) return;
      this.#filling = false;
      this.#set({ catchingUp: false });
    } catch {
      if (!this.#isOn(login)) return;
      this.#filling = false;
      this.#later(RETRY_MS, () => {
        this.#fill();
      });
    }
  }

  /** Resolves when nothing is known to be missing, or the topic has ended. */
  #caughtUp(): Promise<void> {
    return new Promise((resolve) => {
      const subscription = new Subscription();
      const finish = (): void => {
        subscription.unsubscribe();
        resolve();
      };
      const next = (): void => {
        if (this.#described && !this.#order?.gap) finish();
      };
      subscription.add(this.#state.subscribe({ next, complete: finish }));
    });
  }

  /** Runs `act` in `ms` milliseconds, unless the topic has ended. */
  #later(ms: number, act: () => void): void {
    const cancel = this.#around.clock.after(ms, () => {
      this.#timers.delete(cancel);
      act();
    });
    this.#timers.add(cancel);
  }

  #set(change: Partial<TopicState>): void {
    this.#state.next({ ...this.#state.value, ...change });
  }
}
