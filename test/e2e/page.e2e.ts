// What the widget does to the merchant's page, and what the page may do to it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { KefuChat } from '../../src/widget/kefu-chat.ts';
import { until } from '../support/until.ts';
import { becomes, Gateway, launchBrowser, newPage, openDesk, openShop, Shop } from './support.ts';

/** Everything that a page can remember, by name. */
const traces = (page: Page): Promise<Record<string, unknown>> =>
  page.evaluate(async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    cookies: document.cookie,
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));

const NO_TRACE = { local: [], session: [], cookies: '', databases: [], caches: [], workers: 0 };

describe('On the page of a merchant', () => {
  const gateway = new Gateway();
  let browser: Browser;

  before(async () => {
    browser = await launchBrowser();
    await gateway.start();
  });
  after(async () => {
    await browser.close();
    await gateway.dispose();
  });

  it('asks for its script only, stores nothing and connects nowhere before the visitor opens the chat', async () => {
    const page = await newPage(browser, {});
    const requests: string[] = [];
    const sockets: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    page.on('websocket', (socket) => sockets.push(socket.url()));
    const shop = new Shop(page);
    const ofPage = ['/', '/inline.html', '/shop.css', '/shop.js', '/favicon.svg'];
    const ofKefu = (): string[] => requests.filter((path) => !ofPage.includes(path));
    for (const where of ['inline.html', '']) {
      requests.length = 0;
      await page.goto(new URL(where, gateway.url).href, { waitUntil: 'networkidle' });
      await page.locator('kefu-chat >> button').first().waitFor();
      assert.deepEqual(ofKefu(), ['/kefu.js'], where);
    }
    assert.deepEqual(sockets, []);
    assert.deepEqual(await traces(page), NO_TRACE);
    assert.deepEqual(await page.context().cookies(), []);

    await shop.open();
    await until('it connects', () => sockets.length === 1);
    await becomes(() => shop.linkState(), 'online');
    await until('the second file is asked for', () => ofKefu().includes('/kefu-more.js'));
    assert.deepEqual(await page.context().cookies(), []);
    assert.deepEqual(shop.errors, []);
    await page.context().close();
  });

  it('calls, sets and hears what docs/embedding.md tells of, by its name', async () => {
    const shop = new Shop(await newPage(browser, {}));
    await shop.page.goto(gateway.url);
    await shop.page.locator('kefu-chat >> button').first().waitFor();
    const seen = await shop.page.evaluate(async () => {
      const chat = document.querySelector<KefuChat>('kefu-chat')!;
      const seen: string[] = [];
      for (const type of [
        'kefu-open',
        'kefu-close',
        'kefu-state',
        'kefu-message',
        'kefu-status',
        'kefu-unread',
      ] as const)
        chat.addEventListener(type, ({ detail }) => {
          const news = `${type}: ${Object.keys(detail).join(', ')}`;
          if (!seen.includes(news)) seen.push(news);
        });
      const opened: boolean[] = [];
      const look = (): Promise<unknown> => chat.updateComplete.then(() => opened.push(chat.hasAttribute('open')));
      chat.open({ text: 'Hello', product: { title: 'Kettle' } });
      await look();
      chat.close();
      await look();
      chat.toggle();
      await look();
      // What React and Vue make of `open={false}`.
      Object.assign(chat, { open: false });
      await look();
      chat.setProduct();
      chat.setOrder({ title: 'Order 1' });
      chat.noSound = true;
      const sent = await chat.send('Hi');
      const { version, unread, state } = chat;
      chat.focus();
      chat.logout();
      chat.destroy();
      return { opened, sent: Object.keys(sent), version, unread, state, seen: seen.sort(), left: chat.isConnected };
    });
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      readonly version: string;
    };
    assert.deepEqual(seen, {
      opened: [true, false, true, false],
      sent: ['msgid', 'seq'],
      version,
      unread: 0,
      state: 'online',
      seen: [
        'kefu-close: by',
        'kefu-message: message, own, msgid, seq',
        'kefu-open: by',
        'kefu-state: state, since, stale',
        'kefu-status: msgid, status, reason',
      ],
      left: false,
    });
    assert.deepEqual(shop.errors, []);
    await shop.page.context().close();
  });

  it('has what opens on demand also where the script is of another origin than the page', async () => {
    const html = `<!doctype html>
      <link rel="icon" href="data:," />
      <script async src="${gateway.url}/kefu.js"></script>
      <kefu-chat server="${gateway.url}"></kefu-chat>`;
    const site = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(html));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    try {
      const shop = new Shop(await newPage(browser, {}));
      await shop.page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      await shop.open();
      await shop.page.locator('kefu-composer input[type=file]').waitFor({ state: 'attached' });
      assert.deepEqual(shop.errors, []);
      await shop.page.context().close();
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });

  it('gets its second file though the first try was cut off', async () => {
    const page = await newPage(browser, {});
    let failures = 0;
    page.on('requestfailed', () => (failures += 1));
    await page.route('**/kefu-more.js', (route) => route.abort('connectionreset'), { times: 1 });
    const shop = new Shop(page);
    await page.goto(gateway.url);
    await shop.open();
    await until('the first try is cut off', () => failures === 1);
    await shop.write('Text goes at once');
    await becomes(() => shop.texts(), ['Text goes at once']);
    await page.locator('kefu-chat >> [part=attach]').first().waitFor();
    await page.context().close();
  });

  it('lets one select and copy over several messages', async () => {
    const page = await newPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
    const shop = new Shop(page);
    await page.goto(gateway.url);
    await shop.open();
    const lines = ['The first of three', 'The second of three', 'The third of three'];
    for (const line of lines) await shop.write(line);
    await becomes(() => shop.texts(), lines);
    const boxOf = async (text: string) => {
      const box = await shop.rows.filter({ hasText: text }).locator('.text').boundingBox();
      assert.ok(box);
      return box;
    };
    const [first, last] = [await boxOf('The first'), await boxOf('The third')];
    await page.mouse.move(first.x + 1, first.y + first.height / 2);
    await page.mouse.down();
    await page.mouse.move(last.x + last.width - 1, last.y + last.height / 2, { steps: 5 });
    await page.mouse.up();
    await page.keyboard.press('Control+c');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    for (const line of lines) assert.ok(copied.includes(line), copied);
    await page.context().close();
  });

  it('lives under a strict content security policy', async () => {
    const page = await newPage(browser, {});
    const shop = new Shop(page);
    await page.addInitScript(() => {
      const violations: string[] = [];
      Object.assign(globalThis, { violations });
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
        violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
      });
    });
    const desk = await openDesk(browser, gateway);
    const response = await page.goto(gateway.url);
    // The demo is served under the strictest policy that a merchant may have.
    const policy = response?.headers()['content-security-policy'] ?? '';
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "require-trusted-types-for 'script'",
      'trusted-types lit-html',
    ])
      assert.ok(policy.includes(directive), `${directive} is not in ${policy}`);
    assert.doesNotMatch(policy, /unsafe|nonce|sha256/);
    await shop.open();
    await shop.write('See https://example.com/kettle');
    await desk.pick('See https://example.com/kettle');
    await desk.write('<img src=x onerror=alert(1)>');
    await becomes(() => shop.texts(), ['See https://example.com/kettle', '<img src=x onerror=alert(1)>']);
    await shop.close();
    await shop.open();
    assert.deepEqual(await page.evaluate(() => (globalThis as { violations?: string[] }).violations), []);
    // The policy was in force.
    await page.evaluate(() => {
      const style = document.createElement('style');
      style.textContent = 'body { color: red }';
      document.head.append(style);
    });
    await becomes(() => page.evaluate(() => (globalThis as { violations?: string[] }).violations?.length), 1);
    assert.deepEqual(
      shop.errors.filter((text) => !text.includes('inline style')),
      [],
    );
    assert.deepEqual(desk.errors, []);
    await page.context().close();
    await desk.page.context().close();
  });

  it('fills what is visible of a phone, with an input that does not zoom', async () => {
    const shop = await openShop(browser, gateway, {
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 3,
      isMobile: true,
      hasTouch: true,
    });
    await shop.launcher.tap();
    await shop.input.waitFor();
    const visible = await shop.page.evaluate(() => {
      const { width = 0, height = 0 } = visualViewport ?? {};
      return { width, height };
    });
    await becomes(
      async () => {
        const box = await shop.window.boundingBox();
        return box && { x: box.x, y: box.y, width: Math.round(box.width), height: Math.round(box.height) };
      },
      { x: 0, y: 0, width: Math.round(visible.width), height: Math.round(visible.height) },
    );
    const size = await shop.input.evaluate((input) => parseFloat(getComputedStyle(input).fontSize));
    assert.ok(size >= 16, `the input has ${size} px`);
    // Nothing of the page below scrolls it sideways.
    assert.equal(await shop.page.evaluate(() => document.documentElement.scrollWidth), 390);
    await shop.write('From the tram');
    await becomes(() => shop.texts(), ['From the tram']);
    await shop.close();
    await shop.launcher.waitFor();
    assert.deepEqual(shop.errors, []);
    await shop.page.context().close();
  });

  it('speaks Chinese on a Chinese page', async () => {
    const shop = await openShop(browser, gateway, { path: '/?lang=zh-CN', locale: 'zh-CN' });
    await shop.page.getByRole('button', { name: '联系客服' }).click();
    await shop.page.getByRole('textbox', { name: '消息' }).waitFor();
    await shop.write('您好，什么时候发货？');
    const desk = await openDesk(browser, gateway, { path: '/desk?lang=zh-CN', name: 'sam', locale: 'zh-CN' });
    await desk.page.getByRole('option').filter({ hasText: '您好，什么时候发货？' }).waitFor();
    await becomes(() => shop.state('您好，什么时候发货？'), '已送达');
    await shop.page.getByRole('button', { name: '关闭聊天窗口' }).first().click();
    await shop.window.waitFor({ state: 'hidden' });
    assert.deepEqual([...shop.errors, ...desk.errors], []);
    await shop.page.context().close();
    await desk.page.context().close();
  });

  it('keeps two chats of one page apart', async () => {
    const page = await newPage(browser, {});
    const shop = new Shop(page);
    await page.goto(`${gateway.url}/inline`);
    const [orders, brewing] = [page.locator('kefu-chat').first(), page.locator('kefu-chat').last()];
    const talks = [
      [orders, 'Order 1042?'],
      [brewing, 'How fine do I grind?'],
    ] as const;
    for (const [chat, text] of talks) {
      await chat.locator('textarea').click();
      await page.keyboard.insertText(text);
      await page.keyboard.press('Enter');
      // Shown at once, and stored a little later: a reload before that is not what is tried here.
      await until('it is stored', async () => /Sent|Delivered|Read/.test(await shop.state(text)));
      await becomes(() => chat.locator('kefu-message').count(), 1);
    }
    await page.reload();
    for (const [chat] of talks) await chat.locator('textarea').click();
    for (const [chat, text] of talks) {
      await chat.getByText(text).waitFor();
      assert.equal(await chat.locator('kefu-message').count(), 1);
    }
    assert.deepEqual(shop.errors, []);
    await page.context().close();
  });

  it('lets go of everything when it is destroyed', async () => {
    const page = await newPage(browser, {});
    let open = 0;
    page.on('websocket', (socket) => {
      open += 1;
      socket.on('close', () => (open -= 1));
    });
    await page.goto(gateway.url);
    const shop = new Shop(page);
    await shop.open();
    await becomes(() => shop.linkState(), 'online');
    assert.equal(open, 1);
    await shop.chat.evaluate((chat) => (chat as HTMLElement & { destroy(): void }).destroy());
    await until('the socket is closed', () => open === 0);
    assert.equal(await shop.chat.count(), 0);
    assert.deepEqual(shop.errors, []);
    await page.context().close();
  });
});
