// Networks that let no WebSocket through, pages that are left and come back, and pages that are frozen.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { freePort } from '../../scripts/local-server.mjs';
import { UpgradeProxy } from '../support/upgrade-proxy.ts';
import { RawPage } from './raw-page.ts';
import { until } from '../support/until.ts';
import { becomes, Gateway, launchBrowser, newPage, openDesk, openTalk, Shop } from './support.ts';
import type { Desk } from './support.ts';

const FIVE_MINUTES_MS = 5 * 60_000;

describe('In a network that lets no WebSocket through', () => {
  const gateway = new Gateway();
  let proxy: UpgradeProxy;
  let browser: Browser;
  let desk: Desk;
  let page: Page;
  let shop: Shop;

  before(async () => {
    browser = await launchBrowser();
    await gateway.start();
    proxy = new UpgradeProxy(gateway.url);
    await proxy.start();
    desk = await openDesk(browser, gateway);
    page = await newPage(browser, {});
    // A clock that can be turned on.
    await page.clock.install();
    await page.goto(proxy.url);
    shop = new Shop(page);
    await shop.launcher.waitFor();
  });
  after(async () => {
    await browser.close();
    await proxy.stop();
    await gateway.dispose();
  });

  it('the chat works by long polling', async () => {
    await shop.open();
    await shop.write('by polling 1');
    await becomes(() => shop.linkState(), 'online');
    await desk.pick('by polling 1');
    await desk.write('answer 1');
    await becomes(() => shop.texts(), ['by polling 1', 'answer 1']);
    for (let n = 2; n <= 6; n += 1) await shop.write(`by polling ${n}`);
    const six = ['by polling 1', 'answer 1', ...[2, 3, 4, 5, 6].map((n) => `by polling ${n}`)];
    await becomes(() => desk.texts(), six);
    await becomes(() => shop.state('by polling 6'), 'Read');
    assert.equal(proxy.refused, 2);
    assert.equal(proxy.sockets, 0);
    assert.ok(proxy.polls > 3);
  });

  it('it comes back to WebSocket when the network lets one through, and loses nothing', async () => {
    const before = await shop.texts();
    proxy.lets = true;
    await page.clock.fastForward(FIVE_MINUTES_MS);
    // One to see whether it works, one to stay with.
    await until('a WebSocket', () => proxy.sockets === 2);
    await becomes(() => shop.linkState(), 'online');
    const { polls } = proxy;
    await shop.write('by WebSocket 1');
    await becomes(() => desk.texts(), [...before, 'by WebSocket 1']);
    await desk.write('answer 2');
    await becomes(() => shop.texts(), [...before, 'by WebSocket 1', 'answer 2']);
    assert.equal(proxy.polls, polls);
  });

  it('it begins with WebSocket on every page, and by polling again where none comes up', async () => {
    const before = await shop.texts();
    proxy.lets = false;
    proxy.cut();
    const { refused, sockets } = proxy;
    await page.reload();
    await shop.open();
    await becomes(() => shop.texts(), before);
    await shop.write('by polling 7');
    await becomes(() => desk.texts(), [...before, 'by polling 7']);
    assert.equal(proxy.sockets, sockets);
    assert.ok(proxy.refused >= refused + 2);
  });
});

