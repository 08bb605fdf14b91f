// Checker: reads the history of one run and reports every violation of the invariants I1–I10 and of P6.
//
// It shares no code with what it judges, and believes no witness about another: what the gateway acked is looked up in
// the store, what a client shows is compared with it row by row.
import type { MessageState } from '../../src/sdk/datalink/message-state.ts';
import type { HistoryEvent, Instead, Measure, Row, StoredRow } from './history.ts';

/**
 * - `I1` every acked (msgid, seqid) is in the store at that seqid; up to where it was put back, where it was.
 * - `I2` a msgid is in the store once.
 * - `I3` seqids are contiguous from 1.
 * - `I4` what a client shows is the order of the store, without duplicates, and without gaps at quiescence; each message as
 *   its newest version by seqid, and what was taken back as a tombstone for good.
 * - `I5` the order of sending is the order of seqids, per client and topic.
 * - `I6` each send ends in exactly one of sent, refused, expired; none is silently gone.
 * - `I7` a message that is stored and not acked is shown exactly once.
 * - `I8` the acked cursor never passes what the page has without a gap.
 * - `I9` a message moves at most once, when it gets its seqid or the answer that it gets none; a numbered one never, and
 *   what the device keeps not by a new page.
 * - `I10` outbox, held back messages, windows and buffers stay within their bounds.
 * - `P6` rows on both sides of missing messages are not shown as neighbours without a mark for longer than a moment, nor is
 *   what is on its way shown behind them so.
 * - `history` the history itself can't be judged.
 */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'P6' | 'history';

/** Where an event stands. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
  /** The event that shows it; undefined for what only the end of the run shows. */
  readonly place: Place | undefined;
  readonly at: number | undefined;
}

/** What a run was made of, for summaries and for asserting that it was not empty. */
export interface Counts {
  sent: number;
  numbered: number;
  unnumbered: number;
  refused: number;
  expired: number;
  /** Gone with a page before the device held them: promised to nobody. */
  volatile: number;
  /** Of those that were sent: newer versions of others. */
  edits: number;
  /** Taken back, or away, as somebody was told. */
  recalled: number;
  /** In the store, without what the gateway itself has written there. */
  stored: number;
  pages: number;
  shown: number;
  faults: Map<string, number>;
}

/**
 * A message whose seqid is known before those of others have come stands behind a gap for as long as these are on their
 * way: marks that come and go within a blink help nobody.
 */
const GAP_PATIENCE_MS = 500;

/** Ends that another page may not have heard of. */
const TENTATIVE: ReadonlySet<string> = new Set(['expired', 'discarded']);

/** A message that is shown so gets no seqid by itself any more. */
const SETTLED: ReadonlySet<MessageState> = new Set(['sent', 'refused', 'expired']);

/** How a message without a seqid may be shown once its end is known. */
const STATES_OF: { readonly [outcome: string]: readonly MessageState[] } = {
  unnumbered: ['sent'],
  refused: ['refused'],
  // A page that ends at once takes the removal with it.
  discarded: ['refused', 'sent'],
};

/** The most of each measure, in messages; `buffered` in bytes. */
export const BOUNDS: { readonly [M in Measure]: number } = {
  outbox: 500,
  held: 256,
  'in-flight': 64,
  window: 64,
  buffered: 4 * 1024 * 1024,
};

interface Send {
  by: string;
  readonly place: Place;
  readonly at: number;
  readonly order: number;
  /** Sent by the user after it had expired: it may have been stored the first time, and may be stored now. */
  isRetried: boolean;
  /**
   * Was shown as expired, and so has left the order of sending. A page that does not know of that, because the one before
   * it ended first or the device could not keep it, sends it by itself if its clock has gone back.
   */
  hasExpired: boolean;
  /** The page of the client that sent it. */
  readonly page: number;
  /** It is a newer version of another message, and has no row. */
  readonly isEdit: boolean;
  kept: boolean;
  /** The device could not keep what became of it. */
  isUnkept: boolean;
  acked: number | undefined;
  ackedIn: string;
  /** Where it was acked before the store went back. */
  before: { readonly topic: string; readonly seqid: number } | undefined;
  outcome: 'unnumbered' | 'refused' | 'expired' | 'discarded' | undefined;
}

