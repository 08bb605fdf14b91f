// Drafty in: whatever comes, what comes out is safe to show and loses no text.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../src/protocol/content.ts';
import { readDrafty } from '../../src/protocol/drafty.ts';
import type { Node } from '../../src/protocol/drafty.ts';
import { graphemeOffsets } from '../../src/protocol/graphemes.ts';
import type { Json } from '../../src/protocol/json.ts';

/** `ST(bold EM(both)) plain`: what can be told from looking at it. */
const shown = (nodes: readonly Node[]): string =>
  nodes
    .map((node) =>
      typeof node === 'string' ? node : `${node.tp}(${shown(node.nodes)}${node.href ? ` → ${node.href}` : ''})`,
    )
    .join('|');

const read = (content: Json): string => shown(readDrafty(content));

const hrefs = (nodes: readonly Node[]): readonly string[] =>
  nodes.flatMap((node) => (typeof node === 'string' ? [] : [...(node.href ? [node.href] : []), ...hrefs(node.nodes)]));

const depth = (nodes: readonly Node[]): number =>
  1 + Math.max(0, ...nodes.map((node) => (typeof node === 'string' ? 0 : depth(node.nodes))));

const plain = (nodes: readonly Node[]): string =>
  nodes.map((node) => (typeof node === 'string' ? node : plain(node.nodes))).join('');

