// What a message carries, as <kefu-message> shows it.
import { expect, html } from '@open-wc/testing';
import { cardContent } from '../../src/protocol/card.ts';
import { quoting } from '../../src/protocol/drafty-writer.ts';
import { answeredBy } from '../../src/protocol/form.ts';
import type { Json } from '../../src/protocol/json.ts';
import { readShorthand } from '../../src/protocol/shorthand.ts';
import type { KefuMessage } from '../../src/ui/kefu-message.ts';
import type { JumpRequestEvent, MediaRequestEvent, SendRequestEvent } from '../../src/ui/request-events.ts';
import { previewOf } from '../../src/ui/content/preview.ts';
import { en } from '../../src/ui/i18n/en.ts';
import { inFace, inside, shownTextOf } from '../support/face-fixture.ts';
import { anna, newMessage } from '../support/messages.ts';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const kettle = {
  title: 'Kettle',
  note: 'Steel, 1 l',
  price: '¥129',
  picture: `data:image/png;base64,${PIXEL}`,
  url: 'https://shop.example/kettle',
};

interface Options {
  readonly own?: boolean;
  readonly head?: Record<string, Json>;
  readonly answered?: boolean;
  readonly resolve?: (ref: string) => string | undefined;
  readonly theme?: 'light' | 'dark';
}

const show = async (content: Json, options: Options = {}) => {
  const { own = false, head = {}, answered = false, resolve = () => undefined, theme = 'light' } = options;
  const face = await inFace<KefuMessage>(
    html`<kefu-message
      lang="en"
      .message=${newMessage(7, { own, head, content })}
      .sender=${anna}
      .answered=${answered}
      .resolve=${resolve}
    ></kefu-message>`,
    theme,
  );
  const row = face.element;
  const bubble = inside(row, '[part~=bubble]');
  const all = <E extends Element = HTMLElement>(selector: string) => [...bubble.querySelectorAll<E>(selector)];
  return { ...face, row, bubble, all };
};

const button = (data: Record<string, Json>, label = 'Yes'): Json => ({
  txt: `Agree? ${label}`,
  fmt: [
    { len: 7 + label.length, key: 1 },
    { at: 7, len: label.length },
  ],
  ent: [
    { tp: 'BN', data },
    { tp: 'FM', data: { su: true } },
  ],
});

const media = (tp: string, data: Record<string, Json>): Json => ({ txt: ' ', fmt: [{ len: 1 }], ent: [{ tp, data }] });

