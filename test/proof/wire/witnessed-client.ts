// A client of the real SDK over a real WebSocket, and a witness that writes down what it sends, gets and shows.
import { openSync, writeSync, closeSync } from 'node:fs';
import { createClient, surroundingsOf } from '../../../src/sdk/app/client.ts';
import type { Surroundings } from '../../../src/sdk/app/client.ts';
import type { Client, Conversation, LinkStatusState } from '../../../src/sdk/app/model.ts';
import type { ClientOptions } from '../../../src/sdk/app/options.ts';
import { Connection } from '../../../src/sdk/network/connection.ts';
import { isPending } from '../../../src/sdk/datalink/message-state.ts';
import { asObject } from '../../../src/protocol/json.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import { MSGID_HEAD, msgidOf } from '../../../src/protocol/msgid.ts';
import type { ClientPackets } from '../../../src/protocol/client-packet.ts';
import type { Ctrl, Data, Meta, Pres } from '../../../src/protocol/server-packet.ts';
import { endOf } from '../../../src/protocol/seq.ts';
import type { Happening, Row, Witness } from '../history.ts';

/** Bytes of history that wait for the disk. */
const BUFFER = 256 * 1024;
/** How often, and how soon again, a page of a conversation is asked for that brings nothing. */
const TRIES_MOST = 1_000;
const TRY_AGAIN_MS = 50;
/** Trouble with the link that is shorter the screen does not tell of. */
const PATIENCE_MS = 1_000;
/** A message that waits longer is worth a line. */
const LONG_MS = 5_000;
/** Rows of a pool in one event. */
const ROWS = 10_000;

/** A history that is written in large pieces: for processes that nobody kills. */
export class BufferedHistory {
  readonly #file: number;
  #lines: string[] = [];
  #length = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  readonly write: Witness = (event: Happening) => {
    const line = `${JSON.stringify({ at: Date.now(), ...event })}\n`;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length > BUFFER) this.#flush();
  };

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#lines.join(''));
    this.#lines = [];
    this.#length = 0;
  }
}

/** With more than this missing on a new link a client begins anew with the newest messages, and loads the rest on demand. */
const MISSED_MOST = 4 * LIMITS.historyPage;

interface ServerPackets {
  readonly ctrl?: Ctrl;
  readonly data?: Data;
  readonly meta?: Meta;
  readonly pres?: Pres;
}
/** What is known of one connection: own messages by packet id, and the topics that were described on it. */
interface Line {
  readonly sent: Map<string, { readonly topic: string; readonly msgid: string }>;
  readonly described: Set<string>;
}
interface Outgoing {
  readonly pub?: ClientPackets['pub'] & { readonly id: string };
  readonly note?: ClientPackets['note'];
}

export interface ClientCounts {
  sent: number;
  /** Own messages whose fate is known: stored, refused, expired. */
  settled: number;
  refused: number;
  /** Messages of others that the client showed as they came. */
  received: number;
  /** Own packets that were answered as repeats. */
  repeats: number;
  links: number;
  /** Times that the screen told the user of trouble with the link, after the first time that all was well. */
  alarms: number;
  /** The longest that an own message waited for its fate, in ms. */
  longestMs: number;
}

export const noCounts = (): ClientCounts => ({
  sent: 0,
  settled: 0,
  refused: 0,
  received: 0,
  repeats: 0,
  links: 0,
  alarms: 0,
  longestMs: 0,
});

/** A connection on which somebody reads along. */
class WitnessedConnection extends Connection {
  readonly #inner: Connection;
  readonly #sends: (text: string) => void;

  constructor(inner: Connection, sends: (text: string) => void, gets: (text: string) => void) {
    super();
    this.#inner = inner;
    this.#sends = sends;
    inner.incoming$.subscribe((event) => {
      if (event.type === 'text') gets(event.text);
      this.emit(event);
    });
  }

  override open(): void {
    this.#inner.open();
  }

  override send(text: string): void {
    this.#sends(text);
    this.#inner.send(text);
  }

  override close(code: number): void {
    this.#inner.close(code);
  }

  override abandon(): void {
    this.#inner.abandon();
    super.abandon();
  }
}

/** Reads along on every connection of the client, and counts. */
export class WitnessedClient {
  readonly client: Client;
  readonly counts = noCounts();
  readonly #by: string;
  readonly #role: ClientOptions['role'];
  readonly #witness: Witness;
  /** By topic: up to where the client has everything since it began to follow, and what it has beyond. */
  readonly #followed = new Map<string, { contiguous: number; readonly early: Set<number> }>();
  /** What came since the last word about it, by topic. */
  readonly #coming = new Map<string, { low: number; hi: number }>();
  /** Sends in a conversation that has no name yet. */
  #unnamed: { readonly msgid: string; readonly order: number }[] = [];
  #order = 0;
  /** When own messages without a fate were sent, by msgid. */
  readonly #sentAt = new Map<string, number>();
  /** Those with one, by msgid. A store that went back is offered some again. */
  readonly #settled = new Set<string>();
  #epoch: Json | undefined;
  #hasBeenOnline = false;
  #patience: NodeJS.Timeout | undefined;

