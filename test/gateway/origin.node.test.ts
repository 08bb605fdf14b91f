// Origins and addresses.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { networkOf } from '../../src/gateway/log.ts';
import { addressKey, addressOf, channelsOf } from '../../src/gateway/origin.ts';

describe('origins', () => {
  const channels = (origin: string | undefined, allowed: string[], local = false): 'all' | string[] => {
    const found = channelsOf(origin, 'im.example.com', { allowed, local });
    return found === 'all' ? found : [...found];
  };
  const allows = (origin: string | undefined, allowed: string[] = [], local = false): boolean =>
    channels(origin, allowed, local).length > 0;

  test('without a list the own host alone', () => {
    assert.ok(allows('https://im.example.com'));
    assert.ok(allows(undefined));
    for (const other of ['https://example.com', 'https://im.example.com.evil.example', 'null', '', 'http://localhost'])
      assert.equal(allows(other), false, other);
    assert.deepEqual(channelsOf('https://x', undefined, { allowed: [], local: false }), new Set());
  });

  test('with a list exactly those on it', () => {
    assert.ok(allows('https://shop.example', ['https://shop.example']));
    assert.equal(allows('https://im.example.com', ['https://shop.example']), false);
    assert.ok(allows('null', ['null']));
    assert.ok(allows('https://anything.example', ['*']));
  });

  test('some pages for some channels alone', () => {
    const allowed = ['https://shop.example', 'vip=https://vip.example', 'web=https://vip.example', 'open=*'];
    assert.equal(channels('https://shop.example', allowed), 'all');
    assert.deepEqual(channels('https://vip.example', allowed), ['vip', 'web', 'open']);
    assert.deepEqual(channels('https://other.example', allowed), ['open']);
    assert.deepEqual(channels('https://other.example', ['vip=https://vip.example']), []);
    assert.equal(channels(undefined, ['vip=https://vip.example']), 'all');
  });

  test('pages of this machine when local', () => {
    for (const origin of ['http://localhost', 'http://127.0.0.1:8080', 'https://[::1]:1'])
      assert.ok(allows(origin, [], true), origin);
    assert.equal(allows('http://localhost.evil.example', [], true), false);
  });
});

describe('addresses', () => {
  const from = (forwarded: string | undefined, trust: number): string => {
    const request = { socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-forwarded-for': forwarded } };
    return addressOf(request as unknown as IncomingMessage, trust);
  };

  test('the header is believed only as far as there are proxies', () => {
    assert.equal(from('6.6.6.6', 0), '10.0.0.1');
    assert.equal(from('6.6.6.6, 1.2.3.4', 1), '1.2.3.4');
    assert.equal(from('6.6.6.6, 1.2.3.4, 10.0.0.2', 2), '1.2.3.4');
    assert.equal(from(undefined, 1), '10.0.0.1');
  });

  test('limits count by IPv4 address or IPv6 network, logs tell less', () => {
    assert.equal(addressKey('::ffff:1.2.3.4'), '1.2.3.4');
    assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
    assert.equal(networkOf('::ffff:1.2.3.4'), '1.2.3.0');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1::');
  });
});
