// Files go from the visitor's phone to the desk, whatever happens on the way.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { until } from '../support/until.ts';
import { becomes, Gateway, launchBrowser, openDesk, openShop } from './support.ts';
import type { Desk, Shop, Talk } from './support.ts';

const MB = 1_000_000;
/** Nothing gets done at this rate while the test looks around. */
const CRAWL = 50_000;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** A GIF, which nobody re-encodes, with so many bytes of comments in it. Two of another `seed` differ. */
const photo = (bytes: number, seed = 1): Buffer => {
  const head = Buffer.from('GIF89a\x28\x00\x1e\x00\x80\x00\x00\x20\x40\x80\xff\xff\xff', 'latin1');
  const block = Buffer.concat([Buffer.from([0xff]), Buffer.alloc(255, seed)]);
  const count = Math.ceil(bytes / block.length);
  const comments = Array.from({ length: count }, () => block);
  const image = Buffer.from('\x2c\x00\x00\x00\x00\x28\x00\x1e\x00\x00\x02\x02\x44\x01\x00\x3b', 'latin1');
  return Buffer.concat([head, Buffer.from([0x21, 0xfe]), ...comments, Buffer.from([0]), image]);
};

const file = (name: string, buffer: Buffer, mimeType = 'image/gif') => ({ name, mimeType, buffer });

/** What one can see of the media in a conversation: sizes of loaded images in pixels. */
const images = ({ rows }: Talk): Promise<string[]> =>
  rows.evaluateAll((all) =>
    all.flatMap((row) => {
      const image = row.shadowRoot?.querySelector<HTMLImageElement>('.media img');
      return image && image.complete && image.naturalWidth > 0 ? [`${image.naturalWidth}x${image.naturalHeight}`] : [];
    }),
  );

/** How far the newest upload is, in percent; undefined when there is none. */
const progress = ({ rows }: Talk): Promise<number | undefined> =>
  rows.evaluateAll((all) => {
    const labels = all.flatMap((row) => row.shadowRoot?.querySelector('.upload')?.getAttribute('aria-label') ?? []);
    return labels.length > 0 ? Number(/\d+/.exec(labels.at(-1) ?? '')?.[0]) : undefined;
  });

const choose = async ({ page }: Talk, ...files: ReturnType<typeof file>[]): Promise<void> => {
  await page.locator('kefu-composer input[type=file]').setInputFiles(files);
  await page.locator('dialog.sheet .main:enabled').click();
};

/** The way to let the page send so many bytes a second; -1: as fast as it can. */
const limiter = async ({ page }: Talk): Promise<(bytesPerSecond: number) => Promise<unknown>> => {
  const session = await page.context().newCDPSession(page);
  return (uploadThroughput) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 5,
      downloadThroughput: -1,
      uploadThroughput,
    });
};

