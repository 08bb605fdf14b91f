// Customers whom the shop's own server names by signed tokens.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { JWT_SECRET, signToken } from '../support/sign-token.ts';
import { until } from '../support/until.ts';
import { becomes, closeBoth, Gateway, launchBrowser, openBoth, openShop, Shop } from './support.ts';
import type { Desk } from './support.ts';

type Chat = HTMLElement & {
  tokenProvider: (() => Promise<string>) | undefined;
  setUser(user?: { readonly id: string }, token?: string): void;
  logout(): void;
};

declare global {
  interface Window {
    readonly sign: (id: string) => Promise<string>;
    readonly needed: string[];
  }
}

/** The shop's own server: signs for whoever is logged in there. */
const addServer = async (context: BrowserContext): Promise<void> => {
  await context.exposeFunction('sign', (id: string) => signToken({ sub: id }));
};

/** The customer logs in at the shop. */
const logIn = (shop: Shop, customer: string): Promise<void> =>
  shop.chat.evaluate((chat: Chat, id) => {
    chat.setUser({ id });
    chat.tokenProvider = () => window.sign(id);
  }, customer);

const reopened = async (shop: Shop): Promise<void> => {
  await shop.page.reload();
  await shop.open();
};

describe('A customer who is known', () => {
  let gateway: Gateway;
  let browser: Browser;
  let shop: Shop;
  let desk: Desk;

  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    gateway = new Gateway({ SYSTEM_LINES: '0', JWT_SECRET });
    ({ shop, desk } = await openBoth(browser, gateway));
    await addServer(shop.page.context());
  });
  afterEach(() => closeBoth(gateway, { shop, desk }));

  it('goes on with what was said before the login, on every device', async () => {
    await shop.write('before the login');
    await desk.pick('before the login');
    await desk.write('answer 1');
    await becomes(() => shop.texts(), ['before the login', 'answer 1']);
    await logIn(shop, 'customer 7');
    await shop.write('after the login');
    await becomes(() => desk.texts(), ['before the login', 'answer 1', 'after the login']);
    await desk.write('answer 2');
    const all = ['before the login', 'answer 1', 'after the login', 'answer 2'];
    await becomes(() => shop.texts(), all);

    const other = await openShop(browser, gateway);
    await addServer(other.page.context());
    await logIn(other, 'customer 7');
    await other.open();
    await becomes(() => other.texts(), all);
    await other.write('from the other device');
    for (const talk of [shop, desk, other]) await becomes(() => talk.texts(), [...all, 'from the other device']);
    assert.equal(await desk.inboxRows.count(), 1);
    assert.deepEqual(other.errors, []);
    await other.page.context().close();
  });

  it('brings what was written on a second device before the login there', async () => {
    await logIn(shop, 'customer 7');
    await shop.write('on the first device');
    await desk.pick('on the first device');
    const other = await openShop(browser, gateway);
    await addServer(other.page.context());
    await other.open();
    await other.write('on the second, anonymous');
    await becomes(() => other.state('on the second, anonymous'), 'Delivered');
    await logIn(other, 'customer 7');
    await other.write('on the second, known');
    await becomes(() => other.texts(), ['on the second, anonymous', 'on the second, known']);
    await desk.pick('on the second, known');
    await becomes(() => desk.texts(), ['on the second, anonymous', 'on the second, known']);
    assert.deepEqual(other.errors, []);
    await other.page.context().close();
  });

  it('leaves nothing for another one in the same browser, with or without a network', async () => {
    await logIn(shop, 'customer 7');
    await shop.write('of customer 7');
    await becomes(() => shop.state('of customer 7'), 'Delivered');
    await logIn(shop, 'customer 8');
    await becomes(() => shop.texts(), []);
    await becomes(() => shop.linkState(), 'online');
    assert.deepEqual(await shop.texts(), []);
    await reopened(shop);
    await logIn(shop, 'customer 8');
    await becomes(() => shop.linkState(), 'online');
    assert.deepEqual(await shop.texts(), []);
    await shop.write('of customer 8');
    await becomes(() => shop.state('of customer 8'), 'Delivered');

    await gateway.kill();
    await becomes(() => shop.linkState(), 'retrying');
    await logIn(shop, 'customer 7');
    await becomes(() => shop.texts(), ['of customer 7']);
    await shop.write('of customer 7, without a network');
    await logIn(shop, 'customer 8');
    await becomes(() => shop.texts(), ['of customer 8']);
    await shop.chat.evaluate((chat: Chat) => {
      chat.setUser();
    });
    await becomes(() => shop.texts(), []);
    await gateway.start();
    await becomes(() => shop.linkState(), 'online', 60_000);
    assert.deepEqual(await shop.texts(), []);
    await logIn(shop, 'customer 8');
    await becomes(() => shop.texts(), ['of customer 8']);
    await logIn(shop, 'customer 7');
    await becomes(() => shop.texts(), ['of customer 7', 'of customer 7, without a network']);
    await becomes(() => shop.state('of customer 7, without a network'), 'Sent');
  });

  it('needs a fresh token when the gateway comes back and the last one has expired', async () => {
    let isStale = false;
    const context = shop.page.context();
    await context.exposeFunction('signLate', (id: string) => {
      const iat = Math.floor(Date.now() / 1_000) - 4_000;
      return signToken({ sub: id, ...(isStale && { iat, exp: iat + 60 }) });
    });
    await shop.chat.evaluate((chat: Chat) => {
      Object.assign(window, { needed: [] });
      chat.addEventListener('kefu-token-needed', (event) => {
        window.needed.push((event as CustomEvent<{ readonly reason: string }>).detail.reason);
      });
      chat.tokenProvider = () => (window as unknown as { signLate: Window['sign'] }).signLate('customer 7');
    });
    await shop.write('before');
    await becomes(() => shop.state('before'), 'Delivered');
    isStale = true;
    await gateway.kill();
    await shop.write('meanwhile');
    await gateway.start();
    await until('the page is told', () => shop.page.evaluate(() => window.needed.includes('expired')), 60_000);
    assert.deepEqual(await shop.texts(), ['before', 'meanwhile']);
    isStale = false;
    await desk.pick('meanwhile');
    await becomes(() => desk.texts(), ['before', 'meanwhile'], 60_000);
    await becomes(() => shop.linkState(), 'online');
    await desk.write('answer');
    await becomes(() => shop.texts(), ['before', 'meanwhile', 'answer']);
  });

  it('sends once and in order, after the login, what was written without a network before', async () => {
    await shop.write('anonymous 1');
    await desk.pick('anonymous 1');
    await gateway.kill();
    const written = ['anonymous 1', 'anonymous 2', 'anonymous 3', 'anonymous 4', 'known 1', 'known 2'];
    for (const text of written.slice(1, 4)) await shop.write(text);
    await until('the device has it', () => shop.isKept('anonymous 4'));
    await logIn(shop, 'customer 7');
    for (const text of written.slice(4)) await shop.write(text);
    await becomes(() => shop.texts(), written);
    await gateway.start();
    await becomes(() => desk.texts(), written, 60_000);
    await becomes(() => shop.texts(), written);
    await reopened(shop);
    await logIn(shop, 'customer 7');
    await becomes(() => shop.texts(), written);
    assert.deepEqual(await desk.texts(), written);
  });

  it('finds what an anonymous page has left, when that page is gone', async () => {
    await shop.write('anonymous 1');
    await desk.pick('anonymous 1');
    await gateway.kill();
    await shop.write('anonymous 2');
    await until('the device has it', () => shop.isKept('anonymous 2'));
    await shop.page.goto('about:blank');
    await gateway.start();
    await shop.page.goto(gateway.url);
    await logIn(shop, 'customer 7');
    await becomes(() => desk.texts(), ['anonymous 1', 'anonymous 2'], 60_000);
    await shop.open();
    await becomes(() => shop.texts(), ['anonymous 1', 'anonymous 2']);
  });

  it('leaves the device with a logout, on all its pages', async () => {
    await logIn(shop, 'customer 7');
    await shop.write('of customer 7');
    await becomes(() => shop.state('of customer 7'), 'Delivered');
    const second = new Shop(await shop.page.context().newPage());
    await second.page.goto(gateway.url);
    await logIn(second, 'customer 7');
    await second.open();
    await becomes(() => second.texts(), ['of customer 7']);
    await shop.chat.evaluate((chat: Chat) => {
      chat.logout();
    });
    await becomes(() => second.texts(), []);
    assert.deepEqual(await shop.texts(), []);
    await second.write('of somebody else');
    await becomes(() => second.state('of somebody else'), 'Delivered');
    await becomes(() => desk.inboxRows.count(), 2);
    assert.deepEqual(second.errors, []);
  });
});

describe('A customer of the demo shop', () => {
  it('logs in there, finds the conversation in another browser, and logs out', async () => {
    const gateway = new Gateway();
    const browser = await launchBrowser();
    try {
      const { shop, desk } = await openBoth(browser, gateway);
      const account = async (on: Shop, button: string): Promise<void> => {
        await on.page.locator('.account summary').click();
        await on.page.locator('.account').getByRole('button', { name: button }).click();
      };
      await shop.write('Does it whistle?');
      await account(shop, 'Lin Yue');
      await desk.pick('Does it whistle?');
      await desk.page.locator('kefu-thread').getByText('Lin Yue').first().waitFor();
      const other = await openShop(browser, gateway);
      await account(other, 'Lin Yue');
      await other.open();
      await becomes(() => other.texts(), ['Does it whistle?']);
      await account(other, 'Log out');
      await becomes(() => other.texts(), []);
      await account(other, 'Theo Brandt');
      await becomes(() => other.linkState(), 'online');
      assert.deepEqual(await other.texts(), []);
      assert.deepEqual([...shop.errors, ...desk.errors, ...other.errors], []);
    } finally {
      await browser.close();
      await gateway.dispose();
    }
  });
});
