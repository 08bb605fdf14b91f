// Messages of every kind, as a busy conversation has them. Used in Node and, as text, in pages: it imports nothing.

const PIXEL =
  'UklGRlAAAABXRUJQVlA4IEQAAADwAwCdASogABgAPzmUwFksqKQjMAgBICcJZQAAVnTcAAD+7Wb2y0T6r6tTY9hnMDJmC9kyqKQ0UyR0Y2l0HT8AAAAA';

const object = (text, tp, data) => ({ txt: text, fmt: [{ at: 0, len: text.length, key: 0 }], ent: [{ tp, data }] });

const card = (n) => ({
  tp: 'x-kefu-product',
  data: { title: `Kettle no. ${n}`, note: 'Fir · 0.9 L', price: '$89', url: `https://shop.example.com/kettles/${n}` },
});

/** The content of message `n`: text mostly, and everything else in turns. */
export function mixedContent(n) {
  const text = `Message ${n}. ${'The water should be just off the boil. '.repeat(n % 5)}`;
  switch (n % 16) {
    case 1:
      return {
        txt: text,
        fmt: [
          { at: 0, len: 7, tp: 'ST' },
          { at: 8, len: 3, tp: 'CO' },
        ],
      };
    case 3:
      return {
        txt: `Anna asked ${text}`,
        fmt: [
          { at: 0, len: 10, tp: 'QQ' },
          { at: 0, len: 4, tp: 'ST' },
        ],
      };
    case 5:
      return object(' ', 'IM', {
        mime: 'image/webp',
        val: PIXEL,
        width: 320 + (n % 7) * 40,
        height: 240,
        name: 'photo.webp',
      });
    case 7:
      return object('Kettle', card(n).tp, card(n).data);
    case 9:
      return object(' ', 'EX', { mime: 'application/pdf', name: `Invoice ${n}.pdf`, size: 1000 * n, val: 'AAAA' });
    case 11:
      return object(' ', 'AU', {
        mime: 'audio/webm',
        ref: `/v0/file/s/${n}.weba`,
        duration: 1000 * (n % 60),
        preview: PIXEL,
      });
    case 13:
      return {
        txt: 'ab',
        fmt: [
          { at: 0, len: 1, key: 0 },
          { at: 1, len: 1, key: 1 },
        ],
        ent: [card(n), card(n + 1)],
      };
    case 15:
      return {
        txt: `${n}? Yes No`,
        fmt: [
          { at: 0, len: `${n}? Yes No`.length, tp: 'FM' },
          { at: `${n}? `.length, len: 3, key: 0 },
          { at: `${n}? Yes `.length, len: 2, key: 1 },
        ],
        ent: [
          { tp: 'BN', data: { name: 'yes', act: 'pub' } },
          { tp: 'BN', data: { name: 'no', act: 'pub' } },
        ],
      };
    default:
      return text;
  }
}
