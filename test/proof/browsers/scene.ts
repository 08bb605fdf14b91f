// Scene: a gateway that can be killed, a network that can fail, an agent who answers, and a visitor in a real browser.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { until } from '../../support/until.ts';
import { msgidOf } from '../../../src/protocol/msgid.ts';
import type { MessageList } from '../../../src/sdk/app/model.ts';
import { Checker } from '../checker.ts';
import type { Counts } from '../checker.ts';
import { violationsText } from '../check.ts';
import { appendHistory } from '../history.ts';
import type { Fault, Happening, HistoryEvent, Row, StoredRow } from '../history.ts';
import { FaultProxy } from '../wire/fault-proxy.ts';
import type { ProcessOptions } from '../wire/gateway.ts';
import { seededRandom } from '../wire/seeded-random.ts';
import { ServerProcess } from '../wire/server-process.ts';
import { WitnessedClient } from '../wire/witnessed-client.ts';
import type { Engine } from './engine.ts';
import { Shop } from './shop.ts';
import { witness } from './witness.ts';
import type { Report } from './witness.ts';

const AGENT = 'mei-the-agent';
/** A closed port: whoever connects is turned away. */
const NOBODY = 1;
const SETTLE_MS = 60_000;
const PENDING: readonly string[] = ['draft', 'queued', 'sending'];

/** What becomes of packets between browser and gateway. `deaf`: answers vanish; `mute`: what is sent vanishes. */
export type Weather = 'clear' | 'slow' | 'deaf' | 'mute' | 'gone';
const WEATHERS: readonly Weather[] = ['clear', 'slow', 'deaf', 'mute', 'gone'];

interface Stored {
  readonly topic: string;
  readonly seqid: number;
  readonly sender: string;
  readonly msgid: string;
  readonly content: string;
  readonly flags: string;
}

export interface Outcome {
  readonly counts: Counts;
  readonly painted: number;
  /** Messages that were not in the first picture after their key. */
  readonly late: readonly string[];
  readonly restored: number;
  /** Empty when all is well. */
  readonly wrong: string;
}

/** A tab of the visitor's browser: one page after the other. */
export class Tab {
  readonly name: string;
  page: Page;
  readonly #scene: Scene;
  readonly #paths = new Set<string>();
  #path = '/';
  #order = 0;

  constructor(name: string, page: Page, scene: Scene) {
    this.name = name;
    this.page = page;
    this.#scene = scene;
  }

  /** What the pages at this address are called in the history. */
  get by(): string {
    return this.name + this.#path;
  }

  /** Loads a page of the shop. */
  async visit(path = this.#path): Promise<void> {
    this.#begins(path);
    await this.page.goto(this.#scene.shopUrl + path);
    await this.ready();
  }

  async reload(): Promise<void> {
    this.#begins(this.#path);
    await this.page.reload();
    await this.ready();
  }

  /** Back to the page before, whose path this is. */
  async back(path: string): Promise<void> {
    this.#begins(path);
    await this.page.evaluate(() => {
      setTimeout(() => history.back());
    });
    // The drivers' own ways back wait for a load, which a page that was kept does not have.
    await until(`${this.name} is back`, () =>
      this.page.evaluate((wanted) => location.pathname === wanted, path).catch(() => false),
    );
    await this.ready();
  }

  #begins(path: string): void {
    this.#path = path;
    // Whoever is not there at the end is asked for nothing.
    const rest = path === '/' ? {} : { pools: false as const };
    if (!this.#paths.has(path))
      this.#scene.note({ what: 'client', by: this.by, user: 'visitor', role: 'visitor', ...rest });
    this.#paths.add(path);
    this.#scene.note({ what: 'page', by: this.by });
  }

  async ready(): Promise<void> {
    await until(`${this.name} has a place to write`, () =>
      this.page.evaluate(() => {
        const input = document
          .querySelector('kefu-chat')
          ?.shadowRoot?.querySelector('kefu-window')
          ?.shadowRoot?.querySelector('kefu-composer')
          ?.shadowRoot?.querySelector('textarea');
        return Boolean(input && !input.disabled);
      }),
    );
  }

  /** A text that nobody else writes. */
  #next(): string {
    this.#order += 1;
    const text = `${this.name} ${this.#order}`;
    this.#scene.note({ what: 'send', by: this.by, topic: '', msgid: text, order: this.#order });
    return text;
  }

