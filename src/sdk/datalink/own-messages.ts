// Own messages of a topic, from the key to their seqid: painted, kept on this device, told to its other tabs, uploaded, sent.
import { Subscription } from 'rxjs';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { UPLOAD_PATH } from '../../protocol/file-ref.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { mediaName, withRef } from '../../protocol/media.ts';
import { newMsgid } from '../../protocol/msgid.ts';
import type { RandomBytes } from '../../protocol/msgid.ts';
import type { Clock } from '../network/clock.ts';
import { loadInTime } from './device-store.ts';
import type { DeviceStore, Kept } from './device-store.ts';
import type { FileLinks } from './file-links.ts';
import type { MessagePool } from './message-pool.ts';
import { isPending } from './message-state.ts';
import { draftMessage } from './message.ts';
import type { Message } from './message.ts';
import { EXPIRY_MS, Outbox, OUTBOX_FULL } from './outbox.ts';
import { OwnNews } from './own-news.ts';
import { RefusedError } from './request-errors.ts';
import type { Session } from './session.ts';
import type { Tabs } from './tabs.ts';
import { Uploads } from './uploads.ts';
import { FLOATING } from './virtual-seq.ts';

/** On a living link the answer to a message comes within this time, or it is asked for again with the same msgid. */
const PUBLISH_TIMEOUT_MS = 30_000;
/** Makes a fraction of a count of messages. */
const BEFORE_ALL = 2 ** -20;

export interface OwnMessagesSurroundings {
  readonly session: Session;
  readonly clock: Clock;
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
  readonly device: DeviceStore;
  readonly tabs: Tabs;
  /** Requests to the gateway besides the link. */
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
  readonly pool: MessagePool;
  readonly links: FileLinks;
  /** What this device calls the topic, and what the gateway does. */
  readonly local: string;
  readonly name: () => string;
  readonly me: () => string | undefined;
  /** Something is to be sent. */
  readonly wanted: () => void;
  /** A stored message got its seqid. */
  readonly numbered: (seqid: number) => void;
}

export class OwnMessages {
  readonly #around: OwnMessagesSurroundings;
  readonly #outbox: Outbox;
  readonly #uploads: Uploads;
  readonly #news: OwnNews;
  /** Files of messages that the gateway has not confirmed yet, by their keys: one that expires is uploaded again. */
  readonly #files = new Map<string, Blob>();
  readonly #watching = new Subscription();
  /** What this device had kept is here. */
  #isRestored = false;
  /** Sent, and not yet in the outbox, in order. */
  readonly #unposted: string[] = [];
  /** How many of them have been painted. */
  #painted = 0;
  #lastN = 0;