interface Shown {
  /** From the top of the view. */
  readonly index: number;
  readonly seqid: number;
  /** It can get no seqid any more. */
  readonly isFrozen: boolean;
  /** Seqid of the version that is shown; Infinity: a tombstone. */
  readonly version: number;
  /** How often it has changed its place among others. */
  moves: number;
  /** Shown by the page before this one. */
  isOld: boolean;
}

/** Since when two rows have been neighbours, that have these between them. */
interface Gap {
  readonly low: number;
  readonly hi: number;
  /** What the view showed. */
  readonly view: ReadonlyMap<string, Shown>;
  readonly place: Place;
  readonly at: number;
}

/**
 * What became of a row between two views: the user has sent it again, which moves it to the end; it got its seqid, or the answer that it gets none; it waits for either; it can
 * get none, or has one, as before. Of two rows that have changed places, the one whose kind is first here has moved.
 */
const MOVES_FIRST = ['retried', 'new', 'settled', 'floating', 'frozen', 'numbered'] as const;

const kindOf = (before: Shown, now: Shown): (typeof MOVES_FIRST)[number] =>
  now.seqid > 0
    ? before.seqid > 0
      ? 'numbered'
      : 'new'
    : now.isFrozen
      ? before.isFrozen
        ? 'frozen'
        : 'settled'
      : 'floating';

/** One client's picture of one topic. */
interface Picture {
  /** What the last view showed, by msgid. */
  last: ReadonlyMap<string, Shown>;
  readonly pool: Row[];
  from: number;
  hasOlder: boolean;
  /** Neighbours in the last view that may have something between them, and no mark: `n m`; `n`: and what is on its way. */
  neighbours: ReadonlyMap<string, Gap>;
  /** Those that were shown for too long, to be looked up in the store. */
  readonly gaps: Map<string, Gap>;
  readonly hidden: Set<number>;
}

/** What one page has of one topic. */
interface Receiving {
  base: number | undefined;
  contiguous: number;
  readonly early: Set<number>;
}

interface Client {
  user: string;
  role: 'visitor' | 'agent';
  device: string | undefined;
  pools: boolean;
  page: number;
  /** Pages that did not know what the ones before them had left. */
  readonly unrestored: Set<number>;
  lastOrder: number;
  readonly pictures: Map<string, Picture>;
  readonly receiving: Map<string, Receiving>;
  /** Knows that the store went back. */
  hasEpoch: boolean;
}

interface StoredTopic {
  /** By seqid − 1. */
  readonly rows: StoredRow[];
}

