// Wire witness: reads along on the links of one page, and tells what the page has, acks and has on its way.
import { decodeServerPacket } from '../../../src/protocol/codec.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import { endOf } from '../../../src/protocol/seq.ts';
import type { Happening } from '../history.ts';
import type { Link, Tap } from './network.ts';

/** The number after `"<name>":` in a frame; -1 if there is none. Frames are read by the thousand: parsing each would cost more than all else. */
const numberAfter = (text: string, name: string, from = 0): number => {
  const start = text.indexOf(`"${name}":`, from);
  if (start < 0) return -1;
  return Number.parseInt(text.slice(start + name.length + 3, start + name.length + 20), 10);
};
const textAfter = (text: string, name: string): string => {
  const start = text.indexOf(`"${name}":"`);
  if (start < 0) return '';
  const from = start + name.length + 4;
  return text.slice(from, text.indexOf('"', from));
};

const ASKS_FOR_DATA = /^\{"(get|sub)":.*"what":"[^"]*\bdata\b/;

export interface WireWitnessOptions {
  readonly by: string;
  readonly counts: boolean;
  readonly knows: (topic: string) => boolean;
  readonly witness: (event: Happening) => void;
  readonly trace: ((by: string, text: string) => void) | undefined;
}

export class WireWitness implements Tap {
  readonly #by: string;
  readonly #witness: (event: Happening) => void;
  readonly #trace: ((by: string, text: string) => void) | undefined;
  /** Whether the page knows a topic by this name: what comes before that it can't read. */
  readonly #knows: (topic: string) => boolean;
  /** Newest seqid that the page has acked. */
  cursor = 0;
  /** By topic: up to where the page has everything since it began to follow. */
  readonly #contiguous = new Map<string, number>();
  readonly #early = new Set<number>();
  /** Seqids that other pages have told of. */
  readonly #told: number[] = [];
  /**
   * Messages on their way to the gateway on the present link: their msgids, with the packet that has them. One whose
   * answer takes too long goes again, in another packet: it is one message all the same.
   */
  readonly #publishing = new Map<string, string>();
  /** What each packet on the present link has. */
  readonly #published = new Map<string, string>();
  /** Pushes that the gateway has sent on the present link and that are not acked; answers to `get` are not among them. */
  readonly #pushed = new Set<number>();
  /** The newest ack that has come to the gateway on the present link; what it had on its way to the pipe may be older. */
  #noted = 0;
  /** Ids of packets that ask for messages and are not answered yet. */
  readonly #asking = new Set<string>();
  #link: Link | undefined;

  /** Frames that are lost or doubled while the link lives on make counting in vain. */
  readonly #counts: boolean;

  constructor({ by, counts, knows, witness, trace }: WireWitnessOptions) {
    this.#by = by;
    this.#counts = counts;
    this.#knows = knows;
    this.#witness = witness;
    this.#trace = trace;
  }