  constructor(by: string, options: ClientOptions, witness: Witness, surroundings: Partial<Surroundings> = {}) {
    this.#by = by;
    this.#role = options.role;
    this.#witness = witness;
    const kept: ClientOptions = { persist: 'none', ...options };
    const { connect } = surroundingsOf(kept, surroundings);
    this.client = createClient(kept, {
      ...surroundings,
      connect: () => {
        this.counts.links += 1;
        return this.#connection(connect());
      },
    });
    witness({ what: 'client', by, user: by, role: options.role });
    this.client.on((event) => {
      const { message, conversation } = event;
      if (event.type === 'message') {
        if (!message.own) this.counts.received += 1;
        return;
      }
      if (event.type !== 'status') return;
      if (this.#unnamed.length > 0) this.#named(conversation.info$.value.topic ?? 'new');
      const { msgid = '' } = message;
      if (event.state === 'sent' || event.state === 'refused' || event.state === 'expired') {
        this.#waited(msgid);
        this.#settled.add(msgid);
      } else if (isPending(event.state)) this.#settled.delete(msgid);
      this.counts.settled = this.#settled.size;
      if (event.state === 'sent') {
        if (message.seqid === undefined) witness({ what: 'unnumbered', by, msgid });
      } else if (event.state === 'refused' || event.state === 'expired') {
        this.counts.refused += 1;
        witness({ what: 'trace', by, text: `${event.state}: ${message.reason ?? ''}` });
        witness({ what: event.state, by, msgid });
      }
    });
    this.client.link$.subscribe(({ state }) => {
      this.#links(state);
    });
  }

  send(conversation: Conversation, text: string): void {
    this.#order += 1;
    this.counts.sent += 1;
    const { msgid = '' } = conversation.send(text);
    this.#sentAt.set(msgid, performance.now());
    const { topic } = conversation.info$.value;
    if (topic === undefined) this.#unnamed.push({ msgid, order: this.#order });
    else this.#witness({ what: 'send', by: this.#by, topic, msgid, order: this.#order });
  }

  /** Loads every page of every conversation, and writes down what is shown. */
  async dump(): Promise<void> {
    const by = this.#by;
    this.#named('new');
    // Who was only there shows nothing.
    if (this.#followed.size === 0) this.#witness({ what: 'client', by, user: by, role: this.#role, pools: false });
    for (const [topic] of this.#coming) this.#tell(topic);
    const conversations = this.client.conversations$.value;
    await Promise.all(conversations.map(loadWhole));
    for (const { messages$, info$ } of conversations) {
      const list = messages$.value;
      const { topic } = info$.value;
      if (topic === undefined) continue;
      const rows: Row[] = [];
      const flush = (): void => {
        this.#witness({ what: 'pool', by, topic, from: 1, rows: [...rows] });
        rows.length = 0;
      };
      for (let index = 0; index < list.length; index += 1) {
        const message = list.at(index);
        if (list.isMissingBefore(index)) rows.push(null);
        if (message) rows.push([message.msgid ?? message.key, message.seqid ?? 0]);
        if (rows.length === ROWS) flush();
      }
      if (rows.length > 0) flush();
    }
  }

  #waited(msgid: string): void {
    const ms = performance.now() - (this.#sentAt.get(msgid) ?? performance.now());
    this.#sentAt.delete(msgid);
    if (ms > LONG_MS)
      this.#witness({ what: 'trace', by: this.#by, text: `${msgid} waited ${Math.round(ms)} ms to be settled` });
    this.counts.longestMs = Math.max(this.counts.longestMs, Math.round(ms));
  }

  #links(state: LinkStatusState): void {
    if (state === 'online' || state === 'idle') {
      this.#hasBeenOnline ||= state === 'online';
      clearTimeout(this.#patience);
      this.#patience = undefined;
    } else if (this.#hasBeenOnline)
      this.#patience ??= setTimeout(
        () => {
          this.counts.alarms += 1;
          this.#witness({ what: 'trace', by: this.#by, text: `the screen says: ${state}` });
        },
        state === 'refused' ? 0 : PATIENCE_MS,
      );
  }

  #connection(inner: Connection): Connection {
    const line: Line = { sent: new Map(), described: new Set() };
    return new WitnessedConnection(
      inner,
      (text) => {
        this.#sends(text, line);
      },
      (text) => {
        this.#gets(text, line);
      },
    );
  }

  #sends(text: string, { sent }: Line): void {
    if (text.startsWith('{"pub"')) {
      const { pub } = JSON.parse(text) as Outgoing;
      const msgid = pub?.head?.[MSGID_HEAD];
      if (pub && typeof msgid === 'string') sent.set(pub.id, { topic: pub.topic, msgid });
    } else if (text.startsWith('{"note"')) {
      const { note } = JSON.parse(text) as Outgoing;
      if (note?.what !== 'recv' || note.seq === undefined) return;
      this.#tell(note.topic);
      this.#witness({ what: 'cursor', by: this.#by, topic: note.topic, seqid: note.seq });
    }
  }

  #gets(text: string, { sent, described }: Line): void {
    // An answer to a probe.
    if (!text.startsWith('{"')) return;
    const { ctrl, data, meta, pres } = JSON.parse(text) as ServerPackets;
    const by = this.#by;
    if (data) this.#has(data.topic, data.seq, data.seq + 1);
    else if (ctrl) {
      this.#enters(asObject(ctrl.params?.['kefu'])?.['epoch']);
      if (typeof ctrl.params?.['tmpname'] === 'string' && ctrl.topic !== undefined) this.#named(ctrl.topic);
      const own = sent.get(ctrl.id ?? '');
      if (!own) return;
      sent.delete(ctrl.id ?? '');
      const seqid = ctrl.params?.['seq'];
      if (typeof seqid !== 'number') return;
      if (ctrl.params?.['dup'] === true) this.counts.repeats += 1;
      this.#witness({ what: 'acked', by, topic: own.topic, msgid: own.msgid, seqid });
      this.#has(own.topic, seqid, seqid + 1);
    } else if (meta) {
      if (meta.desc && meta.topic !== 'me') {
        const { seq = 0 } = meta.desc;
        const known = this.#followed.get(meta.topic)?.contiguous;
        const isFirst = !described.has(meta.topic);
        described.add(meta.topic);
        if (known === undefined || (isFirst && seq - known > MISSED_MOST)) this.#begins(meta.topic, seq);
      }
      for (const range of meta.del?.delseq ?? []) this.#has(meta.topic, range.low, endOf(range));
    } else if (pres?.what === 'del') {
      for (const range of pres.delseq ?? []) this.#has(pres.topic, range.low, endOf(range));
    }
  }

