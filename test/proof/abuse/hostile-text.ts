// Hostile texts: packets with something wrong in one place or everywhere, and what is no packet at all.
import type { ClientPacketKind, ClientPackets } from '../../../src/protocol/client-packet.ts';

export type Random = () => number;

export const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
export const between = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

/** Every field of every packet, as it should be. */
const desc = {
  defacs: { auth: 'JRWP' },
  public: { fn: 'x' },
  private: { a: 1 },
  trusted: { 'x-kefu': { phase: 'new' } },
};
const query = {
  what: 'desc sub data del file',
  desc: { ims: '2026-01-01T00:00:00Z' },
  sub: { ims: '2026-01-01T00:00:00Z', user: 'usrA', topic: 'grpA', limit: 3 },
  data: { since: 1, before: 9, limit: 3, ranges: [{ low: 1, hi: 3 }] },
  del: { since: 1, before: 9, limit: 3 },
  file: { refs: ['/v0/file/s/AAAAAAAAAAAAAAAAAAAAAA'] },
};
const text = {
  txt: 'hello you',
  fmt: [
    { at: 0, len: 5, tp: 'ST' },
    { at: 6, len: 3, key: 0 },
  ],
  ent: [
    { tp: 'IM', data: { mime: 'image/png', ref: '/v0/file/s/AAAAAAAAAAAAAAAAAAAAAA', width: 9, height: 9, name: 'a' } },
  ],
};
const GOOD: { readonly [K in ClientPacketKind]: ClientPackets[K] } = {
  hi: { id: '1', ver: '0.25', ua: 'x', lang: 'en', platf: 'web', dev: 'x', bkg: false, kefu: { v: 1 } },
  acc: { id: '1', user: 'new', scheme: 'basic', secret: 'eDp5', login: true, tags: ['a'], desc },
  login: { id: '1', scheme: 'token', secret: 'AAAA' },
  sub: {
    id: '1',
    topic: 'newk',
    set: { desc, sub: { user: 'usrA', mode: 'JRWP' }, tags: ['channel:web'] },
    get: query,
  },
  leave: { id: '1', topic: 'grpA', unsub: true },
  pub: {
    id: '1',
    topic: 'grpA',
    noecho: false,
    head: { 'x-kefu-msgid': '0'.repeat(32), mime: 'text/x-drafty', 'x-kefu-note': true, replace: ':1', reply: '1' },
    content: text,
  },
  get: { id: '1', topic: 'grpA', ...query },
  set: { id: '1', topic: 'grpA', desc, sub: { user: 'usrA', mode: 'JRWP' }, tags: ['a'] },
  del: { id: '1', topic: 'grpA', what: 'msg', delseq: [{ low: 1, hi: 3 }], hard: true, user: 'usrA' },
  note: { topic: 'grpA', what: 'read', seq: 1, unread: 1 },
};
const KINDS = Object.keys(GOOD) as readonly ClientPacketKind[];

type Path = readonly (string | number)[];

/** The path to the value, and to everything in it. */
const pathsOf = (value: unknown, path: Path): Path[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))]
    : [path];
const PATHS = KINDS.flatMap((kind) => pathsOf(GOOD[kind], [kind]));

const nested = (depth: number): unknown => {
  let value: unknown = 0;
  for (let n = 0; n < depth; n += 1) value = n % 2 === 0 ? [value] : { a: value };
  return value;
};

/** What no field expects, or only some do. */
const WRONG: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  ' ',
  'x'.repeat(300),
  'x'.repeat(16_385),
  '\u0000\u0007\u001b[2J',
  'line\nbreak\r\n{"level":"error","code":"forged"}',
  '\u2028\u2029\u202e',
  '\ud800',
  '%s%n%d',
  "'; drop table users; --",
  '../../../etc/passwd',
  [],
  {},
  [[]],
  [null],
  [{}],
  Array.from({ length: 1_100 }, () => 0),
  Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, n])),
  nested(14),
  nested(40),
  { constructor: 1, toString: 2, hasOwnProperty: 3, __defineGetter__: 4 },
  { length: 1e9, then: 'x' },
];

/** The value with something else at this place, which is made if need be. */
const put = (value: unknown, path: Path, wrong: unknown): unknown => {
  const [key, ...rest] = path;
  if (key === undefined) return wrong;
  if (Array.isArray(value))
    return (value as unknown[]).map((item, n) => (String(n) === String(key) ? put(item, rest, wrong) : item));
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { ...fields, [key]: put(fields[key], rest, wrong) };
};

/** Every field of every packet, with everything that is wrong for it: one after the other. */
export function* wrongFields(): Generator<string> {
  for (const path of PATHS)
    for (const wrong of WRONG) {
      const kind = path[0] as ClientPacketKind;
      yield JSON.stringify(put({ [kind]: GOOD[kind] }, path, wrong));
    }
}

