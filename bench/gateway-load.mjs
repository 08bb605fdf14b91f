// The load on a server, in a process of its own: conversations of a visitor and an agent, idle visitors, and their return all
// at once. What to do comes from the parent process, one order after the other; each is answered with what was measured.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { quantile } from './median.mjs';

/** Acks go as the SDK's do: this long after the first message, or after so many. */
const ACK_MS = 80;
const ACK_MESSAGES = 32;
const SETTLE_MS = 250;
/** Links that are opened at a time, where it is not a storm. */
const AT_A_TIME = 50;
/** What a message says, besides when it was sent. */
const TEXT = 'Hello, I would like to know when my parcel will arrive.';

const soon = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const textNow = () => `@${performance.now().toFixed(3)} ${TEXT}`;
const sentAt = (text) => {
  const at = text.lastIndexOf('@') + 1;
  return Number(text.slice(at, text.indexOf(' ', at)));
};

async function opened(socket) {
  await once(socket, 'open');
  return socket;
}

/** Each link has `rooms`, `send(room)` with an answer by `onAnswer(room)`, and hears others by `onMessage(ms since it was sent)`. */
class RelayLink {
  constructor(port, rooms) {
    this.port = port;
    this.rooms = rooms;
  }

  async open() {
    this.socket = new WebSocket(`ws://127.0.0.1:${this.port}/?rooms=${this.rooms.join()}`, {
      perMessageDeflate: false,
    });
    this.socket.on('message', (data) => {
      const text = data.toString();
      if (text.startsWith('ok ')) this.onAnswer?.(this.rooms[Number(text.slice(3))]);
      else this.onMessage?.(performance.now() - sentAt(text));
    });
    await opened(this.socket);
  }

  send(room) {
    // As many bytes as the gateway's packet has.
    const head = { 'x-kefu-msgid': randomBytes(16).toString('hex') };
    const pub = { id: '1234', topic: 'grpAAAAAAAAAAAAAAAAAAAAAA', noecho: true, head, content: textNow() };
    this.socket.send(`${room} ${this.rooms.indexOf(room)} ${JSON.stringify({ pub })}`);
  }

  cut() {
    this.socket.terminate();
  }
}

class SocketIoLink {
  constructor(port, rooms) {
    this.port = port;
    this.rooms = rooms;
  }

  async open() {
    this.socket = io(`http://127.0.0.1:${this.port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { rooms: this.rooms },
    });
    this.socket.on('chat message', (content) => this.onMessage?.(performance.now() - sentAt(content)));
    await new Promise((resolve, reject) => {
      this.socket.on('connect', resolve);
      this.socket.on('connect_error', reject);
    });
  }

  send(room) {
    const offset = randomBytes(16).toString('hex');
    this.socket.emit('chat message', room, textNow(), offset, () => this.onAnswer?.(room));
  }

  cut() {
    this.socket.disconnect();
  }
}

/** A client of the gateway, as light as it can be: it reads no more of a packet than it needs. */
class KefuLink {
  #requests = 0;
  #answers = new Map();
  #acks = new Map();
  #unacked = 0;
  #token;

  constructor(port, rooms, agent) {
    this.port = port;
    this.rooms = rooms;
    this.agent = agent;
  }

  async open() {
    this.socket = new WebSocket(`ws://127.0.0.1:${this.port}/v0/channels`, { perMessageDeflate: false });
    this.socket.on('message', (data) => this.#receive(data.toString()));
    await opened(this.socket);
    await this.#ask('hi', { ver: '0.25', kefu: { v: 1 } });
    if (this.agent !== undefined) {
      this.rooms = [];
      const secret = Buffer.from(`${this.agent}:${this.agent}`).toString('base64');
      await this.#ask('login', { scheme: 'basic', secret });
      await this.#ask('sub', { topic: 'me' });
    } else if (this.#token === undefined) {
      const { params } = await this.#ask('acc', { user: 'new', scheme: 'anonymous', login: true });
      this.#token = params.token;
      this.rooms = [(await this.#ask('sub', { topic: 'newbench' })).topic];
    } else {
      await this.#ask('login', { scheme: 'token', secret: this.#token });
      await this.#ask('sub', { topic: this.rooms[0] });
    }
  }

  send(room) {
    const head = { 'x-kefu-msgid': randomBytes(16).toString('hex') };
    const id = `m${this.rooms.indexOf(room)}`;
    this.socket.send(JSON.stringify({ pub: { id, topic: room, noecho: true, head, content: textNow() } }));
  }

  cut() {
    this.socket.terminate();
  }

  async #ask(kind, body) {
    const id = `r${(this.#requests += 1)}`;
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ [kind]: { id, ...body } }));
    return answer;
  }