  constructor(around: OwnMessagesSurroundings) {
    this.#around = around;
    const { session, clock, tabs, pool, numbered } = around;
    this.#news = new OwnNews({
      ...around,
      file: (key) => this.#files.get(key),
      told: (message, file) => {
        this.#take(message, file);
      },
      drop: (key) => {
        this.#drop(key);
      },
      joined: () => {
        if (this.#isRestored) this.#rejoin().catch(ignore);
      },
    });
    this.#outbox = new Outbox({
      pool,
      clock,
      keep: (message) => this.#keep(message),
      drop: (key) => {
        this.#files.delete(key);
        this.#unkeep(key);
      },
      tell: (message) => {
        this.#news.tell(message);
      },
      publish: async ({ head, content }, asks) => {
        // What a stock peer has is here, and it can't be asked.
        if (asks && session.login$.value?.kefu === false) throw new RefusedError(CTRL.notFound, '');
        return session.requests.request(
          'pub',
          { topic: around.name(), noecho: true, head, content: asks ? null : content },
          PUBLISH_TIMEOUT_MS,
        );
      },
      numbered,
    });
    this.#uploads = new Uploads({
      clock,
      random: around.random,
      post: (headers, body, signal) => {
        const { token = '' } = session.login$.value ?? {};
        const { request } = around;
        return request(UPLOAD_PATH, {
          method: 'POST',
          headers: { ...headers, 'x-tinode-auth': `Token ${token}` },
          body,
          signal,
        });
      },
      progress: ({ key, file }, loaded) => {
        this.#news.tell(pool.update(key, { upload: { loaded, total: file.size } }));
      },
      done: ({ key }, ref) => {
        this.#uploaded(key, ref);
      },
      refused: ({ key }, reason) => {
        this.#settle(key, { state: 'refused', reason });
      },
    });
    this.#watching.add(
      session.login$.subscribe(() => {
        this.#mayUpload();
      }),
    );
    this.#watching.add(
      tabs.leads$.subscribe((leads) => {
        if (leads && this.#isRestored) void this.#takeOver();
        else this.#lead(leads);
      }),
    );
  }

  /** Puts the message into the pool before it returns; all else comes after the paint. */
  send(content: Json, head: JsonObject): Message {
    return this.#send(newMsgid(this.#around.randomBytes), content, head);
  }

  /**
   * As {@link send}, with a file that is uploaded first. `content` has a place for its reference. Messages that are sent
   * meanwhile do not wait for it: they get their seqids first. The order of sending (P4) is that of what is published, and
   * this one is published when its file is there.
   */
  sendFile(file: Blob, content: Json, head: JsonObject): Message {
    const msgid = newMsgid(this.#around.randomBytes);
    const ref = localRef(msgid);
    this.#files.set(msgid, file);
    this.#around.links.keep(ref, file);
    return this.#send(msgid, withRef(content, ref), head);
  }

  #send(msgid: string, content: Json, head: JsonObject): Message {
    const { clock } = this.#around;
    this.#lastN += 1;
    const draft = draftMessage(msgid, this.#lastN, clock.now(), content, head, this.#around.me());
    const message = this.#around.pool.upsert(draft);
    this.#unposted.push(message.key);
    clock.afterPaint(() => {
      this.#around.session.hurry();
      this.#around.tabs.lead();
      this.#painted = Math.max(this.#painted, this.#unposted.indexOf(message.key) + 1);
      this.#postPainted();
      this.#around.wanted();
    });
    return message;
  }

  /** The user wants an expired message to go after all: with the same msgid, as if written now. */
  retry(key: string): void {
    const message = this.#around.pool.get(key);
    if (message?.state !== 'expired') return;
    this.#lastN += 1;
    const { clock, tabs } = this.#around;
    this.#around.pool.update(key, { state: this.#files.has(key) ? 'uploading' : 'queued', at: clock.now() });
    this.#renumber(key, this.#lastN);
    this.#painted = this.#unposted.push(key);
    tabs.lead();
    this.#postPainted();
    this.#around.wanted();
  }

  /** Removes an own message that was refused or has expired, or whose file is still being uploaded. */
  discard(key: string): void {
    const { state, n = 0 } = this.#around.pool.get(key) ?? {};
    if (state !== 'refused' && state !== 'expired' && state !== 'uploading') return;
    this.#unkeep(key);
    this.#news.discard(key, n);
  }

  /** The topic is attached: messages may go. */
  open(): void {
    this.#outbox.open();
  }

  /** The link is lost. */
  close(): void {
    this.#outbox.close();
  }

  destroy(): void {
    this.#watching.unsubscribe();
    this.#news.destroy();
    this.#outbox.destroy();
    this.#uploads.isOpen = false;
  }

  /** What the gateway has, and might be offered again: not older than what goes by itself. */
  confirmed(): Message[] {
    const { pool, clock } = this.#around;
    const found: Message[] = [];
    for (let index = 0; index < pool.length; index += 1) {
      const message = pool.at(index);
      if (message?.seqid !== undefined && message.own && message.msgid && clock.now() - message.at < EXPIRY_MS)
        found.push(message);
    }
    return found;
  }

  /** Sends these again, with the same msgids and before all others: what the gateway still has it stores once. */
  offer(messages: readonly Message[]): void {
    for (const [index, message] of messages.entries()) {
      const n = (index + 1) / (messages.length + 1);
      const again = { ...message, seqid: undefined, base: FLOATING, n, state: 'queued' } as const;
      this.#around.pool.upsert(again);
      this.#outbox.add(again);
    }
  }

  /** Takes what this device has kept. What was sent on this page meanwhile comes after it. */
  restore(kept: Kept): void {
    const { pool } = this.#around;
    const before = kept.own.at(-1)?.n ?? 0;
    this.#lastN += before;
    const fresh = pool.pending().filter(({ state }) => state === 'draft');
    for (const { key, n } of fresh.reverse()) this.#renumber(key, before + n);
    this.#takeKept(kept);
    this.#isRestored = true;
    this.#postPainted();
    this.#news.callRoll();
  }

  /** What has no seqid, and the files of what is not uploaded: for {@link inherit}. */
  unsent(): Unsent {
    return { own: this.#around.pool.unnumbered(), files: this.#files };
  }

  /**
   * Takes over what somebody has left unsent who turned out to be this user: with the same msgids, before all others.
   * Resolves when this device has kept it, or can't.
   */
  async inherit({ own, files }: Unsent): Promise<void> {
    const { pool, wanted } = this.#around;
    const mine = own.map((message) => {
      const state = message.state === 'draft' ? (files.has(message.key) ? 'uploading' : 'queued') : message.state;
      return { ...message, state, n: message.n * BEFORE_ALL };
    });
    this.#takeKept({ own: mine, files });
    wanted();
    for (const message of mine) await this.#keep(message).catch(() => pool.update(message.key, { volatile: true }));
  }

  /** Unsent messages of somebody else stay unsent. */
  disown(user: string): void {
    for (const { key, from } of this.#around.pool.pending()) if (from !== undefined && from !== user) this.#drop(key);
  }

  /** Something waits for the gateway. */
  get hasUnsent(): boolean {
    return this.#outbox.length + this.#uploads.length > 0;
  }

  /** What has been painted goes to the outbox, and nothing before what was sent before it. */
  #postPainted(): void {
    // Before, their place among those that were kept is not known.
    if (!this.#isRestored) return;
    for (const key of this.#unposted.splice(0, this.#painted)) this.#post(key);
    this.#painted = 0;
  }

  #post(key: string): void {
    const message = this.#around.pool.get(key);
    const file = this.#files.get(key);
    if (!message) return;
    if (!file) {
      this.#outbox.add(message);
      return;
    }
    if (this.#uploads.length >= LIMITS.outbox) {
      this.#settle(key, { state: 'refused', reason: OUTBOX_FULL });
      return;
    }
    const upload = { loaded: 0, total: file.size };
    const next = this.#around.pool.update(key, { state: 'uploading', upload });
    this.#news.tell(next, file);
    if (next) this.#keep(next).catch(() => this.#around.pool.update(key, { volatile: true }));
    this.#upload(key);
  }

  /** The message goes when its file is there. */
  #upload(key: string): void {
    const message = this.#around.pool.get(key);
    const file = this.#files.get(key);
    if (!message || message.seqid !== undefined) return;
    const { login$ } = this.#around.session;
    if (login$.value?.kefu === false) this.#settle(key, { state: 'refused', reason: 'files not accepted' });
    // Kept by a browser that has lost the file since.
    else if (!file) this.#settle(key, { state: 'refused', reason: 'file lost' });
    else if (this.#around.clock.now() - message.at > EXPIRY_MS) this.#settle(key, { state: 'expired' });
    else this.#uploads.add({ key, id: key, file, name: mediaName(message.content) });
  }

  #uploaded(key: string, ref: string): void {
    const message = this.#around.pool.get(key);
    if (!message) return;
    this.#around.links.rename(localRef(key), ref);
    const content = withRef(message.content, ref);
    const next = this.#around.pool.update(key, { state: 'queued', content, upload: undefined });
    if (!next) return;
    this.#keep(next).catch(ignore);
    this.#news.tell(next);
    this.#outbox.take(next);
  }

  /** A file that is not there yet is uploaded by the page that leads, while it has a link to one of our gateways. */
  #mayUpload(): void {
    const { session, tabs } = this.#around;
    const { value: login } = session.login$;
    // A stock peer takes none from other origins.
    if (login?.kefu === false)
      for (const { key, state } of this.#around.pool.pending()) if (state === 'uploading') this.#upload(key);
    this.#uploads.isOpen = login?.kefu === true && tabs.leads$.value;
  }

  /** A message with a file gets no seqid any more, and keeps its place. */
  #settle(key: string, change: { readonly state: 'refused' | 'expired'; readonly reason?: string }): void {
    const settled = this.#around.pool.update(key, { ...change, upload: undefined });
    if (!settled) return;
    this.#keep(settled).catch(ignore);
    this.#news.tell(settled);
  }

  /** Keeps an own message on this device, with the file that it may still need. */
  #keep(message: Message): Promise<void> {
    const { key, state } = message;
    if (state === 'sent' || state === 'refused') this.#files.delete(key);
    return this.#around.device.put(this.#around.local, message, this.#files.get(key));
  }

  /** The message is nobody's any more. */
  #drop(key: string): void {
    this.#around.pool.remove(key);
    this.#outbox.forget(key);
    this.#uploads.forget(key);
    this.#files.delete(key);
  }

  /** The message has come back with its seqid: a page that never hears the answer to it hears of that. */
  stored(message: Message): void {
    this.#unkeep(message.key);
    this.#news.tell(message);
  }

  #unkeep(key: string): void {
    const { device, local } = this.#around;
    device.remove(local, key).catch(ignore);
  }

  /** Takes over how an own message stands, as this device or another tab of it says. */
  #take(message: Message, file?: Blob): void {
    const { key, n, state, seqid } = message;
    this.#lastN = Math.max(this.#lastN, n);
    if (!this.#news.isNews(message)) return;
    if (seqid !== undefined) {
      // The page that sent it may have ended before it could.
      this.#unkeep(key);
      this.#around.pool.upsert(message);
      this.#outbox.forget(key);
      this.#uploads.forget(key);
      this.#around.numbered(seqid);
      return;
    }
    if (file) {
      this.#files.set(key, file);
      this.#around.links.keep(localRef(key), file);
    }
    this.#around.pool.replace(message);
    if (state === 'uploading') {
      // Without its file it is for who has it, or for who finds it on the device.
      if (this.#files.has(key)) this.#upload(key);
      return;
    }
    this.#uploads.forget(key);
    if (isPending(state)) this.#outbox.take(message);
    else this.#outbox.forget(key);
  }

  #takeKept({ own, files }: Kept): void {
    for (const message of own) {
      const { key } = message;
      this.#take(message, files?.get(key));
      // Without its file it can't go.
      if (this.#around.pool.get(key)?.state === 'uploading' && !this.#files.has(key)) this.#upload(key);
    }
  }

  /** This page leads now: what others have left behind is its to send, before anything of its own that is younger. */
  async #takeOver(): Promise<void> {
    const { local, tabs, wanted } = this.#around;
    const kept = await loadInTime(this.#around, local);
    if (this.#watching.closed) return;
    this.#takeKept(kept);
    // Another page may know what has become of it, and of what is kept no more.
    this.#news.callRoll();
    this.#lead(tabs.leads$.value);
    if (this.hasUnsent) wanted();
  }

  /** This page has heard nothing for a while: what is settled and no longer kept was discarded meanwhile. */
  async #rejoin(): Promise<void> {
    const { pool, device, local } = this.#around;
    // What is settled from now on the answer need not know.
    const settled = pool.unnumbered().filter(({ state, volatile }) => !isPending(state) && !volatile);
    const kept = await device.load(local);
    if (this.#watching.closed) return;
    this.#takeKept(kept);
    const keys = new Set(kept.own.map(({ key }) => key));
    for (const message of settled)
      if (!keys.has(message.key) && pool.get(message.key) === message) this.#drop(message.key);
    this.#news.callRoll();
  }

  #lead(leads: boolean): void {
    this.#outbox.leads = leads;
    this.#mayUpload();
  }

  #renumber(key: string, n: number): void {
    const message = this.#around.pool.get(key);
    if (message) this.#around.pool.replace({ ...message, n });
  }
}

/** Messages that are not sent, and their files. */
export type Unsent = Pick<Required<Kept>, 'own' | 'files'>;

/** What a message says before its file is there. Nobody else can do anything with it. */
const localRef = (msgid: string): string => `local:${msgid}`;

/** Storage that fails costs persistence, never the message. */
const ignore = (): void => undefined;
