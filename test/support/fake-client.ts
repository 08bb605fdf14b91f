// A client without a gateway: what a screen sees is set by the test, what a screen asks for is recorded.
import type { Json, JsonObject } from '../../src/protocol/json.ts';
import { mediaContent, mediaTypeOf } from '../../src/protocol/media.ts';
import type {
  Client,
  ClientEvent,
  Conversation,
  ConversationInfo,
  FileAbout,
  LinkStatus,
  LinkStatusState,
  Message,
  MessageList,
  MessageState,
  Readable,
  User,
} from '../../src/sdk/app/model.ts';
import type { ClientOptions } from '../../src/sdk/app/options.ts';

/** 2026-03-09 10:00 UTC: where the clock of the fakes begins. */
export const START_MS = Date.UTC(2026, 2, 9, 10);

export class FakeReadable<T> implements Readable<T> {
  value: T;
  private readonly observers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.value = value;
  }

  /** How many are subscribed. */
  get observed(): number {
    return this.observers.size;
  }

  set(value: T): void {
    this.value = value;
    for (const next of [...this.observers]) next(value);
  }

  subscribe(next: (value: T) => void): { unsubscribe(): void } {
    const observer = (value: T): void => next(value);
    this.observers.add(observer);
    next(this.value);
    return { unsubscribe: () => this.observers.delete(observer) };
  }
}

/** What a test says of a message list besides its messages. */
export interface FakeListState {
  hasOlder: boolean;
  loadingOlder: boolean;
  recv: number;
  read: number;
  myRead: number;
  /** Seqids before which messages are missing. */
  missingBefore: readonly number[];
}

class FakeMessageList implements MessageList {
  readonly version: number;
  readonly length: number;
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  readonly recv: number;
  readonly read: number;
  readonly myRead: number;
  readonly newestSeq: number;
  private readonly messages: readonly Message[];
  private readonly missingBefore: readonly number[];

  constructor(messages: readonly Message[], state: FakeListState, version: number) {
    this.messages = messages;
    this.missingBefore = state.missingBefore;
    this.version = version;
    this.length = messages.length;
    this.hasOlder = state.hasOlder;
    this.loadingOlder = state.loadingOlder;
    this.recv = state.recv;
    this.read = state.read;
    this.myRead = state.myRead;
    this.newestSeq = Math.max(0, ...messages.map(({ seqid }) => seqid ?? 0));
  }

  at(index: number): Message | undefined {
    return this.messages[index];
  }

  isMissingBefore(index: number): boolean {
    return this.missingBefore.includes(this.messages[index]?.seqid ?? 0);
  }

  indexOf(key: string): number {
    return this.messages.findIndex((message) => message.key === key);
  }

  indexOfSeqid(seqid: number): number {
    return this.messages.findIndex((message) => message.seqid === seqid);
  }

  stateOf(message: Message): MessageState {
    if (!message.own || message.state !== 'sent' || message.seqid === undefined) return message.state;
    return message.seqid <= this.read ? 'read' : message.seqid <= this.recv ? 'delivered' : 'sent';
  }
}

let made = 0;
const newMsgid = (): string => (made += 1).toString(16).padStart(32, '0');

/** A message of somebody else, `sent`, unless told otherwise. */
export const message = (content: Json, change: Partial<Message> = {}): Message => {
  const msgid = newMsgid();
  return {
    key: msgid,
    msgid,
    seqid: undefined,
    base: change.seqid ?? 0,
    n: 0,
    from: change.own ? 'usrVisitor' : 'usrAgent',
    own: false,
    at: START_MS,
    head: {},
    content,
    state: 'sent',
    reason: undefined,
    volatile: false,
    ...change,
  };
};

export const user = (id: string, name?: string, online = true): User => ({ id, name, avatar: undefined, online });