  #receive(text) {
    if (text.startsWith('{"data"')) {
      this.onMessage?.(performance.now() - sentAt(text));
      const [, topic] = /"topic":"([^"]*)"/.exec(text);
      this.#ack(topic, Number(/"seq":(\d+)/.exec(text)[1]));
    } else if (text.startsWith('{"pres"')) {
      // A conversation is the agent's from now on.
      const { pres } = JSON.parse(text);
      if (pres.topic === 'me' && pres.what === 'acs') this.#take(pres.src);
    } else if (text.startsWith('{"ctrl"')) {
      if (text.startsWith('{"ctrl":{"id":"m')) {
        if (!text.includes('"code":202')) throw new Error(text);
        this.onAnswer?.(this.rooms[Number(text.slice(16, text.indexOf('"', 16)))]);
        return;
      }
      const { ctrl } = JSON.parse(text);
      const asked = this.#answers.get(ctrl.id);
      if (!asked) return;
      this.#answers.delete(ctrl.id);
      if (ctrl.code < 300) asked.resolve(ctrl);
      else asked.reject(new Error(text));
    }
  }

  async #take(topic) {
    await this.#ask('sub', { topic });
    this.rooms.push(topic);
  }

  #ack(topic, seq) {
    if (this.#acks.size === 0) setTimeout(() => this.#sendAcks(), ACK_MS);
    this.#acks.set(topic, seq);
    this.#unacked += 1;
    if (this.#unacked >= ACK_MESSAGES) this.#sendAcks();
  }

  #sendAcks() {
    for (const [topic, seq] of this.#acks) this.socket.send(JSON.stringify({ note: { topic, what: 'recv', seq } }));
    this.#acks.clear();
    this.#unacked = 0;
  }
}

const SM = 'urn:xmpp:sm:3';
const STREAM = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>';

/** A client of ejabberd: XMPP over WebSocket (RFC 7395) with stream management (XEP-0198), read no further than it needs. */
class XmppLink {
  /** By id, for when it arrives: an ack says that the server has read a message, and would let more and more pile up in there. */
  static underWay = new Map();
  #hear;
  #isRegistered = false;
  #received = 0;
  #session;

  constructor(port, rooms, agent, peer) {
    this.port = port;
    this.rooms = rooms;
    this.name = agent ?? rooms[0];
    this.peer = peer;
  }

  async open() {
    this.socket = new WebSocket(`ws://127.0.0.1:${this.port}/ws`, 'xmpp', { perMessageDeflate: false });
    this.socket.on('message', (data) => this.#receive(data.toString()));
    await opened(this.socket);
    await this.#ask(STREAM, '<stream:features');
    if (!this.#isRegistered) {
      const account = `<username>${this.name}</username><password>${this.name}</password>`;
      await this.#ask(`<iq type="set" id="account"><query xmlns="jabber:iq:register">${account}</query></iq>`, '<iq ');
      this.#isRegistered = true;
    }
    const secret = Buffer.from(`\0${this.name}\0${this.name}`).toString('base64');
    await this.#ask(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${secret}</auth>`, '<success');
    await this.#ask(STREAM, '<stream:features');
    if (this.#session !== undefined) {
      await this.#ask(`<resume xmlns="${SM}" h="${this.#received}" previd="${this.#session}"/>`, '<resumed');
      return;
    }
    await this.#ask('<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>', '<iq ');
    const enabled = await this.#ask(`<enable xmlns="${SM}" resume="true"/>`, '<enabled');
    this.#session = / id=['"]([^'"]*)/.exec(enabled)[1];
    this.socket.send('<presence/>');
  }

  send(room) {
    const id = randomBytes(16).toString('hex');
    const to = `${this.peer ?? room}@localhost`;
    this.socket.send(
      `<message xmlns="jabber:client" type="chat" id="${id}" to="${to}"><body>${textNow()}</body></message>`,
    );
    this.socket.send(`<r xmlns="${SM}"/>`);
    XmppLink.underWay.set(id, () => this.onAnswer?.(room));
  }

  cut() {
    this.socket.terminate();
  }

  /** Resolves with the first frame that begins like that; another answer is an error. */
  #ask(frame, beginning) {
    return new Promise((resolve, reject) => {
      this.#hear = (text) => {
        if (text.startsWith('<open')) return;
        if (text.startsWith(beginning) && !text.includes('<error')) resolve(text);
        else reject(new Error(`${frame} was answered ${text}`));
      };
      this.socket.send(frame);
    });
  }

  #receive(text) {
    if (text.startsWith('<message ')) {
      this.#received += 1;
      if (text.includes('<error')) throw new Error(text);
      this.onMessage?.(performance.now() - sentAt(text));
      const [, id] = / id=['"]([0-9a-f]{32})/.exec(text);
      XmppLink.underWay.get(id)?.();
      XmppLink.underWay.delete(id);
    } else if (text.startsWith('<r ')) {
      this.socket.send(`<a xmlns="${SM}" h="${this.#received}"/>`);
    } else if (text.startsWith('<presence')) {
      this.#received += 1;
    } else if (!text.startsWith('<a ')) {
      this.#hear(text);
    }
  }
}

