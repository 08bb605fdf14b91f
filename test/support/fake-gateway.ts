// A gateway in memory, packet by packet: answers as the real one does, and misbehaves when told to.
import type { ClientPacket, ClientPackets, GetQuery } from '../../src/protocol/client-packet.ts';
import { CLOSE } from '../../src/protocol/close-code.ts';
import { decodeClientPacket, encode, PROBE, PROBE_ANSWER } from '../../src/protocol/codec.ts';
import { STATUS_KEY } from '../../src/protocol/conversation.ts';
import type { ConversationStatus, Phase } from '../../src/protocol/conversation.ts';
import { CTRL, CTRL_TEXT } from '../../src/protocol/ctrl-code.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { subjectOf } from '../../src/protocol/jwt.ts';
import { msgidOf } from '../../src/protocol/msgid.ts';
import { endOf, SeqSet } from '../../src/protocol/seq.ts';
import type { Ctrl, Data, Desc, ServerPacket, Subscription } from '../../src/protocol/server-packet.ts';
import type { Clock } from '../../src/sdk/network/clock.ts';
import { MemoryConnection } from '../../src/sdk/network/memory-connection.ts';
import type { MemoryPeer } from '../../src/sdk/network/memory-connection.ts';

/** How long each packet takes to the client: every one arrives on its own. */
export const LATENCY_MS = 5;

export const AGENT = { name: 'ann', password: 'secret', user: 'usrAgent000001' } as const;

/** What the gateway knows of one connection. */
interface Peer {
  readonly connection: MemoryConnection;
  user: string | undefined;
  readonly attached: Set<string>;
}

interface StoredTopic {
  readonly name: string;
  status: ConversationStatus;
  readonly tags: readonly string[];
  readonly public: JsonObject;
  readonly messages: Data[];
  /** Newest seqid. */
  newest: number;
  readonly deleted: SeqSet;
  /** The seqid of each deletion. */
  readonly deletions: number[];
  readonly receipts: Map<string, { recv: number; read: number }>;
  touched: string;
}

/** One packet that came, with its body at hand. */
export type Received = { readonly [K in keyof ClientPackets]?: ClientPackets[K] };

const statusJson = ({ phase, channel, visitor, agent }: ConversationStatus): JsonObject => ({
  phase,
  channel,
  visitor,
  ...(agent === undefined ? {} : { agent }),
});

export class FakeGateway implements MemoryPeer {
  private readonly clock: Clock;
  private readonly peers: Peer[] = [];
  private readonly tokens = new Map<string, string>();
  private readonly keys = new Map<string, string>();
  private users = 0;

  readonly topics = new Map<string, StoredTopic>();
  /** Every packet that came, oldest first. */
  readonly packets: Received[] = [];
  /** Every connection that was tried, oldest first. */
  readonly connections: MemoryConnection[] = [];
  readonly closes: number[] = [];
  probes = 0;
  /** False: no connection ever opens. */
  reachable = true;
  /** True: everything comes in and nothing goes out. */
  silent = false;
  /** True: a peer that knows nothing of Kefu's additions, and stores a repeated msgid again. */
  stock = false;
  /** It has keys to check JWTs with. */
  hasKeys = true;
  /** Why every JWT is refused, if it is. */
  jwtRefusal: string | undefined;
  /** Accounts by the subjects of JWTs. */
  readonly subjects = new Map<string, string>();
  /** Which life of its store this is. */
  epoch: string | undefined = 'one';
  /** Looks at each packet first; what it returns true for is answered by the test. */
  intercept: (packet: Received, peer: MemoryConnection) => boolean = () => false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  readonly connect = (): MemoryConnection => {
    const connection = new MemoryConnection(this);
    this.connections.push(connection);
    return connection;
  };

  opened(connection: MemoryConnection): void {
    this.peers.push({ connection, user: undefined, attached: new Set() });
    this.clock.after(LATENCY_MS, () => {
      if (this.reachable) connection.accept();
    });
  }

