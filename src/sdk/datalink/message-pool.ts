// The pool: every message of one topic, once, in the order of the screen.
import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { recalledBy, replaces } from '../../protocol/content.ts';
import { canBecome, isPending } from './message-state.ts';
import type { Message } from './message.ts';
import { SortedList } from './sorted-list.ts';
import { compareOrder, FLOATING } from './virtual-seq.ts';
import type { OrderKey } from './virtual-seq.ts';

const isGone = ({ head }: Message): boolean => recalledBy(head) !== undefined;

/**
 * What becomes of a message that is there when news of it come. What is stored never changes, so that repeats are the
 * same, until it is taken back: then it is a tombstone for good.
 */
const merge = (known: Message, news: Message): Message =>
  news.seqid === undefined || (known.seqid !== undefined && (isGone(known) || !isGone(news)))
    ? known
    : { ...news, key: known.key };

/**
 * The single truth of the screen. Whatever the source (own send, ctrl, live data, history page, cache), a message enters
 * by {@link upsert} and is reconciled by its msgid, then by its seqid.
 */
export class MessagePool {
  #newest = 0;
  readonly #list = new SortedList<Message, OrderKey>((a, b) => compareOrder(a, b, this.#newest));
  readonly #byKey = new Map<string, Message>();
  readonly #changes = new Subject<Message | undefined>();
  /** Newer versions, which have no row of their own, by the seqid of the message that they take the place of. */
  readonly #versions = new Map<number, readonly Message[]>();
  #floating = 0;
  /** Frozen messages that share their base with the floating ones: only these can stand between floating messages. */
  #frozenAtNewest = 0;

  /** Tells of every change, with the message as it is now (undefined when it was removed). */
  readonly changes$: Observable<Message | undefined> = this.#changes;

  get length(): number {
    return this.#list.length;
  }

  /** The newest seqid known, whether or not its message is here. */
  get newest(): number {
    return this.#newest;
  }

  at(index: number): Message | undefined {
    return this.#list.at(index);
  }

  get(key: string): Message | undefined {
    return this.#byKey.get(key);
  }

  bySeqid(seqid: number): Message | undefined {
    const probe = this.#list.get({ base: seqid, n: 0 });
    return probe?.seqid === seqid ? probe : undefined;
  }

