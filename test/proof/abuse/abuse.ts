// Abuse (T8): a gateway in a process of its own, attacked over real sockets with everything that makes no sense, while a
// visitor and an agent go on talking. It must not end, must not grow, must not forge a line of its log, and must serve them.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestClient } from '../../gateway/test-client.ts';
import { seededRandom } from '../wire/seeded-random.ts';
import { ServerProcess } from '../wire/server-process.ts';
import type { ProcessOptions } from '../wire/gateway.ts';
import { hostileFrame, hostileRequest } from './hostile-bytes.ts';
import { hostileText, wrongFields } from './hostile-text.ts';
import { RawLink, textFrame } from './raw-link.ts';

export interface AbuseOptions {
  /** Malformed frames and requests, in all. */
  readonly frames: number;
  readonly seed: number;
}

export interface AbuseSummary {
  readonly seed: number;
  readonly frames: number;
  readonly requests: number;
  /** Links that the gateway ended. */
  readonly ended: number;
  /** Messages that arrived meanwhile, and how late: median, one in a hundred, the last. */
  readonly delivered: number;
  readonly delayMs: readonly [p50: number, p99: number, most: number];
  /** Memory of the gateway after the first fifth, and at most. */
  readonly residentMb: number;
  readonly mostResidentMb: number;
  readonly logLines: number;
  readonly seconds: number;
  /** What must not be. */
  readonly findings: readonly string[];
}

/** Frames of one link, and requests, between two looks at whether the gateway still answers. */
const TEXTS = 100;
const BYTES = 10;
const REQUESTS = 12;
/** Connections that say a byte of a header at a time. */
const SLOW = 10;
/** Until the gateway answers; far more than it needs, on any machine. */
const DEADLINE_MS = 60_000;
/** Above what it takes after the first fifth: what two heaps keep for later. A leak shows in the heap, which ends the gateway. */
const GROWTH_MB = 128;
/** In everything that an attacker says, and so never in the log. */
const CANARY = 'CANARY';
const PASSWORD = 'attacker-1';
const unlimited = { perSecond: 1e9, burst: 1e9 };

async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer in ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Who attacks: what it logs in with, and the names it knows. */
interface Attacker {
  readonly token: string | undefined;
  readonly words: readonly string[];
  readonly greets: boolean;
}

const packetFrame = (packet: object): Buffer => textFrame(JSON.stringify(packet));

class Attack {
  readonly #port: number;
  readonly #attacker: Attacker;
  #link: RawLink | undefined;
  #turn = 0;
  ended = 0;

  constructor(port: number, attacker: Attacker) {
    this.#port = port;
    this.#attacker = attacker;
  }

  /** A link that is logged in, and attached where it may be. */
  async #open(): Promise<RawLink> {
    const link = new RawLink(this.#port);
    await inTime('handshake', link.open());
    const { token, words, greets } = this.#attacker;
    if (greets) link.write(packetFrame({ hi: { ver: '0.25', ua: CANARY, kefu: { v: 1 } } }));
    if (token !== undefined) link.write(packetFrame({ login: { scheme: 'token', secret: token } }));
    for (const topic of ['me', ...words]) link.write(packetFrame({ sub: { topic } }));
    return link;
  }

  /** Sends; resolves when all of it has been handled, or has ended the link. */
  async send(frames: readonly Buffer[], isDeaf = false): Promise<void> {
    this.#link ??= await this.#open();
    const link = this.#link;
    if (isDeaf) link.deafen();
    for (const frame of frames) link.write(frame);
    if (!isDeaf) {
      const id = `settled${(this.#turn += 1)}`;
      link.write(packetFrame({ get: { id, topic: 'me', what: CANARY } }));
      if (await inTime('a link', link.until(`"${id}"`))) return;
    } else if (!link.isClosed && link.unread < 1 << 20) return;
    this.ended += 1;
    link.destroy();
    this.#link = undefined;
  }

  end(): void {
    this.#link?.destroy();
  }
}

/** Says something, and waits for an answer or the end; half a request is left standing for as long as `until`. */
async function ask(port: number, bytes: Buffer, until: Promise<void>): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  const answered = new Promise<void>((resolve) => {
    socket.on('data', () => resolve());
    socket.on('close', () => resolve());
  });
  await Promise.race([answered, until]);
  socket.destroy();
}

