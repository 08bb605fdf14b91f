// The whole product for a test: a gateway in a process of its own, and the shop and the desk in a browser.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { until } from '../support/until.ts';

/** Everything that has to happen happens within this time, on a slow and busy machine as well. */
const DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 25;

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const main = inProject('dist/node/gateway/main.js');

/** The agents of the demo. */
export const AGENTS = { mei: 'mei', sam: 'sam' } as const;
const PASSWORD = 'kefu-demo';

/** Waits until `read` gives what is expected. Fails with the difference. */
export const becomes = async <T>(read: () => Promise<T>, expected: T, deadlineMs = DEADLINE_MS): Promise<void> => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const actual = await read();
    try {
      assert.deepEqual(actual, expected);
      return;
    } catch (difference) {
      if (Date.now() > deadline) throw difference;
    }
    await pause(LOOK_EVERY_MS);
  }
};

/** A gateway that can be killed and started again on the same data and the same port. */
export class Gateway {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'kefu-e2e-'));
  private readonly settings: Readonly<Record<string, string>>;
  private port = 0;
  private child: ChildProcess | undefined;
  private log = '';

  /** `settings`: environment variables. Lines of what happens would stand between the messages that tests count. */
  constructor(settings: Readonly<Record<string, string>> = { SYSTEM_LINES: '0' }) {
    this.settings = settings;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves when it is ready to serve. */
  async start(): Promise<void> {
    assert.ok(existsSync(main), 'There is no dist/node/gateway: run npm run build first.');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve', '--demo'], {
      env: { ...process.env, HOST: '127.0.0.1', PORT: String(this.port), DATA_DIR: this.dataDir, ...this.settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const note = (chunk: Buffer): void => {
      this.log += chunk.toString();
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    await until('the gateway is ready', async () => {
      if (child.exitCode !== null) throw new Error(`The gateway ended with ${child.exitCode}:\n${this.log}`);
      this.port ||= Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(this.log)?.[1] ?? 0);
      if (this.port === 0) return false;
      return fetch(`${this.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  /** As a power cut would: no handler of the gateway runs. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it gracefully, if it runs, and removes its data. */
  async dispose(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Everything it has written, for a failing test. */
  get output(): string {
    return this.log;
  }

  /** Ends it gracefully; its data stay. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const hard = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
    await ended;
    clearTimeout(hard);
  }
}

/** Where a Chromium is; one is installed if there is none. */
const chromiumPath = (): string =>
  execFileSync(process.execPath, [inProject('scripts/ensure-chromium.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

/** Playwright turns the back/forward cache off where nobody asks for it. */
export const launchBrowser = ({
  backForwardCache = false,
  debuggingPort,
}: { readonly backForwardCache?: boolean; readonly debuggingPort?: number } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath(),
    args: [
      ...['--disable-background-networking', '--disable-component-update', '--no-first-run'],
      ...(debuggingPort === undefined ? [] : [`--remote-debugging-port=${debuggingPort}`]),
    ],
    ...(backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  });

/** What one can see of a message. */
export interface SeenMessage {
  readonly text: string;
  readonly own: boolean;
}

/** A page with a conversation on it: the shop with its chat open, or the desk with a thread open. */
export class Talk {
  readonly page: Page;
  /** What went wrong on the page: errors of scripts, and what the console calls errors. */
  readonly errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(DEADLINE_MS);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      // A gateway that is down makes the browser itself report each attempt to reach it.
      if (message.type() === 'error' && !message.text().includes('ERR_CONNECTION')) this.errors.push(message.text());
    });
  }

  get input(): Locator {
    return this.page.locator('kefu-composer textarea');
  }

  get rows(): Locator {
    return this.page.locator('kefu-message');
  }

  get typing(): Locator {
    return this.page.locator('kefu-typing [part~="typing"]');
  }

  /** Types the text as a person does, and presses Enter. */
  async write(text: string): Promise<void> {
    await this.input.click();
    await this.page.keyboard.insertText(text);
    await this.page.keyboard.press('Enter');
  }

  /** The messages, from the oldest on the screen to the newest. */
  messages(): Promise<SeenMessage[]> {
    return this.rows.evaluateAll((rows) =>
      rows.map((row) => ({
        text: row.shadowRoot?.querySelector('.text')?.textContent ?? '',
        own: row.shadowRoot?.querySelector('[part~="own"]') != null,
      })),
    );
  }

  async texts(): Promise<string[]> {
    return (await this.messages()).map(({ text }) => text);
  }

  /** The state of the newest own message with this text, in the words of the screen; empty while there is none. */
  state(text: string): Promise<string> {
    return this.rows.evaluateAll((rows, wanted) => {
      const row = rows.findLast((one) => one.shadowRoot?.querySelector('.text')?.textContent === wanted);
      return row?.shadowRoot?.querySelector('[part~="receipt"] .sr')?.textContent ?? '';
    }, text);
  }

  /** The newest own message with this text waits, and the device has it. */
  isKept(text: string): Promise<boolean> {
    return this.rows.evaluateAll((rows, wanted) => {
      type Row = Element & { message?: { content: unknown; state: string; volatile: boolean } };
      const { message } = rows.findLast((one: Row) => one.message?.content === wanted) as Row;
      return message?.state === 'queued' && !message.volatile;
    }, text);
  }
}

export class Shop extends Talk {
  get chat(): Locator {
    return this.page.locator('kefu-chat');
  }

  get launcher(): Locator {
    return this.page.locator('kefu-launcher button');
  }

  get window(): Locator {
    return this.page.locator('kefu-window');
  }

  /** The line about the link: empty while all is well. */
  linkState(): Promise<string> {
    return this.chat.evaluate((chat) => (chat as HTMLElement & { state: string }).state);
  }

  async open(): Promise<void> {
    await this.launcher.click();
    await this.input.waitFor();
  }

  async close(): Promise<void> {
    await this.window.getByRole('button', { name: 'Close chat' }).click();
    await this.window.waitFor({ state: 'hidden' });
  }
}

export class Desk extends Talk {
  get inboxRows(): Locator {
    return this.page.locator('kefu-inbox-row');
  }

  get thread(): Locator {
    return this.page.locator('kefu-thread');
  }

  async logIn(name: string = AGENTS.mei, password: string = PASSWORD): Promise<void> {
    await this.page.locator('kefu-login #name').fill(name);
    await this.page.locator('kefu-login #password').fill(password);
    await this.page.locator('kefu-login button[type="submit"]').click();
    await this.page.locator('kefu-inbox').waitFor();
  }

  /** Opens the conversation whose newest message reads so, and takes it if it waits for somebody. */
  async pick(text: string): Promise<void> {
    const row = this.inboxRows.filter({ hasText: text });
    await row.click();
    await this.input.waitFor();
  }

  tab(name: 'Open' | 'Waiting' | 'Resolved'): Locator {
    return this.page.getByRole('tab', { name: new RegExp(`^${name}`) });
  }
}

/** A fresh visitor: storage of their own, and the demo's product page. */
export const openShop = async (
  browser: Browser,
  gateway: Gateway,
  { path = '/', ...options }: BrowserContextOptions & { readonly path?: string } = {},
): Promise<Shop> => {
  const shop = new Shop(await newPage(browser, options));
  await shop.page.goto(gateway.url + path);
  await shop.launcher.waitFor();
  return shop;
};

/** An agent at the desk, logged in. */
export const openDesk = async (
  browser: Browser,
  gateway: Gateway,
  {
    path = '/desk',
    name = AGENTS.mei,
    ...options
  }: BrowserContextOptions & { readonly path?: string; readonly name?: string } = {},
): Promise<Desk> => {
  const desk = new Desk(await newPage(browser, options));
  await desk.page.goto(gateway.url + path);
  await desk.logIn(name);
  return desk;
};

/** Starts the gateway, with an agent at the desk and a visitor who has opened the chat. */
export const openBoth = async (
  browser: Browser,
  gateway: Gateway,
): Promise<{ readonly shop: Shop; readonly desk: Desk }> => {
  await gateway.start();
  const desk = await openDesk(browser, gateway);
  const shop = await openShop(browser, gateway);
  await shop.open();
  return { shop, desk };
};

/** Ends what {@link openBoth} began, with all data; fails when something went wrong on either page. */
export const closeBoth = async (
  gateway: Gateway,
  { shop, desk }: { readonly shop: Shop; readonly desk: Desk },
): Promise<void> => {
  const errors = [...shop.errors, ...desk.errors];
  await shop.page.context().close();
  await desk.page.context().close();
  await gateway.dispose();
  assert.deepEqual(errors, []);
};

/** The same two, who have said a first word each: `visitor 1`, `agent 1`. */
export const openTalk = async (
  browser: Browser,
  gateway: Gateway,
): Promise<{ readonly shop: Shop; readonly desk: Desk }> => {
  const { shop, desk } = await openBoth(browser, gateway);
  await shop.write('visitor 1');
  await desk.pick('visitor 1');
  await desk.write('agent 1');
  await becomes(() => shop.texts(), ['visitor 1', 'agent 1']);
  return { shop, desk };
};

export const newPage = async (browser: Browser, options: BrowserContextOptions): Promise<Page> => {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    reducedMotion: 'reduce',
    ...options,
  });
  return context.newPage();
};