  closed(code: number, connection: MemoryConnection): void {
    this.closes.push(code);
    this.forget(connection);
  }

  /** The bodies of all packets of a kind, oldest first. */
  of<K extends keyof ClientPackets>(kind: K): ClientPackets[K][] {
    return this.packets.flatMap((packet) => packet[kind] ?? []);
  }

  /** The newest connection. */
  get line(): MemoryConnection {
    const line = this.connections.at(-1);
    if (!line) throw new Error('nobody has connected');
    return line;
  }

  /** Cuts every line. */
  cut(code: number = CLOSE.abnormal): void {
    for (const { connection } of [...this.peers]) {
      this.forget(connection);
      connection.drop(code);
    }
  }

  /** Forgets every token. */
  forgetTokens(): void {
    this.tokens.clear();
  }

  /** Sends a packet to one connection, or to everybody who is connected. */
  push(packet: ServerPacket, to?: MemoryConnection): void {
    if (this.silent) return;
    const text = encode(packet);
    for (const { connection } of this.peers) {
      if (to === undefined || to === connection) {
        this.clock.after(LATENCY_MS, () => {
          connection.push(text);
        });
      }
    }
  }

  ctrl(connection: MemoryConnection, code: number, ctrl: Omit<Ctrl, 'code'>): void {
    this.push({ ctrl: { code, text: CTRL_TEXT[code] ?? '', ...ctrl } }, connection);
  }

  /** Somebody publishes: stored, numbered, and pushed to who is attached unless `quietly`. */
  publish(topic: string, from: string, content: string, options: { head?: JsonObject; quietly?: boolean } = {}): Data {
    const stored = this.topic(topic);
    stored.newest += 1;
    stored.touched = new Date(this.clock.now()).toISOString();
    const data: Data = { topic, from, ts: stored.touched, seq: stored.newest, head: options.head ?? {}, content };
    stored.messages.push(data);
    if (!options.quietly) this.pushData(data);
    return data;
  }

  pushData(data: Data, but?: MemoryConnection): void {
    for (const { connection, attached } of this.peers) {
      if (attached.has(data.topic) && connection !== but) this.push({ data }, connection);
    }
  }

  topic(name: string): StoredTopic {
    const stored = this.topics.get(name);
    if (!stored) throw new Error(`no topic ${name}`);
    return stored;
  }

  /** Makes a conversation of a visitor, as if it had been there for long. */
  conversation(visitor: string, messages = 0, phase: Phase = 'queued'): StoredTopic {
    const name = `grpConversation${String(this.topics.size + 1).padStart(3, '0')}`;
    const stored: StoredTopic = {
      name,
      status: { phase, channel: 'web', visitor },
      tags: ['channel:web'],
      public: {},
      messages: [],
      newest: 0,
      deleted: new SeqSet(),
      deletions: [],
      receipts: new Map(),
      touched: new Date(this.clock.now()).toISOString(),
    };
    this.topics.set(name, stored);
    for (let n = 1; n <= messages; n += 1) {
      this.publish(name, AGENT.user, `message ${String(n)}`, { quietly: true });
    }
    return stored;
  }

  /** The user that the newest login, of any connection, was for. */
  get lastUser(): string {
    return this.peers.filter((peer) => peer.user !== undefined).at(-1)?.user ?? '';
  }

  received(text: string, connection: MemoryConnection): void {
    if (text === PROBE) {
      this.probes += 1;
      if (!this.silent) {
        this.clock.after(LATENCY_MS, () => {
          connection.push(PROBE_ANSWER);
        });
      }
      return;
    }
    const packet: ClientPacket = decodeClientPacket(text);
    this.packets.push(packet);
    if (this.intercept(packet, connection)) return;
    const peer = this.peers.find((one) => one.connection === connection);
    if (peer) this.answer(packet, peer);
  }

