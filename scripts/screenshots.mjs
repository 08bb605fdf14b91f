// Makes docs/images/*.png: shop and desk side by side after a short conversation, typed into a running demo. `npm run build` comes first.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { becomes, Desk, Gateway, launchBrowser, newPage, Shop } from '../test/e2e/support.ts';

const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));

/** Who says what. Other visitors only write one line, so that the inbox looks as it does on a normal day. */
const talks = {
  en: {
    lines: [
      ['visitor', 'Hi! Does the Rill kettle work on a small induction plate? Mine is 12 cm.'],
      ['agent', 'Hi! Yes, it does: the base is 14 cm, and plates from 12 cm on find it.'],
      ['visitor', 'Great. And is Fir in stock?'],
      ['agent', 'Three left. Order today and it leaves the workshop tomorrow.'],
      ['visitor', 'Perfect, thank you!'],
    ],
    others: ['My parcel says delivered, but there is nothing here…', 'Can I get a spare lid for a kettle from 2019?'],
  },
  'zh-CN': {
    lines: [
      ['visitor', '您好，Rill 手冲壶能用在小电磁炉上吗？我的是 12 厘米的。'],
      ['agent', '您好！可以的，壶底 14 厘米，12 厘米以上的电磁炉都能识别。'],
      ['visitor', '太好了，冷杉绿还有货吗？'],
      ['agent', '还剩三只，今天下单，明天从工坊发出。'],
      ['visitor', '好的，谢谢！'],
    ],
    others: ['快递显示已签收，可是我没有收到……', '请问 2019 年的壶还能配盖子吗？'],
  },
};

const sizes = {
  desktop: { screen: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 }, width: 960 },
  phone: {
    screen: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    width: 390,
  },
};

async function visit(browser, gateway, lang, theme, screen) {
  const shop = new Shop(await newPage(browser, { ...screen, locale: lang }));
  await shop.page.goto(`${gateway.url}/?lang=${lang}&theme=${theme}`);
  await shop.open();
  return shop;
}

async function converse(browser, gateway, { lang, theme, size }) {
  const { screen } = sizes[size];
  const { lines, others } = talks[lang];
  const desk = new Desk(await newPage(browser, { ...screen, locale: lang }));
  await desk.page.goto(`${gateway.url}/desk?lang=${lang}&theme=${theme}`);
  await desk.logIn();
  const waiting = [];
  for (const text of others) {
    const other = await visit(browser, gateway, lang, theme, screen);
    await other.write(text);
    await desk.inboxRows.filter({ hasText: text }).waitFor();
    waiting.push(other);
  }
  const shop = await visit(browser, gateway, lang, theme, screen);
  const said = [];
  for (const [who, text] of lines) {
    said.push(text);
    await (who === 'visitor' ? shop : desk).write(text);
    if (said.length === 1) await desk.pick(text);
    await becomes(() => shop.texts(), said);
    await becomes(() => desk.texts(), said);
  }
  await becomes(async () => (await shop.state(said.at(-1))) !== '', true);
  const pages = [shop, desk].map(({ page }) => page);
  for (const page of pages) await page.evaluate(() => document.fonts.ready);
  const images = await Promise.all(pages.map((page) => page.screenshot({ animations: 'disabled', caret: 'hide' })));
  for (const talk of [shop, desk, ...waiting]) await talk.page.context().close();
  return images;
}

async function sideBySide(browser, images, { size, theme }, path) {
  const page = await newPage(browser, { viewport: { width: 2400, height: 1200 }, deviceScaleFactor: 1 });
  const { width } = sizes[size];
  await page.setContent(`<!doctype html>
    <style>
      body { margin: 0; }
      main { display: inline-flex; gap: 24px; padding: 24px; background: ${theme === 'dark' ? '#1c1f26' : '#e9ebf0'}; }
      img { display: block; width: ${width}px; border-radius: 10px; box-shadow: 0 6px 24px rgb(0 0 0 / 25%); }
    </style>
    <main>${images.map((image) => `<img src="data:image/png;base64,${image.toString('base64')}" />`).join('')}</main>`);
  await page.locator('main').screenshot({ path });
  await page.context().close();
}

mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
try {
  for (const size of Object.keys(sizes))
    for (const lang of Object.keys(talks))
      for (const theme of ['light', 'dark']) {
        const name = `${size}-${theme}-${lang}.png`;
        // A gateway of its own, so that the inbox holds nothing from before.
        const gateway = new Gateway();
        try {
          await gateway.start();
          const images = await converse(browser, gateway, { lang, theme, size });
          await sideBySide(browser, images, { size, theme }, folder + name);
          console.log(`docs/images/${name}`);
        } finally {
          await gateway.dispose();
        }
      }
} finally {
  await browser.close();
}
