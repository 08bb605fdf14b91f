// Test client: a raw link to a gateway, which remembers every packet that came and can wait for one.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ClientPackets } from '../../src/protocol/client-packet.ts';
import { textOf } from '../../src/protocol/content.ts';
import { PollingSocket } from './polling-socket.ts';
import { decodeServerPacket } from '../../src/protocol/codec.ts';
import type { Ctrl, Data, Info, Meta, Pres, ServerPacket } from '../../src/protocol/server-packet.ts';

/** How long is waited for something, unless told otherwise: only a test that fails takes so long, however busy the machine. */
const DEADLINE_MS = 20_000;

export interface Connect {
  /** Known to the gateway as one of ours. Default true. */
  readonly kefu?: boolean;
  /** Acks what comes, as our SDK does. Default: as kefu. */
  readonly acks?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: WebSocket. Polls of our own clients, and of stock ones. */
  readonly polls?: 'ours' | 'stock' | undefined;
  /** Says hi. Default true. */
  readonly greets?: boolean;
  readonly deadlineMs?: number;
}

export class TestClient {
  readonly socket: WebSocket;
  readonly packets: ServerPacket[] = [];
  /** Frames that are no packets. */
  readonly texts: string[] = [];
  closeCode: number | undefined;
  user = '';
  token = '';
  readonly #acks: boolean;
  readonly #deadlineMs: number;
  readonly #contiguous = new Map<string, number>();
  readonly #seen = new Map<string, Set<number>>();
  readonly #due = new Map<string, number>();
  #id = 0;
  #wake: (() => void)[] = [];
  #isNotifying = false;
  readonly #answers = new Map<string, Ctrl>();

  private constructor(
    url: string,
    { kefu = true, acks = kefu, headers = {}, polls, deadlineMs = DEADLINE_MS }: Connect,
  ) {
    this.#deadlineMs = deadlineMs;
    this.#acks = acks;
    this.socket =
      polls === undefined
        ? new WebSocket(`${url.replace('http', 'ws')}/v0/channels?apikey=any`, { headers })
        : (new PollingSocket(url, polls === 'ours', headers) as unknown as WebSocket);
    this.socket.on('message', (data: Buffer) => this.#receive(data.toString('utf8')));
    this.socket.on('close', (code) => {
      this.closeCode = code;
      this.#notify();
    });
    this.socket.on('error', () => undefined);
  }

  static async connect(url: string, options: Connect = {}): Promise<TestClient> {
    const client = new TestClient(url, options);
    await once(client.socket, 'open');
    if (options.greets !== false) {
      const { kefu = true } = options;
      await client.request('hi', { ver: '0.25', ...(kefu && { kefu: { v: 1 } }) });
    }
    return client;
  }

  /** A new anonymous visitor. */
  static async visitor(url: string, name = 'Visitor', options: Connect = {}): Promise<TestClient> {
    const client = await TestClient.connect(url, options);
    const ctrl = await client.request('acc', {
      user: 'new',
      scheme: 'anonymous',
      login: true,
      desc: { public: { fn: name } },
    });
    client.#identified(ctrl);
    return client;
  }

  static async login(url: string, name: string, password: string, options: Connect = {}): Promise<TestClient> {
    const client = await TestClient.connect(url, options);
    const secret = Buffer.from(`${name}:${password}`).toString('base64');
    client.#identified(await client.request('login', { scheme: 'basic', secret }));
    return client;
  }

  static async token(url: string, token: string, options: Connect = {}): Promise<TestClient> {
    const client = await TestClient.connect(url, options);
    client.#identified(await client.request('login', { scheme: 'token', secret: token }));
    return client;
  }

  /** Who a signed token says; `from`: the token of the anonymous visitor who this was. */
  static async known(url: string, jwt: string, from?: string, options: Connect = {}): Promise<TestClient> {
    const client = await TestClient.connect(url, options);
    client.#identified(await client.showToken(jwt, from));
    return client;
  }

  /** Logs in by a signed token; resolves with the answer, whatever its code. */
  showToken(jwt: string, from?: string): Promise<Ctrl> {
    const secret = Buffer.from(jwt).toString('base64');
    return this.request('login', { scheme: 'jwt', secret, ...(from !== undefined && { kefu: { from } }) });
  }

  #identified(ctrl: Ctrl): void {
    assert.equal(ctrl.code, 200, JSON.stringify(ctrl));
    this.user = textOf(ctrl.params?.['user']);
    this.token = textOf(ctrl.params?.['token']);
  }

  /** Sends a frame as it is. */
  raw(text: string | Buffer): void {
    this.socket.send(text);
  }