  /** Types a message and presses Enter. */
  async write(): Promise<string> {
    const text = this.#next();
    if (this.#scene.engine.name === 'chromium') {
      await this.page.evaluate(() => {
        document.querySelector<HTMLElement>('kefu-chat')?.focus();
      });
      await this.page.keyboard.sendCharacter(text);
      await this.page.keyboard.press('Enter');
    } else {
      // WebDriver's keys get lost in a page that has just come, whatever has the focus there.
      await this.page.evaluate(async (typed) => {
        // In a task of the page: after those of WebDriver it does not always do what its promises wait for.
        await new Promise((resolve) => setTimeout(resolve));
        document.querySelector<HTMLElement>('kefu-chat')?.focus();
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- typing as the user does it, undo and all
        document.execCommand('insertText', false, typed);
        const press = { key: 'Enter', bubbles: true, composed: true, cancelable: true };
        document
          .querySelector('kefu-chat')
          ?.shadowRoot?.querySelector('kefu-window')
          ?.shadowRoot?.querySelector('kefu-composer')
          ?.shadowRoot?.querySelector('textarea')
          ?.dispatchEvent(new KeyboardEvent('keydown', press));
      }, text);
    }
    return text;
  }

  /** Sends without the keyboard, which only the tab in front has. */
  async say(): Promise<string> {
    const text = this.#next();
    await this.page.evaluate((said) => {
      const chat = document.querySelector<HTMLElement & { send(text: string): Promise<unknown> }>('kefu-chat');
      void chat?.send(said);
    }, text);
    return text;
  }

  /** The user asks for the expired ones to be sent after all, oldest first. */
  async retryExpired(): Promise<number> {
    const expired = (await this.rows()).filter(({ state }) => state === 'expired');
    for (const { text } of expired) {
      this.#order += 1;
      await this.page.evaluate(
        (wanted, order) => {
          window.kefuRetryOrder = order;
          const list = document
            .querySelector('kefu-chat')
            ?.shadowRoot?.querySelector('kefu-window')
            ?.shadowRoot?.querySelector('kefu-message-list')?.shadowRoot;
          const row = [...(list?.querySelectorAll('kefu-message') ?? [])].find(
            (one) => one.shadowRoot?.querySelector('.text')?.textContent === wanted,
          );
          row?.shadowRoot?.querySelector<HTMLButtonElement>('[part~="retry"] button')?.click();
        },
        text,
        this.#order,
      );
    }
    return expired.length;
  }

  /** All that the page has of the conversation, top to bottom. */
  rows(): Promise<{ id: string; text: string; own: boolean; seqid: number; state: string; volatile: boolean }[]> {
    return this.page.evaluate(() => {
      const list = document
        .querySelector('kefu-chat')
        ?.shadowRoot?.querySelector('kefu-window')
        ?.shadowRoot?.querySelector<HTMLElement & { readonly messages?: MessageList }>('kefu-message-list')?.messages;
      return Array.from({ length: list?.length ?? 0 }, (_, index) => list?.at(index)).flatMap((message) =>
        message
          ? {
              id: message.own ? JSON.stringify(message.content).slice(1, -1) : (message.msgid ?? message.key),
              text: JSON.stringify(message.content).slice(1, -1),
              own: message.own,
              seqid: message.seqid ?? 0,
              state: message.state,
              volatile: message.volatile,
            }
          : [],
      );
    });
  }

  /** The texts of the bubbles there are, top to bottom: those near the end of the list. */
  bubbles(): Promise<string[]> {
    return this.page.evaluate(() =>
      [
        ...(document
          .querySelector('kefu-chat')
          ?.shadowRoot?.querySelector('kefu-window')
          ?.shadowRoot?.querySelector('kefu-message-list')
          ?.shadowRoot?.querySelectorAll('kefu-message') ?? []),
      ].map((row) => row.shadowRoot?.querySelector('.text')?.textContent ?? ''),
    );
  }

