import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { linkify } from '../../src/protocol/linkify.ts';

const links = (text: string): readonly (readonly [string, string])[] =>
  linkify(text).flatMap(({ text, href }) => (href === undefined ? [] : [[text, href] as const]));

const texts = (text: string): readonly string[] => links(text).map(([text]) => text);

describe('linkify', () => {
  it('finds web, mail and phone addresses', () => {
    assert.deepEqual(links('see https://a.example/x?y=1#z now'), [
      ['https://a.example/x?y=1#z', 'https://a.example/x?y=1#z'],
    ]);
    assert.deepEqual(links('HTTP://A.example'), [['HTTP://A.example', 'http://a.example/']]);
    assert.deepEqual(links('www.a.example/b'), [['www.a.example/b', 'https://www.a.example/b']]);
    assert.deepEqual(links('mailto:help@a.example'), [['mailto:help@a.example', 'mailto:help@a.example']]);
    assert.deepEqual(links('tel:+49-30-123456.'), [['tel:+49-30-123456', 'tel:+49-30-123456']]);
  });

  it('leaves what belongs to the sentence outside', () => {
    assert.deepEqual(texts('(https://a.example/b), and "https://a.example/c".'), [
      'https://a.example/b',
      'https://a.example/c',
    ]);
    assert.deepEqual(texts('https://a.example/b_(c)!'), ['https://a.example/b_(c)']);
    assert.deepEqual(texts('详情见https://a.example/b，谢谢'), ['https://a.example/b']);
    assert.deepEqual(texts('（https://a.example/b）'), ['https://a.example/b']);
  });

  it('makes no link of anything else', () => {
    for (const text of [
      'javascript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'file:///etc/passwd',
      'https://',
      'http:// a',
      'mailto:nobody',
      'mailto:?bcc=all@a.example',
      'tel:abc',
      'www.',
      'xhttps://a.example',
      'https://bank.example@evil.example/',
      'https://user:password@a.example/',
    ]) {
      assert.deepEqual(texts(text), [], text);
    }
  });

  it('loses no character, and only makes links of the four schemes', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        'https://',
        'http://',
        'mailto:',
        'tel:',
        'www.',
        'javascript:',
        'a.example',
        '@',
        '(',
        ')',
        '。',
        ' ',
        '\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const text = parts.join('');
        const pieces = linkify(text);
        assert.equal(pieces.map((piece) => piece.text).join(''), text);
        for (const { href, text } of pieces) {
          assert.notEqual(text, '');
          if (href !== undefined) assert.match(href, /^(https?:\/\/[^/]|mailto:|tel:)/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes time in proportion to the text', () => {
    const hostile = ['https://('.repeat(8_000), 'www.'.repeat(20_000), `https://a.example/${')'.repeat(70_000)}`];
    for (const text of hostile) {
      const before = performance.now();
      linkify(text);
      // a quadratic scan of any of these takes many seconds
      assert.ok(performance.now() - before < 2_000, text.slice(0, 20));
    }
  });
});
