// Page: a tab of a device with the real SDK core in it, and what can happen to tabs.
import { Subject } from 'rxjs';
import { createClient } from '../../../src/sdk/app/client.ts';
import type { Client, Conversation, Message, MessageList, MessageState } from '../../../src/sdk/app/model.ts';
import type { KeptTopic } from '../../../src/sdk/datalink/device-store.ts';
import { isPending } from '../../../src/sdk/datalink/message-state.ts';
import type { TabNews } from '../../../src/sdk/datalink/tabs.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { NOTE_HEAD } from '../../../src/protocol/content.ts';
import type { Happening, Instead, Row } from '../history.ts';
import type { Device, DevicePage } from './device.ts';
import { EPOCH, HIDDEN_WORD, REFUSED_WORD } from './gateway-machine.ts';
import type { Network, Site, Tap } from './network.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';
import { WireWitness } from './wire-witness.ts';

export const SERVER = 'https://im.example.com';
/** Rows of a list that are looked at: what a screen shows, and a little more. */
const VIEW_ROWS = 32;
/** Rows that users go back for when they edit, or take something back. */
const REACHED_ROWS = 3 * VIEW_ROWS;
const FRAME_MS = 16;
/** How much of what is sent are newer versions of messages. */
const EDITS = 0.06;

export interface Surroundings {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly network: Network;
  readonly witness: (event: Happening) => void;
  readonly trace: ((by: string, text: string) => void) | undefined;
}

/** A tab over the life of its pages. */
export class Tab {
  readonly name: string;
  readonly role: 'visitor' | 'agent';
  readonly device: Device;
  readonly around: Surroundings;
  order = 0;
  /** Messages that were sent here. */
  readonly mine = new Set<string>();
  #page: Page | undefined;

  constructor(name: string, role: 'visitor' | 'agent', device: Device, around: Surroundings) {
    this.name = name;
    this.role = role;
    this.device = device;
    this.around = around;
  }

  get page(): Page | undefined {
    return this.#page;
  }

  open(): void {
    this.around.witness({ what: 'page', by: this.name });
    this.#page = new Page(this);
  }

  /** The page ends as `how` says, and another one comes after `ms`. */
  reopen(how: 'reload' | 'page-crash' | 'page-gone', ms: number): void {
    const page = this.#page;
    if (!page) return;
    this.around.witness({ what: 'fault', fault: how });
    this.#page = undefined;
    page.end(how);
    this.around.time.after(ms, () => {
      this.open();
    });
  }
}

export class Page implements Site, DevicePage {
  readonly name: string;
  readonly address = '203.0.113.7';
  readonly tap: Tap;
  readonly client: Client;
  readonly wire: WireWitness;
  isOffline = false;
  flushedAt = Infinity;
  readonly #tab: Tab;
  readonly #wake = new Subject<WakeSignal>();
  readonly #waiting: (() => void)[] = [];
  readonly #left: () => void;
  readonly #back: () => void;
  #isGone = false;
  #isFrozen = false;
  #conversation: Conversation | undefined;
  #list: MessageList | undefined;
  #isFrameDue = false;
  /** Messages that the user has still to remove or to send again. */
  #undecided = 0;

