// A topic: one conversation's messages, members and status, kept true over many links and pages.
import { BehaviorSubject, Subject, Subscription } from 'rxjs';
import type { Observable } from 'rxjs';
import { isNotice, RECALLED_HEAD, replaces } from '../../protocol/content.ts';
import { statusOf } from '../../protocol/conversation.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import type { ConversationStatus } from '../../protocol/conversation.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { RandomBytes } from '../../protocol/msgid.ts';
import { endOf } from '../../protocol/seq.ts';
import type { SeqRange } from '../../protocol/seq.ts';
import type { GetData, GetQuery } from '../../protocol/client-packet.ts';
import type { Ctrl, Data, DeletedRange, Desc, Info, Meta, Pres, ServerPacket } from '../../protocol/server-packet.ts';
import type { Clock } from '../network/clock.ts';
import { Acknowledger } from './acknowledge.ts';
import { loadInTime } from './device-store.ts';
import type { DeviceStore, Kept, KeptTopic } from './device-store.ts';
import { GapFiller } from './gap-filler.ts';
import { History } from './history.ts';
import { SeqOrder } from './in-seq-order.ts';
import { inSeqOrder } from './incoming.ts';
import type { Arrival, MessageFilter } from './incoming.ts';
import { Members } from './members.ts';
import { MessagePool } from './message-pool.ts';
import { OwnMessages } from './own-messages.ts';
import { FileLinks } from './file-links.ts';
import { messageOfData, timeOf } from './message.ts';
import type { Message } from './message.ts';
import { BusyError, RefusedError } from './request-errors.ts';
import type { Login, Session } from './session.ts';
import type { Tabs } from './tabs.ts';
import { TopicCache } from './topic-cache.ts';
import type { TopicStanding } from './topic-cache.ts';

const RETRY_MS = 1_000;
/** Our gateway says what is gone: this many answers without a message and without a word about it mean the same. */
const ANSWERS_TO_BELIEVE = 5;
/** With more than this missing since the page was left, the newest page is loaded instead. */
const MISSED_MOST = 4 * LIMITS.historyPage;

export interface TopicSurroundings {
  readonly session: Session;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly device: DeviceStore;
  readonly tabs: Tabs;
  readonly showable: MessageFilter;
  readonly random: () => number;
  /** Requests to the gateway besides the link, and the address of a path there. */
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
  readonly address: (path: string) => string;
  /** What a new conversation is made with. Who makes conversations also takes unsent messages over to a new account. */
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

const BLANK: TopicState = {
  status: undefined,
  public: undefined,
  touched: 0,
  seq: 0,
  myRead: 0,
  online: false,
  hasOlder: false,
  loadingOlder: false,
  catchingUp: false,
};

export class Topic {
  readonly #around: TopicSurroundings;
  /** What this device calls it: `new<key>` stays that when the gateway has named it. */
  readonly #local: string;
  /** `new<key>` until the gateway has named it. */
  #name: string;
  readonly #state = new BehaviorSubject<TopicState>(BLANK);
  readonly #live = new Subject<Message>();
  readonly #arrivals = new Subject<Arrival>();
  readonly #watching = new Subscription();
  #ordering: Subscription | undefined;
  readonly #acknowledger: Acknowledger;
  readonly #history: History;
  readonly #gaps: GapFiller;
  readonly #cache: TopicCache;
  readonly own: OwnMessages;
  /** Resolves when what this device had kept is here. */
  readonly restored: Promise<void>;
  readonly links: FileLinks;
  readonly pool = new MessagePool();
  readonly members: Members;
  #order: SeqOrder | undefined;
  /** Whose view the messages are; undefined before the first login. */
  #user: string | undefined;
  /** Which life of the gateway's store the seqids are of. */
  #epoch: string | undefined;
  /** What this device had kept is here. */
  #isRestored = false;
  #wanted = false;
  #attached = false;
  /** The subscription has been answered, and what has to come first has come. */
  #isReady = false;
  /** The description of the topic has come on this link: what is missing is known. */
  #described = false;
  /** Newest deletion that has been applied. */
  #clear = 0;
  /** Which request the word of deletions that came last has answered. */
  #toldFor: string | undefined;
  /** Keys of messages that are shown until the newest page has come. */
  #outdated: ReadonlySet<string> = new Set();
  /** Taken back before they came here, by seqid: what they are to become. */
  readonly #recalled = new Map<number | undefined, (message: Message) => Message>();
  readonly #timers = new Set<() => void>();
  #lastTypingAt = -Infinity;

