// The codec against the example packets of the protocol, and against hostile input.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CLIENT_SHAPES } from '../../src/protocol/client-packet.ts';
import { decodeClientPacket, decodeServerPacket, encode } from '../../src/protocol/codec.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { ProtocolError } from '../../src/protocol/protocol-error.ts';
import { SERVER_SHAPES } from '../../src/protocol/server-packet.ts';

const folder = new URL('../fixtures/packets/', import.meta.url);
const kinds = readdirSync(folder).map((name) => name.replace('.json', ''));
const examples = (kind: string): object[] =>
  JSON.parse(readFileSync(new URL(`${kind}.json`, folder), 'utf8')) as object[];

const refuses = (text: string, like: RegExp): void => {
  assert.throws(
    () => decodeClientPacket(text),
    (error) => {
      assert.ok(error instanceof ProtocolError);
      assert.match(error.message, like);
      return true;
    },
    text.slice(0, 80),
  );
};

describe('example packets', () => {
  test('there are some of every kind', () => {
    assert.deepEqual(kinds.sort(), [...Object.keys(CLIENT_SHAPES), ...Object.keys(SERVER_SHAPES)].sort());
  });

  for (const kind of kinds)
    test(`${kind} is decoded whole and encoded alike`, () => {
      const decode = kind in CLIENT_SHAPES ? decodeClientPacket : decodeServerPacket;
      for (const example of examples(kind)) {
        const packet = decode(JSON.stringify(example));
        assert.deepEqual(packet, example);
        assert.deepEqual(JSON.parse(encode(packet)), example);
      }
    });
});

describe('what is no packet', () => {
  test('not JSON, not an object, of no known kind', () => {
    refuses('', /not JSON/);
    refuses('{', /not JSON/);
    for (const text of ['1', '"hi"', 'null', 'true']) refuses(text, /not a packet/);
    for (const text of ['[]', '{}', '{"nope":{}}']) refuses(text, /unknown packet/);
    refuses('{"hi":1}', /hi: object expected/);
    refuses('{"hi":[]}', /hi: object expected/);
  });

  test('a field of the wrong type is named, and never quoted', () => {
    refuses('{"hi":{"ver":25}}', /^hi\.ver: string expected$/);
    refuses('{"note":{"topic":"t","what":"read","seq":-1}}', /^note\.seq: whole number expected$/);
    refuses('{"note":{"topic":"t","what":"read","seq":1.5}}', /whole number/);
    refuses('{"note":{"topic":"t","what":"read","seq":9007199254740993}}', /whole number/);
    refuses('{"del":{"topic":"t","delseq":[{"low":1},{"low":"x"}]}}', /^del\.delseq\[1\]\.low/);
    refuses('{"del":{"topic":"t","what":"everything"}}', /msg or topic/);
  });

  test('unknown fields and siblings are left behind', () => {
    const text = '{"extra":{"attachments":["x"]},"hi":{"ver":"0.25","surprise":{"a":1}}}';
    assert.deepEqual(decodeClientPacket(text), { hi: { ver: '0.25' } });
  });

  test('null counts as absent', () => {
    assert.deepEqual(decodeClientPacket('{"hi":{"ver":"0.25","id":null}}'), { hi: { ver: '0.25' } });
  });

  test('hostile JSON does no harm', () => {
    const content = (json: string): string => `{"pub":{"topic":"t","content":${json}}}`;
    refuses(content('{"__proto__":{"polluted":true}}'), /forbidden key/);
    assert.equal(Object.prototype.hasOwnProperty.call(Object.prototype, 'polluted'), false);
    refuses(content('['.repeat(20) + ']'.repeat(20)), /nested too deep/);
    refuses(content('['.repeat(20_000) + ']'.repeat(20_000)), /nested too deep/);
    refuses(content(`[${'0,'.repeat(LIMITS.jsonItems)}0]`), /list too long/);
    refuses(content(JSON.stringify('x'.repeat(LIMITS.jsonString + 1))), /string too long/);
    const keys = Object.fromEntries(Array.from({ length: LIMITS.jsonKeys + 1 }, (_, n) => [`k${n}`, n]));
    refuses(content(JSON.stringify(keys)), /too many keys/);
  });

  test('any text either decodes or is refused with a ProtocolError', () => {
    const seed = Date.now();
    const body = fc.dictionary(fc.constantFrom('id', 'topic', 'what', 'seq', 'head', 'content', 'get'), fc.jsonValue());
    const packet = fc.dictionary(fc.constantFrom(...Object.keys(CLIENT_SHAPES), 'x'), fc.oneof(body, fc.jsonValue()));
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      packet.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (one) => {
        try {
          decodeClientPacket(one);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, `${String(error)} for ${one}`);
        }
      }),
      { seed, numRuns: 2_000 },
    );
  });
});