  /** Newer versions of the message with this seqid, or of all. */
  versions(of?: number): readonly Message[] {
    return of === undefined ? [...this.#versions.values()].flat() : (this.#versions.get(of) ?? []);
  }

  indexOf(key: string): number {
    const message = this.#byKey.get(key);
    return message ? this.#list.indexOf(message) : -1;
  }

  /** The topic has reached `seqid`; floating messages move behind it. */
  advance(seqid: number): void {
    if (seqid <= this.#newest) return;
    if (this.#floating === 0 || this.#frozenAtNewest === 0) {
      this.#newest = seqid;
    } else {
      // Frozen messages stay behind, floating ones go on: take the floating ones out and put them in again.
      const moving = this.pending().filter(({ head }) => replaces(head) === undefined);
      for (const message of moving) this.#list.remove(message);
      this.#newest = seqid;
      for (const message of moving) this.#list.insert(message);
    }
    this.#frozenAtNewest = 0;
  }

  /** Puts the message in, or its news into the one that is there. Returns what the pool now holds. */
  upsert(message: Message): Message {
    this.#stood(message);
    const known =
      this.#byKey.get(message.key) ?? (message.seqid === undefined ? undefined : this.bySeqid(message.seqid));
    let next = known ? merge(known, message) : message;
    if (next === known) return known;
    if (known) this.#take(known);
    // Under another key: its sender was not known to be this user when it came.
    const twin = known && next.seqid !== undefined ? this.bySeqid(next.seqid) : undefined;
    if (twin) this.#take(twin);
    if (twin && isGone(twin)) next = { ...next, head: twin.head, content: twin.content };
    this.#put(next);
    this.#changes.next(next);
    return next;
  }

  /** Changes some of what is known about a message that has no seqid yet. An impossible change of state changes nothing. */
  update(
    key: string,
    change: Partial<Pick<Message, 'state' | 'reason' | 'at' | 'from' | 'volatile' | 'content' | 'upload'>>,
  ): Message | undefined {
    const known = this.#byKey.get(key);
    if (!known) return undefined;
    if (change.state !== undefined && change.state !== known.state && !canBecome(known.state, change.state))
      return known;
    let base = known.base;
    if (known.seqid === undefined && change.state !== undefined) {
      // No seqid can come by itself any more: the message stays where it is.
      if (!isPending(change.state)) base = base === FLOATING ? this.#newest : base;
      else base = FLOATING;
    }
    const next = { ...known, ...change, base };
    this.#take(known);
    this.#put(next);
    this.#changes.next(next);
    return next;
  }

  /** Takes over an own message as it stands elsewhere, place included. What has a seqid here keeps it. */
  replace(message: Message): void {
    const known = this.#byKey.get(message.key);
    if (known?.seqid !== undefined) return;
    this.#stood(message);
    if (known) this.#take(known);
    this.#put(message);
    this.#changes.next(message);
  }

  /** Own messages without a seqid. */
  unnumbered(): Message[] {
    return [...this.#byKey.values()].filter(({ seqid }) => seqid === undefined);
  }

  /** Own messages that are on their way, in the order of sending. */
  pending(): Message[] {
    const found: Message[] = [];
    for (let index = this.#list.length - 1; found.length < this.#floating && index >= 0; index -= 1) {
      const message = this.#list.at(index);
      if (message?.base === FLOATING) found.push(message);
    }
    found.push(...this.versions().filter(({ base }) => base === FLOATING));
    return found.sort((a, b) => a.n - b.n);
  }

  /** What has a seqid. */
  numbered(): Message[] {
    return [...this.#byKey.values()].filter(({ seqid }) => seqid !== undefined);
  }

  /** Begins anew at `newest`: what has a seqid is gone, unless it `stays`; what has none stays. */
  restart(newest: number, stays: (message: Message) => boolean = () => false): void {
    const kept = [...this.unnumbered(), ...this.numbered().filter(stays)];
    this.#list.clear();
    this.#byKey.clear();
    this.#versions.clear();
    this.#floating = this.#frozenAtNewest = 0;
    this.#newest = newest;
    for (const message of kept) {
      this.#put(message.base === FLOATING ? message : { ...message, base: Math.min(message.base, newest) });
    }
    this.#changes.next(undefined);
  }

  remove(key: string): void {
    const known = this.#byKey.get(key);
    if (!known) return;
    this.#take(known);
    this.#changes.next(undefined);
  }

  /** Another page may know more: a message never stands behind the newest seqid. */
  #stood({ base }: Message): void {
    if (base !== FLOATING) this.advance(base);
  }

  /** The row of the message, with its newest version. A tombstone has none: only what is on its way has still to end. */
  #row(message: Message): Message {
    const of = message.seqid ?? 0;
    const gone = isGone(message);
    if (gone)
      this.#versions.set(
        of,
        this.versions(of).filter(({ key, seqid }) => seqid === undefined || !this.#byKey.delete(key)),
      );
    const edit = this.versions(of)
      .filter(({ own, from }) => !gone && (own ? message.own : from === message.from))
      .sort((a, b) => compareOrder(b, a, this.#newest))[0];
    // What a device had kept of the row may have one that is no more.
    return edit === message.edit ? message : { ...message, edit };
  }

  /** Puts the newer version of a message in, or takes it out. */
  #setVersion(of: number, key: string, version?: Message): void {
    const others = this.versions(of).filter((one) => one.key !== key);
    this.#versions.set(of, version ? [...others, version] : others);
    const row = this.bySeqid(of);
    if (row) this.#replaceRow(this.#row(row));
  }

  #replaceRow(row: Message): void {
    this.#list.insert(row);
    this.#byKey.set(row.key, row);
  }

  #put(message: Message): void {
    const of = replaces(message.head);
    if (of !== undefined) {
      this.#byKey.set(message.key, message);
      this.#setVersion(of, message.key, message);
      return;
    }
    this.#replaceRow(this.#row(message));
    if (message.base === FLOATING) this.#floating += 1;
    else if (message.n > 0 && message.base >= this.#newest) this.#frozenAtNewest += 1;
  }

  #take(message: Message): void {
    this.#byKey.delete(message.key);
    const of = replaces(message.head);
    if (of !== undefined) {
      this.#setVersion(of, message.key);
      return;
    }
    this.#list.remove(message);
    if (message.base === FLOATING) this.#floating -= 1;
    else if (message.n > 0 && message.base >= this.#newest) this.#frozenAtNewest -= 1;
  }
}
