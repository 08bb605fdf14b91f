// Makes docs/images from a running demo: shop and desk side by side after a short conversation, and in docs/images/content one picture of each kind of message. `npm run build` comes first; the words `talks` and `content` choose.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { becomes, Desk, Gateway, launchBrowser, newPage, Shop } from '../test/e2e/support.ts';
import { silence } from '../test/support/silence.ts';
import { until } from '../test/support/until.ts';
import { kindsOf } from './content-kinds.mjs';

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

/** Runs in a page: makes files to send. `voice`: the bytes of a sound. */
function prepareFiles(voice) {
  const kettle = async () => createImageBitmap(await (await fetch('/kettle.jpg')).blob());
  globalThis.files = {
    async image() {
      const image = await kettle();
      const canvas = new OffscreenCanvas(264, 264);
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    },
    async video() {
      const image = await kettle();
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 320, height: 200 });
      const brush = canvas.getContext('2d');
      const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm' });
      const pieces = [];
      recorder.ondataavailable = ({ data }) => pieces.push(data);
      const ended = new Promise((resolve) => (recorder.onstop = resolve));
      recorder.start();
      for (let n = 0; n < 20; n += 1) {
        brush.drawImage(image, 0, 32 + n, 264, 165, 0, 0, 320, 200);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      recorder.stop();
      await ended;
      return new Blob(pieces, { type: 'video/webm' });
    },
    pdf: () => new Blob(['%PDF-1.4\n', new Uint8Array(180_000)], { type: 'application/pdf' }),
    voice: () => new Blob([Uint8Array.from(voice)], { type: 'audio/wav' }),
  };
}

/** Runs in a page: sends what `prepare` and the kind say. */
async function sendKind({ content, head, file, about, wave }) {
  const desk = document.querySelector('kefu-desk');
  const conversation = desk ? desk.client.conversations$.value[0] : globalThis.client.current();
  if (file) conversation.sendFile(await globalThis.files[file](), { ...about, ...(wave && { preview: wave }) });
  else conversation.send(content, head);
}

/** As loud as somebody who speaks. */
const wave = Buffer.from(
  Array.from({ length: 48 }, (_, n) => Math.round(255 * Math.abs(Math.sin(n * 0.9) * Math.cos(n * 0.23)) ** 0.7)),
).toString('base64');

/** The newest rows of the shop, with a little around them. */
async function pictureOfRows(shop, count) {
  const list = await shop.page.locator('kefu-message-list').boundingBox();
  const boxes = await shop.page.evaluate(() =>
    [
      ...document
        .querySelector('kefu-chat')
        .shadowRoot.querySelector('kefu-window')
        .shadowRoot.querySelector('kefu-message-list')
        .shadowRoot.querySelectorAll('.messages > div'),
    ].map((box) => {
      const { top, bottom } = box.getBoundingClientRect();
      return { top, bottom };
    }),
  );
  const rows = boxes.slice(-count);
  const y = Math.max(list.y, rows[0].top + 2);
  const height = Math.min(list.y + list.height, rows.at(-1).bottom + 10) - y;
  return shop.page.screenshot({
    animations: 'disabled',
    caret: 'hide',
    clip: { x: list.x, y, width: list.width, height },
  });
}

const voice = [...silence(7_000)];