  readonly state$: Observable<TopicState> & { readonly value: TopicState } = this.#state;
  /** Messages as they come, in order; not those of history. */
  readonly live$: Observable<Message> = this.#live;

  constructor(name: string, around: TopicSurroundings) {
    this.#local = this.#name = name;
    this.#around = around;
    const { session, clock } = around;
    this.members = new Members(clock);
    this.#acknowledger = new Acknowledger(clock, (seq) => {
      if (this.#attached && this.isNamed) session.requests.note({ topic: this.#name, what: 'recv', seq });
    });
    const getData = (data: GetData): Promise<Ctrl> => this.#get('data', { data });
    this.#history = new History({
      ask: getData,
      isThorough: () => session.login$.value?.kefu === true,
      changed: (change) => {
        this.#set(change);
        this.#cache.keepSoon();
      },
      renewed: () => {
        const { newest } = this.pool;
        this.pool.restart(newest, ({ key, seqid = 0 }) => !this.#outdated.has(key) || this.#history.has(seqid));
        this.#gaps.fill();
      },
    });
    this.#gaps = new GapFiller({
      clock,
      gap: () => this.#order?.gap,
      ask: async (window) => !(await getData({ ranges: [window] })).params?.['count'],
      // A stock peer tells nothing of what was deleted, or of numbers that were never used.
      answersToBelieve: () => (session.login$.value?.kefu ? ANSWERS_TO_BELIEVE : 1),
      absent: (range) => {
        this.#skip(range);
      },
      changed: (isMissing) => {
        this.#set({ catchingUp: isMissing || this.#history.isOutdated });
      },
    });
    this.#cache = new TopicCache({
      ...around,
      local: this.#local,
      pool: this.pool,
      members: this.members,
      history: this.#history,
      standing: () => this.#standing(),
    });
    this.links = new FileLinks({
      clock,
      address: around.address,
      ask: (refs) => (this.#attached ? this.#get('file', { file: { refs } }) : undefined),
    });
    this.own = new OwnMessages({
      ...around,
      pool: this.pool,
      links: this.links,
      local: this.#local,
      name: () => this.#name,
      me: () => this.me,
      wanted: () => {
        this.open();
      },
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
    this.#watching.add(
      this.pool.changes$.subscribe(() => {
        this.#cache.keepSoon();
      }),
    );
    this.restored = this.#restore();
  }

  get name(): string {
    return this.#name;
  }

  /** False until the gateway has named it. */
  get isNamed(): boolean {
    return !this.#name.startsWith('new');
  }

  get me(): string | undefined {
    return this.#around.session.login$.value?.user ?? this.#user;
  }

  /** Some message of [low, hi), behind which there may be nothing yet, is to be shown and not here. */
  isMissing(low: number, hi: number): boolean {
    const end = Math.min(hi, this.pool.newest + 1);
    // What came early is held back, and not on the screen.
    const next = (this.#order?.contiguous ?? end) + 1;
    return Math.max(low, next) < end || this.#history.isMissing(low, end);
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
      this.#gaps.soon();
    }
  }

  /** Puts the message into the pool before it returns; all else comes after the paint. */
  send(content: Json, head: JsonObject): Message {
    const message = this.own.send(content, head);
    this.#set({ touched: message.at });
    return message;
  }

  /** As {@link send}, with a file that is uploaded first. */
  sendFile(file: Blob, content: Json, head: JsonObject): Message {
    const message = this.own.sendFile(file, content, head);
    this.#set({ touched: message.at });
    return message;
  }

  async loadOlder(before?: number): Promise<void> {
    if (this.#attached && (before !== undefined || this.#state.value.hasOlder))
      await this.#history.load(Math.min(before ?? this.#history.lowest, this.pool.newest + 1));
  }

  /** Takes an own message back, for everyone. Rejects with RefusedError when it is too late, or as any request does. */
  async recall(key: string): Promise<void> {
    const seqid = this.pool.get(key)?.seqid;
    if (seqid === undefined) return;
    const delseq = [seqid, ...this.pool.versions(seqid).flatMap((version) => version.seqid ?? [])].map((low) => ({
      low,
    }));
    await this.#around.session.requests.request('del', { topic: this.#name, what: 'msg', hard: true, delseq });
    this.#deleted({ low: seqid, by: this.me ?? '' });
  }

  /** Where the text stands in messages before the seqid `before`, as far as one answer goes: for `findsOf`. */
  async find(query: string, before?: number): Promise<JsonObject | undefined> {
    const find = { query, ...(before === undefined ? {} : { before }) };
    return (await this.#get('find', { find })).params;
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
    this.#cache.keep();
    this.#watching.unsubscribe();
    this.#ordering?.unsubscribe();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#attached = false;
    this.#acknowledger.stop();
    this.#gaps.stop();
    this.own.destroy();
    this.links.destroy();
    this.members.destroy();
    this.#state.complete();
    this.#live.complete();
    this.#arrivals.complete();
  }

  /** What this device has kept of the topic. */
  kept(): Promise<Kept> {
    return loadInTime(this.#around, this.#local);
  }

  /** Brings back what this device has kept of the topic. */
  async #restore(): Promise<void> {
    const kept = await this.kept();
    if (this.#watching.closed) return;
    if (kept.seen) this.resume(kept.seen);
    this.own.restore(kept);
    this.#isRestored = true;
    if (this.own.hasUnsent) this.#wanted = true;
    void this.#attach();
  }

  /** Goes on from where the topic was last seen. */
  resume(seen: KeptTopic): void {
    const { login$ } = this.#around.session;
    if (this.#order || (login$.value && login$.value.user !== seen.user)) return;
    this.#user = seen.user;
    this.#epoch = seen.epoch;
    if (!this.isNamed) this.#name = seen.name;
    this.#clear = seen.clear;
    this.#sequence(seen.contiguous);
    this.#cache.show(seen);
    const { status, public: card, touched, myRead } = seen;
    this.#set({ status, public: card, touched, myRead, seq: seen.contiguous });
  }

  async #attach(): Promise<void> {
    const { session, creation } = this.#around;
    const login = session.login$.value;
    if (!this.#isRestored || this.#attached || !login || this.#watching.closed) return;
    this.#enter(login.epoch);
    if (!this.#wanted) return;
    if (this.#user !== undefined && this.#user !== login.user) this.forget();
    if (!creation) this.own.disown(login.user);
    this.#user = login.user;
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
      if (!first && this.#order && this.#history.oldest === Infinity) {
        void this.#loadNewest(this.#order.contiguous);
      }
      // A stock peer knows no msgid: what was stored without an answer has to show in the history before it goes again.
      if (!login.kefu) await this.#caughtUp();
      // Meanwhile the link may have been lost, and another one found.
      if (this.#isOn(login)) {
        this.#isReady = true;
        this.#openWhenNamed();
        void this.links.fill();
        this.#later(RETRY_MS, () => this.#attachAgain(login));
      }
    } catch (error) {
      if (session.login$.value !== login) return;
      this.#attached = false;
      if (error instanceof RefusedError) {
        // What the gateway refuses it will refuse again. A conversation that it has lost is made anew.
        if (error.code !== CTRL.notFound || !creation || this.#name === this.#local) return;
        this.forget();
        void this.#attach();
        return;
      }
      this.#later((error instanceof BusyError ? error.retryAfterMs : undefined) ?? RETRY_MS, () => void this.#attach());
    }
  }

  /** The gateway's store may have been put back to an earlier state: then what is here is not what is there. */
  #enter(epoch: string | undefined): void {
    // A gateway of an older version knows of none.
    if (epoch === undefined || epoch === this.#epoch) return;
    const isFirst = this.#epoch === undefined;
    this.#epoch = epoch;
    if (isFirst) return;
    const confirmed = this.own.confirmed();
    this.#clear = 0;
    this.#startOver(this.pool.newest);
    this.#set(BLANK);
    this.own.offer(confirmed);
  }

  /** The messages are of another user, or of a topic that is no more: what is unsent stays, and goes to the new one. */
  forget(): void {
    this.#name = this.#local;
    this.#clear = 0;
    this.#startOver(0);
    this.#set(BLANK);
  }

  /** The order begins with the next word about it, and nothing numbered is here; without `newest` what is stays until the first page has come. */
  #startOver(newest?: number): void {
    this.#ordering?.unsubscribe();
    this.#ordering = undefined;
    this.#order = undefined;
    this.#recalled.clear();
    this.#history.restart(newest === undefined);
    this.#outdated = new Set(this.pool.numbered().map(({ key }) => key));
    this.#acknowledger.reset();
    if (newest !== undefined) this.pool.restart(newest);
  }

  /** Still attached on the link of this login. */
  #isOn(login: Login | undefined): boolean {
    return this.#attached && this.#around.session.login$.value === login;
  }

  /** Messages may go; not under a name that is none yet, should the answer with it have been overtaken. */
  #openWhenNamed(): void {
    if (this.#isReady && this.isNamed) this.own.open();
  }

  /** The answer with the name, or the word of where the topic stands, has been lost: asked again, the gateway tells it again. */
  #attachAgain(login: Login): void {
    if ((this.isNamed && this.#described) || !this.#isOn(login)) return;
    this.#attached = false;
    void this.#attach();
  }

  #detach(): void {
    this.#attached = this.#isReady = false;
    this.#described = false;
    this.#gaps.stop();
    this.#acknowledger.stop();
    this.own.close();
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
      this.#openWhenNamed();
    }
    // The end of the page that came with the subscription.
    if (ctrl.topic === this.#name && ctrl.params?.['what'] === 'data' && this.#history.oldest === Infinity) {
      // What is missing of it is asked for when the reader gets there.
      this.#history.page(ctrl, (this.#order?.contiguous ?? 0) + 1).catch(ignore);
    }
  }

  #readData(data: Data): void {
    const message = messageOfData(data, this.me, this.#around.clock.now());
    this.#sequence(data.seq).reached(data.seq);
    this.#history.heard(data.seq);
    if (data.from !== undefined) this.members.stoppedTyping(data.from);
    this.#arrivals.next({ message });
    if (data.seq > this.#state.value.seq) this.#set({ seq: data.seq, touched: message.at });
    // Of what the gateway writes about the user, the user may have read nothing.
    if (message.own && !isNotice(message) && data.seq > this.#state.value.myRead) this.#set({ myRead: data.seq });
    this.#gaps.soon();
  }

  #readMeta(meta: Meta): void {
    if (meta.desc) {
      this.describe(meta.desc);
      const { seq = 0, clear = 0 } = meta.desc;
      const isFirst = !this.#order;
      this.#missed(seq);
      this.#sequence(seq).reached(seq);
      if (clear > this.#clear) this.#applyDeletions(clear, isFirst);
      this.#acknowledger.restart();
      const isNew = !this.#described;
      this.#described = true;
      if (isNew) this.#gaps.start();
      else this.#gaps.fill();
    }
    for (const member of meta.sub ?? []) this.members.put(member);
    if (meta.sub) this.#set({});
    if (meta.del) this.#toldFor = meta.id;
    for (const range of meta.del?.delseq ?? []) this.#deleted(range);
  }

  /** The first word of a new link: too much has come since the last one to load all of it. */
  #missed(seq: number): void {
    if (this.#described || !this.#order || seq - this.#order.contiguous <= MISSED_MOST) return;
    this.#startOver();
    // Should the page not come, the reader asks for it.
    this.#set({ hasOlder: true });
    void this.#loadNewest(seq);
  }

  /** The newest page; when only the next link can bring it, what is shown stays until then. */
  async #loadNewest(seq: number): Promise<void> {
    await this.#history.load(seq + 1);
    if (this.#attached) this.#history.renew();
  }

  /** Messages have been deleted while this page was away; what was never here needs no deleting. */
  #applyDeletions(clear: number, isFirst: boolean): void {
    const applied = (): void => {
      this.#clear = Math.max(this.#clear, clear);
    };
    if (isFirst) applied();
    else
      this.#get('del', { del: { since: this.#clear + 1 } }).then(({ id, code }) => {
        // Without its word, which may have been lost behind it, the next link asks again.
        if (id === this.#toldFor || code === CTRL.noContent) applied();
      }, ignore);
  }

  #get(what: string, query: Omit<GetQuery, 'what'> = {}): Promise<Ctrl> {
    return this.#around.session.requests.request('get', { topic: this.#name, what, ...query });
  }

  #readPres(pres: Pres): void {
    if (pres.what === 'on' || pres.what === 'off') {
      if (pres.src !== undefined) this.members.presence(pres.src, pres.what === 'on');
      this.#set({});
    } else if (pres.what === 'upd') this.#get('desc sub').catch(ignore);
    else if (pres.what === 'acs') this.#get('sub').catch(ignore);
    else if (pres.what === 'del') {
      // Of those before it some may have been missed.
      if (pres.clear === this.#clear + 1) this.#clear = pres.clear;
      for (const range of pres.delseq ?? []) this.#deleted(range);
    } else if (pres.what === 'term') {
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
      this.#around.showable,
    )(this.#arrivals);
    this.#ordering = live$.subscribe((came) => {
      const message = this.#recalled.get(came.seqid)?.(came) ?? came;
      const known = this.pool.get(message.key);
      const isNews = message.seqid !== undefined && message.seqid > seqid && !known;
      const held = this.pool.upsert(message);
      if (isNews && replaces(message.head) === undefined) this.#live.next(held);
      else if (known && known.seqid === undefined) this.own.stored(held);
    });
    return order;
  }

  /** An own message got its seqid: nothing to show, but it is accounted for. */
  #numbered(seqid: number): void {
    const order = this.#sequence(seqid);
    order.reached(seqid);
    const message = this.pool.bySeqid(seqid);
    const recalled = this.#recalled.get(seqid);
    if (message && recalled) this.pool.upsert(recalled(message));
    // Far older than all that is here: what it has become meanwhile comes with the page that it is on.
    if (order.contiguous < seqid) this.#skip({ low: seqid });
    const { seq, myRead } = this.#state.value;
    this.#set({ seq: Math.max(seq, seqid), myRead: myRead === seqid - 1 ? seqid : myRead });
    this.#gaps.soon();
  }

  /** Nothing of these seqids is to be waited for. */
  #skip(range: SeqRange): void {
    this.#history.gone(range);
    this.#arrivals.next({ skip: range });
  }

  /** Seqids that this user will not get (any more); deleted by somebody for everyone, tombstones stand there, or will come. */
  #deleted(range: DeletedRange): void {
    const { low, by } = range;
    const end = endOf(range);
    const recalled =
      by && ((message: Message): Message => ({ ...message, head: { [RECALLED_HEAD]: by }, content: null }));
    this.#sequence(end - 1).forget(range, recalled || undefined);
    if (!recalled) this.#skip(range);
    for (let seqid = low; seqid < end; seqid += 1) {
      const message = this.pool.bySeqid(seqid);
      if (!recalled) this.pool.remove(message?.key ?? '');
      else if (message) this.pool.upsert(recalled(message));
      // What was on its way may be overtaken by the word that it is gone.
      else this.#recalled.set(seqid, recalled);
    }
    this.#set({ seq: Math.max(this.#state.value.seq, end - 1) });
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

  /** Undefined before anything numbered is here, under a name that the gateway gave. */
  #standing(): TopicStanding | undefined {
    const contiguous = this.#order?.contiguous ?? 0;
    const user = this.#user;
    if (contiguous === 0 || user === undefined || !this.isNamed) return undefined;
    const { status, public: card, touched, myRead } = this.#state.value;
    return {
      user,
      name: this.#name,
      epoch: this.#epoch,
      contiguous,
      clear: this.#clear,
      status,
      public: card,
      touched,
      myRead,
    };
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

/** Storage and questions that fail cost comfort, never the message. */
const ignore = (): void => undefined;