  /** Sends without waiting; returns the id. */
  send<K extends keyof ClientPackets>(kind: K, body: Omit<ClientPackets[K], 'id'>): string {
    const id = String((this.#id += 1));
    this.raw(JSON.stringify({ [kind]: { id, ...body } }));
    return id;
  }

  note(topic: string, what: string, seq?: number): void {
    this.raw(JSON.stringify({ note: { topic, what, ...(seq !== undefined && { seq }) } }));
  }

  /** Resolves with the answer, whatever its code. */
  async request<K extends keyof ClientPackets>(kind: K, body: Omit<ClientPackets[K], 'id'>): Promise<Ctrl> {
    return this.answer(this.send(kind, body));
  }

  /** The first answer to the packet with this id. */
  answer(id: string): Promise<Ctrl> {
    return this.wait(`ctrl ${id}`, () => this.#answers.get(id));
  }

  /** Opens the visitor's conversation; resolves with its topic. */
  async open(key = 'k', get?: string): Promise<string> {
    const ctrl = await this.request('sub', { topic: `new${key}`, ...(get !== undefined && { get: { what: get } }) });
    assert.equal(ctrl.code, 200, JSON.stringify(ctrl));
    return ctrl.topic ?? '';
  }

  async attach(topic: string): Promise<Ctrl> {
    return this.request('sub', { topic });
  }

  /** Publishes and expects that it is stored; resolves with the seqid. */
  async say(topic: string, text: string, msgid?: string): Promise<number> {
    const head = msgid === undefined ? {} : { head: { 'x-kefu-msgid': msgid } };
    const ctrl = await this.request('pub', { topic, content: text, noecho: true, ...head });
    assert.equal(ctrl.code, 202, JSON.stringify(ctrl));
    const seq = Number(ctrl.params?.['seq']);
    // What is before it may still come: only what came says where acks begin.
    if (this.#contiguous.has(topic)) this.#got(topic, [seq]);
    else if (this.#acks) this.#seenOf(topic).add(seq);
    return seq;
  }

  ctrls(): Ctrl[] {
    return this.packets.flatMap((packet) => ('ctrl' in packet ? [packet.ctrl] : []));
  }
  data(topic?: string): Data[] {
    return this.packets.flatMap((packet) =>
      'data' in packet && (topic === undefined || packet.data.topic === topic) ? [packet.data] : [],
    );
  }
  metas(): Meta[] {
    return this.packets.flatMap((packet) => ('meta' in packet ? [packet.meta] : []));
  }
  press(): Pres[] {
    return this.packets.flatMap((packet) => ('pres' in packet ? [packet.pres] : []));
  }
  infos(): Info[] {
    return this.packets.flatMap((packet) => ('info' in packet ? [packet.info] : []));
  }

  waitData(topic: string, seq: number): Promise<Data> {
    return this.wait(`data ${seq}`, () => this.data(topic).find((data) => data.seq === seq));
  }
  waitPres(like: Partial<Pres>): Promise<Pres> {
    return this.wait(`pres ${JSON.stringify(like)}`, () => this.press().find((pres) => isLike(pres, like)));
  }
  waitInfo(like: Partial<Info>): Promise<Info> {
    return this.wait(`info ${JSON.stringify(like)}`, () => this.infos().find((info) => isLike(info, like)));
  }
  waitMeta(id: string, part: 'desc' | 'sub' | 'del'): Promise<Meta> {
    return this.wait(`meta ${id} ${part}`, () => this.metas().find((meta) => meta.id === id && meta[part]));
  }
  waitClose(): Promise<number> {
    return this.wait('close', () => this.closeCode);
  }

  /** Everything that was sent before has been handled, and what it caused here has come. */
  async settle(): Promise<void> {
    await this.request('get', { topic: 'me', what: 'nothing' });
  }

  /** Waits until `find` finds something. */
  async wait<T>(what: string, find: () => T | undefined): Promise<T> {
    const until = performance.now() + this.#deadlineMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.closeCode !== undefined && what !== 'close') throw new Error(`closed ${this.closeCode} before ${what}`);
      const left = until - performance.now();
      if (left <= 0)
        throw new Error(`nothing of ${what}; last: ${JSON.stringify(this.packets.slice(-5)).slice(0, 2000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Leaves without a word. */
  terminate(): void {
    this.socket.terminate();
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await this.waitClose();
  }

  #receive(text: string): void {
    if (text === '0') this.texts.push(text);
    else {
      const packet = decodeServerPacket(text);
      this.packets.push(packet);
      if ('ctrl' in packet && packet.ctrl.id !== undefined) this.#answer(packet.ctrl.id, packet.ctrl);
      if (this.#acks) this.#ack(packet);
    }
    this.#notify();
  }

  #answer(id: string, ctrl: Ctrl): void {
    // `sub` with `get` is answered more than once.
    if (!this.#answers.has(id)) this.#answers.set(id, ctrl);
  }

  /** Acks the newest contiguous seqid from the first that came. */
  #ack(packet: ServerPacket): void {
    const topic = 'data' in packet ? packet.data.topic : 'pres' in packet ? packet.pres.topic : undefined;
    const seqs =
      'data' in packet
        ? [packet.data.seq]
        : 'pres' in packet && packet.pres.what === 'del'
          ? (packet.pres.delseq ?? []).map(({ low }) => low)
          : [];
    if (topic !== undefined && seqs.length > 0) this.#got(topic, seqs);
  }

  #got(topic: string, seqs: readonly number[]): void {
    const seen = this.#seenOf(topic);
    for (const seq of seqs) seen.add(seq);
    let last = this.#contiguous.get(topic) ?? Math.min(...seen) - 1;
    while (seen.has(last + 1)) last += 1;
    this.#contiguous.set(topic, last);
    this.#due.set(topic, last);
  }

  #seenOf(topic: string): Set<number> {
    const seen = this.#seen.get(topic) ?? new Set<number>();
    this.#seen.set(topic, seen);
    return seen;
  }

  /** Once for all that came in this turn: those who wait look through everything. */
  #notify(): void {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    setImmediate(() => {
      this.#isNotifying = false;
      if (this.socket.readyState === WebSocket.OPEN)
        for (const [topic, last] of this.#due) this.note(topic, 'recv', last);
      this.#due.clear();
      const wake = this.#wake;
      this.#wake = [];
      for (const one of wake) one();
    });
  }
}

const isLike = (value: object, like: object): boolean =>
  Object.entries(like).every(([key, wanted]) => {
    const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    return JSON.stringify(found) === JSON.stringify(wanted);
  });

/** 32 hex digits made of a number. */
export const msgid = (n: number): string => n.toString(16).padStart(32, '0');
