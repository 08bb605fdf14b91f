// Hostile bytes: frames that no WebSocket may send, and requests that no browser would make.
import { deflateRawSync } from 'node:zlib';
import { between, pick } from './hostile-text.ts';
import type { Random } from './hostile-text.ts';
import { frameBytes } from './raw-link.ts';

const noise = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => between(random, 0, 255)));

/** A kibibyte on the wire, a mebibyte when it is believed. */
const BOMB = deflateRawSync(Buffer.alloc(1 << 20));
const INVALID_UTF8 = ['c328', 'a0a1', 'e28228', 'f0288cbc', 'eda080', 'f88888808080', 'fe', 'c0af'].map((hex) =>
  Buffer.from(`7b22686922${hex}`, 'hex'),
);

/** Bytes of one frame, or of something like it. Most of them have to end the link. */
export function hostileFrame(random: Random): Buffer {
  const payload = noise(random, between(random, 0, 60));
  return pick<() => Buffer>(random, [
    () => frameBytes({ opcode: 1, payload: pick(random, INVALID_UTF8) }),
    () => frameBytes({ opcode: 1, payload: BOMB, rsv: 4 }),
    () => frameBytes({ opcode: 1, payload, rsv: between(random, 1, 7) }),
    () => frameBytes({ opcode: between(random, 3, 7), payload }),
    () => frameBytes({ opcode: between(random, 11, 15), payload }),
    () => frameBytes({ opcode: 2, payload }),
    () => frameBytes({ opcode: 0, payload }),
    () => frameBytes({ opcode: 1, payload, masked: false }),
    () =>
      frameBytes({ opcode: 1, payload, length: pick(random, [126n, 65_537n, 2n ** 31n, 2n ** 53n, 2n ** 63n, -1n]) }),
    () => frameBytes({ opcode: pick(random, [8, 9, 10]), payload: noise(random, 126) }),
    () => frameBytes({ opcode: pick(random, [8, 9, 10]), payload, fin: false }),
    () => frameBytes({ opcode: 8, payload: noise(random, pick(random, [0, 1, 2, 20])) }),
    () => Buffer.concat(Array.from({ length: 40 }, () => frameBytes({ opcode: 9, payload }))),
    // Fragments without end, empty ones, one in the other.
    () => Buffer.concat([1, ...Array<number>(80).fill(0)].map((opcode) => frameBytes({ opcode, payload, fin: false }))),
    () => {
      const empty = Buffer.alloc(0);
      return Buffer.concat([1, 0, 0, 1].map((opcode) => frameBytes({ opcode, payload: empty, fin: false })));
    },
    () => Buffer.concat([frameBytes({ opcode: 1, payload, fin: false }), frameBytes({ opcode: 1, payload })]),
    () => noise(random, between(random, 1, 200)),
  ])();
}

const PATHS = ['/v0/channels/lp', '/v0/file/u', '/v0/file/u/', '/v0/file/s/x', '/v0/channels', '/', '/kefu.js', '/livez', '//x', '/%', '/..%2f..%2fetc/passwd', '/v0/file/s/..%2f..%2fkefu.db', '*', 'http://x:y', '/\\', '/v0/channels/lp?sid=x']; // prettier-ignore
const METHODS = ['GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'PATCH', 'DELETE', 'TRACE', 'CONNECT', 'BREW'];

const form = (random: Random): string =>
  `--b\r\nContent-Disposition: form-data; name="${pick(random, ['file', 'id', 'topic', '__proto__', ''])}"; filename="${pick(random, ['a.png', '../../a', 'a\u0000b', 'x'.repeat(2_000)])}"\r\n` +
  `${pick(random, ['', 'Content-Type: image/png\r\n', 'Content-Type: \u0001\r\n'])}\r\n${'x'.repeat(between(random, 0, 2_000))}\r\n${pick(random, ['--b--\r\n', '--b', ''])}`;

/** A request, whole or in part. `sids`: sessions of long polling that there are; `tokens`: of users. */
export function hostileRequest(random: Random, sids: readonly string[], tokens: readonly string[]): Buffer {
  const body = pick<() => string>(random, [
    () => '',
    () => '{',
    () => '{"hi":{"ver":"0.25"}}',
    () => '1\n1\n\n{}\n',
    () => form(random),
    () => 'x'.repeat(pick(random, [10, 70_000])),
  ])();
  const headers = [
    'Host: x',
    `Content-Length: ${pick(random, [String(body.length), String(body.length), '-1', '1e3', '99999999999', `${body.length}, 1`])}`,
    `X-Kefu-Sid: ${pick(random, [...sids, 'x', '', 'x'.repeat(500)])}`,
    `Authorization: token ${pick(random, [...tokens, 'AAAA', '', '\u0001'])}`,
    `Content-Type: ${pick(random, ['multipart/form-data; boundary=b', 'multipart/form-data', 'multipart/form-data; boundary=', 'application/offset+octet-stream', 'text/plain', '\u00ff'])}`,
    `Upload-Offset: ${pick(random, ['0', '-1', '1', '1e9', 'x', '9'.repeat(30)])}`,
    `Upload-Length: ${pick(random, ['10', '0', '-1', 'x', '9'.repeat(30)])}`,
    `X-Kefu-Upload: ${pick(random, ['0'.repeat(32), '../..', 'x'.repeat(300), ''])}`,
    `X-Kefu-Name: ${pick(random, ['a', '%', '%ff', '%00', 'x'.repeat(3_000)])}`,
    `Range: bytes=${pick(random, ['0-', '-1', '9-1', '0-1,2-3', 'x', '0-'.repeat(500)])}`,
    `Origin: ${pick(random, ['null', 'http://localhost', 'https://evil.example', '\u0000'])}`,
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    `X-Forwarded-For: ${pick(random, ['1.2.3.4', 'x\u0001', ','.repeat(300)])}`,
    'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x',
    ...Array.from({ length: pick(random, [0, 0, 0, 300]) }, (_, n) => `X-${n}: x`),
  ].filter((_, n) => random() < (n < 3 ? 0.8 : 0.25));
  const request = `${pick(random, METHODS)} ${pick(random, PATHS)} HTTP/${pick(random, ['1.1', '1.1', '1.1', '1.0', '0.9', '9'])}\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
  return Buffer.from(random() < 0.4 ? request.slice(0, between(random, 1, request.length)) : request, 'latin1');
}