/** A visitor and an agent who talk, for as long as they are asked to. */
class Talk {
  readonly #visitor: TestClient;
  readonly #agent: TestClient;
  readonly topic: string;
  readonly delays: number[] = [];
  #seq = 1;
  #count = 0;

  private constructor(visitor: TestClient, agent: TestClient, topic: string) {
    this.#visitor = visitor;
    this.#agent = agent;
    this.topic = topic;
  }

  static async begin(url: string): Promise<Talk> {
    const patient = { deadlineMs: DEADLINE_MS };
    const agent = await TestClient.login(url, 'witness-agent', 'witness-agent', patient);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url, 'Witness', patient);
    const topic = await visitor.open();
    await visitor.say(topic, 'hello');
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    return new Talk(visitor, agent, topic);
  }

  /** A message each way. */
  async exchange(): Promise<void> {
    for (const [from, to] of [
      [this.#visitor, this.#agent],
      [this.#agent, this.#visitor],
    ] as const) {
      const sentAt = performance.now();
      const text = `message ${(this.#count += 1)}`;
      const seq = await from.say(this.topic, text);
      // The gateway says something itself when an agent takes the conversation.
      if (seq !== this.#seq + 1 && this.#count > 1) throw new Error(`seqid ${seq} came after ${this.#seq}`);
      this.#seq = seq;
      const { content } = await to.waitData(this.topic, seq);
      if (content !== text) throw new Error(`${text} became ${JSON.stringify(content)}`);
      this.delays.push(performance.now() - sentAt);
      from.packets.length = 0;
      to.packets.length = 0;
    }
  }

  close(): void {
    this.#visitor.terminate();
    this.#agent.terminate();
  }
}

/** What is wrong with a line of the log. */
function flawOf(line: string): string | undefined {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return 'is no JSON';
  }
  if (typeof entry['ts'] !== 'string' || typeof entry['code'] !== 'string') return 'is none of ours';
  if (entry['level'] === 'error') return 'tells of a fault';
  return line.includes(CANARY) || entry['code'] === 'forged' ? 'tells what somebody said' : undefined;
}

const at = (sorted: readonly number[], share: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

/** Resolves with what was seen; rejects when the gateway stands still. */
export async function runAbuse({ frames, seed }: AbuseOptions, say: (line: string) => void): Promise<AbuseSummary> {
  const random = seededRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'kefu-abuse-'));
  const options: ProcessOptions = {
    dataDir,
    agents: ['witness-agent', PASSWORD],
    // Otherwise every link ends after a few frames; that it does is another test's.
    limits: {
      badPackets: 1e9,
      badTokens: 1e9,
      packets: unlimited,
      visitorPubs: unlimited,
      visitorChanges: unlimited,
      agentPubs: unlimited,
      handshakes: unlimited,
      goodbyeMs: 50,
    },
    logLevel: 'debug',
  };
  const script = fileURLToPath(new URL('../wire/gateway.ts', import.meta.url));
  const gateway = new ServerProcess({ script, options });
  const startedAt = performance.now();
  const findings: string[] = [];
  const attacks: Attack[] = [];
  const slow: Socket[] = [];
  let talk: Talk | undefined;
  try {
    // What outgrows this ends it.
    await gateway.start({ execArgv: ['--max-old-space-size=128'] });
    const { port, pid } = gateway;
    const url = `http://127.0.0.1:${port}`;
    talk = await Talk.begin(url);
    const { texts, bytes, deaf, tokens } = await enlist(url, talk.topic);
    for (const attacker of [...texts, bytes, bytes, deaf]) attacks.push(new Attack(port, attacker));
    const systematic = wrongFields();
    let sent = 0;
    let requests = 0;
    let firstResident = 0;
    let mostResident = 0;
    let lastSaidAt = 0;
    for (let n = 0; n < SLOW; n += 1) slow.push(slowSocket(port));
    while (sent + requests < frames) {
      let isOver = (): void => undefined;
      const over = new Promise<void>((resolve) => (isOver = resolve));
      const turn = Promise.all(
        attacks.map(async (attack, index) => {
          const attacker = [...texts, bytes, bytes, deaf][index];
          const isBytes = attacker === bytes;
          const batch = Array.from({ length: isBytes ? BYTES : TEXTS }, () => {
            if (isBytes) return hostileFrame(random);
            const next = index === 0 ? systematic.next() : undefined;
            return textFrame(next?.done === false ? next.value : hostileText(random, attacker?.words ?? []));
          });
          sent += batch.length;
          await attack.send(batch, attacker === deaf);
        }),
      ).finally(isOver);
      const asked = Array.from({ length: REQUESTS }, () => ask(port, hostileRequest(random, ['x'], tokens), over));
      requests += asked.length;
      for (const socket of slow) socket.write('x');
      const progress = { isOver: false };
      const ends = Promise.all([turn, ...asked]).finally(() => (progress.isOver = true));
      ends.catch(() => undefined);
      do await talk.exchange();
      while (!progress.isOver);
      await ends;
      const resident = ((await gateway.usage())?.residentBytes ?? 0) / 2 ** 20;
      mostResident = Math.max(mostResident, resident);
      if (firstResident === 0 && sent + requests > frames / 5) firstResident = resident;
      if (performance.now() - lastSaidAt < 5_000) continue;
      lastSaidAt = performance.now();
      say(`${sent + requests} frames, ${talk.delays.length} messages, ${Math.round(resident)} MB`);
    }
    // Who dribbles a header has not got far.
    await inTime('slow headers', Promise.all(slow.map(closed)));
    await talk.exchange();
    if (!gateway.isRunning || gateway.pid !== pid) findings.push('the gateway has ended');
    if (mostResident > firstResident + GROWTH_MB)
      findings.push(`memory grew from ${Math.round(firstResident)} to ${Math.round(mostResident)} MB`);
    for (const attack of attacks) attack.end();
    const lines = gateway.errors.split('\n').filter((line) => line !== '');
    const flaws = lines.flatMap((line) => {
      const flaw = flawOf(line);
      return flaw === undefined ? [] : [`a line of the log ${flaw}: ${line.slice(0, 300)}`];
    });
    findings.push(...flaws.slice(0, 20));
    const delays = [...talk.delays].sort((a, b) => a - b);
    return {
      seed,
      frames: sent,
      requests,
      ended: attacks.reduce((sum, { ended }) => sum + ended, 0),
      delivered: delays.length,
      delayMs: [at(delays, 0.5), at(delays, 0.99), at(delays, 1)],
      residentMb: Math.round(firstResident),
      mostResidentMb: Math.round(mostResident),
      logLines: lines.length,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      findings,
    };
  } catch (error) {
    if (!gateway.isRunning) throw new Error(`the gateway has ended: ${gateway.errors.slice(-4_000)}`, { cause: error });
    throw error;
  } finally {
    talk?.close();
    for (const attack of attacks) attack.end();
    for (const socket of slow) socket.destroy();
    if (gateway.isRunning) await gateway.signal('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Visitors, one of whom knows the name of a conversation that is not theirs; an agent; and who says no hello. */
async function enlist(url: string, topic: string) {
  const visitors: Attacker[] = [];
  const tokens: string[] = [];
  for (const known of [[topic], []]) {
    const visitor = await TestClient.visitor(url, CANARY);
    const own = await visitor.open();
    await visitor.say(own, CANARY);
    tokens.push(visitor.token);
    visitors.push({ token: visitor.token, words: [own, ...known, 'me', 'newk', CANARY], greets: true });
    visitor.terminate();
  }
  const agent = await TestClient.login(url, PASSWORD, PASSWORD);
  agent.terminate();
  const [first] = visitors as [Attacker];
  const nobody: Attacker = { token: undefined, words: [topic, CANARY], greets: false };
  const texts: readonly Attacker[] = [
    ...visitors,
    // Knows nothing of the conversation, which would be an agent's to take.
    { token: agent.token, words: ['me', CANARY], greets: true },
    nobody,
    { ...nobody, greets: true },
  ];
  return { texts, bytes: { ...first }, deaf: { ...first }, tokens };
}

function slowSocket(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  return socket;
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.on('close', () => resolve());
  });

export const abuseText = (summary: AbuseSummary): string => JSON.stringify(summary, undefined, 2);