export class FakeConversation implements Conversation {
  readonly id: string;
  readonly messages$: FakeReadable<MessageList>;
  readonly info$: FakeReadable<ConversationInfo>;
  readonly typing$ = new FakeReadable<readonly User[]>([]);
  readonly users = new Map<string, User>();
  /** Names of the methods that were called, with their first argument. */
  readonly calls: string[] = [];
  opened = false;
  /** What `resolve`, `take` and `recall` answer. */
  answer: () => Promise<void> = () => Promise.resolve();
  /** What `find` answers. */
  onFind: (query: string, before?: number) => Promise<JsonObject | undefined> = () => Promise.resolve({ hits: [] });
  /** What `loadOlder` does. */
  onLoadOlder: (before?: number) => Promise<void> = () => Promise.resolve();
  private messages: readonly Message[] = [];
  private listState: FakeListState = {
    hasOlder: false,
    loadingOlder: false,
    recv: 0,
    read: 0,
    myRead: 0,
    missingBefore: [],
  };
  private readonly client: FakeClient;

  constructor(client: FakeClient, id: string, info: Partial<ConversationInfo> = {}) {
    this.client = client;
    this.id = id;
    this.messages$ = new FakeReadable<MessageList>(new FakeMessageList([], this.listState, 0));
    this.info$ = new FakeReadable<ConversationInfo>({
      topic: undefined,
      phase: 'new',
      channel: 'web',
      visitor: undefined,
      agent: undefined,
      waitingSince: undefined,
      touched: START_MS,
      page: undefined,
      newest: undefined,
      unread: 0,
      ...info,
    });
  }

  /** Changes what the conversation is. */
  change(info: Partial<ConversationInfo>): void {
    this.info$.set({ ...this.info$.value, ...info });
  }

  /** Changes the receipts or what is known of older messages. */
  changeList(state: Partial<FakeListState>): void {
    this.listState = { ...this.listState, ...state };
    this.show(this.messages);
  }

  /** Puts the messages in place of what was there. */
  show(messages: readonly Message[]): void {
    this.messages = messages;
    this.messages$.set(new FakeMessageList(messages, this.listState, this.messages$.value.version + 1));
    this.change({ newest: messages.at(-1), touched: messages.at(-1)?.at ?? this.info$.value.touched });
  }

  /** A live message arrives. */
  receive(content: Json, change: Partial<Message> = {}): Message {
    const arrived = message(content, {
      seqid: this.nextSeqid(),
      at: START_MS + this.messages.length * 60_000,
      ...change,
    });
    this.show([...this.messages, arrived]);
    if (!arrived.own) this.change({ unread: this.info$.value.unread + 1 });
    this.client.emit({ type: 'message', conversation: this, message: arrived });
    this.client.countUnread();
    return arrived;
  }

  /** The gateway has spoken about an own message. */
  settle(key: string, change: Partial<Message> = { state: 'sent', seqid: this.nextSeqid() }): void {
    const index = this.messages.findIndex((one) => one.key === key);
    const before = this.messages[index];
    if (!before) throw new Error(`no message ${key}`);
    const after = { ...before, ...change };
    this.show(this.messages.map((one) => (one === before ? after : one)));
    this.client.emit({ type: 'status', conversation: this, message: after, state: after.state });
  }

  user(id: string): User | undefined {
    return this.users.get(id);
  }

  open(): void {
    this.opened = true;
    this.calls.push('open');
  }

  send(content: Json, head: JsonObject = {}): Message {
    this.calls.push('send');
    const sending = message(content, {
      own: true,
      head,
      state: 'sending',
      at: START_MS + this.messages.length * 60_000,
    });
    this.show([...this.messages, sending]);
    this.client.emit({ type: 'message', conversation: this, message: sending });
    return sending;
  }

  readonly resolve$ = new FakeReadable<(ref: string) => string | undefined>(() => undefined);

  sendFile(file: Blob, about: FileAbout): Message {
    this.calls.push(`sendFile ${about.name}`);
    const { type: mime, size } = file;
    const sending = message(mediaContent(mediaTypeOf(mime), { mime, size, ref: 'local:file', ...about }), {
      own: true,
      state: 'uploading',
      upload: { loaded: 0, total: size },
      at: START_MS + this.messages.length * 60_000,
    });
    this.show([...this.messages, sending]);
    this.client.emit({ type: 'message', conversation: this, message: sending });
    return sending;
  }

  retry(key: string): void {
    this.calls.push(`retry ${key}`);
  }

  discard(key: string): void {
    this.calls.push(`discard ${key}`);
    this.show(this.messages.filter((one) => one.key !== key));
  }

