// Device store: what this device keeps of a user from page to page. An outbox and a cache; the truth is the gateway's.
import type { JsonObject } from '../../protocol/json.ts';
import type { ConversationStatus } from '../../protocol/conversation.ts';
import type { Subscription } from '../../protocol/server-packet.ts';
import { inTime } from '../network/clock.ts';
import type { Clock } from '../network/clock.ts';
import type { KeyValueStore } from './key-value-store.ts';
import type { Message } from './message.ts';
import { FLOATING } from './virtual-seq.ts';

/** A topic as it was last seen: enough to show it at once, and without a network. */
export interface KeptTopic {
  /** Whose view of it this is. */
  readonly user: string;
  /** The name that the gateway gave it. */
  readonly name: string;
  /** Which life of the gateway's store the seqids are of. */
  readonly epoch: string | undefined;
  /** Everything in [low, contiguous] is among the messages, or is not to be shown. */
  readonly low: number;
  readonly contiguous: number;
  /** Newest deletion that has been applied. */
  readonly clear: number;
  readonly messages: readonly Message[];
  readonly members: readonly Subscription[];
  readonly status: ConversationStatus | undefined;
  readonly public: JsonObject | undefined;
  /** Milliseconds since 1970. */
  readonly touched: number;
  readonly myRead: number;
}

/** What was kept of a topic. */
export interface Kept {
  /** Own messages without a seqid, in the order of sending. */
  readonly own: readonly Message[];
  /** Files of those that are being uploaded, by their keys. */
  readonly files?: ReadonlyMap<string, Blob>;
  /** How it was last seen. */
  readonly seen?: KeptTopic | undefined;
}

const LOAD_MS = 1_000;
/** Files that wait on one device, in bytes; more live as long as the page. */
export const FILES_MOST = 50 * 1024 * 1024;

/** Topics are named as on this device: `new<key>` stays that, whatever the gateway calls it. */
export interface DeviceStore {
  load(topic: string): Promise<Kept>;
  /**
   * Keeps an own message, or its newer state, with the file that is still to be uploaded. Resolves when it is safe; rejects
   * when this device can't keep it.
   */
  put(topic: string, message: Message, file?: Blob): Promise<void>;
  remove(topic: string, key: string): Promise<void>;
  /** Topics that have own messages to send. */
  topics(): Promise<readonly string[]>;
  see(topic: string, seen: KeptTopic): Promise<void>;
  /** What the user logs in with. Without it nobody could read what they have sent: it is kept as safely as that. */
  token(): Promise<string | undefined>;
  keepToken(token: string | undefined): Promise<void>;
  /** Forgets what was seen; own messages stay. */
  forget(): Promise<void>;
  /** Forgets everything. */
  wipe(): Promise<void>;
}

/** What the device has kept of a topic. Storage that does not answer must not hold up the conversation: it is done without. */
export const loadInTime = (around: { device: DeviceStore; clock: Clock }, topic: string): Promise<Kept> =>
  inTime<Kept>(around.clock, LOAD_MS, around.device.load(topic), { own: [] });

/** Keeps nothing: what is pending lives as long as the page. */
export const volatileDeviceStore: DeviceStore = {
  load: () => Promise.resolve({ own: [] }),
  put: () => Promise.reject(new Error('nothing is kept')),
  remove: () => Promise.resolve(),
  topics: () => Promise.resolve([]),
  see: () => Promise.resolve(),
  token: () => Promise.resolve(undefined),
  keepToken: () => Promise.resolve(),
  forget: () => Promise.resolve(),
  wipe: () => Promise.resolve(),
};

/** In the order of sending. */
export const inSendOrder = (messages: readonly Message[]): Message[] =>
  [...messages].sort((a, b) => a.n - b.n || (a.key < b.key ? -1 : 1));

interface OwnRow {
  readonly topic: string;
  /** JSON has no Infinity: the base of a floating message is null. */
  readonly message: Omit<Message, 'base'> & { readonly base: number | null };
}

const isOwnRow = (value: unknown): value is OwnRow => typeof value === 'object' && value !== null && 'message' in value;

/** Own messages in the storage of the tab, for pages that must leave nothing behind it. */
export const tabDeviceStore = (store: KeyValueStore, key: string): DeviceStore => {
  const rows = (): OwnRow[] => {
    const kept: unknown = JSON.parse(store.get(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isOwnRow) : [];
  };
  const write = async (topic: string, gone: string, ...added: Message[]): Promise<void> => {
    const others = rows().filter((row) => row.topic !== topic || row.message.key !== gone);
    store.set(key, JSON.stringify([...others, ...added.map((message) => ({ topic, message }))]));
  };
  return {
    ...volatileDeviceStore,
    load: async (topic) => ({
      own: inSendOrder(
        rows()
          .filter((row) => row.topic === topic)
          .map(({ message }) => ({ ...message, base: message.base ?? FLOATING })),
      ),
    }),
    put: (topic, message, file) =>
      // A text is all that can be kept here.
      file ? volatileDeviceStore.put(topic, message) : write(topic, message.key, message),
    remove: write,
    topics: async () => [...new Set(rows().map(({ topic }) => topic))],
    wipe: async () => {
      store.remove(key);
    },
  };
};
