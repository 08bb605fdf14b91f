// createClient: the composition root, where the layers are put together.
import { BehaviorSubject, Subject, Subscription } from 'rxjs';
import type { Observable } from 'rxjs';
import { isNotice, replaces } from '../../protocol/content.ts';
import { CHANNEL_TAG, statusOf } from '../../protocol/conversation.ts';
import type { RandomBytes } from '../../protocol/msgid.ts';
import { Directory } from '../datalink/directory.ts';
import { tabDeviceStore, volatileDeviceStore } from '../datalink/device-store.ts';
import type { DeviceStore } from '../datalink/device-store.ts';
import { indexedDeviceStore } from '../datalink/indexed-device-store.ts';
import { browserStore, memoryStore } from '../datalink/key-value-store.ts';
import type { KeyValueStore } from '../datalink/key-value-store.ts';
import { isPending } from '../datalink/message-state.ts';
import type { MessageState } from '../datalink/message-state.ts';
import { Session } from '../datalink/session.ts';
import { browserTabs, loneTab } from '../datalink/tabs.ts';
import type { Tabs } from '../datalink/tabs.ts';
import { Topic } from '../datalink/topic.ts';
import { systemClock } from '../network/clock.ts';
import type { Clock } from '../network/clock.ts';
import { channelsUrl } from '../network/connection.ts';
import type { ConnectionFactory } from '../network/connection.ts';
import { Link } from '../network/link.ts';
import { LongPollConnection } from '../network/long-poll-connection.ts';
import { transportChoice } from '../network/transport-choice.ts';
import { wakeSignals } from '../network/wake.ts';
import type { WakeSignal } from '../network/wake.ts';
import { WebSocketConnection } from '../network/websocket-connection.ts';
import { createConversation, PAGE_KEY, receiptNews } from './conversation.ts';
import { linkStatus } from './link-status.ts';
import type { Client, ClientEvent, Conversation, LinkStatus, Message, User } from './model.ts';
import type { ClientOptions } from './options.ts';

/** What a client takes from the world around it: the seams of tests and simulations. */
export interface Surroundings {
  readonly connect: ConnectionFactory;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
  readonly wake$: Observable<WakeSignal>;
  readonly store: KeyValueStore;
  readonly device: DeviceStore;
  readonly tabs: Tabs;
  /** Requests to the gateway besides the link: `path` begins with a slash. */
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
}

/** What everything is kept under: one user of one gateway. */
const storageKeyOf = ({ role, server, subject }: ClientOptions): string =>
  `kefu:${role}:${new URL(server).origin}${subject === undefined ? '' : `:${subject}`}`;

/** The browser's own surroundings, where `given` has no others. */
export const surroundingsOf = (options: ClientOptions, given: Partial<Surroundings> = {}): Surroundings => {
  const { server, apiKey, channel = 'web', persist = 'local' } = options;
  const key = storageKeyOf(options);
  const isPage = typeof document !== 'undefined';
  const channels = channelsUrl(server, apiKey);
  const wake$ = given.wake$ ?? wakeSignals(systemClock);
  const store = given.store ?? (persist === 'none' ? memoryStore() : browserStore(persist));
  const kept = (): DeviceStore =>
    !isPage || persist === 'none'
      ? volatileDeviceStore
      : persist === 'session'
        ? tabDeviceStore(store, `${key}:outbox`)
        : indexedDeviceStore(key);
  return {
    connect: transportChoice(
      systemClock,
      () => new WebSocketConnection(channels),
      () => new LongPollConnection(channels),
    ),
    clock: systemClock,
    random: Math.random,
    randomBytes: (bytes) => crypto.getRandomValues(bytes),
    wake$,
    request: (path, init) => fetch(new URL(path, channels), init),
    ...given,
    store,
    device: given.device ?? kept(),
    // Tabs that keep nothing, or each its own, are different visitors.
    tabs: given.tabs ?? (isPage && persist === 'local' ? browserTabs(`${key}:${channel}`, wake$) : loneTab()),
  };
};