  recall(key: string): Promise<void> {
    this.calls.push(`recall ${key}`);
    return this.answer();
  }

  find(query: string, before?: number): Promise<JsonObject | undefined> {
    this.calls.push(`find ${query} ${before ?? ''}`.trim());
    return this.onFind(query, before);
  }

  loadOlder(before?: number): Promise<void> {
    this.calls.push(`loadOlder ${before ?? ''}`.trim());
    return this.onLoadOlder(before);
  }

  markRead(): void {
    this.calls.push('markRead');
    if (this.info$.value.unread === 0) return;
    this.change({ unread: 0 });
    this.client.countUnread();
  }

  typing(): void {
    this.calls.push('typing');
  }

  resolve(): Promise<void> {
    this.calls.push('resolve');
    return this.answer();
  }

  take(): Promise<void> {
    this.calls.push('take');
    return this.answer();
  }

  private nextSeqid(): number {
    return this.messages.reduce((newest, one) => Math.max(newest, one.seqid ?? 0), 0) + 1;
  }
}

export class FakeClient implements Client {
  readonly options: ClientOptions;
  readonly link$ = new FakeReadable<LinkStatus>({ state: 'idle', since: START_MS, stale: false });
  readonly me$ = new FakeReadable<User | undefined>(undefined);
  readonly conversations$ = new FakeReadable<readonly FakeConversation[]>([]);
  readonly unread$ = new FakeReadable(0);
  readonly leads$ = new FakeReadable(true);
  connected = false;
  destroyed = false;
  loggedOut = false;
  /** What `login` answers. */
  onLogin: (name: string, password: string) => Promise<void> = () => Promise.resolve();
  private readonly listeners = new Set<(event: ClientEvent) => void>();
  private own: FakeConversation | undefined;

  constructor(options: ClientOptions = { server: 'https://im.example.com', role: 'visitor' }) {
    this.options = options;
  }

  /** Everything that still listens to the client or to its conversations. */
  get observed(): number {
    const own = [this.link$, this.me$, this.conversations$, this.unread$, this.leads$];
    const theirs = this.all.flatMap((one) => [one.messages$, one.info$, one.typing$]);
    return [...own, ...theirs].reduce((sum, readable) => sum + readable.observed, this.listeners.size);
  }

  private get all(): FakeConversation[] {
    return [...new Set(this.own ? [this.own, ...this.conversations$.value] : this.conversations$.value)];
  }

  /** Changes the state of the link. */
  link(state: LinkStatusState, stale = state !== 'online'): void {
    this.link$.set({ state, since: START_MS, stale });
  }

  emit(event: ClientEvent): void {
    for (const next of [...this.listeners]) next(event);
  }

  /** Adds a conversation to the agent's list. */
  add(id: string, info: Partial<ConversationInfo> = {}): FakeConversation {
    const conversation = new FakeConversation(this, id, { topic: id, ...info });
    this.conversations$.set([...this.conversations$.value, conversation]);
    this.countUnread();
    return conversation;
  }

  /** Sums up the unread messages of all conversations. */
  countUnread(): void {
    const unread = this.all.reduce((sum, one) => sum + one.info$.value.unread, 0);
    if (unread !== this.unread$.value) this.unread$.set(unread);
  }

  on(next: (event: ClientEvent) => void): () => void {
    this.listeners.add(next);
    return () => this.listeners.delete(next);
  }

  connect(): void {
    this.connected = true;
    if (this.link$.value.state === 'idle') this.link('connecting');
  }

  disconnect(): void {
    this.connected = false;
    this.link('idle', false);
  }

  parts(): never {
    throw new Error('a fake has none');
  }

  current(): FakeConversation {
    this.own ??= new FakeConversation(this, 'current');
    return this.own;
  }

  async login(name: string, password: string): Promise<void> {
    await this.onLogin(name, password);
    this.connected = true;
    this.me$.set(user('usrAgent', name));
    this.link('online');
  }

  logout(): void {
    this.loggedOut = true;
    this.connected = false;
    this.conversations$.set([]);
    this.me$.set(undefined);
    this.link('idle', false);
  }

  destroy(): void {
    this.destroyed = true;
    this.connected = false;
    this.link('idle', false);
  }
}
