import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deskEn } from '../../../src/ui/i18n/desk-en.ts';
import { deskStringsFor } from '../../../src/ui/i18n/desk-strings-for.ts';
import { deskZhCn } from '../../../src/ui/i18n/desk-zh-cn.ts';
import { en } from '../../../src/ui/i18n/en.ts';
import { fill, plural } from '../../../src/ui/i18n/plural.ts';
import { stringsFor } from '../../../src/ui/i18n/strings-for.ts';
import { zhCn } from '../../../src/ui/i18n/zh-cn.ts';

/** Every text of a catalogue by its path, the forms of a countable one together. */
const textsOf = (value: unknown, path = ''): readonly (readonly [string, string])[] =>
  typeof value === 'string'
    ? [[path, value]]
    : Object.entries(value as object).flatMap(([key, inner]) =>
        textsOf(inner, key === 'one' ? path : key === 'other' ? path : `${path}.${key}`),
      );

const placesOf = (text: string): readonly string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe('the catalogues', () => {
  for (const [name, english, chinese] of [
    ['widget', en, zhCn],
    ['desk', deskEn, deskZhCn],
  ] as const) {
    it(`have the same texts with the same places, ${name}`, () => {
      const places = (catalogue: object) =>
        new Map(textsOf(catalogue).map(([path, text]) => [path, placesOf(text).join()]));
      const [a, b] = [places(english), places(chinese)];
      assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort());
      for (const [path, inEnglish] of a) assert.equal(b.get(path), inEnglish, path);
    });

    it(`leave nothing untranslated, ${name}`, () => {
      for (const [path, text] of textsOf(chinese)) {
        if (path !== '.lang' && /[A-Za-z]/.test(text.replace(/\{\w+\}/g, ''))) assert.fail(`${path}: ${text}`);
      }
    });

    it(`do not speak of failure while a message or the link is only waiting, ${name}`, () => {
      for (const words of [english, chinese]) {
        for (const text of [words.connecting, words.retrying, words.offline, words.stateSending, words.stateWaiting])
          assert.doesNotMatch(text, /fail|error|not sent|couldn|失败|错误|未发送|未能/i);
      }
    });
  }
});

describe('stringsFor', () => {
  it('gives every Chinese the Chinese words and everybody else the English ones', () => {
    for (const lang of ['zh', 'zh-CN', 'zh-Hans', 'ZH-hans-CN', 'zh-TW'])
      assert.equal(stringsFor(lang).send, '发送', lang);
    for (const lang of ['en', 'de', '', 'nonsense!', 'zhx']) assert.equal(stringsFor(lang).send, 'Send', lang);
    assert.equal(deskStringsFor('zh').resolve, deskZhCn.resolve);
  });

  it('keeps a region for dates, and no other language than that of the words', () => {
    assert.equal(stringsFor('en-GB').lang, 'en-GB');
    assert.equal(stringsFor('de-DE').lang, 'en');
    assert.equal(stringsFor('en-!!').lang, 'en');
    assert.equal(stringsFor('zh-TW').lang, 'zh-CN');
  });

  it('gives the same object for the same language', () => {
    assert.equal(stringsFor('en-GB'), stringsFor('en-GB'));
  });
});

describe('plural', () => {
  it('takes the form for the number and fills the places', () => {
    const forms = { one: '{n} new message', other: '{n} new messages' };
    assert.deepEqual(
      [0, 1, 2, 1_234].map((n) => plural('en', forms, n)),
      ['0 new messages', '1 new message', '2 new messages', '1,234 new messages'],
    );
    assert.equal(plural('zh-CN', { other: '{n} 条新消息' }, 1), '1 条新消息');
  });

  it('does not fill what a value brings along', () => {
    assert.equal(fill('{name}: {text}', { name: '{text}', text: 'hi' }), '{text}: hi');
    assert.equal(fill('{unknown}', {}), '{unknown}');
  });
});