const KEYS = [
  'id', 'topic', 'what', 'seq', 'head', 'content', 'get', 'set', 'sub', 'desc', 'data', 'del', 'delseq', 'hard', 'since',
  'before', 'limit', 'ranges', 'low', 'hi', 'scheme', 'secret', 'user', 'login', 'ver', 'trusted', 'x-kefu', 'phase',
  'agent', 'public', 'fn', 'tags', 'mode', 'unsub', 'noecho', 'constructor', 'toString', 'kefu', 'v', 'x-kefu-msgid',
  'txt', 'fmt', 'ent', 'tp', 'at', 'len', 'key', 'ref', 'url', 'mime', '__proto__',
]; // prettier-ignore

/** Something of any shape, with names that mean something. */
function anything(random: Random, words: readonly string[], depth: number): unknown {
  const roll = random();
  if (roll < 0.35) return pick(random, words);
  if (roll < 0.6) return pick(random, WRONG);
  if (depth > 4) return [];
  const again = (): unknown => anything(random, words, depth + 1);
  if (roll < 0.75) return Array.from({ length: between(random, 0, 3) }, again);
  return Object.fromEntries(Array.from({ length: between(random, 1, 6) }, () => [pick(random, KEYS), again()]));
}

/** A packet with one field, or all of them, at random. `words`: names that the gateway knows. */
function packet(random: Random, words: readonly string[]): string {
  const kind = pick(random, KINDS);
  if (random() < 0.3) return JSON.stringify({ [kind]: anything(random, words, 1) });
  let value: unknown = { [kind]: GOOD[kind] };
  // To topics that there are: otherwise nothing gets far.
  if (random() < 0.8) value = put(value, [kind, 'topic'], pick(random, words));
  for (let n = between(random, 0, 2); n > 0; n -= 1) {
    const path = pick(random, PATHS);
    if (path[0] === kind && path.length > 1) value = put(value, path, pick(random, WRONG));
  }
  return JSON.stringify(value);
}

function broken(random: Random, whole: string): string {
  const at = Math.floor(random() * whole.length);
  const roll = random();
  if (roll < 0.4) return whole.slice(0, at);
  if (roll < 0.8) return whole.slice(0, at) + String.fromCharCode(between(random, 0, 0xffff)) + whole.slice(at + 1);
  return (
    whole.slice(0, at) + whole.slice(at, at + between(random, 1, 40)).repeat(between(random, 2, 30)) + whole.slice(at)
  );
}

/** A packet to a topic that there is, with something very deep in it. */
function deep(random: Random, words: readonly string[]): string {
  const depth = between(random, 17, 12_000);
  const value = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const fields = pick(random, [
    `"content":${value}`,
    `"content":"x","head":{"a":${value}}`,
    `"desc":{"public":{"fn":${value}}}`,
  ]);
  return `{"${pick(random, ['pub', 'set', 'sub'])}":{"id":"1","topic":${JSON.stringify(pick(random, words))},${fields}}}`;
}

const MOST = 65_536;

/** Text for one frame; up to the size of the largest that is read, rarely more. */
export function hostileText(random: Random, words: readonly string[]): string {
  const roll = random();
  if (roll < 0.6) return packet(random, words);
  if (roll < 0.85) return broken(random, packet(random, words));
  // Large ones are rare: they cost whoever sends them as much as who reads them.
  if (roll > 0.998) {
    const size = pick(random, [MOST - 1, MOST, MOST + 1, 2 * MOST]);
    const [open, close] = pick(random, [
      ['[', ']'],
      ['{"a":', '}'],
      ['"', '"'],
    ] as const);
    if (open === '"') return `"${'x'.repeat(size - 2)}"`;
    const depth = Math.floor(size / (open.length + close.length + (open === '[' ? 0 : 1)));
    return open.repeat(depth) + (open === '[' ? '' : '0') + close.repeat(depth);
  }
  if (roll > 0.99) return deep(random, words);
  if (roll < 0.9) return pick(random, ['[', '{"a":', '{"pub":', '[[', '{"hi":[']).repeat(between(random, 1, 400));
  return pick(random, [
    '',
    '1',
    '0',
    ' ',
    'null',
    'true',
    '{}',
    '[]',
    '""',
    '1e999',
    '-',
    '{"hi":{"ver":"0.25"},"acc":{}}',
    '{"data":{"topic":"me"}}',
    '{"ctrl":{"code":200}}',
    '\ufeff{"hi":{}}',
    '{"__proto__":{"hi":{"ver":"0.25"}}}',
    'GET / HTTP/1.1\r\n\r\n',
  ]);
}