const LINKS = { relay: RelayLink, socketio: SocketIoLink, ejabberd: XmppLink, kefu: KefuLink };
const [kind, port] = [process.argv[2], Number(process.argv[3])];
const Link = LINKS[kind];

const inGroups = async (items, act) => {
  for (let n = 0; n < items.length; n += AT_A_TIME) await Promise.all(items.slice(n, n + AT_A_TIME).map(act));
};
const open = (link) => link.open();

let talking = [];
let idle = [];

/** Notes how late messages arrive, in ms. */
function listen(onAnswer = () => {}) {
  const delays = [];
  for (const link of talking) {
    link.onMessage = (ms) => delays.push(ms);
    link.onAnswer = (room) => onAnswer(link, room);
  }
  return delays;
}

const until = async (isSo) => {
  const end = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it takes too long');
    await soon(10);
  }
};

const orders = {
  /** Opens conversations of a visitor each, an agent in many of them. */
  async talk({ visitors, agents }) {
    const rooms = Array.from({ length: visitors }, (_, n) => `room${n}`);
    const visiting = rooms.map((room, n) => new Link(port, [room], undefined, `bench-agent-${n % agents}`));
    const shares = Array.from({ length: agents }, (_, agent) => rooms.filter((_, n) => n % agents === agent));
    const answering = shares.map((share, n) => new Link(port, share, `bench-agent-${n}`));
    await inGroups(answering, open);
    await inGroups(visiting, open);
    talking = [...visiting, ...answering];
    // The first message brings an agent, where there is somebody who decides that.
    for (const link of visiting) link.send(link.rooms[0]);
    await until(() => answering.reduce((sum, link) => sum + link.rooms.length, 0) === visitors);
    await soon(SETTLE_MS);
  },

  /** Everybody has `window` messages on their way in each conversation, all the time. */
  async saturate({ ms, warmUpMs, window }) {
    let isOver = false;
    const delays = listen((link, room) => {
      if (!isOver) link.send(room);
    });
    for (const link of talking) for (const room of link.rooms) for (let n = 0; n < window; n += 1) link.send(room);
    await soon(warmUpMs);
    process.send({ begun: true });
    const before = delays.length;
    const startedAt = performance.now();
    await soon(ms);
    const delivered = delays.length - before;
    const perSecond = (delivered / (performance.now() - startedAt)) * 1_000;
    process.send({ ended: true });
    isOver = true;
    await soon(SETTLE_MS);
    return { delivered, perSecond };
  },

  /** So many messages a second, evenly, whatever becomes of them. */
  async steady({ ms, warmUpMs, perSecond }) {
    let delays = listen();
    const ways = talking.flatMap((link) => link.rooms.map((room) => ({ link, room })));
    let sent = 0;
    const startedAt = performance.now();
    let isMeasured = false;
    for (let now = 0; now < warmUpMs + ms; now = performance.now() - startedAt) {
      if (!isMeasured && now >= warmUpMs) {
        isMeasured = true;
        delays.length = 0;
        process.send({ begun: true });
      }
      for (const due = (now * perSecond) / 1_000; sent < due; sent += 1) {
        const { link, room } = ways[sent % ways.length];
        link.send(room);
      }
      await soon(1);
    }
    process.send({ ended: true });
    delays = [...delays];
    await soon(SETTLE_MS);
    return { delivered: delays.length, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
  },

  /** So many more visitors, who say nothing. */
  async idle({ links }) {
    const more = Array.from({ length: links }, (_, n) => new Link(port, [`idle${idle.length + n}`]));
    await inGroups(more, open);
    idle.push(...more);
  },

  /** So many of the idle ones are cut off and come back, all at once. */
  async storm({ links }) {
    const some = idle.slice(-links);
    for (const link of some) link.cut();
    await soon(1_000);
    const startedAt = performance.now();
    const backAt = [];
    await Promise.all(
      some.map(async (link) => {
        await link.open();
        backAt.push(performance.now() - startedAt);
      }),
    );
    let most = 0;
    for (let first = 0, last = 0; last < backAt.length; last += 1) {
      while (backAt[last] - backAt[first] >= 1_000) first += 1;
      most = Math.max(most, last - first + 1);
    }
    return { seconds: backAt.at(-1) / 1_000, mostInOneSecond: most };
  },
};

process.on('message', async ({ order, options }) => {
  try {
    process.send({ result: (await orders[order](options)) ?? {} });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit(0));