describe('reading Drafty', () => {
  test('plain text is one string, nothing is nothing', () => {
    assert.deepEqual(readDrafty('Hello *you*'), ['Hello *you*']);
    assert.deepEqual(readDrafty({ txt: 'Hello' }), ['Hello']);
    for (const none of ['', null, 7, true, [], {}, { txt: 7 }, { fmt: [] }] as Json[])
      assert.deepEqual(readDrafty(none), []);
  });

  test('stretches nest, and stand in the order of the text', () => {
    const fmt = [
      { at: 5, len: 4, tp: 'EM' },
      { at: 0, len: 9, tp: 'ST' },
      { at: 10, len: 3, tp: 'CO' },
    ];
    assert.equal(read({ txt: 'bold both raw', fmt }), 'ST(bold |EM(both))| |CO(raw)');
  });

  test('offsets count what a reader takes for characters', () => {
    const fmt = [{ at: 2, len: 1, tp: 'ST' }];
    assert.equal(read({ txt: '👨‍👩‍👧‍👦é👍🏽🇩🇪!', fmt }), '👨‍👩‍👧‍👦é|ST(👍🏽)|🇩🇪!');
    assert.equal(read({ txt: 'a\r\nb', fmt }), 'a\r\n|ST(b)');
  });

  test('where the engine cannot count them, what is used instead agrees', () => {
    for (const text of ['👨‍👩‍👧‍👦é👍🏽🇩🇪🇫🇷!', 'plain', 'a\r\nb\n', 'x̧̛y', '你好，世界', '❤️🏳️‍🌈', 'مرحبا بك', 'नम']) {
      assert.deepEqual(graphemeOffsets(text, false), graphemeOffsets(text), text);
    }
  });

  test('out of range is cut, overlapping ends with what is around', () => {
    assert.equal(read({ txt: 'abc', fmt: [{ at: 1, len: 99, tp: 'ST' }] }), 'a|ST(bc)');
    assert.equal(read({ txt: 'abc', fmt: [{ at: 7, len: 1, tp: 'ST' }] }), 'abc|ST()');
    assert.equal(read({ txt: 'abc', fmt: [{ at: 1, len: -5, tp: 'ST' }] }), 'a|ST()|bc');
    assert.equal(read({ txt: 'abc', fmt: [{ at: 1e300, len: 1e300, tp: 'ST' }] }), 'abc|ST()');
    const fmt = [
      { at: 0, len: 3, tp: 'ST' },
      { at: 2, len: 3, tp: 'EM' },
    ];
    assert.equal(read({ txt: 'abcdef', fmt }), 'ST(ab|EM(c))|def');
  });

  test('the unknown is its text, the hidden is not there', () => {
    const ent = [{ tp: 'x-someone-map', data: {} }, { tp: 'MN', data: { val: 'usrA' } }, 'nonsense', null, { data: 7 }];
    const fmt = ent.map((_, key) => ({ at: key, len: 1, key }));
    assert.equal(read({ txt: 'abcdefg', fmt, ent }), 'abcdefg');
    assert.equal(read({ txt: 'abc', fmt: [{ at: 1, len: 1, tp: 'HD' }] }), 'a|c');
    assert.equal(
      read({ txt: 'abc', fmt: [{ at: 1, len: 1, tp: 'constructor' }, 7, null, [], { key: 99 }, { key: -1 }] as Json }),
      'abc',
    );
  });

  test('links lead only to where links may', () => {
    const link = (url: Json, tp = 'LN') =>
      hrefs(readDrafty({ txt: 'x', fmt: [{ len: 1 }], ent: [{ tp, data: { url } }] }));
    assert.deepEqual(link('https://a.example/b'), ['https://a.example/b']);
    assert.deepEqual(link('mailto:help@a.example'), ['mailto:help@a.example']);
    assert.deepEqual(link('https://a.example/p', 'x-kefu-product'), ['https://a.example/p']);
    const bad = [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      'blob:https://a/b',
      '//a.example',
      '/path',
      'https://bank.example@evil.example/',
      '',
      7,
      null,
      {},
    ];
    for (const url of bad)
      for (const tp of ['LN', 'x-kefu-product', 'x-kefu-order'])
        assert.deepEqual(link(url, tp), [], JSON.stringify(url));
    const button = (ref: string) =>
      hrefs(readDrafty({ txt: 'x', fmt: [{ len: 1 }], ent: [{ tp: 'BN', data: { act: 'url', ref } }] }));
    assert.deepEqual(button('https://a.example/'), ['https://a.example/']);
    assert.deepEqual(button('javascript:alert(1)'), []);
  });

  test('what is not tied to the text comes at the end', () => {
    const content = {
      txt: 'see',
      fmt: [
        { at: -1, len: 0, key: 0 },
        { at: 0, len: 3, tp: 'ST' },
        { at: -1, tp: 'EM' },
      ],
      ent: [{ tp: 'EX', data: { name: 'a.pdf' } }],
    };
    assert.equal(read(content), 'ST(see)|EX()');
  });

  test('a single picture needs no text', () => {
    assert.equal(read({ fmt: [{}], ent: [{ tp: 'IM', data: {} }] }), 'IM()');
    assert.equal(read({ txt: ' ', fmt: [{ len: 1 }], ent: [{ tp: 'IM', data: {} }] }), 'IM( )');
  });

  test('the example of the protocol: a form with two buttons', () => {
    const content = {
      txt: 'Agree? Yes No',
      fmt: [
        { len: 13, tp: 'FM' },
        { at: 7, len: 3 },
        { at: 11, len: 2, key: 1 },
      ],
      ent: [
        { tp: 'BN', data: { name: 'yes', act: 'pub', val: 'oh' } },
        { tp: 'BN', data: { name: 'no', act: 'pub' } },
      ],
    };
    assert.equal(read(content), 'FM(Agree? |BN(Yes)| |BN(No))');
  });

  test('a thousand stretches are enough, eight levels are deep enough', () => {
    const txt = 'a'.repeat(10_000);
    const nested = Array.from({ length: 10_000 }, (_, at) => ({ at, len: 20_000 - 2 * at, tp: 'ST' }));
    const nodes = readDrafty({ txt, fmt: nested });
    assert.equal(depth(nodes), 9);
    assert.equal(plain(nodes), txt);
    const flat = readDrafty({ txt, fmt: Array.from({ length: 10_000 }, (_, at) => ({ at, len: 1, tp: 'ST' })) });
    assert.equal(flat.length, 1_001);
    assert.equal(plain(flat), txt);
  });

  test('looks at each part of a hostile document a bounded number of times', () => {
    let reads = 0;
    const counted = <T extends object>(value: T): T =>
      new Proxy(value, {
        get: (target, key) => {
          reads += 1;
          return Reflect.get(target, key) as unknown;
        },
      });
    const count = (n: number): number => {
      reads = 0;
      const fmt = Array.from({ length: n }, (_, at) => counted({ at: at % 7, len: n - at, key: 0 }));
      readDrafty({
        txt: '👍'.repeat(n),
        fmt,
        ent: [counted({ tp: 'LN', data: counted({ url: 'https://a.example' }) })],
      });
      return reads;
    };
    const few = count(100);
    assert.ok(count(1_000) <= 10 * few);
    // beyond what is looked at, more costs nothing
    assert.equal(count(10_000), count(1_000));
  });

  test('never throws, loses no text, nests no deeper and leads nowhere it must not, whatever it is given', () => {
    const types = [
      'ST',
      'EM',
      'DL',
      'CO',
      'HL',
      'LN',
      'BR',
      'QQ',
      'BN',
      'FM',
      'IM',
      'VD',
      'AU',
      'EX',
      'x-kefu-product',
      'RW',
      'MN',
      '',
      '__proto__',
      'toString',
    ];
    const number = fc.oneof(
      fc.integer({ min: -3, max: 30 }),
      fc.double({ noNaN: true }),
      fc.constantFrom(null, '1', {}, 1e308, -0),
    );
    const url = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.constantFrom(
        'javascript:alert(1)',
        '\tjavascript:alert(1)',
        'https://u:p@a.example',
        'http:javascript',
        'tel:123',
        'mailto:a@b',
      ),
    );
    const format = fc.oneof(
      fc.record({ at: number, len: number, tp: fc.constantFrom(...types), key: number }, { requiredKeys: [] }),
      fc.record({ at: number, len: number, key: fc.integer({ min: -1, max: 5 }) }, { requiredKeys: [] }),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const entity = fc.oneof(
      fc.record({
        tp: fc.constantFrom(...types),
        data: fc.record(
          { url, ref: url, act: fc.constantFrom('url', 'pub', 1), name: fc.jsonValue() },
          { requiredKeys: [] },
        ),
      }),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const document = fc.record(
      {
        txt: fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 40 }),
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.jsonValue(),
        ),
        fmt: fc.oneof(fc.array(format, { maxLength: 30 }), fc.jsonValue()),
        ent: fc.oneof(fc.array(entity, { maxLength: 6 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(document, fc.jsonValue()), (value) => {
        const content = value as Json;
        const nodes = readDrafty(content);
        const hides = JSON.stringify(content).includes('HD');
        if (!hides) assert.equal(plain(nodes), textOf(content));
        assert.ok(depth(nodes) <= 9);
        for (const href of hrefs(nodes)) assert.match(href, /^(https?:\/\/[^/]|mailto:|tel:)/);
      }),
      { numRuns: 5_000 },
    );
  });
});