describe('the content of a message', () => {
  describe('text', () => {
    it('is bold, italic, struck and code, with its line breaks', async () => {
      const { all, bubble } = await show(readShorthand('*a* _b_ ~c~ `d`\ne'));
      expect(['b', 'i', 's', 'code'].map((tag) => all(tag)[0]?.textContent)).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(bubble.querySelector('.text')!.textContent).to.equal('a b c d\ne');
    });

    it('has links wherever they stand, and none that lead where they must not', async () => {
      const { all } = await show({
        txt: 'see here or https://b.example, not there',
        fmt: [
          { at: 4, len: 4 },
          { at: 34, len: 5, key: 1 },
          { at: 0, len: 30, tp: 'ST' },
        ],
        ent: [
          { tp: 'LN', data: { url: 'https://a.example/' } },
          { tp: 'LN', data: { url: 'javascript:alert(1)' } },
        ],
      });
      expect(all<HTMLAnchorElement>('a').map(({ href, textContent }) => [href, textContent])).to.deep.equal([
        ['https://a.example/', 'here'],
        ['https://b.example/', 'https://b.example'],
      ]);
    });

    it('is text and nothing else, whatever a document says', async () => {
      const evil = '<img src=x onerror=alert(1)>';
      const { all, bubble } = await show({
        txt: evil,
        fmt: [
          { len: 99, tp: evil },
          { len: 4, tp: 'ST' },
        ],
        ent: [],
      });
      expect(all('img')).to.have.length(0);
      expect(bubble.querySelector('.text')!.textContent).to.equal(evil);
    });
  });

  describe('a quote', () => {
    const content = quoting('Anna Berg', 'How many?', 'Two');

    it('stands before the answer, and leads to what it quotes', async () => {
      const { all, requests } = await show(content, { head: { reply: '3' } });
      expect(shownTextOf(all('blockquote')[0])).to.equal('Anna Berg How many?');
      all('button.quote')[0]!.click();
      const event = requests[0] as JumpRequestEvent;
      expect(event.type).to.equal('kefu-jump-request');
      expect(event.seqid).to.equal(3);
    });

    it('is only text when it does not say of what', async () => {
      const { all } = await show(content);
      expect(all('blockquote')).to.have.length(1);
      expect(all('button')).to.have.length(0);
    });
  });

  describe('cards', () => {
    it('show picture, name and price, and lead to the product', async () => {
      const { all, bubble } = await show(cardContent('product', kettle)!);
      const [card] = all<HTMLAnchorElement>('a.card');
      expect(card!.href).to.equal(kettle.url);
      expect(shownTextOf(card)).to.equal('Kettle Steel, 1 l ¥129');
      expect(card!.querySelector('img')!.src).to.equal(kettle.picture);
      expect(getComputedStyle(bubble).backgroundColor).to.equal('rgba(0, 0, 0, 0)');
    });

    it('of an order say its number and where it stands', async () => {
      const { all } = await show(cardContent('order', { id: '1024', status: 'Shipped', price: '¥258' })!);
      const [card] = all<HTMLAnchorElement>('a.card');
      expect(shownTextOf(card)).to.equal('Order 1024 ¥258Shipped');
      expect(card!.hasAttribute('href')).to.equal(false);
    });

    it('several in a row can be leafed through, and stay within the bubble', async () => {
      const one = cardContent('product', kettle) as { txt: string; ent: readonly Json[] };
      const { all, row } = await show({
        txt: `${one.txt} ${one.txt} ${one.txt}`,
        fmt: [0, 1, 2].map((n) => ({ at: n * (one.txt.length + 1), len: one.txt.length })),
        ent: one.ent,
      });
      const [cards] = all('.cards');
      expect(cards!.children).to.have.length(3);
      expect(cards!.scrollWidth).to.be.above(cards!.clientWidth);
      expect(row.scrollWidth).to.equal(row.clientWidth);
    });

    it('lead nowhere they must not, and load no picture from there', async () => {
      const { all } = await show({
        txt: 'Kettle',
        fmt: [{ len: 6 }],
        ent: [
          {
            tp: 'x-kefu-product',
            data: { title: 'Kettle', url: 'javascript:alert(1)', picture: 'javascript:alert(1)' },
          },
        ],
      });
      expect(all('a.card')[0]!.hasAttribute('href')).to.equal(false);
      expect(all('img')).to.have.length(0);
    });
  });

  describe('a button', () => {
    it('sends what it stands for, as the answer to its message', async () => {
      const { all, requests } = await show(button({ name: 'yes', act: 'pub', val: 'oh' }));
      all<HTMLButtonElement>('button.choice')[0]!.click();
      const event = requests[0] as SendRequestEvent;
      expect(event.type).to.equal('kefu-send-request');
      expect(answeredBy(event.content)).to.equal(7);
      expect((event.content as { txt: string }).txt).to.equal('Yes');
    });

    it('can’t be pressed when it was answered, is one’s own, or does something unknown', async () => {
      const isDisabled = async (content: Json, options: Options) =>
        (await show(content, options)).all<HTMLButtonElement>('button.choice')[0]!.disabled;
      expect(await isDisabled(button({ act: 'pub' }), {})).to.equal(false);
      expect(await isDisabled(button({ act: 'pub' }), { answered: true })).to.equal(true);
      expect(await isDisabled(button({ act: 'pub' }), { own: true })).to.equal(true);
      expect(await isDisabled(button({ act: 'note' }), {})).to.equal(true);
    });

    it('may lead to a page, with what was chosen and nothing of who chose', async () => {
      const { all } = await show(button({ name: 'a', act: 'url', ref: 'https://a.example/x?y=1', val: 'b c' }));
      const [link] = all<HTMLAnchorElement>('a.choice');
      expect(link!.href).to.equal('https://a.example/x?y=1&a=b+c&seq=7');
      const { all: bad } = await show(button({ act: 'url', ref: 'javascript:alert(1)' }));
      expect(bad('a')).to.have.length(0);
      expect(bad<HTMLButtonElement>('button.choice')[0]!.disabled).to.equal(true);
    });

    it('an answer is its label', async () => {
      const { all, bubble } = await show({
        txt: 'Yes',
        fmt: [{ at: -1 }],
        ent: [{ tp: 'EX', data: { mime: 'text/x-drafty-fr', val: { seq: 15, resp: { yes: 'oh' } } } }],
      });
      expect(all('button')).to.have.length(0);
      expect(bubble.querySelector('.text')!.textContent.trim()).to.equal('Yes');
    });
  });

  describe('media', () => {
    it('an image has its place before it is there, and is shown from where it is', async () => {
      const { all, row } = await show(media('IM', { ref: '/v0/file/s/a.png', width: 800, height: 400 }));
      const [image] = all<HTMLImageElement>('img');
      expect(image!.hasAttribute('src')).to.equal(false);
      const { width, height } = image!.getBoundingClientRect();
      expect(width / height).to.be.closeTo(2, 0.02);
      row.resolve = (ref) => `data:image/png;base64,${PIXEL}#${ref}`;
      await row.updateComplete;
      expect(all<HTMLImageElement>('img')[0]!.src).to.contain('#/v0/file/s/a.png');
      expect(image!.getBoundingClientRect().height).to.be.closeTo(height, 0.5);
    });

    it('an image inside of the message is shown from there, unless it is none', async () => {
      const { all } = await show(media('IM', { mime: 'image/png', val: PIXEL }));
      expect(all<HTMLImageElement>('img')[0]!.src).to.equal(`data:image/png;base64,${PIXEL}`);
      const { all: bad } = await show(media('IM', { mime: 'image/svg+xml', val: PIXEL }));
      expect(bad('img')[0]!.hasAttribute('src')).to.equal(false);
    });

    it('a tap on an image or a file asks for it', async () => {
      for (const tp of ['IM', 'EX']) {
        const { all, requests } = await show(media(tp, { ref: 'a', name: 'bill.pdf', size: 123_456 }));
        all('button')[0]!.click();
        const event = requests[0] as MediaRequestEvent;
        expect(event.type).to.equal('kefu-media-request');
        expect(event.span.data['ref']).to.equal('a');
      }
    });

    it('a file has its name and size, video and voice their controls', async () => {
      const { all } = await show(media('EX', { name: 'bill.pdf', size: 123_456 }));
      expect(shownTextOf(all('button.file')[0])).to.equal('bill.pdf123 kB');
      const resolve = () => `data:video/mp4;base64,`;
      const { all: video } = await show(media('VD', { ref: 'v', width: 640, height: 360 }), { resolve });
      expect(video<HTMLVideoElement>('video')[0]!.controls).to.equal(true);
      const { all: voice } = await show(media('AU', { ref: 'v' }), { resolve });
      expect(voice<HTMLAudioElement>('audio')[0]!.controls).to.equal(true);
    });
  });

  it('a notice stands in place of the bubble', async () => {
    const { row } = await show('Anna joined');
    row.notice = 'Anna Berg joined';
    await row.updateComplete;
    expect(shownTextOf(inside(row, '[part=system]'))).to.equal('Anna Berg joined');
    expect(row.shadowRoot!.querySelector('[part~=bubble]')).to.equal(null);
  });

  it('in one line it is its text, or what it is', () => {
    const previews: readonly (readonly [Json, string])[] = [
      ['a\nb', 'a b'],
      [readShorthand('*a*\nb'), 'a b'],
      [quoting('Anna', 'How many?', 'Two'), 'Two'],
      [media('IM', { name: 'a.png' }), '[Photo]'],
      [media('EX', { name: 'a.pdf' }), '[File] a.pdf'],
      [cardContent('product', { title: 'Kettle' })!, '[Product] Kettle'],
      [{ txt: 'Yes', fmt: [{ at: -1 }], ent: [{ tp: 'EX', data: { mime: 'text/x-drafty-fr' } }] }, 'Yes'],
      [{}, 'This message can’t be shown here.'],
    ];
    for (const [content, text] of previews) expect(previewOf(content, en)).to.equal(text);
  });

  it('is accessible, in both themes', async () => {
    const contents: readonly Json[] = [
      quoting('Anna Berg', 'How many?', readShorthand('*Two* and `code`')),
      cardContent('product', kettle)!,
      cardContent('order', { id: '1024', status: 'Shipped', price: '¥258' })!,
      button({ name: 'yes', act: 'pub' }),
      media('IM', { mime: 'image/png', val: PIXEL, name: 'A kettle' }),
      media('EX', { name: 'bill.pdf', size: 123_456 }),
    ];
    for (const theme of ['light', 'dark'] as const)
      for (const own of [true, false])
        for (const content of contents) {
          const { row } = await show(content, { own, theme, head: { reply: '3' } });
          await expect(row).to.be.accessible();
        }
  });
});