  /** The answer to `hi` tells which life of the store it is. */
  #enters(epoch: Json | undefined): void {
    if (epoch === undefined || epoch === this.#epoch) return;
    const isFirst = this.#epoch === undefined;
    this.#epoch = epoch;
    if (isFirst) return;
    for (const [topic] of this.#coming) this.#tell(topic);
    this.#followed.clear();
    this.#witness({ what: 'epoch', by: this.#by });
  }

  #begins(topic: string, seqid: number): void {
    this.#tell(topic);
    this.#followed.set(topic, { contiguous: seqid, early: new Set() });
    this.#witness({ what: 'base', by: this.#by, topic, seqid });
  }

  #has(topic: string, low: number, hi: number): void {
    if (!this.#followed.has(topic)) this.#begins(topic, hi - 1);
    const followed = this.#followed.get(topic);
    if (followed) {
      for (let seqid = Math.max(low, followed.contiguous + 1); seqid < hi; seqid += 1) followed.early.add(seqid);
      while (followed.early.delete(followed.contiguous + 1)) followed.contiguous += 1;
    }
    const coming = this.#coming.get(topic);
    if (coming?.hi === low) {
      coming.hi = hi;
      return;
    }
    this.#tell(topic);
    this.#coming.set(topic, { low, hi });
  }

  #tell(topic: string): void {
    const coming = this.#coming.get(topic);
    if (!coming) return;
    this.#coming.delete(topic);
    this.#witness({ what: 'received', by: this.#by, topic, ...coming });
  }

  #named(topic: string): void {
    for (const send of this.#unnamed) this.#witness({ what: 'send', by: this.#by, topic, ...send });
    this.#unnamed = [];
  }
}

/** Loads every page, or gives up when none comes. Counts tries, not time: millions of messages may keep this process busy. */
async function loadWhole({ messages$, loadOlder }: Conversation): Promise<void> {
  let length = -1;
  for (let tries = 0; messages$.value.hasOlder && tries < TRIES_MOST; tries += 1) {
    await loadOlder();
    if (messages$.value.length > length) {
      ({ length } = messages$.value);
      tries = 0;
    } else {
      // Another page is on its way already, or the link is lost.
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }
}

/** The msgid of a message in the store. */
export const storedMsgid = (head: string | null): string =>
  (head === null ? undefined : msgidOf(JSON.parse(head) as Readonly<Record<string, string>>)) ?? '';