  /**
   * The page shows what its device had kept of the topic up to `contiguous`, and follows it from there, unless the word
   * of another page was faster: then it follows from that.
   */
  restored(topic: string, contiguous: number): void {
    if (this.#told.length === 0 && !this.#contiguous.has(topic)) this.#begins(topic, contiguous);
  }

  /** The page sends this message no more: it has expired, or its end was heard of some other way than by its answer. */
  settled(msgid: string): void {
    this.#publishing.delete(msgid);
  }

  /** Another page of the device has told that an own message got this seqid; the topic may have no name here yet. */
  numbered(topic: string | undefined, seqid: number): void {
    this.#trace?.(this.#by, `is told ${seqid}`);
    this.#told.push(seqid);
    if (topic !== undefined) this.#hears(topic);
  }

  opened(link: Link): void {
    this.#trace?.(this.#by, `link ${link.id} opens`);
    this.#link = link;
    this.#publishing.clear();
    this.#published.clear();
    this.#pushed.clear();
    this.#noted = 0;
    this.#asking.clear();
  }

  closed(link: Link, code: number): void {
    this.#trace?.(this.#by, `link ${link.id} closes, ${code}`);
  }

  up(text: string, link: Link): void {
    this.#trace?.(this.#by, `link ${link.id} > ${text}`);
    if (text.startsWith('{"note":') && text.includes('"what":"recv"')) {
      const seqid = numberAfter(text, 'seq');
      const topic = textAfter(text, 'topic');
      this.cursor = seqid;
      this.#hears(topic);
      this.#witness({ what: 'cursor', by: this.#by, topic, seqid });
    } else if (text.startsWith('{"get":') && text.includes('"before":'))
      this.#asksBefore(textAfter(text, 'topic'), numberAfter(text, 'before'));
    else if (text.startsWith('{"pub":')) {
      const id = textAfter(text, 'id');
      const msgid = textAfter(text, 'x-kefu-msgid');
      this.#publishing.set(msgid, id);
      this.#published.set(id, msgid);
      if (this.#counts && this.#publishing.size > LIMITS.sendWindow)
        this.#witness({ what: 'size', by: this.#by, of: 'in-flight', value: this.#publishing.size });
    }
  }

  upArrived(text: string, link: Link): void {
    if (link !== this.#link) return;
    if (text.startsWith('{"note":')) {
      const seqid = numberAfter(text, 'seq');
      this.#noted = Math.max(this.#noted, seqid);
      for (const seq of this.#pushed) if (seq <= seqid) this.#pushed.delete(seq);
    } else if (ASKS_FOR_DATA.test(text)) this.#asking.add(textAfter(text, 'id'));
  }

  down(text: string, link: Link): void {
    if (link !== this.#link) return;
    if (text.startsWith('{"data":') && this.#asking.size === 0) {
      const seqid = numberAfter(text, 'seq');
      if (seqid > this.#noted) this.#pushed.add(seqid);
      if (this.#counts && this.#pushed.size > LIMITS.pushWindow)
        this.#witness({ what: 'size', by: this.#by, of: 'window', value: this.#pushed.size });
    } else if (text.startsWith('{"ctrl":') && (text.includes('"what":"data"') || numberAfter(text, 'code') >= 400))
      this.#asking.delete(textAfter(text, 'id'));
  }

  downArrived(text: string, link: Link): void {
    this.#trace?.(this.#by, `link ${link.id} < ${text}`);
    if (text.startsWith('{"data":')) {
      const seqid = numberAfter(text, 'seq', text.indexOf('"ts":'));
      this.#has(textAfter(text, 'topic'), seqid, seqid + 1);
      return;
    }
    if (text.startsWith('{"ctrl":')) {
      const id = textAfter(text, 'id');
      const seqid = numberAfter(text, 'seq');
      if (seqid > 0) this.#has(textAfter(text, 'topic'), seqid, seqid + 1);
      const msgid = this.#published.get(id) ?? '';
      if (this.#published.delete(id) && this.#publishing.get(msgid) === id) this.#publishing.delete(msgid);
      return;
    }
    // Everything else is rare, or says nothing of messages.
    if (!text.includes('"del')) {
      if (text.startsWith('{"meta":') && text.includes('"desc":')) this.#stands(text);
      return;
    }
    const packet = decodeServerPacket(text);
    if ('meta' in packet && packet.meta.desc) this.#stands(text);
    const [topic, ranges] =
      'meta' in packet
        ? [packet.meta.topic, packet.meta.del?.delseq]
        : 'pres' in packet
          ? [packet.pres.topic, packet.pres.delseq]
          : ['', []];
    for (const range of ranges ?? []) this.#has(topic, range.low, endOf(range));
  }

  buffered(bytes: number): void {
    if (bytes > 0) this.#witness({ what: 'size', by: this.#by, of: 'buffered', value: bytes });
  }

  /** Where the topic stands: the first word about it is where a page begins. */
  #stands(text: string): void {
    const topic = textAfter(text, 'topic');
    if (!this.#knows(topic)) return;
    this.#hears(topic);
    if (!this.#contiguous.has(topic)) this.#begins(topic, Math.max(0, numberAfter(text, 'seq')));
  }

  /** A page that asks for what is before messages that it has not got has missed a lot, and begins anew: the rest is history. */
  #asksBefore(topic: string, end: number): void {
    const contiguous = this.#contiguous.get(topic);
    if (this.#knows(topic) && contiguous !== undefined && end - 1 > contiguous) this.#begins(topic, end - 1);
  }

  /** Takes over what other pages have told. */
  #hears(topic: string): void {
    if (!this.#knows(topic)) return;
    for (const seqid of this.#told.splice(0)) this.#has(topic, seqid, seqid + 1);
  }

  #begins(topic: string, seqid: number): void {
    this.#contiguous.set(topic, seqid);
    this.#witness({ what: 'base', by: this.#by, topic, seqid });
  }

  #has(topic: string, low: number, hi: number): void {
    if (!this.#knows(topic)) return;
    this.#hears(topic);
    let contiguous = this.#contiguous.get(topic);
    if (contiguous === undefined) {
      contiguous = hi - 1;
      this.#begins(topic, contiguous);
    }
    for (let seqid = Math.max(low, contiguous + 1); seqid < hi; seqid += 1) this.#early.add(seqid);
    while (this.#early.delete(contiguous + 1)) contiguous += 1;
    this.#contiguous.set(topic, contiguous);
    this.#witness({ what: 'received', by: this.#by, topic, low, hi });
  }
}