  private answer(packet: Received, peer: Peer): void {
    const { hi, acc, login, sub, leave, pub, get, set, del, note } = packet;
    if (hi) {
      const params = this.stock
        ? { ver: '0.25' }
        : {
            ver: '0.25',
            kefu: {
              v: 1,
              ...(this.epoch !== undefined && { epoch: this.epoch }),
              ...(this.hasKeys && { jwt: true }),
            },
          };
      this.reply(peer, CTRL.created, hi.id, { params });
    } else if (acc) {
      this.users += 1;
      this.logIn(peer, `usrVisitor${String(this.users).padStart(4, '0')}`, acc.id);
    } else if (login) this.answerLogin(login, peer);
    else if (sub) this.answerSub(sub, peer);
    else if (leave) {
      peer.attached.delete(leave.topic);
      this.reply(peer, CTRL.ok, leave.id, { topic: leave.topic });
    } else if (pub) this.answerPub(pub, peer);
    else if (get) {
      if (get.topic === 'me') this.sendList(get.id, peer, get.sub?.topic);
      else this.sendQuery(this.topic(get.topic), get, get.id, peer);
    } else if (set) this.answerSet(set, peer);
    else if (del) this.reply(peer, CTRL.ok, del.id, { topic: del.topic });
    else if (note) this.takeNote(note, peer);
  }

  private reply(peer: Peer, code: number, id: string | undefined, ctrl: Omit<Ctrl, 'code' | 'id'>): void {
    const ts = new Date(this.clock.now()).toISOString();
    this.ctrl(peer.connection, code, { ...(id === undefined ? {} : { id }), ts, ...ctrl });
  }

  private logIn(peer: Peer, user: string, id: string | undefined): void {
    peer.user = user;
    const token = `token of ${user}`;
    this.tokens.set(token, user);
    const desc = user === AGENT.user ? { desc: { public: { fn: 'Ann' } } } : {};
    this.reply(peer, CTRL.ok, id, { params: { user, token, ...desc } });
  }

  /** By a JWT whose signature is not looked at; takes over an anonymous account, or its conversations. */
  private answerJwt({ id, secret, kefu }: ClientPackets['login'], peer: Peer): void {
    const sub = subjectOf(atob(secret));
    if (sub === undefined || this.jwtRefusal !== undefined) {
      this.reply(peer, CTRL.unauthorized, id, { params: { reason: this.jwtRefusal ?? 'token' } });
      return;
    }
    const from = this.tokens.get(kefu?.from ?? '');
    const user = this.subjects.get(sub) ?? from ?? `usrKnown${sub}`;
    this.subjects.set(sub, user);
    this.tokens.delete(kefu?.from ?? '');
    if (from !== undefined && from !== user) this.moveTo(user, from);
    peer.user = user;
    this.tokens.set(`token of ${sub}`, user);
    this.reply(peer, CTRL.ok, id, { params: { user, token: `token of ${sub}` } });
  }

  private moveTo(user: string, from: string): void {
    for (const [key, topic] of this.keys) if (key.startsWith(`${from}/`)) this.keys.set(key.replace(from, user), topic);
    for (const topic of this.topics.values()) {
      if (topic.status.visitor !== from) continue;
      topic.status = { ...topic.status, visitor: user };
      topic.messages.forEach((data, at) => {
        if (data.from === from) topic.messages[at] = { ...data, from: user };
      });
    }
    for (const peer of this.peers) if (peer.user === from) this.ctrl(peer.connection, CTRL.unauthorized, {});
  }

  private answerLogin(login: ClientPackets['login'], peer: Peer): void {
    if (login.scheme === 'jwt') {
      this.answerJwt(login, peer);
      return;
    }
    const user =
      login.scheme === 'token'
        ? this.tokens.get(login.secret)
        : login.secret === btoa(`${AGENT.name}:${AGENT.password}`)
          ? AGENT.user
          : undefined;
    if (user === undefined) this.reply(peer, CTRL.unauthorized, login.id, {});
    else this.logIn(peer, user, login.id);
  }

