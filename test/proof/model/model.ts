// Model: what a topic shows, said in the plainest way, and the pool and the order of the SDK made to do the same.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeqOrder } from '../../../src/sdk/datalink/in-seq-order.ts';
import { draftMessage, messageOfData } from '../../../src/sdk/datalink/message.ts';
import type { Message } from '../../../src/sdk/datalink/message.ts';
import { MessagePool } from '../../../src/sdk/datalink/message-pool.ts';

/** Everything that can happen, with a number that says to which message. */
const COMMANDS = [
  'send',
  'other',
  'store',
  'answer',
  'deliver',
  'echo',
  'refuse',
  'unnumbered',
  'delete',
  'busy',
] as const;
interface Command {
  readonly does: (typeof COMMANDS)[number];
  readonly which: number;
}

interface Item {
  readonly key: string;
  readonly n: number;
  seqid: number | undefined;
  /** Where it stands when it can get no seqid any more. */
  base: number | undefined;
  isShown: boolean;
}

const ME = 'usrMe';
const TOPIC = 'grpModel';

class Topic {
  // The model: the items, the seqids that are accounted for, the newest that is shown.
  readonly items: Item[] = [];
  readonly accounted = new Set<number>();
  readonly deleted = new Set<number>();
  newest = 0;
  // The gateway: what it has stored.
  readonly stored: Item[] = [];
  // The SDK.
  readonly pool = new MessagePool();
  readonly order = new SeqOrder(0);

  do({ does, which }: Command): void {
    const pick = (items: Item[]): Item | undefined => (items.length === 0 ? undefined : items[which % items.length]);
    const mine = this.items.filter(({ n }) => n > 0);
    const pending = mine.filter(({ seqid, base }) => seqid === undefined && base === undefined);
    const isStored = (item: Item): boolean => this.stored.includes(item);
    switch (does) {
      case 'send': {
        const n = mine.length + 1;
        const key = n.toString(16).padStart(32, '0');
        this.items.push({ key, n, seqid: undefined, base: undefined, isShown: true });
        this.pool.upsert(draftMessage(key, n, 0, 'text', {}));
        this.pool.update(key, { state: 'queued' });
        break;
      }
      case 'other': {
        const item: Item = {
          key: `#${this.stored.length + 1}`,
          n: 0,
          seqid: undefined,
          base: undefined,
          isShown: false,
        };
        this.stored.push(item);
        this.items.push(item);
        break;
      }
      case 'store': {
        const item = pick(pending.filter((one) => !isStored(one)));
        if (item) this.stored.push(item);
        break;
      }
      case 'busy': {
        const item = pick(pending);
        if (!item) break;
        this.pool.update(item.key, { state: 'sending' });
        this.pool.update(item.key, { state: 'queued' });
        break;
      }
      case 'answer': {
        const item = pick(mine.filter(isStored));
        const message = item && this.pool.get(item.key);
        if (!item || !message || this.deleted.has(this.seqidOf(item))) break;
        const seqid = this.seqidOf(item);
        this.number(item, seqid);
        this.pool.upsert({ ...message, seqid, base: seqid, n: 0, state: 'sent' });
        this.account(seqid, () => this.order.skip({ low: seqid }));
        break;
      }
      case 'deliver':
      case 'echo': {
        const item = pick(this.stored.filter(({ n }) => n > 0 === (does === 'echo')));
        if (!item || this.deleted.has(this.seqidOf(item))) break;
        const seqid = this.seqidOf(item);
        const head = item.n > 0 ? { head: { 'x-kefu-msgid': item.key } } : {};
        const from = item.n > 0 ? ME : 'usrOther';
        const message = messageOfData({ topic: TOPIC, from, seq: seqid, content: 'text', ...head }, ME, 0);
        this.account(seqid, () => this.order.accept(message));
        break;
      }
      case 'refuse':
      case 'unnumbered': {
        const item = pick(pending.filter((one) => !isStored(one)));
        if (!item) break;
        item.base = this.newest;
        this.pool.update(item.key, { state: 'sending' });
        this.pool.update(item.key, { state: does === 'refuse' ? 'refused' : 'sent' });
        break;
      }
      case 'delete': {
        const item = pick(this.stored);
        if (!item || (item.n > 0 && item.seqid === undefined)) break;
        const seqid = this.seqidOf(item);
        this.deleted.add(seqid);
        item.isShown = false;
        this.order.forget({ low: seqid });
        this.account(seqid, () => this.order.skip({ low: seqid }));
        const message = this.pool.bySeqid(seqid);
        if (message) this.pool.remove(message.key);
        break;
      }
    }
    this.check();
  }

  seqidOf(item: Item): number {
    return this.stored.indexOf(item) + 1;
  }

  number(item: Item, seqid: number): void {
    item.seqid = seqid;
    item.base = undefined;
    item.isShown = true;
    this.newest = Math.max(this.newest, seqid);
  }

  get contiguous(): number {
    let last = 0;
    while (this.accounted.has(last + 1)) last += 1;
    return last;
  }

  /** A seqid is accounted for; whatever has come and has nothing missing before it is shown. */
  account(seqid: number, act: () => Message[]): void {
    this.accounted.add(seqid);
    for (const message of act()) this.pool.upsert(message);
    for (const item of this.stored) {
      const own = this.seqidOf(item);
      if (own <= this.contiguous && !this.deleted.has(own)) this.number(item, own);
    }
  }

  check(): void {
    const place = ({ seqid, base }: Item): number => seqid ?? Math.min(base ?? Infinity, this.newest);
    const expected = this.items
      .filter(({ isShown }) => isShown)
      .sort((a, b) => place(a) - place(b) || (a.seqid === undefined ? a.n : 0) - (b.seqid === undefined ? b.n : 0));
    const shown = Array.from({ length: this.pool.length }, (_, index) => this.pool.at(index)?.key);
    assert.deepEqual(
      shown,
      expected.map(({ key }) => key),
    );
    assert.equal(this.order.contiguous, this.contiguous);
    for (const [index, { key, seqid }] of expected.entries()) {
      assert.equal(this.pool.indexOf(key), index);
      if (seqid !== undefined) assert.equal(this.pool.bySeqid(seqid)?.key, key);
    }
  }
}

/** Throws with a counterexample and the seed of it when model and SDK part. */
export function compare(runs: number, seed: number): void {
  const command = fc.record({ does: fc.constantFrom(...COMMANDS), which: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 100, size: 'max' }), (commands) => {
      const topic = new Topic();
      for (const one of commands) topic.do(one);
    }),
    { numRuns: runs, seed },
  );
}
