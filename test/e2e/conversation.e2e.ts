// A visitor and an agent talk.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { until } from '../support/until.ts';
import { becomes, closeBoth, Gateway, launchBrowser, openBoth, openDesk, openShop } from './support.ts';
import type { Desk, Shop } from './support.ts';

describe('A conversation', () => {
  const gateway = new Gateway({ SYSTEM_LINES: '0', LOG_LEVEL: 'info' });
  let browser: Browser;
  let shop: Shop;
  let desk: Desk;

  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
  });
  // Each test has a shop and an agent of its own: nothing left over from another one is in the inbox.
  beforeEach(async () => {
    ({ shop, desk } = await openBoth(browser, gateway));
  });
  afterEach(() => closeBoth(gateway, { shop, desk }));

  it('shows a message in the frame of Enter', async () => {
    await shop.write('A first message, so that there is a conversation');
    await until(
      'it is sent',
      async () => (await shop.state('A first message, so that there is a conversation')) !== '',
    );
    await shop.page.evaluate(() => {
      // From inside the frame of the key: what the next paint shows.
      const listen = (event: KeyboardEvent): void => {
        if (event.key !== 'Enter') return;
        removeEventListener('keydown', listen, true);
        requestAnimationFrame(() => {
          const log = document
            .querySelector('kefu-chat')
            ?.shadowRoot?.querySelector('kefu-window')
            ?.shadowRoot?.querySelector('kefu-message-list')?.shadowRoot;
          const list = log?.host.getBoundingClientRect();
          const rows = [...(log?.querySelectorAll('kefu-message') ?? [])];
          const row = rows.find((one) => one.shadowRoot?.querySelector('.text')?.textContent === 'At once');
          const bubble = row?.shadowRoot?.querySelector('[part~="bubble"]')?.getBoundingClientRect();
          const visible =
            bubble && list && bubble.height > 0 && bubble.bottom <= list.bottom + 1 && bubble.top >= list.top;
          document.documentElement.dataset['firstFrame'] = visible
            ? 'shown'
            : `not shown: ${JSON.stringify({ bubble, list })}`;
        });
      };
      addEventListener('keydown', listen, true);
    });
    await shop.write('At once');
    await becomes(() => shop.page.evaluate(() => document.documentElement.dataset['firstFrame']), 'shown');
  });

  it('goes both ways, and says what is delivered and read', async () => {
    await shop.write('Does it fit an induction plate?');
    await becomes(() => shop.state('Does it fit an induction plate?'), 'Delivered');
    await desk.pick('Does it fit an induction plate?');
    await becomes(() => desk.texts(), ['Does it fit an induction plate?']);
    await becomes(() => shop.state('Does it fit an induction plate?'), 'Read');

    await desk.write('Yes, from 12 cm on.');
    await becomes(
      () => shop.messages(),
      [
        { text: 'Does it fit an induction plate?', own: true },
        { text: 'Yes, from 12 cm on.', own: false },
      ],
    );
    await becomes(() => desk.state('Yes, from 12 cm on.'), 'Read');
  });

  it('calls an answer delivered, not read, while the window is closed, and counts it on the launcher', async () => {
    await shop.write('Hello?');
    await desk.pick('Hello?');
    await becomes(() => shop.state('Hello?'), 'Read');
    await shop.close();
    await desk.write('One moment');
    await desk.write('Here I am');
    await becomes(() => desk.state('Here I am'), 'Delivered');
    await becomes(() => shop.page.locator('kefu-launcher [part~="badge"]').allInnerTexts(), ['2']);
    await shop.page.getByRole('button', { name: 'Open chat, 2 unread messages' }).waitFor();

    await shop.open();
    await becomes(() => desk.state('Here I am'), 'Read');
    await becomes(() => shop.page.locator('kefu-launcher [part~="badge"]').count(), 0);
  });

  it('says who is typing', async () => {
    await shop.write('Hello?');
    await desk.pick('Hello?');
    await becomes(() => desk.texts(), ['Hello?']);
    await desk.input.pressSequentially('I am');
    await shop.typing.waitFor();
    await desk.page.keyboard.press('Enter');
    await shop.typing.waitFor({ state: 'detached' });
    await becomes(() => shop.texts(), ['Hello?', 'I am']);
    await shop.input.pressSequentially('thanks');
    await desk.typing.waitFor();
  });

  it('keeps two equal texts in a row apart, after a reload as well', async () => {
    await shop.write('ok');
    await shop.write('ok');
    await desk.pick('ok');
    await becomes(() => desk.texts(), ['ok', 'ok']);
    await desk.write('ok');
    await desk.write('ok');
    const all = ['ok', 'ok', 'ok', 'ok'];
    await becomes(() => shop.texts(), all);
    await becomes(() => desk.texts(), all);

    await shop.page.reload();
    await shop.open();
    await desk.page.reload();
    await desk.pick('ok');
    await becomes(() => shop.texts(), all);
    await becomes(() => desk.texts(), all);
  });

  it('is there again after a reload', async () => {
    await shop.write('Where is my parcel?');
    await desk.pick('Where is my parcel?');
    await desk.write('On its way.');
    const history = [
      { text: 'Where is my parcel?', own: true },
      { text: 'On its way.', own: false },
    ];
    await becomes(() => shop.messages(), history);

    await shop.page.reload();
    await shop.open();
    await becomes(() => shop.messages(), history);
    // The login is kept as well.
    await desk.page.reload();
    await desk.pick('On its way.');
    await becomes(() => desk.texts(), ['Where is my parcel?', 'On its way.']);

    // The same conversation goes on.
    await shop.write('Thank you');
    await becomes(() => desk.texts(), ['Where is my parcel?', 'On its way.', 'Thank you']);
  });

  it('is resolved, and opened again by the next message', async () => {
    await shop.write('Can I send it back?');
    await desk.pick('Can I send it back?');
    await desk.write('Within 30 days.');
    await becomes(() => shop.texts(), ['Can I send it back?', 'Within 30 days.']);
    await desk.thread.getByRole('button', { name: 'Resolve' }).click();
    await desk.thread.getByText('A new message opens the conversation again.').waitFor();
    await desk.tab('Open').click();
    await becomes(() => desk.inboxRows.count(), 0);

    await shop.write('One more thing');
    await becomes(() => desk.inboxRows.count(), 1);
    await desk.pick('One more thing');
    await becomes(() => desk.texts(), ['Can I send it back?', 'Within 30 days.', 'One more thing']);
    await desk.write('Go on');
    await becomes(() => shop.texts(), ['Can I send it back?', 'Within 30 days.', 'One more thing', 'Go on']);
  });

  it('waits in the queue while nobody is there, and is taken', async () => {
    const { length } = gateway.output;
    await desk.page.close();
    await until('she has gone', () => gateway.output.includes('"closed"', length));
    await shop.write('Anybody there?');
    await becomes(() => shop.state('Anybody there?'), 'Sent');
    desk = await openDesk(browser, gateway, { name: 'sam' });
    await becomes(() => desk.inboxRows.count(), 1);
  });

  it('keeps visitors apart', async () => {
    const other = await openShop(browser, gateway);
    await other.open();
    await shop.write('From the first');
    await other.write('From the second');
    await desk.pick('From the second');
    await desk.write('To the second');
    await becomes(() => other.texts(), ['From the second', 'To the second']);
    await desk.pick('From the first');
    await becomes(() => desk.texts(), ['From the first']);
    assert.deepEqual(await shop.texts(), ['From the first']);
    assert.deepEqual(other.errors, []);
    await other.page.context().close();
  });
});
