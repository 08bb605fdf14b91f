// Cards and forms: what they are on the wire, and that hostile ones show nothing harmful.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cardContent, cardOf } from '../../src/protocol/card.ts';
import { textOf } from '../../src/protocol/content.ts';
import { readDrafty } from '../../src/protocol/drafty.ts';
import type { Span } from '../../src/protocol/drafty.ts';
import { answerContent, answeredBy, choiceOf, isAnswer } from '../../src/protocol/form.ts';
import type { Json } from '../../src/protocol/json.ts';

const spanOf = (content: Json | undefined): Span => {
  const [node] = readDrafty(content);
  assert.ok(node !== undefined && typeof node !== 'string');
  return node;
};

describe('cards', () => {
  const kettle = { title: 'Kettle ☕', price: '¥129', picture: 'https://a.example/k.jpg', url: 'https://a.example/k' };

  test('a card is its text elsewhere', () => {
    const content = cardContent('product', kettle);
    assert.equal(textOf(content), 'Kettle ☕ · ¥129 · https://a.example/k');
    const span = spanOf(content);
    assert.equal(span.tp, 'x-kefu-product');
    assert.equal(span.text, textOf(content));
    assert.equal(span.href, kettle.url);
    assert.deepEqual(cardOf(span), kettle);
  });

  test('an order may have no title', () => {
    const order = { id: '1024', status: 'Shipped', price: '¥129' };
    const span = spanOf(cardContent('order', order));
    assert.equal(span.tp, 'x-kefu-order');
    assert.deepEqual(cardOf(span), order);
  });

  test('takes what a card has and leaves the rest, and is none without a name', () => {
    const content = cardContent('product', {
      title: 'Kettle',
      price: 129,
      note: '',
      secret: 'x',
      picture: 'x'.repeat(20_000),
    });
    assert.deepEqual(cardOf(spanOf(content)), { title: 'Kettle' });
    assert.equal(cardContent('product', { price: '¥129' }), undefined);
  });

  test('shows pictures only from where pictures may come', () => {
    for (const picture of ['javascript:alert(1)', 'data:image/svg+xml;base64,x', 'data:text/html,x', 'file:///x', 7])
      assert.deepEqual(cardOf(spanOf(cardContent('product', { title: 'Kettle', picture }))), { title: 'Kettle' });
  });

  test('one without a name is called by its text', () => {
    const span = spanOf({ txt: 'Kettle', fmt: [{ len: 6 }], ent: [{ tp: 'x-kefu-product', data: { title: 7 } }] });
    assert.deepEqual(cardOf(span), { title: 'Kettle' });
  });
});

describe('forms', () => {
  test('an answer is as Tinode’s clients send it', () => {
    const button = spanOf({
      txt: 'Yes',
      fmt: [{ len: 3 }],
      ent: [{ tp: 'BN', data: { name: 'yes', act: 'pub', val: 'oh' } }],
    });
    const content = answerContent(15, 'Yes', choiceOf(button));
    assert.deepEqual(content, {
      txt: 'Yes',
      fmt: [{ at: -1, len: 0, key: 0 }],
      ent: [{ tp: 'EX', data: { mime: 'text/x-drafty-fr', val: { seq: 15, resp: { yes: 'oh' } } } }],
    });
    assert.equal(answeredBy(content), 15);
    const [text, part] = readDrafty(content);
    assert.equal(text, 'Yes');
    assert.ok(typeof part === 'object' && isAnswer(part));
  });

  test('a button without value means 1, one without name nothing', () => {
    const button = (data: Json) => choiceOf(spanOf({ txt: 'x', fmt: [{ len: 1 }], ent: [{ tp: 'BN', data }] }));
    assert.deepEqual(answerContent(1, 'x', button({ name: 'a' })), answerContent(1, 'x', { name: 'a', value: 1 }));
    const { ent } = answerContent(1, 'x', button({ name: 7 })) as { ent: readonly { data: { val: Json } }[] };
    assert.deepEqual(ent[0]?.data.val, { seq: 1, resp: {} });
  });

  test('other content answers nothing', () => {
    for (const content of [
      'x',
      null,
      {},
      { ent: 7 },
      { ent: [7, null, { data: 7 }, { data: { mime: 'text/x-drafty-fr', val: {} } }] },
    ] as Json[])
      assert.equal(answeredBy(content), undefined);
  });
});
