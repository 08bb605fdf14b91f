// The gateway is killed in the middle of a conversation.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { until } from '../support/until.ts';
import { becomes, Gateway, launchBrowser, openTalk } from './support.ts';
import type { Desk, Shop, Talk } from './support.ts';

const each = (who: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${who} ${n + 1}`);

/** Its own messages in the order they were written, each exactly once. */
const ofOne = (texts: readonly string[], who: string): string[] => texts.filter((text) => text.startsWith(`${who} `));

describe('When the gateway is killed', () => {
  const gateway = new Gateway();
  let browser: Browser;
  let shop: Shop;
  let desk: Desk;

  before(async () => {
    browser = await launchBrowser();
    ({ shop, desk } = await openTalk(browser, gateway));
  });
  after(async () => {
    await browser.close();
    await gateway.dispose();
  });

  it('loses and doubles nothing that was on its way, written meanwhile or written after', async () => {
    // On their way: the gateway goes without an answer to some of them.
    for (let n = 2; n <= 6; n += 1) {
      await shop.write(`visitor ${n}`);
      await desk.write(`agent ${n}`);
    }
    await gateway.kill();
    for (const talk of [shop, desk] satisfies Talk[]) {
      await talk.page.locator('kefu-link-banner').getByText('Reconnecting').waitFor();
    }
    // Meanwhile: shown at once, and waiting.
    for (let n = 7; n <= 9; n += 1) {
      await shop.write(`visitor ${n}`);
      await desk.write(`agent ${n}`);
    }
    assert.deepEqual(ofOne(await shop.texts(), 'visitor'), each('visitor', 9));
    assert.deepEqual(ofOne(await desk.texts(), 'agent'), each('agent', 9));
    await gateway.start();
    await becomes(() => shop.linkState(), 'online', 60_000);
    await shop.write('visitor 10');
    await desk.write('agent 10');

    await until(
      'everything is on both sides',
      async () => {
        const [here, there] = [await shop.texts(), await desk.texts()];
        return here.length >= 20 && there.length >= 20;
      },
      60_000,
    );
    await becomes(async () => (await shop.texts()).join('\n'), (await desk.texts()).join('\n'));
    const texts = await shop.texts();
    assert.deepEqual(ofOne(texts, 'visitor'), each('visitor', 10));
    assert.deepEqual(ofOne(texts, 'agent'), each('agent', 10));
    assert.equal(texts.length, 20);
    await becomes(() => shop.state('visitor 10'), 'Read');
    await becomes(() => desk.state('agent 10'), 'Read');

    // And what is stored is what was seen.
    await shop.page.reload();
    await shop.open();
    await becomes(() => shop.texts(), texts);
    await desk.page.reload();
    await desk.pick(texts.at(-1) ?? '');
    await becomes(() => desk.texts(), texts);
    assert.deepEqual([...shop.errors, ...desk.errors], []);
  });

  it('carries on after a second time, with the visitor reconnecting by themselves', async () => {
    const before = await shop.texts();
    await gateway.kill();
    await gateway.start();
    await becomes(() => shop.linkState(), 'online', 60_000);
    await shop.write('visitor 11');
    await becomes(() => desk.texts(), [...before, 'visitor 11'], 60_000);
    await desk.write('agent 11');
    await becomes(() => shop.texts(), [...before, 'visitor 11', 'agent 11']);
  });

  it('P7: sends what was written meanwhile on the next page, though the chat is not opened there', async () => {
    await gateway.kill();
    await shop.page.locator('kefu-link-banner').getByText('Reconnecting').waitFor();
    await shop.write('visitor 12');
    await shop.write('visitor 13');
    await until('this device has kept both', () => shop.isKept('visitor 13'));
    const context = shop.page.context();
    await shop.page.close();
    await gateway.start();
    const page = await context.newPage();
    await page.goto(`${gateway.url}/`);
    await becomes(async () => ofOne(await desk.texts(), 'visitor').slice(-2), ['visitor 12', 'visitor 13'], 60_000);
    assert.equal(await page.locator('kefu-window').count(), 0);
  });
});