/** What this device calls the conversation of a visitor on the channel. */
const localNameOf = (channel: string): string => `new${channel.replace(/[^\w-]/g, '-')}`;

/** Whether an earlier page has left messages of the visitor that are not sent. Where nothing was kept, nothing is made. */
export const hasUnsent = async (options: ClientOptions): Promise<boolean> => {
  const { channel = 'web', persist = 'local' } = options;
  const name = storageKeyOf(options);
  if (persist !== 'local') return false;
  try {
    const databases = await indexedDB.databases();
    if (!databases.some((database) => database.name === name)) return false;
    return (await indexedDeviceStore(name).topics()).includes(localNameOf(channel));
  } catch {
    // Storage is refused, so nothing was kept.
    return false;
  }
};

/**
 * One user's link to one gateway. Nothing is opened, asked or stored before `connect()` or `login()`.
 *
 * @throws TypeError when `options.server` is no URL.
 */
export const createClient = (options: ClientOptions, surroundings?: Partial<Surroundings>): Client => {
  const { server, role, channel = 'web', filter } = options;
  const around = surroundingsOf(options, surroundings);
  const { device, tabs } = around;
  const storageKey = storageKeyOf(options);
  const link = new Link(around);
  const session = new Session(
    link,
    around.store,
    { ...options, device, storageKey, alone: (act) => tabs.alone('login', act) },
    around.clock,
    around.random,
  );

  const makeTopic = (name: string): Topic => {
    const page = options.page?.();
    return new Topic(name, {
      ...around,
      session,
      address: (path) => new URL(path, channelsUrl(server)).href,
      showable: filter ?? (() => true),
      creation: { tags: [CHANNEL_TAG + channel], public: page ? { [PAGE_KEY]: { ...page } } : {} },
    });
  };
  let current: Topic | undefined;
  const directory = new Directory(session, makeTopic, (name, { trusted }) => {
    const status = statusOf(trusted);
    if (!status || status.channel === channel) current?.adopt(name);
  });

  const events = new Subject<ClientEvent>();
  let lastConversation = 0;
  const conversations = new Map<Topic, Conversation & { end(): void }>();
  const conversations$ = new BehaviorSubject<readonly Conversation[]>([]);
  const unread$ = new BehaviorSubject(0);
  const me$ = new BehaviorSubject<User | undefined>(undefined);
  const link$ = new BehaviorSubject<LinkStatus>({ state: 'idle', since: around.clock.now(), stale: false });
  const watching = new Subscription();

  const refreshLink = (): void => {
    const catchingUp = directory.topics$.value.some((topic) => topic.state$.value.catchingUp);
    const next = linkStatus(link$.value, link.state$.value, catchingUp, around.clock.now());
    if (next !== link$.value) link$.next(next);
  };

  const refreshList = (): void => {
    const list = [...conversations.values()];
    const sorted = list.sort((a, b) => b.info$.value.touched - a.info$.value.touched);
    if (sorted.length !== conversations$.value.length || sorted.some((one, at) => one !== conversations$.value[at])) {
      conversations$.next(sorted);
    }
    const unread = list.reduce((sum, one) => sum + one.info$.value.unread, 0);
    if (unread !== unread$.value) unread$.next(unread);
  };

  const conversationOf = (topic: Topic): Conversation => {
    const known = conversations.get(topic);
    if (known) return known;
    const conversation = createConversation(`c${String((lastConversation += 1))}`, topic, session);
    conversations.set(topic, conversation);
    const states = new Map<string, MessageState>();
    let upload: Message['upload'];
    topic.live$.subscribe((message) => {
      if (!isNotice(message)) events.next({ type: 'message', conversation, message });
    });
    topic.pool.changes$.subscribe((message) => {
      if (!message?.own || replaces(message.head) !== undefined) return;
      const before = states.get(message.key);
      if (before === undefined && !isPending(message.state)) return;
      if (message.upload && message.upload !== upload) {
        events.next({ type: 'upload', conversation, message, ...(upload = message.upload) });
      }
      // What was written on another page, or on this one before it was reloaded, is not new.
      if (message.state === 'draft' && before === undefined) events.next({ type: 'message', conversation, message });
      if (isPending(message.state)) states.set(message.key, message.state);
      else states.delete(message.key);
      if (before !== message.state) events.next({ type: 'status', conversation, message, state: message.state });
    });
    let list = conversation.messages$.value;
    conversation.messages$.subscribe((next) => {
      for (const message of receiptNews(list, next)) {
        events.next({ type: 'status', conversation, message, state: next.stateOf(message) });
      }
      list = next;
    });
    conversation.info$.subscribe(({ phase }) => {
      // An agent sees what is open as it happens; what is resolved is loaded when it is looked at.
      if (role === 'agent' && (phase === 'queued' || phase === 'assigned')) topic.open();
      refreshList();
      refreshLink();
    });
    return conversation;
  };

  watching.add(link.state$.subscribe(refreshLink));
  watching.add(
    directory.topics$.subscribe((topics) => {
      if (current && !topics.includes(current)) current = undefined;
      for (const [topic, conversation] of conversations) {
        if (topics.includes(topic)) continue;
        conversations.delete(topic);
        conversation.end();
      }
      for (const topic of topics) conversationOf(topic);
      refreshList();
    }),
  );
  // Before any topic attaches: it was made later.
  watching.add(
    session.login$.subscribe((login) => {
      if (!login) return;
      if (role === 'agent') void sendWhatWaits();
      if (login.user === me$.value?.id) return;
      if (me$.value) directory.clear(current);
      if (around.store.get(`${storageKey}:user`) !== login.user) {
        // What another user has seen is not this one's to see; topics that end write once more before.
        device.forget().catch(() => undefined);
        around.store.set(`${storageKey}:user`, login.user);
      }
      me$.next({ id: login.user, name: login.name, avatar: undefined, online: true });
    }),
  );

  /** The conversation to talk in. */
  const now = (): Topic => (current ??= directory.add(makeTopic(localNameOf(channel))));

  const forget = (): void => {
    current = undefined;
    directory.clear();
    me$.next(undefined);
  };
  const leave = (): void => {
    session.logOut();
    forget();
    device.wipe().catch(() => undefined);
    around.store.remove(`${storageKey}:user`);
  };
  watching.add(
    tabs.news$.subscribe((news) => {
      if (!('loggedOut' in news)) return;
      leave();
      options.ended?.('left');
    }),
  );

  /** An agent's messages that an earlier page has left go, whether or not somebody looks at their conversations. */
  const sendWhatWaits = async (): Promise<void> => {
    for (const name of await device.topics().catch(() => [])) directory.topic(name);
  };

  return {
    link$,
    leads$: tabs.leads$,
    me$,
    conversations$,
    unread$,
    on(next) {
      const subscription = events.subscribe(next);
      return () => {
        subscription.unsubscribe();
      };
    },
    connect() {
      link.start();
      session.hurry();
    },
    disconnect() {
      link.stop();
    },
    current() {
      const topic = now();
      topic.open();
      return conversationOf(topic);
    },
    parts: () => ({ topic: now(), session }),
    async login(name, password) {
      forget();
      await session.logIn(name, password);
    },
    logout() {
      leave();
      tabs.tell({ loggedOut: true });
    },
    destroy() {
      watching.unsubscribe();
      for (const conversation of conversations.values()) conversation.end();
      directory.destroy();
      session.destroy();
      link.destroy();
      tabs.close();
      for (const subject of [events, conversations$, unread$, me$, link$]) subject.complete();
    },
  };
};