  state(): Promise<string> {
    return this.page.evaluate(
      () => document.querySelector<HTMLElement & { readonly state: string }>('kefu-chat')?.state ?? '',
    );
  }

  /** Resolves when the message is in one of the states, as its page knows it. */
  async becomes(text: string, ...states: readonly string[]): Promise<void> {
    await until(`${text} is ${states.join(' or ')}`, async () => {
      const row = (await this.rows()).find((one) => one.text === text);
      return row !== undefined && states.includes(row.state);
    });
  }

  /** The device's clock is as the scene has it, from now on. */
  async skew(): Promise<void> {
    await this.page.evaluate((by) => {
      window.kefuSkewMs = by;
    }, this.#scene.skewMs);
  }

  /** The device says that it is on a network again. */
  async wake(): Promise<void> {
    await this.page.evaluate(() => {
      dispatchEvent(new Event('online'));
    });
  }
}

export class Scene {
  readonly engine: Engine;
  readonly random: () => number;
  readonly tabs: Tab[] = [];
  restored = 0;
  readonly #seed: number;
  readonly #name: string;
  readonly #folder: string;
  readonly #gateway: ServerProcess;
  readonly #events: HistoryEvent[] = [];
  readonly #painted: { readonly text: string; readonly framesLate: number }[] = [];
  #proxy!: FaultProxy;
  #agentProxy!: FaultProxy;
  #shop!: Shop;
  #agent!: WitnessedClient;
  #isGone = false;
  /** Of the clock of pages that are opened from now on. */
  skewMs = 0;