/** One picture of each kind, by its name, in this language and theme. */
async function pictureKinds(browser, lang, theme) {
  const pictures = new Map();
  const gateway = new Gateway({});
  const screen = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2, locale: lang };
  try {
    await gateway.start();
    const desk = new Desk(await newPage(browser, screen));
    await desk.page.goto(`${gateway.url}/desk?lang=${lang}&theme=${theme}`);
    await desk.logIn();
    await desk.page.evaluate(prepareFiles, voice);
    const shop = new Shop(await newPage(browser, screen));
    await shop.page.goto(`${gateway.url}/?lang=${lang}&theme=${theme}`);
    await shop.launcher.waitFor();
    await shop.page.evaluate(prepareFiles, voice);
    await shop.page.evaluate(() => {
      const { KefuChat } = globalThis.Kefu;
      const make = KefuChat.clientFactory;
      KefuChat.clientFactory = (options) => (globalThis.client = make(options));
    });
    await shop.open();
    const { say, kinds } = kindsOf(lang, gateway.url);
    await shop.write(say.asked);
    await desk.pick(say.asked);
    await becomes(() => shop.linkState(), 'online');
    for (const { name, by, answer, shows = 1, photo, ...kind } of kinds) {
      const rows = await shop.rows.count();
      const page = by === 'agent' ? desk.page : shop.page;
      await page.evaluate(sendKind, { ...kind, wave: name === 'voice' ? wave : undefined });
      await until(`${name} is there`, async () => (await shop.rows.count()) > rows);
      if (answer) {
        await shop.page.getByRole('button', { name: answer }).click();
        await until('it is answered', async () => (await shop.rows.count()) > rows + 1);
      }
      await until(`${name} has gone`, () =>
        shop.rows.last().evaluate((row) => row.message.seqid !== undefined && !row.shadowRoot.querySelector('.upload')),
      );
      await shop.rows.last().evaluate(async (row) => {
        const shown = row.shadowRoot.querySelector('img, video');
        const isHere = () => !shown || (shown.complete && shown.naturalWidth > 0) || shown.readyState > 1;
        while (!isHere()) await new Promise((resolve) => setTimeout(resolve, 50));
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      });
      pictures.set(name, { image: await pictureOfRows(shop, shows), photo });
    }
    await shop.page.evaluate(async (text) => {
      const conversation = globalThis.client.current();
      const { key } = conversation.send(text);
      const isStored = (list) => list.at(list.indexOf(key))?.seqid !== undefined;
      while (!isStored(conversation.messages$.value)) await new Promise((resolve) => setTimeout(resolve, 50));
      await conversation.recall(key);
    }, say.mistake);
    await until('it is taken back', () =>
      shop.rows.last().evaluate((row) => row.shadowRoot.querySelector('.notice') !== null),
    );
    pictures.set('tombstone', { image: await pictureOfRows(shop, 1) });
    // What came while the visitor looked elsewhere.
    await shop.launcher.click();
    await desk.write(say.news);
    await becomes(() => shop.chat.evaluate((chat) => chat.unread), 1);
    await shop.launcher.click();
    await shop.page.locator('kefu-message-list .unread').waitFor();
    pictures.set('unread-line', { image: await pictureOfRows(shop, 1) });
    const rows = await shop.rows.count();
    await desk.page.evaluate(() => document.querySelector('kefu-desk').client.conversations$.value[0].resolve());
    await until('the line is there', async () => (await shop.rows.count()) > rows);
    pictures.set('system-line', { image: await pictureOfRows(shop, 1) });
    await gateway.stop();
    await becomes(() => shop.linkState(), 'retrying');
    await shop.write(say.waiting);
    await shop.page.locator('kefu-message .waiting').waitFor();
    pictures.set('waiting', { image: await pictureOfRows(shop, 1) });
    return pictures;
  } finally {
    await gateway.dispose();
  }
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

/** English and light beside Chinese and dark. */
async function kindSideBySide(browser, [left, right], path) {
  const page = await newPage(browser, { viewport: { width: 900, height: 900 }, deviceScaleFactor: 1 });
  const picture = ({ image }, colour) =>
    `<div style="background: ${colour}"><img src="data:image/png;base64,${image.toString('base64')}" /></div>`;
  await page.setContent(`<!doctype html>
    <style>
      body { margin: 0; }
      main { display: inline-flex; }
      div { display: flex; align-items: center; inline-size: 400px; }
      img { display: block; inline-size: 100%; }
    </style>
    <main>${picture(left, '#fff')}${picture(right, '#17181c')}</main>`);
  const jpeg = left.photo && { type: 'jpeg', quality: 80 };
  await page.locator('main').screenshot({ path, ...jpeg });
  await page.context().close();
}

async function pictureTalks(browser) {
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
}

async function pictureContent(browser) {
  const left = await pictureKinds(browser, 'en', 'light');
  const right = await pictureKinds(browser, 'zh-CN', 'dark');
  for (const [name, picture] of left) {
    const path = `content/${name}.${picture.photo ? 'jpg' : 'png'}`;
    await kindSideBySide(browser, [picture, right.get(name)], folder + path);
    console.log(`docs/images/${path}`);
  }
}

mkdirSync(`${folder}content`, { recursive: true });
const parts = { talks: pictureTalks, content: pictureContent };
const chosen = process.argv.slice(2);
const browser = await launchBrowser();
try {
  for (const [name, part] of Object.entries(parts))
    if (chosen.length === 0 || chosen.includes(name)) await part(browser);
} finally {
  await browser.close();
}
