// What the pictures of docs/content.md show: one message of each kind, in English and Chinese, as it is sent.
import { cardContent } from '../src/protocol/card.ts';
import { quoting } from '../src/protocol/drafty-writer.ts';
import { readShorthand } from '../src/protocol/shorthand.ts';

/** A document of texts and entities, one after the other: `[text, tp, data]` is an entity, a string is text. */
const drafty = (...parts) => {
  const [fmt, ent] = [[], []];
  let txt = '';
  for (const part of parts) {
    const [text, tp, data] = typeof part === 'string' ? [part] : part;
    if (tp !== undefined) {
      fmt.push({ at: txt.length, len: text.length, key: ent.length });
      ent.push({ tp, data });
    }
    txt += text;
  }
  return { txt, fmt, ent };
};

const entity = (content) => [content.txt, content.ent[0].tp, content.ent[0].data];

const inForm = ({ txt, fmt, ent }, data) => ({
  txt,
  fmt: [{ at: 0, len: txt.length, key: ent.length }, ...fmt],
  ent: [...ent, { tp: 'FM', data }],
});

const words = {
  en: {
    text: 'The *Fir* one is _nearly_ gone: ~five~ three left. Code `RILL10` takes off 10 %.\nhttps://shop.example.com/kettles',
    asked: 'Does it work on induction?',
    answer: 'Yes, the base is 14 cm.',
    emoji: '👍🎉',
    file: 'Invoice 1024.pdf',
    product: { title: 'Rill gooseneck kettle', note: 'Fir · 0.9 L · walnut', price: '$89' },
    order: { id: '1024', title: 'Rill kettle and two more', note: '3 things', price: '$126', status: 'On its way' },
    others: [
      ['Bone', '$89'],
      ['Ink', '$94'],
    ],
    fits: 'Did that help?',
    yes: 'Yes, thanks',
    no: 'Not yet',
    when: 'When shall we bring it?',
    days: ['Tuesday', 'Thursday'],
    mistake: 'Oh, wrong chat.',
    news: 'Your parcel has left the workshop.',
    waiting: 'And the lid?',
  },
  'zh-CN': {
    text: '*冷杉绿* 快没有了，只剩 ~五~ 三只。用 `RILL10` 可以 _九折_。\nhttps://shop.example.com/kettles',
    asked: '电磁炉能用吗？',
    answer: '可以的，壶底 14 厘米。',
    emoji: '👍🎉',
    file: '发票 1024.pdf',
    product: { title: 'Rill 细口手冲壶', note: '冷杉绿 · 0.9 升 · 胡桃木', price: '¥589' },
    order: { id: '1024', title: 'Rill 手冲壶等三件', note: '共 3 件', price: '¥832', status: '运输中' },
    others: [
      ['骨白', '¥589'],
      ['墨黑', '¥619'],
    ],
    fits: '问题解决了吗？',
    yes: '解决了，谢谢',
    no: '还没有',
    when: '您希望哪天送到？',
    days: ['星期二', '星期四'],
    mistake: '发错了。',
    news: '您的包裹已从工坊发出。',
    waiting: '那壶盖呢？',
  },
};

/**
 * The kinds in their order. `by` sends `content`, or `file`: the name of a function of the page that makes one. `shows`: so
 * many of the newest rows are in the picture. `photo`: as JPEG.
 */
export const kindsOf = (lang, origin) => {
  const say = words[lang];
  const picture = `${origin}/kettle.jpg`;
  const product = cardContent('product', { ...say.product, picture, url: `${origin}/` });
  const more = say.others.map(([colour, price]) =>
    entity(cardContent('product', { title: `${say.product.title} · ${colour}`, price, picture, url: `${origin}/` })),
  );
  return {
    say,
    kinds: [
      { name: 'text', by: 'agent', content: readShorthand(say.text) },
      { name: 'quote', by: 'visitor', content: quoting('Mei', say.asked, say.answer), head: { reply: '1' } },
      { name: 'emoji', by: 'agent', content: say.emoji },
      {
        name: 'image',
        by: 'agent',
        file: 'image',
        about: { name: 'kettle.jpg', width: 264, height: 264 },
        photo: true,
      },
      {
        name: 'video',
        by: 'visitor',
        file: 'video',
        about: { name: 'kettle.webm', width: 320, height: 200 },
        photo: true,
      },
      { name: 'file', by: 'agent', file: 'pdf', about: { name: say.file } },
      { name: 'voice', by: 'visitor', file: 'voice', about: { name: 'voice.wav', duration: 7_000 } },
      { name: 'product', by: 'visitor', content: product, photo: true },
      { name: 'order', by: 'visitor', content: cardContent('order', { ...say.order, picture }), photo: true },
      { name: 'carousel', by: 'agent', content: drafty(entity(product), ...more), photo: true },
      {
        name: 'quick-replies',
        by: 'agent',
        content: drafty(`${say.fits} `, [say.yes, 'BN', { name: 'yes', act: 'pub' }], ' ', [
          say.no,
          'BN',
          { name: 'no', act: 'pub' },
        ]),
      },
      {
        name: 'form',
        by: 'agent',
        content: inForm(
          drafty(`${say.when} `, [say.days[0], 'BN', { name: 'day', val: 2, act: 'pub' }], ' ', [
            say.days[1],
            'BN',
            { name: 'day', val: 4, act: 'pub' },
          ]),
          { su: true },
        ),
        answer: say.days[1],
        shows: 2,
      },
    ],
  };
};