  private answerSub(sub: ClientPackets['sub'], peer: Peer): void {
    if (sub.topic === 'me') {
      peer.attached.add('me');
      this.reply(peer, CTRL.ok, sub.id, { topic: 'me' });
      this.sendList(sub.id, peer);
      return;
    }
    const isNew = sub.topic.startsWith('new');
    const key = `${peer.user ?? ''}/${sub.topic}`;
    let name = isNew ? this.keys.get(key) : sub.topic;
    if (isNew && name === undefined) {
      const made = this.conversation(peer.user ?? '', 0, 'new');
      name = made.name;
      this.topics.set(name, { ...made, tags: sub.set?.tags ?? [], public: sub.set?.desc?.public ?? {} });
      this.keys.set(key, name);
    }
    const topic = this.topics.get(name ?? '');
    if (!topic) {
      this.reply(peer, CTRL.notFound, sub.id, { topic: sub.topic });
      return;
    }
    peer.attached.add(topic.name);
    this.reply(peer, CTRL.ok, sub.id, { topic: topic.name, ...(isNew ? { params: { tmpname: sub.topic } } : {}) });
    if (sub.get) this.sendQuery(topic, sub.get, sub.id, peer);
  }

  private descOf(topic: StoredTopic, user: string | undefined): Desc & Subscription {
    const mine = topic.receipts.get(user ?? '');
    return {
      seq: topic.newest,
      clear: topic.deletions.length,
      touched: topic.touched,
      public: topic.public,
      trusted: { [STATUS_KEY]: statusJson(topic.status) },
      ...(mine ?? {}),
    };
  }

  /** The list of conversations, or the entry of one. */
  private sendList(id: string | undefined, peer: Peer, only?: string): void {
    const sub: Subscription[] = [];
    for (const topic of this.topics.values()) {
      if (only !== undefined && topic.name !== only) continue;
      if (peer.user === topic.status.visitor || peer.user === AGENT.user) {
        sub.push({ topic: topic.name, ...this.descOf(topic, peer.user) });
      }
    }
    if (sub.length === 0) this.reply(peer, CTRL.noContent, id, { topic: 'me', params: { what: 'sub' } });
    else this.push({ meta: { topic: 'me', sub } }, peer.connection);
  }

  private sendQuery(topic: StoredTopic, query: GetQuery, id: string | undefined, peer: Peer): void {
    const { name } = topic;
    if (query.what.includes('desc')) {
      this.push({ meta: { topic: name, desc: this.descOf(topic, peer.user) } }, peer.connection);
    }
    if (query.what.includes('sub')) {
      const members = [topic.status.visitor, topic.status.agent ?? AGENT.user];
      const sub = members.map((user) => ({ user, ...(topic.receipts.get(user) ?? {}) }));
      this.push({ meta: { topic: name, sub } }, peer.connection);
    }
    if (query.what.includes('data')) this.sendData(topic, query, id, peer);
    if (query.what === 'del') {
      const delseq = topic.deletions.slice((query.del?.since ?? 1) - 1).map((low) => ({ low }));
      this.push({ meta: { topic: name, del: { clear: topic.deletions.length, delseq } } }, peer.connection);
      this.reply(peer, CTRL.ok, id, { topic: name });
    }
  }

  /** Newest first, as ever; what is deleted is told of. */
  private sendData(
    { name, messages, deleted }: StoredTopic,
    { data }: GetQuery,
    id: string | undefined,
    peer: Peer,
  ): void {
    const ranges = data?.ranges;
    const rows = messages
      .filter(({ seq }) => !deleted.has(seq))
      .filter(({ seq }) => seq < (data?.before ?? Infinity) && seq >= (data?.since ?? 0))
      .filter(({ seq }) => !ranges || ranges.some((range) => range.low <= seq && seq < endOf(range)))
      .slice(-(data?.limit ?? 100))
      .reverse();
    for (const row of rows) this.push({ data: row }, peer.connection);
    const gone = deleted.ranges();
    if (gone.length > 0 && !this.stock) {
      this.push({ meta: { topic: name, del: { clear: 1, delseq: gone } } }, peer.connection);
    }
    if (rows.length === 0) this.reply(peer, CTRL.noContent, id, { topic: name, params: { what: 'data' } });
    else this.reply(peer, CTRL.delivered, id, { topic: name, params: { what: 'data', count: rows.length } });
  }