describe('Files', () => {
  const gateway = new Gateway();
  let browser: Browser;
  let shop: Shop;
  let desk: Desk;
  let limit: (bytesPerSecond: number) => Promise<unknown>;

  const stored = (): Buffer[] =>
    readdirSync(join(gateway.dataDir, 'files'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const underWay = (): string[] => readdirSync(join(gateway.dataDir, 'uploads'));

  before(async () => {
    browser = await launchBrowser();
    await gateway.start();
    desk = await openDesk(browser, gateway);
  });
  beforeEach(async () => {
    shop = await openShop(browser, gateway, PHONE);
    limit = await limiter(shop);
    await shop.open();
    await shop.write('Hello');
    await desk.inboxRows.filter({ hasText: 'Hello' }).first().click();
    await desk.input.waitFor();
    await becomes(() => desk.texts(), ['Hello']);
  });
  afterEach(() => shop.page.context().close());
  after(async () => {
    await browser.close();
    await gateway.dispose();
  });

  it('of 15 MB arrive once, through a gateway that goes in the middle, with their progress shown', async () => {
    const large = photo(15 * MB);
    await limit(4 * MB);
    await choose(shop, file('large.gif', large));
    await until('some of it has gone', async () => ((await progress(shop)) ?? 0) >= 20);
    await limit(CRAWL);
    assert.deepEqual(await images(shop), ['40x30'], 'it is on the screen from the beginning');
    await shop.write('Meanwhile');
    await becomes(() => desk.texts(), ['Hello', 'Meanwhile']);
    const before = (await progress(shop)) ?? 100;
    assert.ok(before < 100);
    await gateway.kill();
    const kept = underWay();
    assert.equal(kept.length, 1);
    await gateway.start();
    await limit(4 * MB);
    await until('it goes on', async () => ((await progress(shop)) ?? 100) > before, 60_000);
    await becomes(() => images(desk), ['40x30'], 60_000);
    await becomes(async () => (await desk.messages()).length, 3);
    assert.deepEqual(
      stored().map(({ length }) => length),
      [large.length],
    );
    assert.ok(stored()[0]?.equals(large));
    assert.deepEqual(underWay(), []);
    await becomes(() => progress(shop), undefined);
    // That the rest belongs elsewhere is an answer, which the console takes for an error.
    const errors = [...shop.errors, ...desk.errors].filter((error) => !error.includes('409'));
    assert.deepEqual(errors, []);
  });

  it('go on after the page was reloaded', async () => {
    const count = stored().length;
    await limit(2 * MB);
    await choose(shop, file('reloaded.gif', photo(8 * MB, 2)));
    await until('some of it has gone', async () => ((await progress(shop)) ?? 0) >= 10);
    await limit(CRAWL);
    await shop.page.reload();
    await limit(-1);
    await shop.open();
    await becomes(() => images(shop), ['40x30']);
    await becomes(() => images(desk), ['40x30'], 60_000);
    assert.equal(stored().length, count + 1);
    await becomes(async () => (await shop.messages()).length, 2);
  });

  it('are several at once, in their order, and looked at on both sides', async () => {
    await choose(shop, file('one.gif', photo(300_000, 3)), file('two.txt', Buffer.from('words'), 'text/plain'));
    await becomes(async () => (await desk.messages()).length, 3);
    await becomes(() => images(desk), ['40x30']);
    const fileName = desk.rows.nth(2).locator('.file b');
    assert.equal(await fileName.textContent(), 'two.txt');
    const [download] = await Promise.all([desk.page.waitForEvent('download'), fileName.click()]);
    assert.equal(download.suggestedFilename(), 'two.txt');
    await desk.page.locator('kefu-message .media').first().click();
    await desk.page.locator('dialog.viewer').getByText('one.gif').waitFor();
    await desk.page.keyboard.press('Escape');
    await desk.page.locator('dialog.viewer').waitFor({ state: 'detached' });

    await choose(desk, file('answer.gif', photo(1_000, 4)));
    await becomes(() => images(shop), ['40x30', '40x30']);
    assert.deepEqual([...shop.errors, ...desk.errors], []);
  });

  it('that are not what they are called go nowhere', async () => {
    const count = stored().length;
    const evil = file('evil.png', Buffer.from('<!doctype html><script>alert(1)</script>'), 'image/png');
    await shop.page.locator('kefu-composer input[type=file]').setInputFiles([evil]);
    const sheet = shop.page.locator('dialog.sheet');
    await sheet.getByText('can’t read the format').waitFor();
    assert.equal(await sheet.locator('.main').isDisabled(), true);
    await sheet.getByRole('button', { name: 'Cancel' }).click();
    // A type that browsers do not look into is left to the gateway.
    await choose(shop, file('evil.mp4', evil.buffer, 'video/mp4'));
    await shop.rows.getByText('type of file isn’t accepted').waitFor();
    assert.equal(stored().length, count);
    assert.equal((await desk.messages()).length, 1);
  });
});