export class Checker {
  readonly violations: Violation[] = [];
  readonly counts: Counts = {
    sent: 0,
    numbered: 0,
    unnumbered: 0,
    refused: 0,
    expired: 0,
    volatile: 0,
    edits: 0,
    recalled: 0,
    stored: 0,
    pages: 0,
    shown: 0,
    faults: new Map(),
  };
  readonly #sends = new Map<string, Send>();
  readonly #clients = new Map<string, Client>();
  readonly #store = new Map<string, StoredTopic>();
  /** Up to where each topic was put back; empty: it never was. */
  readonly #restored = new Map<string, number>();
  /** Messages that were taken back, as somebody was told: topic, seqid, by whom, where. */
  readonly #recalls: {
    readonly topic: string;
    readonly seqid: number;
    readonly by: string;
    place: Place;
    at: number;
  }[] = [];
  /** Links keep the order of what is sent over them: without that nobody can promise I5, nor that what moves moves once. */
  readonly #isOrdered: boolean;
  #place: Place = { file: '', line: 0 };
  #at = 0;

  constructor({ ordered = true }: { readonly ordered?: boolean } = {}) {
    this.#isOrdered = ordered;
  }

  add(event: HistoryEvent, place: Place): void {
    this.#place = place;
    this.#at = event.at;
    switch (event.what) {
      case 'client': {
        const client = this.#client(event.by);
        client.user = event.user;
        client.role = event.role;
        client.device = event.device;
        client.pools = event.pools ?? true;
        break;
      }
      case 'away':
        for (const picture of this.#client(event.by).pictures.values()) picture.neighbours = new Map();
        break;
      case 'page': {
        const client = this.#client(event.by);
        for (const picture of client.pictures.values()) {
          picture.neighbours = new Map();
          for (const shown of picture.last.values()) shown.isOld = true;
        }
        client.page += 1;
        client.receiving.clear();
        this.counts.pages += 1;
        break;
      }
      case 'unrestored':
        this.#client(event.by).unrestored.add(this.#client(event.by).page);
        break;
      case 'send':
        this.#send(event);
        break;
      case 'kept': {
        const send = this.#sendOf(event.msgid);
        if (!send) break;
        send.kept = true;
        // A page that does not know that it had expired has it on its way, and will come to an end of its own.
        if (send.outcome === 'expired') send.outcome = undefined;
        break;
      }
      case 'unkept': {
        const send = this.#sendOf(event.msgid);
        if (send) send.isUnkept = true;
        break;
      }
      case 'acked':
        this.#acked(event);
        break;
      case 'unnumbered':
      case 'refused':
      case 'expired':
        this.#outcome(event.msgid, event.what);
        break;
      case 'discarded': {
        const send = this.#sendOf(event.msgid);
        if (send) send.outcome = 'discarded';
        break;
      }
      case 'retried': {
        const send = this.#sendOf(event.msgid);
        if (!send) break;
        send.outcome = undefined;
        send.by = event.by;
        send.isRetried = true;
        // As if written now: what it has moved before says nothing.
        for (const { pictures } of this.#clients.values())
          for (const { last } of pictures.values()) {
            const shown = last.get(event.msgid);
            if (shown) shown.moves = 0;
          }
        this.#ordered(event.by, event.order);
        break;
      }
      case 'recalled': {
        const { topic, seqid, by, at } = event;
        this.counts.recalled += 1;
        this.#recalls.push({ topic, seqid, by, place, at });
        break;
      }
      case 'base': {
        const receiving = this.#receiving(event.by, event.topic);
        receiving.base ??= event.seqid;
        receiving.contiguous = Math.max(receiving.contiguous, event.seqid);
        advance(receiving);
        break;
      }
      case 'received': {
        const receiving = this.#receiving(event.by, event.topic);
        for (let seqid = Math.max(event.low, receiving.contiguous + 1); seqid < event.hi; seqid += 1)
          receiving.early.add(seqid);
        if (receiving.base !== undefined) advance(receiving);
        break;
      }
      case 'cursor': {
        const { base, contiguous } = this.#receiving(event.by, event.topic);
        if (base === undefined || event.seqid > contiguous)
          this.#fails('I8', `${event.by} acks ${event.seqid} of ${event.topic} and has ${base ?? 0}…${contiguous}`);
        break;
      }
      case 'hidden':
        this.#picture(event.by, event.topic).hidden.add(event.seqid);
        break;
      case 'view':
        this.#view(event);
        break;
      case 'pool': {
        const picture = this.#picture(event.by, event.topic);
        if (picture.pool.length === 0) picture.from = event.from;
        picture.hasOlder = event.hasOlder ?? event.from > 1;
        picture.pool.push(...event.rows);
        break;
      }
      case 'store':
        this.#stored(event.topic, event.rows);
        break;
      case 'size':
        if (event.value > BOUNDS[event.of])
          this.#fails('I10', `${event.by}: ${event.of} ${event.value}, at most ${BOUNDS[event.of]}`);
        break;
      case 'epoch':
        this.#enter(event.by);
        break;
      case 'restored':
        this.#restored.set(event.topic, event.seqid);
        break;
      case 'fault':
        this.counts.faults.set(event.fault, (this.counts.faults.get(event.fault) ?? 0) + 1);
        break;
      case 'begin':
      case 'state':
      case 'trace':
        break;
    }
  }

  /** The run is over: what can only be seen now. */
  finish(): void {
    this.#at = 0;
    if (this.#store.size === 0) this.#ends('history', 'nothing of the store');
    if (this.#clients.size === 0) this.#ends('history', 'no client');
    const found = this.#checkStore();
    this.#takeShownEnds();
    this.#checkSends(found);
    this.#checkRecalls();
    for (const [by, client] of this.#clients) {
      if (!client.pools) continue;
      if (this.#restored.size > 0 && !client.hasEpoch) this.#ends('I4', `${by} does not know that the store went back`);
      const { pictures } = client;
      if (![...pictures.values()].some(({ pool }) => pool.length > 0) && this.counts.stored > 0)
        this.#ends('history', `nothing of the pool of ${by}`);
      const shown = [...pictures].flatMap(([topic, picture]) => [...this.#checkPool(by, client, topic, picture)]);
      if (shown.length > 0) this.#checkLasting(by, client, new Set(shown), found);
    }
  }

  #send({ by, msgid, order, replaces }: HistoryEvent & { readonly what: 'send' }): void {
    this.counts.sent += 1;
    if (replaces !== undefined) this.counts.edits += 1;
    if (this.#sends.has(msgid)) this.#fails('history', `${msgid} is sent twice`);
    const { page } = this.#client(by);
    this.#sends.set(msgid, {
      by,
      place: this.#place,
      at: this.#at,
      order,
      isRetried: false,
      hasExpired: false,
      page,
      isEdit: replaces !== undefined,
      kept: false,
      isUnkept: false,
      acked: undefined,
      ackedIn: '',
      before: undefined,
      outcome: undefined,
    });
    this.#ordered(by, order);
  }

  #enter(by: string): void {
    const client = this.#client(by);
    client.hasEpoch = true;
    client.receiving.clear();
    client.pictures.clear();
    for (const send of this.#sends.values()) {
      if (send.by !== by || send.acked === undefined) continue;
      send.before = { topic: send.ackedIn, seqid: send.acked };
      send.acked = undefined;
    }
  }

  #ordered(by: string, order: number): void {
    const client = this.#client(by);
    if (order <= client.lastOrder) this.#fails('history', `${by} counts ${order} after ${client.lastOrder}`);
    client.lastOrder = order;
  }

  #acked({ by, topic, msgid, seqid }: HistoryEvent & { readonly what: 'acked' }): void {
    const send = this.#sendOf(msgid);
    if (!send) return;
    if (send.acked !== undefined && send.acked !== seqid)
      this.#fails('I1', `${msgid} is acked to ${by} as ${seqid} of ${topic}, before as ${send.acked}`);
    if (send.outcome === 'refused' || send.outcome === 'unnumbered')
      this.#fails('I6', `${msgid} is acked as ${seqid} of ${topic} after it was ${send.outcome}`);
    send.acked = seqid;
    send.ackedIn = topic;
    send.outcome = undefined;
  }

  #outcome(msgid: string, outcome: 'unnumbered' | 'refused' | 'expired'): void {
    const send = this.#sendOf(msgid);
    if (!send) return;
    // Another page that has not heard of the answer yet may find it too old: it will hear.
    if (outcome === 'expired' && (send.acked !== undefined || send.outcome !== undefined)) return;
    // What the user has removed another page may hear of late, or have sent, and hear of the removal after that: nobody has
    // to show it.
    if (outcome !== 'expired' && send.outcome === 'discarded') return;
    if (send.acked !== undefined) this.#fails('I6', `${msgid} is ${outcome} after it was acked as ${send.acked}`);
    // What was removed may come back with a page that had not heard of it.
    else if (send.outcome !== undefined && send.outcome !== outcome && !TENTATIVE.has(send.outcome))
      this.#fails('I6', `${msgid} is ${outcome} after it was ${send.outcome}`);
    send.outcome = outcome;
    send.hasExpired ||= outcome === 'expired';
  }

  /** Order, doubles, neighbours and moves in what is shown. */
  #view({ by, topic, rows, loading }: HistoryEvent & { readonly what: 'view' }): void {
    const picture = this.#picture(by, topic);
    this.counts.shown += 1;
    const now = new Map<string, Shown>();
    const neighbours = new Map<string, Gap>();
    const lastHole = rows.lastIndexOf(null);
    let seqid = 0;
    let hole = false;
    let isFloating = false;
    let before = -1;
    let isInOrder = true;
    const areNeighbours = (key: string, hi: number): void => {
      if (hole || loading || seqid === 0 || hi <= seqid + 1) return;
      const gap = { low: seqid + 1, hi, view: now, place: this.#place, at: this.#at };
      neighbours.set(key, picture.neighbours.get(key) ?? gap);
    };
    for (const [index, row] of rows.entries()) {
      if (row === null) {
        hole = true;
        continue;
      }
      const [msgid, at, state] = row;
      if (now.has(msgid)) this.#fails('I7', `${by} shows ${msgid} twice in ${topic}`);
      let known = picture.last.get(msgid);
      // A page may not know yet what the one before it was told, nor ever what the device could not keep of that.
      const send = this.#sends.get(msgid);
      if (known?.isOld && at === 0 && (known.seqid > 0 || send?.isUnkept)) known = undefined;
      // What another page has been told this one may hear of later: how it shows the message counts, where that is told.
      const isFrozen = at === 0 && (state === undefined ? send?.outcome !== undefined : SETTLED.has(state));
      if (at === 0 && !isFrozen) isFloating = true;
      const version = this.#version(by, topic, row, known, index > lastHole);
      now.set(msgid, { index, seqid: at, isFrozen, version, moves: known?.moves ?? 0, isOld: false });
      if (at > 0) {
        if (at === seqid) this.#fails('I7', `${by} shows ${at} of ${topic} twice`);
        else if (at < seqid) this.#fails('I4', `${by} shows ${at} after ${seqid} of ${topic}`);
        else areNeighbours(`${seqid} ${at}`, at);
        seqid = at;
        hole = isFloating = false;
      }
      if (!known) continue;
      if (known.seqid > 0 && at !== known.seqid)
        this.#fails('I9', `${by} shows ${msgid} as ${at} of ${topic}, before as ${known.seqid}`);
      if (known.index < before) isInOrder = false;
      before = known.index;
    }
    if (isFloating) areNeighbours(String(seqid), this.#receiving(by, topic).contiguous + 1);
    if (!isInOrder) this.#moved(by, topic, picture.last, now);
    for (const [key, gap] of picture.neighbours)
      if (!neighbours.has(key) && this.#at - gap.at > GAP_PATIENCE_MS) picture.gaps.set(key, gap);
    picture.neighbours = neighbours;
    picture.last = now;
  }

  /**
   * Which version of the message is shown: on one page never an older one than before. A page that begins anew may lack
   * what is behind the message: then it says so, and shows what it has.
   */
  #version(
    by: string,
    topic: string,
    [msgid, , , instead]: Exclude<Row, null>,
    known: Shown | undefined,
    isWhole: boolean,
  ): number {
    const before = known && !known.isOld ? known.version : 0;
    if (instead === 'gone') return Infinity;
    // What is on its way is shown, and is judged when it has its seqid.
    if (instead?.[1] === 0 && before < Infinity) return before;
    const version = instead?.[1] ?? 0;
    if (version < before && !isWhole && before < Infinity) return before;
    if (version < before)
      this.#fails(
        'I4',
        before === Infinity
          ? `${by} shows ${msgid} of ${topic} again, which was a tombstone`
          : `${by} shows version ${version} of ${msgid} of ${topic}, before ${before}`,
      );
    return version;
  }

  /** Some rows stand in another order than before: which ones have moved, and how often by now. */
  #moved(by: string, topic: string, last: ReadonlyMap<string, Shown>, now: Map<string, Shown>): void {
    const rows = [...now].flatMap(([msgid, shown]) => {
      const known = last.get(msgid);
      if (!known || (known.isOld && known.seqid > 0 && shown.seqid === 0)) return [];
      const isRetried = shown.seqid === 0 && this.#sends.get(msgid)?.isRetried === true;
      return [{ msgid, shown, from: known.index, kind: isRetried ? ('retried' as const) : kindOf(known, shown) }];
    });
    const moved = new Set<(typeof rows)[number]>();
    for (const [index, upper] of rows.entries())
      for (const lower of rows.slice(index + 1)) {
        if (upper.from < lower.from) continue;
        const kinds = new Set([upper.kind, lower.kind]);
        // A floating message goes on with the newest seqid, and leaves behind what can get none.
        if (kinds.has('floating') && (kinds.has('frozen') || kinds.has('settled'))) continue;
        for (const kind of MOVES_FIRST) {
          const movers = [upper, lower].filter((row) => row.kind === kind);
          for (const row of movers) moved.add(row);
          if (movers.length > 0) break;
        }
      }
    for (const { msgid, shown, kind } of moved) {
      if (kind === 'retried') continue;
      if (kind === 'frozen' && last.get(msgid)?.isOld && this.#isKeptHere(by, msgid))
        this.#fails('I9', `${by} has another place for ${msgid} in ${topic} than the page before`);
      shown.moves += 1;
      if (kind === 'numbered') this.#fails('I9', `${by} moves ${shown.seqid} in ${topic}`);
      else if (shown.moves > 1 && this.#isOrdered)
        this.#fails('I9', `${by} moves ${msgid} (${shown.seqid}) in ${topic} again`);
    }
  }

  /** The device keeps what became of the message, and has told the page so. */
  #isKeptHere(by: string, msgid: string): boolean {
    const { kept, isUnkept } = this.#sends.get(msgid) ?? {};
    const { unrestored, page } = this.#client(by);
    return kept === true && isUnkept === false && !unrestored.has(page);
  }

  #stored(topic: string, rows: readonly StoredRow[]): void {
    let stored = this.#store.get(topic);
    if (!stored) this.#store.set(topic, (stored = { rows: [] }));
    for (const row of rows) {
      const [seqid] = row;
      const expected = stored.rows.length + 1;
      if (seqid !== expected) {
        this.#fails('I3', `${topic} has ${seqid} where ${expected} is due`);
        if (seqid < expected) continue;
        while (stored.rows.length + 1 < seqid) stored.rows.push([stored.rows.length + 1, '', '', 'd']);
      }
      stored.rows.push(row);
    }
  }

  /** I2; returns where each msgid is. */
  #checkStore(): Map<string, { readonly topic: string; readonly seqid: number }> {
    const found = new Map<string, { readonly topic: string; readonly seqid: number }>();
    const senders = new Set<string>();
    for (const [topic, { rows }] of this.#store)
      for (const [seqid, msgid, from] of rows) {
        if (msgid === '') continue;
        this.counts.stored += 1;
        const identity = `${topic} ${from} ${msgid}`;
        if (senders.has(identity)) this.#ends('I2', `${topic} has ${msgid} of ${from} twice, again at ${seqid}`);
        senders.add(identity);
        if (!found.has(msgid)) found.set(msgid, { topic, seqid });
      }
    return found;
  }

  /** A page may end before the device has heard that the user retries: the message is shown as expired, as before. */
  #takeShownEnds(): void {
    for (const { pictures } of this.#clients.values())
      for (const { pool } of pictures.values())
        for (const row of pool) {
          const send = row === null || row[2] !== 'expired' ? undefined : this.#sends.get(row[0]);
          if (send) send.outcome ??= 'expired';
        }
  }

  /** I1, I5, I6. */
  #checkSends(found: ReadonlyMap<string, { readonly topic: string; readonly seqid: number }>): void {
    const perClient = new Map<string, { readonly order: number; readonly seqid: number; readonly msgid: string }[]>();
    for (const [msgid, send] of this.#sends) {
      const stored = found.get(msgid);
      const { by, acked, before, outcome } = send;
      if (before && before.seqid <= (this.#restored.get(before.topic) ?? Infinity) && before.seqid !== stored?.seqid)
        this.#ends(
          'I1',
          `${msgid} of ${by} was acked as ${before.seqid} of ${before.topic}, which was restored, and is ${stored?.seqid ?? 'not stored'}`,
          send,
        );
      if (stored) {
        this.counts.numbered += 1;
        if (acked !== undefined && acked !== stored.seqid)
          this.#ends('I1', `${msgid} of ${by} was acked as ${acked} and is ${stored.seqid} of ${stored.topic}`, send);
        if (outcome === 'refused' || outcome === 'unnumbered')
          this.#ends('I6', `${msgid} of ${by} was ${outcome} and is ${stored.seqid} of ${stored.topic}`, send);
        const key = `${by} ${stored.topic}`;
        const list = perClient.get(key);
        const entry = { order: send.order, seqid: stored.seqid, msgid };
        // What the device did not keep, another of its pages that leads now may hear of late, or have saved from one that is gone.
        const isLate = !send.kept && (this.#client(by).page > send.page || this.#hasSiblings(by));
        const isUntold = this.#client(by).unrestored.has(send.page);
        if (send.isRetried || send.hasExpired || isUntold || isLate) continue;
        if (list) list.push(entry);
        else perClient.set(key, [entry]);
        continue;
      }
      if (acked !== undefined) this.#ends('I1', `${msgid} of ${by} was acked as ${acked} and is not stored`, send);
      else if (outcome === 'unnumbered') this.counts.unnumbered += 1;
      else if (outcome === 'refused') this.counts.refused += 1;
      else if (outcome === 'expired') this.counts.expired += 1;
      else if (outcome === undefined) {
        if (!send.kept && this.#client(by).page > send.page) this.counts.volatile += 1;
        else this.#ends('I6', `${msgid} of ${by} is neither stored nor refused nor expired`, send);
      }
    }
    for (const [key, list] of this.#isOrdered ? perClient : []) {
      list.sort((a, b) => a.order - b.order);
      let before = 0;
      for (const { seqid, msgid } of list) {
        if (seqid < before) this.#ends('I5', `${key}: ${msgid} was sent after the one at ${before} and is ${seqid}`);
        before = seqid;
      }
    }
  }

  /** I4: what was taken back is a tombstone in the store. */
  #checkRecalls(): void {
    for (const recall of this.#recalls) {
      const { topic, seqid, by } = recall;
      if (!this.#store.get(topic)?.rows[seqid - 1]?.[3].includes('t'))
        this.#ends('I4', `${by} has taken back ${seqid} of ${topic}, and it is there`, recall);
    }
  }

  /** The newest version of each message that has one, as this role sees it. */
  #versions(rows: readonly StoredRow[], role: Client['role']): Map<number, readonly [msgid: string, seqid: number]> {
    const versions = new Map<number, readonly [msgid: string, seqid: number]>();
    for (const [seqid, msgid, from, flags, of = 0] of rows)
      if (of > 0 && rows[of - 1]?.[2] === from && !flags.includes('d') && !(flags.includes('n') && role === 'visitor'))
        versions.set(of, [msgid, seqid]);
    return versions;
  }

  /** I4, I6, I7 at quiescence, and the neighbours that were shown on the way. Returns the msgids that are shown. */
  #checkPool(
    by: string,
    client: Client,
    topic: string,
    { pool, from, hasOlder, neighbours, gaps, hidden }: Picture,
  ): ReadonlySet<string> {
    const shown = new Set<string>();
    const rows = this.#store.get(topic)?.rows;
    if (!rows) {
      if (pool.length > 0) this.#ends('I4', `${by} shows ${topic}, which is not stored`);
      return shown;
    }
    const versions = this.#versions(rows, client.role);
    const isShown = ([seqid, , , flags, of = 0]: StoredRow): boolean =>
      of === 0 &&
      (!flags.includes('d') || flags.includes('t')) &&
      !(flags.includes('n') && client.role === 'visitor') &&
      !hidden.has(seqid);

    for (const { low, hi, view, place, at } of [...gaps.values(), ...neighbours.values()]) {
      // An own message whose answer was no use to the page is there, without its seqid.
      const missing = rows.slice(low - 1, hi - 1).find((row) => isShown(row) && !view.has(row[1]));
      if (missing) this.#reports('P6', `${by} shows nothing between ${low - 1} and ${hi} of ${topic}`, place, at);
    }
    if (pool.length === 0) return shown;

    let next = Math.max(1, from);
    let isMarked = false;
    /** Versions are looked at where everything behind the message is here. */
    let inPlace: (() => void)[] = [];
    const skip = (): void => {
      for (let row = rows[next - 1]; row && !isShown(row); row = rows[next - 1]) next += 1;
    };
    for (const row of pool) {
      if (row === null) {
        // What has not been loaded may have a hole, as long as it has a mark.
        inPlace = [];
        if (hasOlder) isMarked = true;
        else this.#ends('I4', `${by} shows a hole in ${topic} after ${next - 1} at quiescence`);
        continue;
      }
      const [msgid, seqid, state, instead] = row;
      if (shown.has(msgid)) this.#ends('I7', `${by} shows ${msgid} twice in ${topic} at quiescence`);
      shown.add(msgid);
      if (seqid === 0) {
        const send = this.#sends.get(msgid);
        if (!send) this.#ends('I4', `${by} shows ${msgid} in ${topic}, which nobody sent`);
        // Expired and yet stored: nobody knows as long as the answer was lost and its place has not been loaded.
        else if (state !== undefined && state !== 'expired' && !(STATES_OF[send.outcome ?? ''] ?? []).includes(state))
          this.#ends('I6', `${by} shows ${msgid} as ${state} at quiescence, it is ${send.outcome ?? 'stored'}`, send);
        continue;
      }
      if (isMarked) next = Math.max(next, seqid);
      isMarked = false;
      skip();
      const stored = rows[next - 1];
      if (seqid !== next) {
        if (/d(?!t)/.test(rows[seqid - 1]?.[3] ?? ''))
          this.#ends('I4', `${by} shows ${seqid} of ${topic}, which is deleted`);
        else if (seqid < next || !stored) this.#ends('I4', `${by} shows ${seqid} of ${topic} where ${next} is due`);
        else this.#ends('I4', `${by} lacks ${next} of ${topic}, and shows ${seqid} next`);
      }
      const actual = rows[seqid - 1];
      if (!actual) this.#ends('I4', `${by} shows ${seqid} of ${topic}, which is not stored`);
      else if (instead !== 'gone' && actual[1] !== '' && actual[1] !== msgid)
        this.#ends('I4', `${by} shows ${msgid} as ${seqid} of ${topic}, which is ${actual[1]}`);
      else
        inPlace.push(() => {
          this.#checkVersion(by, topic, actual, instead, versions.get(seqid));
        });
      next = Math.max(next, seqid + 1);
    }
    for (const check of inPlace) check();
    skip();
    if (next <= rows.length) this.#ends('I4', `${by} lacks ${next} of ${topic}, and everything after it`);

    return shown;
  }

  /**
   * I6: what has no seqid and never will has to be there all the same, in one of the client's topics. What was stored after
   * all has its place in the order, and was looked at there: it need not be loaded.
   */
  #checkLasting(by: string, client: Client, shown: ReadonlySet<string>, found: ReadonlyMap<string, unknown>): void {
    for (const [msgid, send] of this.#sends) {
      if (shown.has(msgid) || found.has(msgid) || send.isEdit) continue;
      const isLasting = send.outcome === 'refused' || send.outcome === 'unnumbered' || send.outcome === 'expired';
      const isShared = client.device !== undefined && this.#client(send.by).device === client.device;
      const survives = send.by === by ? send.kept || send.page === client.page : isShared && send.kept;
      if (isLasting && survives)
        this.#ends('I6', `${msgid} of ${send.by} was ${send.outcome ?? ''} and is not shown by ${by}`, send);
    }
  }

  /** What is shown in the place of a message, and what is to be. */
  #checkVersion(
    by: string,
    topic: string,
    [seqid, , , flags]: StoredRow,
    instead: Instead | undefined,
    newest: readonly [msgid: string, seqid: number] | undefined,
  ): void {
    const isGone = flags.includes('t');
    if (isGone !== (instead === 'gone')) {
      const what = isGone ? 'was taken back, and' : 'was not taken back, and is a tombstone that';
      this.#ends('I4', `${seqid} of ${topic} ${what} ${by} shows`);
      return;
    }
    // An own one that was refused or has expired stands there for its sender.
    if (isGone || instead === 'gone' || instead?.[1] === 0) return;
    if (instead?.[0] !== newest?.[0] || instead?.[1] !== newest?.[1])
      this.#ends(
        'I4',
        `${by} shows version ${instead?.[1] ?? 0} of ${seqid} of ${topic}, the newest is ${newest?.[1] ?? 0}`,
      );
  }

  /** Other clients of the same device. */
  #hasSiblings(by: string): boolean {
    const { device } = this.#client(by);
    return device !== undefined && [...this.#clients].some(([name, other]) => name !== by && other.device === device);
  }

  #client(by: string): Client {
    let client = this.#clients.get(by);
    if (!client) {
      client = {
        user: '',
        role: 'visitor',
        device: undefined,
        pools: true,
        page: 0,
        unrestored: new Set(),
        lastOrder: 0,
        pictures: new Map(),
        receiving: new Map(),
        hasEpoch: false,
      };
      this.#clients.set(by, client);
    }
    return client;
  }

  #picture(by: string, topic: string): Picture {
    const { pictures } = this.#client(by);
    let picture = pictures.get(topic);
    if (!picture) {
      picture = {
        last: new Map(),
        pool: [],
        from: 1,
        hasOlder: false,
        neighbours: new Map(),
        gaps: new Map(),
        hidden: new Set(),
      };
      pictures.set(topic, picture);
    }
    return picture;
  }

  #receiving(by: string, topic: string): Receiving {
    const { receiving } = this.#client(by);
    let one = receiving.get(topic);
    if (!one) receiving.set(topic, (one = { base: undefined, contiguous: 0, early: new Set() }));
    return one;
  }

  #sendOf(msgid: string): Send | undefined {
    const send = this.#sends.get(msgid);
    if (!send) this.#fails('history', `nobody sent ${msgid}`);
    return send;
  }

  #fails(invariant: Invariant, text: string): void {
    this.#reports(invariant, text, this.#place, this.#at);
  }

  #ends(invariant: Invariant, text: string, event?: { readonly place: Place; readonly at: number }): void {
    this.#reports(invariant, text, event?.place, event?.at);
  }

  #reports(invariant: Invariant, text: string, place: Place | undefined, at: number | undefined): void {
    this.violations.push({ invariant, text, place, at });
  }
}

/** What came early joins what is contiguous. */
function advance(receiving: Receiving): void {
  while (receiving.early.delete(receiving.contiguous + 1)) receiving.contiguous += 1;
}