  constructor(tab: Tab) {
    const { around, device, role } = tab;
    const { time, random, network } = around;
    this.#tab = tab;
    this.name = tab.name;
    this.wire = new WireWitness({
      by: tab.name,
      counts: network.options.kind === 'stream',
      knows: (topic) => topic === this.topic,
      witness: around.witness,
      trace: around.trace,
    });
    this.tap = this.wire;
    const { tabs, left, back } = device.tabsOf(this);
    this.#left = left;
    this.#back = back;
    this.client = createClient(
      { server: SERVER, role },
      {
        connect: () => network.connect(this),
        clock: {
          now: () => Math.round(EPOCH + time.now + device.clockOffset),
          after: (ms, act) => this.#after(Math.max(1, ms), act),
          afterPaint: (act) => {
            // Frames come at the same times for all that waits for them.
            this.#after(FRAME_MS - (time.now % FRAME_MS), act);
          },
        },
        random: random.fraction,
        randomBytes: (bytes) => {
          random.fill(bytes);
          return bytes;
        },
        wake$: this.#wake,
        store: device.values,
        device: device.storeOf(this),
        tabs,
      },
    );
    this.client.on((event) => {
      if (event.type === 'status') this.#stateChanged(event.conversation, event.message, event.state);
    });
    if (role === 'visitor') this.#watch(this.client.current());
    else
      this.client.conversations$.subscribe((conversations) => {
        const [first] = conversations;
        if (first && !this.#conversation) this.#watch(first);
      });
    this.client.connect();
  }

  /** Whether anything can run in it now. */
  get isRunning(): boolean {
    return !this.#isGone && !this.#isFrozen;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  restored(seen: KeptTopic | undefined): void {
    if (seen) this.wire.restored(seen.name, seen.contiguous);
  }

  notRestored(): void {
    this.#tab.around.witness({ what: 'unrestored', by: this.name });
  }

  edited({ key, state }: Message, isKept: boolean): void {
    const { witness } = this.#tab.around;
    const by = this.name;
    if (isPending(state)) {
      if (isKept) witness({ what: 'kept', by, msgid: key });
    } else if (!isKept) {
      this.wire.settled(key);
      witness({ what: state === 'refused' || state === 'expired' ? state : 'unnumbered', by, msgid: key });
    }
  }

  told(news: TabNews): void {
    if ('message' in news && news.message.seqid !== undefined) this.wire.numbered(this.topic, news.message.seqid);
  }

  get topic(): string | undefined {
    return this.#conversation?.info$.value.topic;
  }

  deliver(act: () => void): void {
    if (this.#isGone) return;
    if (this.#isFrozen) this.#waiting.push(act);
    else act();
  }

  /** The user sends something, if there is a conversation. Returns whether. */
  send(): boolean {
    const { random, witness } = this.#tab.around;
    const conversation = this.#conversation;
    if (!conversation || !this.isRunning) return false;
    const { role, name } = this.#tab;
    if (role === 'agent' && conversation.info$.value.agent?.id !== this.client.me$.value?.id) return false;
    this.#tab.order += 1;
    const order = this.#tab.order;
    const topic = this.topic ?? '';
    const edited = random.chance(EDITS) ? this.#some((message) => message.own && !isNote(message)) : undefined;
    if (edited?.seqid !== undefined) {
      const { key } = conversation.send(`${name} ${order}`, { replace: `:${edited.seqid}` });
      witness({ what: 'send', by: name, topic, msgid: key, order, replaces: edited.seqid });
      return true;
    }
    const isInternal = role === 'agent' && random.chance(0.02);
    const word = role === 'visitor' && random.chance(0.02) ? ` ${random.chance(0.5) ? REFUSED_WORD : HIDDEN_WORD}` : '';
    const message = conversation.send(`${name} ${order}${word}`, isInternal ? { [NOTE_HEAD]: true } : {});
    this.#tab.mine.add(message.key);
    witness({ what: 'send', by: name, topic, msgid: message.key, order });
    return true;
  }

  /** The user takes a message back, or the agent one of the visitor's away. */
  recall(): void {
    const { witness } = this.#tab.around;
    const { name, topic = '' } = this;
    const message = this.isRunning ? this.#some(({ own }) => own || this.#tab.role === 'agent') : undefined;
    const { seqid } = message ?? {};
    if (!message || seqid === undefined) return;
    this.#conversation?.recall(message.key).then(
      () => {
        witness({ what: 'recalled', by: name, topic, seqid });
      },
      // Too late, or nobody knows: the user sees.
      () => undefined,
    );
  }

  /** One of the last messages that have a seqid and are like that. */
  #some(isLike: (message: Message) => boolean): Message | undefined {
    const list = this.#list;
    const found: Message[] = [];
    for (let index = Math.max(0, (list?.length ?? 0) - REACHED_ROWS); index < (list?.length ?? 0); index += 1) {
      const message = list?.at(index);
      if (message?.seqid !== undefined && isLike(message) && !isGone(message)) found.push(message);
    }
    return this.#tab.around.random.pick(found);
  }

  /** Left by its user, or frozen by its system without a word; after `ms` it is back. */
  sleep(how: 'sleep' | 'long-sleep' | 'freeze', ms: number): void {
    if (!this.isRunning) return;
    const { time, witness } = this.#tab.around;
    witness({ what: 'fault', fault: how });
    witness({ what: 'away', by: this.name });
    if (how !== 'freeze') {
      this.#wake.next('sleep');
      this.#left();
    }
    this.#isFrozen = true;
    // The others need not wait a day for it.
    if (how === 'long-sleep') this.#tab.device.clockOffset += 25 * 3_600_000;
    time.after(ms, () => {
      if (this.#isGone) return;
      this.#isFrozen = false;
      for (const act of this.#waiting.splice(0))
        time.after(0, () => {
          this.deliver(act);
        });
      time.after(1, () => {
        this.deliver(() => {
          this.#wake.next('wake');
          this.#back();
        });
      });
    });
  }

  /** Without a network for so long. */
  offline(ms: number): void {
    const { time, network, witness } = this.#tab.around;
    if (this.isOffline) return;
    witness({ what: 'fault', fault: 'offline' });
    this.isOffline = true;
    time.after(ms, () => {
      network.online(this);
      this.deliver(() => {
        this.#wake.next('network');
      });
    });
  }

  end(how: 'reload' | 'page-crash' | 'page-gone'): void {
    const { network, time, random } = this.#tab.around;
    if (how === 'reload' && this.isRunning) {
      this.#wake.next('sleep');
      this.#left();
    }
    this.#isGone = true;
    this.flushedAt = time.now + random.between(0, 30);
    time.after(how === 'reload' ? 0 : random.between(10, 200), () => {
      this.#tab.device.released(this);
    });
    if (how !== 'reload') network.pageDied(this, how === 'page-gone');
    this.client.destroy();
  }

  /** Own messages that are still on their way. */
  get pending(): number {
    const list = this.#conversation?.messages$.value;
    let count = 0;
    for (let index = (list?.length ?? 0) - 1; index >= 0; index -= 1) {
      const message = list?.at(index);
      if (message && (isPending(message.state) || (message.edit && isPending(message.edit.state)))) count += 1;
    }
    return count;
  }

  /** Everything is here, and known to be, and nobody is about to do something. */
  isWhole(seq: number): boolean {
    const { state, stale } = this.client.link$.value;
    return state === 'online' && !stale && this.pending === 0 && this.#undecided === 0 && this.wire.cursor === seq;
  }

  /** Loads a page of older messages; returns whether there is more. */
  loadOlder(): boolean {
    const conversation = this.#conversation;
    if (!conversation?.messages$.value.hasOlder) return false;
    void conversation.loadOlder();
    return true;
  }

  /** All that it shows. */
  pool(): Happening[] {
    const topic = this.topic;
    const list = this.#conversation?.messages$.value;
    if (topic === undefined || !list) return [];
    const rows = rowsOf(list, 0);
    const first = rows.find((row) => row !== null && row[1] > 0)?.[1] ?? 1;
    const { hasOlder } = list;
    return [{ what: 'pool', by: this.name, topic, from: hasOlder ? first : 1, hasOlder, rows }];
  }

  #after(ms: number, act: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#tab.around.time.after(ms, () => {
      this.deliver(() => {
        if (!isCancelled) act();
      });
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  #watch(conversation: Conversation): void {
    this.#conversation = conversation;
    conversation.messages$.subscribe((list) => {
      this.#list = list;
      if (this.#isFrameDue || this.#isGone) return;
      this.#isFrameDue = true;
      this.#after(FRAME_MS, () => {
        this.#isFrameDue = false;
        this.#paint();
      });
    });
  }

  #paint(): void {
    const list = this.#list;
    if (!list || list.length === 0) return;
    // The user reads now and then.
    if (this.#tab.around.random.chance(0.2)) this.#conversation?.markRead();
    this.#tab.around.witness({
      what: 'view',
      by: this.name,
      topic: this.topic ?? '',
      rows: rowsOf(list, Math.max(0, list.length - VIEW_ROWS)),
      loading: this.client.link$.value.stale,
    });
  }

  #stateChanged(conversation: Conversation, { key, seqid, volatile }: Message, state: MessageState): void {
    const { random, witness } = this.#tab.around;
    const by = this.name;
    if (!isPending(state)) this.wire.settled(key);
    if (state === 'queued') {
      if (!volatile) witness({ what: 'kept', by, msgid: key });
    } else if (state === 'sent') {
      if (seqid === undefined) witness({ what: 'unnumbered', by, msgid: key });
      else witness({ what: 'acked', by, topic: this.topic ?? '', msgid: key, seqid });
    } else if (state === 'refused' || state === 'expired') {
      witness({ what: state, by, msgid: key });
      if (!this.#tab.mine.has(key)) return;
      this.#undecided += 1;
      this.#after(random.between(500, 5_000), () => {
        this.#undecided -= 1;
        if (state === 'refused' || random.chance(0.3)) {
          if (random.chance(0.5)) return;
          conversation.discard(key);
          const list = conversation.messages$.value;
          if (list.indexOf(key) < 0) witness({ what: 'discarded', by, msgid: key });
        } else {
          const now = conversation.messages$.value;
          if (now.at(now.indexOf(key))?.state !== 'expired') return;
          this.#tab.order += 1;
          witness({ what: 'retried', by, msgid: key, order: this.#tab.order });
          conversation.retry(key);
        }
      });
    }
  }
}

const isNote = ({ head }: Message): boolean => head[NOTE_HEAD] === true;
const isGone = ({ head }: Message): boolean => head['x-kefu-recalled'] !== undefined;

function insteadOf(message: Message): Instead | undefined {
  if (isGone(message)) return 'gone';
  const { edit } = message;
  return edit && [edit.msgid ?? edit.key, edit.seqid ?? 0];
}

function rowsOf(list: MessageList, from: number): Row[] {
  const rows: Row[] = [];
  for (let index = from; index < list.length; index += 1) {
    const message = list.at(index);
    if (list.isMissingBefore(index) && index > from) rows.push(null);
    if (!message) continue;
    const { msgid, key, seqid = 0, state } = message;
    const name = msgid ?? key;
    const instead = insteadOf(message);
    if (instead) rows.push([name, seqid, undefined, instead]);
    else rows.push(seqid === 0 ? [name, seqid, state] : [name, seqid]);
  }
  return rows;
}