  private constructor(name: string, engine: Engine, seed: number) {
    this.#name = name;
    this.engine = engine;
    this.#seed = seed;
    this.random = seededRandom(seed);
    this.#folder = mkdtempSync(join(tmpdir(), 'kefu-browsers-'));
    const options: ProcessOptions = {
      dataDir: this.#folder,
      // A line that comes late would not be on all screens at the end.
      systemLines: false,
      agents: [AGENT],
      allowedOrigins: ['*'],
      limits: {
        visitorPubs: { perSecond: 1_000, burst: 10_000 },
        accounts: { perSecond: 10, burst: 10_000 },
        linksPerAddress: 10_000,
        handshakes: { perSecond: 1_000, burst: 10_000 },
        drainMs: 0,
      },
    };
    this.#gateway = new ServerProcess({
      script: fileURLToPath(new URL('../wire/gateway.ts', import.meta.url)),
      options,
    });
  }

  static async begin(name: string, engine: Engine, seed: number): Promise<Scene> {
    const scene = new Scene(name, engine, seed);
    await scene.#begin();
    return scene;
  }

  async #begin(): Promise<void> {
    await this.#gateway.start();
    const target = (): number => (this.#isGone ? NOBODY : this.#gateway.port);
    this.#proxy = await FaultProxy.listen({ target, seed: this.#seed });
    this.#agentProxy = await FaultProxy.listen({ target: () => this.#gateway.port, seed: this.#seed });
    this.#shop = await Shop.open(`http://127.0.0.1:${this.#proxy.port}`, (reports) => {
      this.#told(reports);
    });
    this.note({ what: 'begin', run: this.#name, seed: this.#seed });
    const server = `http://127.0.0.1:${this.#agentProxy.port}`;
    this.#agent = new WitnessedClient(AGENT, { server, role: 'agent' }, (event) => {
      this.note(event);
    });
    this.note({ what: 'page', by: AGENT });
    await this.#agent.client.login(AGENT, AGENT);
    await this.engine.start();
  }

  get shopUrl(): string {
    return this.#shop.url;
  }

  note(event: Happening): void {
    this.#events.push({ at: Date.now(), ...event });
  }

  /** How often pages have reported this. */
  traces(text: string): number {
    return this.#events.filter((event) => event.what === 'trace' && event.text === text).length;
  }

  fault(fault: Fault): void {
    this.note({ what: 'fault', fault });
  }

  pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.random() * from.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** Opens a page. One of the same name goes on where the other was: the visitor comes back. */
  async open(name: string): Promise<Tab> {
    const page = await this.engine.newPage(this.shopUrl);
    page.setDefaultTimeout(SETTLE_MS);
    await page.evaluateOnNewDocument(witness, { by: name, skewMs: this.skewMs });
    let tab = this.tabs.find((one) => one.name === name);
    if (tab) {
      await tab.page.close().catch(() => undefined);
      tab.page = page;
    } else {
      tab = new Tab(name, page, this);
      this.tabs.push(tab);
    }
    await tab.visit();
    return tab;
  }

  /** The agent answers, in so many characters or a few, where there is somebody to answer. */
  answer(length = 0): void {
    const { client } = this.#agent;
    const [conversation] = client.conversations$.value;
    let text = `answer ${String(this.#agent.counts.sent + 1)}`;
    // Nothing that storage could make small.
    while (text.length < length) text += ` ${this.random().toString(36).slice(2)}`;
    if (conversation) this.#agent.send(conversation, text);
  }

  /** What the network is like from now on. */
  weather(weather: Weather = this.pick(WEATHERS)): Weather {
    const connections = this.#proxy.connections;
    if (weather === 'slow') for (const one of connections) one.stall(50 + this.random() * 400);
    else if (weather === 'deaf' || weather === 'mute') {
      this.fault('one-way');
      for (const one of connections) one.blackHole(weather === 'deaf' ? 'down' : 'up');
    } else if (weather === 'gone') this.#cut();
    return weather;
  }

  #cut(): void {
    this.fault('cut');
    this.#isGone = true;
    for (const one of this.#proxy.connections) one.destroy();
  }

  /** The network is well again; the device notices. */
  async calm(): Promise<void> {
    this.#isGone = false;
    for (const one of this.#proxy.connections) one.destroy();
    await Promise.all(this.tabs.map((tab) => tab.wake().catch(() => undefined)));
  }

  async killGateway(): Promise<void> {
    this.fault('gateway-crash');
    await this.#gateway.signal('SIGKILL');
  }

  async startGateway(): Promise<void> {
    await this.#gateway.start();
  }

  /** Nothing is on its way any more, in any tab. */
  async settled(): Promise<void> {
    for (const tab of this.tabs)
      await until(
        `nothing of ${tab.name} is pending`,
        async () =>
          (await tab.rows()).every(({ state }) => !PENDING.includes(state)) && (await tab.state()) === 'online',
        SETTLE_MS,
      );
  }

  /** Everything that is pending has gone, and everybody has everything. */
  async quiet(): Promise<void> {
    const { counts } = this.#agent;
    await until('nothing of the agent is pending', () => counts.settled >= counts.sent, SETTLE_MS);
    for (const tab of this.tabs) {
      await until(
        `${tab.name} shows what is stored`,
        async () => {
          const stored = this.#stored();
          const newest = stored.at(-1)?.seqid ?? 0;
          const rows = await tab.rows();
          const isPending = rows.some(({ state }) => PENDING.includes(state));
          const seqids = rows.map(({ seqid }) => seqid).filter((seqid) => seqid > 0);
          // From the first that is loaded on, nothing is missing.
          const isWhole = seqids.length === newest - (seqids[0] ?? 1) + 1;
          return !isPending && isWhole && seqids.at(-1) === (newest || undefined) && (await tab.state()) === 'online';
        },
        SETTLE_MS,
      );
    }
    await until('the agent has everything', () => {
      const newest = this.#stored().at(-1)?.seqid ?? 0;
      const { value } = this.#agent.client.conversations$;
      const list = value[0]?.messages$.value;
      return newest === 0 || list?.at(list.length - 1)?.seqid === newest;
    });
  }

  /** Ends the run: everybody has the time to be complete, then it is judged. `hindrance`: what went wrong before. */
  async judge(hindrance = ''): Promise<Outcome> {
    const wrong: string[] = hindrance === '' ? [] : [hindrance];
    await this.calm();
    await this.quiet().catch((error: unknown) => {
      wrong.push(String(error));
    });
    for (const tab of this.tabs) {
      const rows = await tab.rows();
      const from = rows.find(({ seqid }) => seqid > 0)?.seqid ?? 1;
      const pool = rows.map(({ id, seqid }): Row => [id, seqid]);
      this.note({ what: 'pool', by: tab.by, topic: '', from, rows: pool });
      // And what is in the list is on the screen.
      const bubbles = await tab.bubbles();
      const expected = rows.slice(-bubbles.length).map(({ text }) => text);
      if (bubbles.length === 0 || bubbles.join('\n') !== expected.join('\n'))
        wrong.push(`${tab.name} shows ${bubbles.join(', ')} for ${expected.join(', ')}`);
    }
    await this.#agent.dump();
    const stored = this.#stored();
    const topics = [...new Set(stored.map(({ topic }) => topic))];
    if (topics.length !== 1) wrong.push(`the visitor has ${topics.length} conversations: ${topics.join(', ')}`);
    // A visitor's message goes by its text, on all sides.
    const texts = new Map(
      stored.map(({ msgid, sender, content }) => [msgid, sender === this.#agentId ? msgid : content]),
    );
    const named = (id: string): string => texts.get(id) ?? id;
    const history = this.#events.map((event): HistoryEvent => {
      const topic = 'topic' in event && event.topic !== '' ? event.topic : (topics[0] ?? '');
      if (event.what === 'view' || event.what === 'pool')
        return { ...event, topic, rows: event.rows.map((row) => row && [named(row[0]), row[1]]) };
      return 'topic' in event ? { ...event, topic } : event;
    });
    for (const topic of topics) {
      const rows = stored.filter((row) => row.topic === topic);
      history.push({
        at: Date.now(),
        what: 'store',
        topic,
        rows: rows.map(({ seqid, msgid, sender, flags }): StoredRow => [seqid, named(msgid), sender, flags]),
      });
    }
    const checker = new Checker();
    for (const [index, event] of history.entries()) checker.add(event, { file: this.#name, line: index + 1 });
    checker.finish();
    if (checker.violations.length > 0) wrong.push(violationsText(checker.violations));
    if (this.#gateway.errors !== '') wrong.push(`the gateway said: ${this.#gateway.errors.slice(-2_000)}`);
    if (wrong.length > 0) {
      const file = join(tmpdir(), `${this.#name.replaceAll(/\W+/g, '-')}-${this.#seed}.jsonl`);
      rmSync(file, { force: true });
      appendHistory(file, history);
      wrong.push(`seed ${this.#seed}, history in ${file}`);
    }
    const late = this.#painted.filter(({ framesLate }) => framesLate > 0);
    return {
      counts: checker.counts,
      painted: this.#painted.length,
      late: late.map(({ text, framesLate }) => `${text}: ${framesLate}`),
      restored: this.restored,
      wrong: wrong.join('\n'),
    };
  }

  async dispose(): Promise<void> {
    await this.engine.dispose();
    this.#agent.client.destroy();
    await Promise.all([this.#proxy.close(), this.#agentProxy.close(), this.#shop.close()]);
    if (this.#gateway.isRunning) await this.#gateway.signal('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #agentId(): string {
    return this.#agent.client.me$.value?.id ?? '';
  }

  #told(reports: readonly Report[]): void {
    for (const report of reports) {
      if (report.what === 'painted') this.#painted.push(report);
      else if (report.what === 'restored') this.restored += 1;
      else this.note(report);
    }
  }

  /** Every message of the store, in its order. */
  #stored(): Stored[] {
    const database = new DatabaseSync(join(this.#folder, 'kefu.db'), { readOnly: true });
    try {
      return database
        .prepare('select topic, seqid, sender, head, content, note, deleted from messages order by topic, seqid')
        .all()
        .map((row) => ({
          topic: String(row['topic']),
          seqid: Number(row['seqid']),
          sender: String(row['sender']),
          msgid: msgidOf(JSON.parse(String(row['head'])) as Record<string, string>) ?? '',
          content: String(JSON.parse(String(row['content']))),
          flags: `${row['deleted'] === 1 ? 'd' : ''}${row['note'] === 1 ? 'n' : ''}`,
        }));
    } finally {
      database.close();
    }
  }
}
