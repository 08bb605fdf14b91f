// Engine: a real browser with a profile that outlives it. Chromium is driven over CDP, Firefox over WebDriver BiDi.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import type { Browser, CDPSession, LaunchOptions, Page } from 'puppeteer-core';
import { until } from '../../support/until.ts';

export type EngineName = 'chromium' | 'firefox';

/** What the browser lets pages keep: for ever, until it ends, a little, nothing. */
export type Keeping = 'kept' | 'private' | 'scarce' | 'denied';

/** What pages may keep where storage is scarce: less than a long conversation takes. */
const SCARCE_BYTES = 128 * 1024;

const installed = (variable: string, ...paths: readonly string[]): string | undefined =>
  [process.env[variable], ...paths].find((path) => path !== undefined && existsSync(path));

/** Where the engine is on this machine, if it is. */
export const engineAt = (name: EngineName): string | undefined =>
  name === 'chromium'
    ? installed('CHROME_PATH', '/usr/bin/chromium', '/usr/bin/google-chrome')
    : installed('FIREFOX_PATH', '/usr/bin/firefox-esr', '/usr/bin/firefox');

/** Made for automation, and kinder to pages in the background than any user's browser. */
const NO_USER_HAS = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

export class Engine {
  readonly name: EngineName;
  readonly #keeping: Keeping;
  readonly #profile = mkdtempSync(join(tmpdir(), 'kefu-profile-'));
  readonly #sessions = new WeakMap<Page, Promise<CDPSession>>();
  #browser: Browser | undefined;
  #group = 0;

  constructor(name: EngineName, keeping: Keeping = 'kept') {
    this.name = name;
    this.#keeping = keeping;
  }

  async start(): Promise<void> {
    const path = engineAt(this.name);
    assert.ok(path, `${this.name} is not installed`);
    const common: LaunchOptions = { executablePath: path, headless: true, userDataDir: this.#profile, timeout: 60_000 };
    this.#browser = await puppeteer.launch(
      this.name === 'chromium' ? { ...common, ...this.#chromium() } : { ...common, ...this.#firefox() },
    );
    this.#group = this.#browser.process()?.pid ?? 0;
  }

  /** A tab, for pages of the origin. */
  async newPage(origin: string): Promise<Page> {
    assert.ok(this.#browser, 'the browser runs');
    const isChromium = this.name === 'chromium';
    if (isChromium && this.#keeping === 'private') {
      const [, first] = this.#browser.browserContexts();
      return (first ?? (await this.#browser.createBrowserContext())).newPage();
    }
    const page = await this.#browser.newPage();
    if (isChromium && this.#keeping === 'scarce')
      await this.send(page, 'Storage.overrideQuotaForOrigin', { origin, quotaSize: SCARCE_BYTES });
    return page;
  }

  /** A command of the DevTools protocol, which only Chromium has. */
  async send(page: Page, ...command: Parameters<CDPSession['send']>): Promise<void> {
    let session = this.#sessions.get(page);
    if (!session) this.#sessions.set(page, (session = page.createCDPSession()));
    await (await session).send(...command);
  }

  /** The browser is gone in the middle of whatever it does, with all its processes. */
  async kill(): Promise<void> {
    this.#browser = undefined;
    process.kill(-this.#group, 'SIGKILL');
    await until('the processes of the browser are gone', () => this.#processes().length === 0);
  }

  /** The process that runs the page is gone, and nothing else. */
  async crash(page: Page): Promise<void> {
    if (this.name === 'chromium') {
      const crashed = new Promise((resolve) => page.once('error', resolve));
      // Never answered.
      this.send(page, 'Page.crash').catch(() => undefined);
      await crashed;
      return;
    }
    // Which of them is the page's nobody tells.
    const before = this.#pageProcesses();
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await until('they are gone', () => !this.#pageProcesses().some((pid) => before.includes(pid)));
  }

  /** Nothing in the page runs until `thaw`. In Firefox, which knows no such state, nothing in any page. */
  async freeze(page: Page): Promise<void> {
    if (this.name === 'chromium') await this.send(page, 'Page.setWebLifecycleState', { state: 'frozen' });
    else for (const pid of this.#pageProcesses()) process.kill(pid, 'SIGSTOP');
  }

  async thaw(page: Page): Promise<void> {
    if (this.name === 'chromium') await this.send(page, 'Page.setWebLifecycleState', { state: 'active' });
    else for (const pid of this.#pageProcesses()) process.kill(pid, 'SIGCONT');
  }

  /** What pages of the origin have in IndexedDB is gone, as when the user or the browser clears it. */
  async wipe(page: Page, origin: string): Promise<void> {
    if (this.name === 'chromium')
      await this.send(page, 'Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
    else
      await page.evaluate(async () => {
        for (const { name = '' } of await indexedDB.databases())
          await new Promise((resolve) => (indexedDB.deleteDatabase(name).onsuccess = resolve));
      });
  }

  async dispose(): Promise<void> {
    await this.#browser?.close().catch(() => undefined);
    this.#browser = undefined;
    await until('the processes of the browser are gone', () => this.#processes().length === 0);
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #chromium(): LaunchOptions {
    if (this.#keeping === 'denied') {
      mkdirSync(join(this.#profile, 'Default'), { recursive: true });
      const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
      writeFileSync(join(this.#profile, 'Default', 'Preferences'), JSON.stringify(settings));
    }
    return {
      browser: 'chrome',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
      ignoreDefaultArgs: NO_USER_HAS,
    };
  }

  #firefox(): LaunchOptions {
    return {
      browser: 'firefox',
      extraPrefsFirefox: {
        'browser.tabs.crashReporting.sendReport': false,
        // None in reserve: one that is killed before its time is waited for without end.
        'dom.ipc.processPrelaunch.enabled': false,
        ...(this.#keeping === 'denied' && { 'network.cookie.cookieBehavior': 2 }),
        ...(this.#keeping === 'scarce' && { 'dom.quotaManager.temporaryStorage.fixedLimit': SCARCE_BYTES / 1024 }),
        ...(this.#keeping === 'private' && { 'browser.privatebrowsing.autostart': true }),
      },
    };
  }

  /** The processes of the browser that live: they are a group of their own. */
  #processes(): { readonly pid: number; readonly command: string }[] {
    return execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .flatMap((line) => {
        const [, pid, group, state = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
        return Number(group) === this.#group && !state.startsWith('Z') ? [{ pid: Number(pid), command }] : [];
      });
  }

  /** Of Firefox. */
  #pageProcesses(): number[] {
    return this.#processes()
      .filter(({ command }) => /-contentproc .*\btab$/.test(command.trim()))
      .map(({ pid }) => pid);
  }
}
