// How many frames pass from the key to the painted bubble, in the real widget on a real gateway, as the conversation grows.
import { openEmbeddedStore } from '../src/gateway/store/embedded-store.ts';
import { becomes, Gateway, launchBrowser, newPage, Shop } from '../test/e2e/support.ts';
import { countElements } from './count-elements.mjs';
import { median, quantile } from './median.mjs';
import { mixedContent } from './mixed.mjs';

const slowest = 4;

/** Runs in the page. Resolves, for the next Enter, with how long it took until the bubble was on the screen. */
function watchNextEnter(text) {
  const measured = new Promise((resolve) => {
    const onKey = (event) => {
      if (event.key !== 'Enter') return;
      removeEventListener('keydown', onKey, true);
      let frames = 0;
      const look = () => {
        frames += 1;
        const list = document
          .querySelector('kefu-chat')
          .shadowRoot.querySelector('kefu-window')
          .shadowRoot.querySelector('kefu-message-list');
        const row = [...list.shadowRoot.querySelectorAll('kefu-message')].findLast(
          (one) => one.shadowRoot.querySelector('.text')?.textContent === text,
        );
        const bubble = row?.shadowRoot.querySelector('[part~="bubble"]').getBoundingClientRect();
        const box = list.getBoundingClientRect();
        if (!(bubble?.height > 0 && bubble.top >= box.top && bubble.bottom <= box.bottom + 1)) {
          requestAnimationFrame(look);
          return;
        }
        // A message to oneself comes after the frame that is being made.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve({ frames, ms: performance.now() - event.timeStamp });
        port2.postMessage(0);
      };
      requestAnimationFrame(look);
    };
    addEventListener('keydown', onKey, true);
  });
  Object.assign(globalThis, { measured });
}

/** Puts `count` messages into the only conversation of a gateway that is down. */
async function fill(gateway, count, progress) {
  const store = await openEmbeddedStore({ dataDir: gateway.dataDir, exclusive: true });
  const [conversation] = await store.queued(1);
  const [agent] = await store.agents();
  const { topic, visitor } = conversation;
  await store.assign({ topic, agent: agent.user.id, at: Date.now() });
  const from = [visitor, agent.user.id];
  const startedAt = Date.now() - count * 60_000;
  for (let n = 0; n < count; n += 5_000) {
    progress(`storing messages, ${n.toLocaleString('en')} of ${count.toLocaleString('en')}`);
    await Promise.all(
      Array.from({ length: Math.min(5_000, count - n) }, (_, k) =>
        store.append({
          topic,
          from: from[((n + k) >> 1) & 1],
          msgid: undefined,
          head: undefined,
          content: JSON.stringify(mixedContent(n + k)),
          note: false,
          at: startedAt + (n + k) * 60_000,
        }),
      ),
    );
  }
  await store.close();
}

async function sendMany({ shop, cdp, slowdown, count, name }) {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  const results = [];
  for (let n = 0; n < count + 3; n += 1) {
    const text = `${name}, ${slowdown}, ${n}`;
    await shop.input.click();
    await shop.page.keyboard.insertText(text);
    await shop.page.evaluate(watchNextEnter, text);
    await shop.page.keyboard.press('Enter');
    const result = await shop.page.evaluate(() => globalThis.measured);
    if (n >= 3) results.push(result);
    // The gateway lets a visitor write only so fast, which is not what is measured.
    await becomes(async () => (await shop.state(text)) !== '', true, 60_000);
  }
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  return results;
}

export async function benchSend({ messages, sends, progress }) {
  const gateway = new Gateway();
  const browser = await launchBrowser();
  try {
    await gateway.start();
    const page = await newPage(browser, {});
    const cdp = await page.context().newCDPSession(page);
    const shop = new Shop(page);
    const visit = async () => {
      await page.goto(gateway.url);
      await shop.launcher.waitFor();
      await page.evaluate(() => {
        const { KefuChat } = globalThis.Kefu;
        const make = KefuChat.clientFactory;
        KefuChat.clientFactory = (options) => (globalThis.client = make(options));
      });
      await shop.open();
      await becomes(() => shop.linkState(), 'online');
    };
    const heap = async () => {
      await cdp.send('HeapProfiler.collectGarbage');
      const { usedSize } = await cdp.send('Runtime.getHeapUsage');
      return usedSize;
    };
    await visit();
    await shop.write('Hello');
    await becomes(async () => (await shop.state('Hello')) !== '', true);
    await gateway.stop();
    await fill(gateway, messages, progress);
    await gateway.start();
    await visit();
    await becomes(async () => (await shop.rows.count()) > 1, true);

    const rows = [];
    let worst = 0;
    const measure = async () => {
      const length = await page.evaluate(() => globalThis.client.current().messages$.value.length);
      for (const slowdown of [1, slowest]) {
        progress(`${sends} messages sent among ${length.toLocaleString('en')}, CPU ${slowdown} × slower`);
        const results = await sendMany({ shop, cdp, slowdown, count: sends, name: `among ${length}` });
        const frames = results.map((result) => result.frames);
        const ms = results.map((result) => result.ms);
        worst = Math.max(worst, median(frames));
        rows.push({
          messages: length.toLocaleString('en'),
          CPU: `${slowdown} × slower`,
          'frames, median': median(frames),
          'frames, worst': Math.max(...frames),
          'ms, median': median(ms).toFixed(1),
          'ms, 95 %': quantile(ms, 0.95).toFixed(1),
          elements: (await page.evaluate(countElements)).toLocaleString('en'),
          heap: `${((await heap()) / 2 ** 20).toFixed(1)} MB`,
        });
      }
    };
    await measure();
    for (let before = 0, hasOlder = true; hasOlder;) {
      const list = await page.evaluate(async () => {
        const { messages$ } = globalThis.client.current();
        for (let n = 0; n < 20 && messages$.value.hasOlder; n += 1) await globalThis.client.current().loadOlder();
        return { length: messages$.value.length, hasOlder: messages$.value.hasOlder };
      });
      progress(`loading the history, ${list.length.toLocaleString('en')} messages`);
      if (list.length === before)
        throw new Error(`The history ends at ${before} messages, and says that there is more.`);
      ({ length: before, hasOlder } = list);
    }
    await measure();
    return {
      title: `Key to painted bubble (${sends} sends each, Chromium ${browser.version()})`,
      rows,
      verdicts: [{ ok: worst <= 1, text: `the bubble is there in frame ${worst} after the key (median), budget 1` }],
    };
  } finally {
    await browser.close();
    await gateway.dispose();
  }
}
