// What visitor and agent do with messages: take back, edit, answer, find; and what the gateway says of the conversation.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { becomes, closeBoth, Gateway, launchBrowser, openBoth, openDesk } from './support.ts';
import type { Desk, Shop, Talk } from './support.ts';

/** What the screen shows, lines in place of messages included; `*` where a message says that it was edited. */
const shown = (talk: Talk): Promise<string[]> =>
  talk.rows.evaluateAll((rows) =>
    rows.map(({ shadowRoot }) => {
      const text = shadowRoot?.querySelector('.text, .notice')?.textContent.trim() ?? '';
      return text + (shadowRoot?.querySelector('.meta')?.textContent.includes('edited') ? '*' : '');
    }),
  );

/** Chooses from the menu of the message with this text. */
const choose = async (talk: Talk, text: string, item: string): Promise<void> => {
  await talk.rows.filter({ hasText: text }).locator('.bubble').click({ button: 'right' });
  await talk.page.getByRole('menuitem', { name: item }).click();
};

const isInView = (talk: Talk, text: string): Promise<boolean> =>
  talk.rows.filter({ hasText: text }).evaluateAll(([row]) => {
    const root = row?.getRootNode();
    const view = root instanceof ShadowRoot ? root.host.getBoundingClientRect() : undefined;
    const box = row?.getBoundingClientRect();
    return box !== undefined && view !== undefined && box.top >= view.top && box.bottom <= view.bottom;
  });

describe('What is done with messages', () => {
  // With lines of what happens.
  const gateway = new Gateway({});
  let browser: Browser;
  let shop: Shop;
  let desk: Desk;
  const both = (wanted: readonly string[]): Promise<unknown> =>
    Promise.all([shop, desk].map((talk) => becomes(() => shown(talk), wanted)));

  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    ({ shop, desk } = await openBoth(browser, gateway));
    await shop.write('Hello');
    await desk.pick('Hello');
    await both(['Hello', 'Mei Lin joined']);
  });
  afterEach(() => closeBoth(gateway, { shop, desk }));

  it('a message that is taken back is a tombstone for both, also later', async () => {
    await shop.write('My card is 4242');
    await both(['Hello', 'Mei Lin joined', 'My card is 4242']);
    await choose(shop, '4242', 'Take back');
    await becomes(() => shown(shop), ['Hello', 'Mei Lin joined', 'You took back a message']);
    await becomes(async () => (await shown(desk))[2]?.endsWith('took back a message'), true);
    await Promise.all([shop.page.reload(), desk.page.reload()]);
    await shop.open();
    await becomes(() => shown(shop), ['Hello', 'Mei Lin joined', 'You took back a message']);
    await desk.inboxRows.first().click();
    await becomes(async () => (await shown(desk))[2]?.endsWith('took back a message'), true);
    assert.doesNotMatch((await shown(desk)).join(), /4242/);
  });

  it('an edit takes the place of the message for both, also later', async () => {
    await desk.write('It costs 12');
    await both(['Hello', 'Mei Lin joined', 'It costs 12']);
    await choose(desk, 'It costs 12', 'Edit');
    await becomes(() => desk.input.inputValue(), 'It costs 12');
    await desk.page.keyboard.type('0');
    await desk.page.keyboard.press('Enter');
    await both(['Hello', 'Mei Lin joined', 'It costs 120*']);
    await shop.page.reload();
    await shop.open();
    await both(['Hello', 'Mei Lin joined', 'It costs 120*']);
  });

  it('an answer quotes, and leads to a message far back; what is missing between comes when one reads on', async () => {
    await shop.write('Where is order 7000?');
    await becomes(async () => (await shown(desk)).at(-1), 'Where is order 7000?');
    await choose(desk, 'order 7000', 'Reply');
    await desk.write('It left today');
    await becomes(async () => (await shown(shop)).at(-1)?.includes('It left today'), true);
    const send = (count: number): Promise<void> =>
      desk.page.locator('kefu-thread').evaluate((thread, most) => {
        type Thread = HTMLElement & { conversation: { send(text: string): unknown } };
        for (let n = 1; n <= most; n += 1) (thread as Thread).conversation.send(`line ${n}`);
      }, count);
    await send(230);
    await becomes(async () => (await shown(shop)).at(-1), 'line 230');
    await choose(desk, 'line 230', 'Reply');
    await desk.write('The newest');
    await becomes(async () => (await shown(shop)).at(-1)?.includes('The newest'), true);
    // A page that has only the newest ones finds what is far back.
    const other = await openDesk(browser, gateway);
    await other.inboxRows.first().click();
    await becomes(async () => (await shown(other)).at(-1)?.includes('The newest'), true);
    await other.thread.getByRole('button', { name: 'Search messages' }).click();
    await other.page.keyboard.type('ORDER 7000');
    await becomes(() => isInView(other, 'Where is order 7000?'), true);
    await becomes(() => other.thread.locator('.search [role=status]').textContent(), '1/2');
    await other.page.keyboard.press('Enter');
    await becomes(() => other.thread.locator('.search [role=status]').textContent(), '2/2');
    assert.equal(await other.page.evaluate(() => CSS.highlights.get('kefu-found')?.size), 2);
    await other.page.keyboard.press('Escape');
    await becomes(() => other.page.locator('.search').count(), 0);
    // The quote in the answer leads to what it answers.
    await other.page.locator('kefu-message .quote').first().click();
    await becomes(() => isInView(other, 'Where is order 7000?'), true);
    // What is missing is filled while one reads on.
    const log = other.page.locator('kefu-message-list .scroller');
    await becomes(async () => {
      await log.evaluate((scroller) => {
        scroller.scrollTop += 400;
      });
      return (await shown(other)).includes('line 120');
    }, true);
    assert.deepEqual(other.errors, []);
    await other.page.context().close();
  });

  it('a line says who closed the conversation', async () => {
    await desk.thread.getByRole('button', { name: 'Resolve' }).click();
    await both(['Hello', 'Mei Lin joined', 'Mei Lin closed the conversation']);
  });
});
