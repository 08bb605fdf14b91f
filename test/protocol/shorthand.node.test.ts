// Shorthand: what people type becomes a document, and comes back as they typed it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../src/protocol/content.ts';
import { quoting } from '../../src/protocol/drafty-writer.ts';
import { readDrafty } from '../../src/protocol/drafty.ts';
import type { Node } from '../../src/protocol/drafty.ts';
import { readShorthand, writeShorthand } from '../../src/protocol/shorthand.ts';

const shown = (nodes: readonly Node[]): string =>
  nodes
    .map((node) => (typeof node === 'string' ? node : node.tp === 'BR' ? '⏎' : `${node.tp}(${shown(node.nodes)})`))
    .join('');

const typed = (text: string): string => shown(readDrafty(readShorthand(text)));

describe('shorthand', () => {
  test('marks around words format them', () => {
    assert.equal(typed('*bold* _italic_ ~strike~ `code`'), 'ST(bold) EM(italic) DL(strike) CO(code)');
    assert.equal(typed('say *a few words*, please'), 'say ST(a few words), please');
    assert.equal(typed('(*x*)'), '(ST(x))');
  });

  test('marks nest, those of code excepted', () => {
    assert.equal(typed('*bold _both_ bold*'), 'ST(bold EM(both) bold)');
    assert.equal(typed('_~*all*~_'), 'EM(DL(ST(all)))');
    assert.equal(typed('`a *b* c`'), 'CO(a *b* c)');
  });

  test('scripts without spaces between words need none around marks', () => {
    assert.equal(typed('这是*重点*内容'), '这是ST(重点)内容');
    assert.equal(typed('값은*중요*해요'), '값은ST(중요)해요');
  });

  test('what is no mark stays as it is, and the text a text', () => {
    for (const text of [
      '2*3*4',
      '5 * 3 * 2',
      'snake_case_name',
      '*open',
      'open*',
      '* list\n* list',
      '**',
      '* *',
      '``',
      '*a\nb*',
      '`a\nb`',
      'https://a.example/_x_/*y*',
      '¯\\_(ツ)_/¯'.slice(0, 4),
      '*_',
      'a`b',
    ])
      assert.equal(readShorthand(text), text, text);
  });

  test('crossing marks: the first that ends counts', () => {
    assert.equal(typed('*a _b* c_'), 'ST(a _b) c_');
  });

  test('lines of a formatted text are line breaks', () => {
    assert.deepEqual(readShorthand('*a*\nb'), {
      txt: 'a b',
      fmt: [
        { tp: 'ST', at: 0, len: 1 },
        { tp: 'BR', at: 1, len: 1 },
      ],
    });
    assert.equal(typed('👨‍👩‍👧‍👦 *é*\n~b~\n\nc'), '👨‍👩‍👧‍👦 ST(é)⏎DL(b)⏎⏎c');
    assert.equal(readShorthand('a\nb'), 'a\nb');
  });

  test('a link inside of marks stays whole', () => {
    assert.equal(typed('*see https://a.example/a_b_c*'), 'ST(see https://a.example/a_b_c)');
  });

  test('comes back as it was typed', () => {
    for (const text of ['*bold _both_* `c`\n\nnext ~line~', 'plain', '👍 *ok*'])
      assert.equal(writeShorthand(readShorthand(text)), text);
  });

  test('never throws, loses nothing but marks, and comes back, whatever is typed', () => {
    const part = fc.oneof(
      fc.constantFrom('*', '_', '~', '`', ' ', '\n', 'a', '重', '👍🏽', 'https://a.example/_b_', '.', '('),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const content = readShorthand(text);
        const bare = (value: string): string => value.replace(/[*_~`\s]/g, '');
        assert.equal(bare(textOf(content)), bare(text));
        const again = writeShorthand(content);
        assert.equal(bare(again), bare(text));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('quoting', () => {
  test('puts name and excerpt before the answer, which keeps its formats', () => {
    const content = quoting('Anna', 'How\nmuch?', readShorthand('*ten*\nor so'));
    assert.equal(shown(readDrafty(content)), 'QQ(ST(Anna)⏎How⏎much?)ST(ten)⏎or so');
    assert.equal(shown(readDrafty(quoting('王', '多少？', '十\n块'))), 'QQ(ST(王)⏎多少？)十⏎块');
  });

  test('keeps what the answer carries', () => {
    const content = quoting('A', 'b', {
      txt: ' ',
      fmt: [{ len: 1 }, { at: -1, key: 0 }],
      ent: [{ tp: 'IM', data: {} }],
    });
    assert.equal(shown(readDrafty(content)), 'QQ(ST(A)⏎b)IM( )IM()');
  });

  test('is left out where the text is edited or copied', () => {
    assert.equal(writeShorthand(quoting('A', 'b', readShorthand('*yes*'))), '*yes*');
  });
});