describe('A page that is left or frozen', () => {
  const gateway = new Gateway();
  let debuggingPort: number;
  let browser: Browser;
  let desk: Desk;
  let shop: Shop;

  before(async () => {
    debuggingPort = await freePort();
    browser = await launchBrowser({ backForwardCache: true, debuggingPort });
    ({ shop, desk } = await openTalk(browser, gateway));
  });
  after(async () => {
    await browser.close();
    await gateway.dispose();
  });

  /** Whether the agent sees the visitor there. */
  const visitorIsOnline = (): Promise<boolean> =>
    desk.thread.evaluate((thread) => {
      const { conversation } = thread as unknown as {
        conversation: { info$: { value: { visitor?: { online: boolean } } } };
      };
      return conversation.info$.value.visitor?.online ?? false;
    });

  it('is offline while it waits in the back/forward cache, and there again at once when it is shown', async () => {
    const { page } = shop;
    await page.evaluate(() => {
      const marked = window as Window & { marks?: string[] };
      const marks: string[] = (marked.marks = []);
      addEventListener('pageshow', ({ persisted }) => marks.push(`pageshow ${String(persisted)}`));
    });
    await becomes(visitorIsOnline, true);
    await page.goto('about:blank');
    await becomes(visitorIsOnline, false);
    await desk.write('agent 2');
    // There is no load: the page is as it was.
    await page.goBack({ waitUntil: 'commit' });
    const marks = () => page.evaluate(() => (window as Window & { marks?: string[] }).marks);
    await becomes(marks, ['pageshow true']);
    await becomes(() => shop.texts(), ['visitor 1', 'agent 1', 'agent 2']);
    await becomes(() => shop.linkState(), 'online');
    await becomes(visitorIsOnline, true);
    await shop.write('visitor 2');
    await becomes(() => desk.texts(), ['visitor 1', 'agent 1', 'agent 2', 'visitor 2']);
  });

  it('shows what was there until the newest page has come, when too much was missed', async () => {
    const { page } = shop;
    const before = await shop.texts();
    await page.evaluate(() => {
      const held: (() => void)[] = [];
      const rows: number[] = [];
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (packet) {
        const go = (): void => {
          send.call(this, packet);
        };
        if (typeof packet === 'string' && packet.includes('"before"')) held.push(go);
        else go();
      };
      Object.assign(window, { held, rows });
    });
    await page.goto('about:blank');
    await becomes(visitorIsOnline, false);
    await desk.thread.evaluate((thread) => {
      const { conversation } = thread as unknown as { conversation: { send(text: string): unknown } };
      for (let n = 1; n <= 230; n += 1) conversation.send(`line ${n}`);
    });
    await becomes(() => desk.state('line 230'), 'Sent');
    await page.goBack({ waitUntil: 'commit' });
    interface Held {
      readonly held: (() => void)[];
      readonly rows: number[];
    }
    await until('the page is asked for', () => page.evaluate(() => (window as unknown as Held).held.length > 0));
    assert.deepEqual(await shop.texts(), before);
    await shop.rows.last().evaluate((row) => {
      const { held, rows } = window as unknown as Held;
      const list = row.getRootNode() as ShadowRoot;
      const look = (): void => {
        rows.push(list.querySelectorAll('kefu-message').length);
        requestAnimationFrame(look);
      };
      look();
      for (const go of held) go();
    });
    const newest = Array.from({ length: 50 }, (_, n) => `line ${181 + n}`);
    await becomes(() => shop.texts(), newest);
    const rows = await page.evaluate(() => (window as unknown as Held).rows);
    assert.ok(Math.min(...rows) >= before.length, rows.join(' '));
    assert.deepEqual(shop.errors, []);
  });

  it('is offline while it is frozen, and there again at once when it is thawed', async () => {
    const page = await RawPage.open(browser, debuggingPort, gateway.url);
    await becomes(() => page.evaluate(`customElements.get('kefu-chat') !== undefined`), true);
    await page.evaluate(`{
      window.heard = [];
      const chat = document.querySelector('kefu-chat');
      chat.addEventListener('kefu-message', ({ detail }) => heard.push(detail.message));
      chat.send('frozen 1');
    }`);
    await desk.pick('frozen 1');
    await becomes(visitorIsOnline, true);
    await page.evaluate(`window.heard.length = 0`);
    await page.send('Page.setWebLifecycleState', { state: 'frozen' });
    await becomes(visitorIsOnline, false);
    await desk.write('agent 3');
    await page.send('Page.setWebLifecycleState', { state: 'active' });
    await becomes(() => page.evaluate(`window.heard.map(({ content }) => content)`), ['agent 3']);
    await becomes(() => page.evaluate(`document.querySelector('kefu-chat').state`), 'online');
    await becomes(visitorIsOnline, true);
    assert.deepEqual([...shop.errors, ...desk.errors], []);
  });
});