  /** The store is put back to what it was when this seqid was the newest. */
  putBack(name: string, seqid: number): void {
    this.epoch = `${this.epoch ?? ''} more`;
    const topic = this.topic(name);
    topic.messages.splice(seqid);
    topic.newest = seqid;
  }

  /** Deletes a message for everyone; only who asks hears of it. */
  remove(topic: string, seqid: number): void {
    const { deleted, deletions } = this.topic(topic);
    deleted.add(seqid);
    deletions.push(seqid);
  }

  private answerPub(pub: ClientPackets['pub'], peer: Peer): void {
    if (!peer.attached.has(pub.topic)) {
      this.reply(peer, CTRL.conflict, pub.id, { topic: pub.topic });
      return;
    }
    if (pub.content === null) {
      const { seq } = this.topic(pub.topic).messages.find(({ head }) => msgidOf(head) === msgidOf(pub.head)) ?? {};
      const params = seq === undefined ? {} : { params: { seq, dup: true } };
      this.reply(peer, seq === undefined ? CTRL.notFound : CTRL.accepted, pub.id, { topic: pub.topic, ...params });
      return;
    }
    const seq = this.store(pub, peer);
    this.reply(peer, CTRL.accepted, pub.id, { topic: pub.topic, params: seq });
  }

  /** Stores what was published, once per msgid, and tells the others. */
  store(pub: ClientPackets['pub'], by: Peer | MemoryConnection): { seq: number; dup?: boolean } {
    const connection = by instanceof MemoryConnection ? by : by.connection;
    const from = this.peers.find((peer) => peer.connection === connection)?.user ?? '';
    const topic = this.topic(pub.topic);
    const msgid = msgidOf(pub.head);
    const known = topic.messages.find((one) => one.from === from && msgid !== undefined && msgidOf(one.head) === msgid);
    if (known && !this.stock) return { seq: known.seq, dup: true };
    const content = typeof pub.content === 'string' ? pub.content : JSON.stringify(pub.content);
    const data = this.publish(pub.topic, from, content, { head: pub.head ?? {}, quietly: true });
    this.pushData(data, connection);
    return { seq: data.seq };
  }

  private answerSet(set: ClientPackets['set'], peer: Peer): void {
    const topic = this.topic(set.topic);
    const change = set.desc?.trusted?.[STATUS_KEY];
    if (typeof change === 'object' && change !== null && 'phase' in change) {
      const phase = change['phase'] === 'assigned' ? 'assigned' : 'resolved';
      topic.status = { ...topic.status, phase, ...(phase === 'assigned' ? { agent: peer.user } : {}) };
      this.reply(peer, CTRL.ok, set.id, { topic: set.topic });
      this.push({ pres: { topic: set.topic, what: 'upd' } });
    } else this.reply(peer, CTRL.malformed, set.id, { topic: set.topic });
  }

  private takeNote({ topic, what, seq = 0 }: ClientPackets['note'], peer: Peer): void {
    if (what !== 'recv' && what !== 'read') return;
    const receipts = this.topic(topic).receipts;
    const known = receipts.get(peer.user ?? '') ?? { recv: 0, read: 0 };
    receipts.set(peer.user ?? '', { ...known, [what]: Math.max(known[what], seq) });
  }

  private forget(connection: MemoryConnection): void {
    const at = this.peers.findIndex((peer) => peer.connection === connection);
    if (at >= 0) this.peers.splice(at, 1);
  }
}
