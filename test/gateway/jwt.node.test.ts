// A signed token is good, or says nothing to anybody; and keys that can not be are refused without a word of theirs.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { exportJWK, exportSPKI, importJWK } from 'jose';
import { ConfigError } from '../../src/gateway/config.ts';
import type { Verify } from '../../src/gateway/identity.ts';
import { openVerify } from '../../src/gateway/jwt.ts';
import { JWT_SECRET, newKeyPair, signToken } from '../support/sign-token.ts';
import { newFolder } from './new-gateway.ts';

const NOW = Date.UTC(2026, 10, 24);
const S = NOW / 1_000;
const now = { now: NOW };

async function byFile(content: unknown): Promise<Verify> {
  const keysFile = join(await newFolder(), 'keys.json');
  await writeFile(keysFile, typeof content === 'string' ? content : JSON.stringify(content));
  return openVerify({ keysFile, secret: undefined, audience: 'kefu' });
}
const bySecret = (): Promise<Verify> => openVerify({ keysFile: undefined, secret: JWT_SECRET, audience: 'kefu' });

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('jwt', () => {
  test('a good one says who it is, and what agents see of it', async () => {
    const verify = await bySecret();
    const card = { name: '王 Wang', picture: 'https://shop.example/w.png', email: 'w@example.org' };
    assert.deepEqual(await verify(await signToken({ sub: 'c-1', ...card }, now), NOW), { subject: 'c-1', card });
    assert.deepEqual(
      await verify(await signToken({ sub: 'x'.repeat(128), aud: ['other', 'kefu'] }, now), NOW),
      { subject: 'x'.repeat(128), card: {} },
      'the longest subject, one of several audiences',
    );
  });

  test('what of a card can not be counts for nothing', async () => {
    const verify = await bySecret();
    const card = { name: 7, picture: 'http://shop.example/w.png', email: 'x'.repeat(321) };
    assert.deepEqual(await verify(await signToken({ sub: 'c', ...card }, now), NOW), { subject: 'c', card: {} });
    for (const picture of ['javascript:alert(1)', '//shop.example/w.png', '', `https://${'x'.repeat(2_048)}.example`])
      assert.deepEqual(await verify(await signToken({ sub: 'c', picture }, now), NOW), { subject: 'c', card: {} });
  });

  test('clocks may differ by a minute', async () => {
    const verify = await bySecret();
    const at = (iat: number, exp: number) => signToken({ sub: 'c', iat, exp }, now);
    for (const [iat, exp] of [
      [S + 60, S + 3_660],
      [S - 3_600, S - 59],
    ] as const)
      assert.equal(typeof (await verify(await at(iat, exp), NOW)), 'object', `${iat - S} ${exp - S}`);
    assert.equal(await verify(await at(S + 61, S + 3_661), NOW), 'expired', 'from the future');
    assert.equal(await verify(await at(S - 3_600, S - 60), NOW), 'expired');
  });

  test('one that is not as it must be', async () => {
    const verify = await bySecret();
    for (const [claims, fault] of [
      [{ sub: undefined }, 'claims'],
      [{ sub: '' }, 'claims'],
      [{ sub: 'x'.repeat(129) }, 'claims'],
      [{ sub: 'half \ud800 pair' }, 'claims'],
      [{ sub: 'nul \u0000' }, 'claims'],
      [{ sub: 17 as unknown as string }, 'claims'],
      [{ sub: 'c', aud: undefined }, 'audience'],
      [{ sub: 'c', aud: 'other' }, 'audience'],
      [{ sub: 'c', exp: undefined }, 'claims'],
      [{ sub: 'c', iat: undefined }, 'claims'],
      [{ sub: 'c', iat: S, exp: S + 3_601 }, 'claims'],
      [{ sub: 'c', iat: S - 7_200, exp: S - 3_700 }, 'expired'],
      [{ sub: 'c', iat: S + 100_000, exp: S + 100_060 }, 'expired'],
      [{ sub: 'c', nbf: S + 100 }, 'claims'],
    ] as const)
      assert.equal(await verify(await signToken(claims, now), NOW), fault, JSON.stringify(claims));
  });

  test('times that are no numbers', async () => {
    const verify = await bySecret();
    for (const times of [`"iat":1e999,"exp":1e999`, `"iat":"${S}","exp":"${S + 60}"`, `"iat":-1e999,"exp":${S + 60}`]) {
      const signed = `${base64url({ alg: 'HS256' })}.${Buffer.from(`{"sub":"c","aud":"kefu",${times}}`).toString('base64url')}`;
      const signature = createHmac('sha256', JWT_SECRET).update(signed).digest('base64url');
      assert.equal(typeof (await verify(`${signed}.${signature}`, NOW)), 'string', times);
    }
  });

  test('one that is none, or too long', async () => {
    const verify = await bySecret();
    const good = await signToken({ sub: 'c' }, now);
    for (const jwt of ['', 'a', 'a.b', 'a.b.c', '..', `${good}.x`, good.slice(0, -3), `{"alg":"HS256"}`])
      assert.notEqual(typeof (await verify(jwt, NOW)), 'object', jwt);
    assert.equal(await verify(await signToken({ sub: 'c', more: 'x'.repeat(5 * 1_024) }, now), NOW), 'malformed');
    const [, payload = ''] = good.split('.');
    for (const header of [{ alg: 'none' }, { alg: 'None', typ: 'JWT' }, {}])
      assert.notEqual(typeof (await verify(`${base64url(header)}.${payload}.`, NOW)), 'object', JSON.stringify(header));
  });

  test('the algorithm is that of the key, not that of the token', async () => {
    const { key, jwk } = await newKeyPair('ES256', 'one');
    const verify = await byFile({ keys: [jwk] });
    assert.equal(
      typeof (await verify(await signToken({ sub: 'c' }, { ...now, key, header: { alg: 'ES256', kid: 'one' } }), NOW)),
      'object',
    );
    const publicKey = await importJWK(jwk, 'ES256', { extractable: true });
    assert.ok(!(publicKey instanceof Uint8Array));
    const [pem, raw] = [await exportSPKI(publicKey), JSON.stringify(await exportJWK(publicKey))];
    for (const known of [pem, raw, jwk.x ?? '']) {
      const forged = await signToken(
        { sub: 'c' },
        { ...now, key: new TextEncoder().encode(known), header: { alg: 'HS256', kid: 'one' } },
      );
      assert.equal(await verify(forged, NOW), 'key', 'signed with what everybody knows');
    }
    assert.equal(
      await (
        await bySecret()
      )(await signToken({ sub: 'c' }, { ...now, key, header: { alg: 'ES256' } }), NOW),
      'key',
    );
  });

  test('the key is the one that the token names', async () => {
    const [one, two, stranger] = [
      await newKeyPair('EdDSA', 'one'),
      await newKeyPair('ES256', 'two'),
      await newKeyPair('EdDSA'),
    ];
    const verify = await byFile({ keys: [one.jwk, two.jwk] });
    const sign = (key: typeof one.key, alg: string, kid?: string) =>
      signToken({ sub: 'c' }, { ...now, key, header: { alg, ...(kid !== undefined && { kid }) } });
    assert.equal(typeof (await verify(await sign(one.key, 'EdDSA', 'one'), NOW)), 'object');
    assert.equal(typeof (await verify(await sign(two.key, 'ES256', 'two'), NOW)), 'object');
    assert.equal(await verify(await sign(one.key, 'EdDSA', 'two'), NOW), 'key');
    assert.equal(await verify(await sign(one.key, 'EdDSA', 'three'), NOW), 'key');
    assert.equal(await verify(await sign(one.key, 'EdDSA'), NOW), 'key', 'with several, one that names none');
    assert.equal(await verify(await sign(stranger.key, 'EdDSA', 'one'), NOW), 'signature');
    const alone = await byFile({ keys: [stranger.jwk] });
    assert.equal(typeof (await alone(await sign(stranger.key, 'EdDSA'), NOW)), 'object');
    assert.equal(await alone(await sign(one.key, 'EdDSA'), NOW), 'signature');
  });

  test('a key file that can not be', async () => {
    const { jwk } = await newKeyPair('ES256', 'one');
    const { jwk: twin } = await newKeyPair('ES256', 'one');
    const secret = 'c2VjcmV0LXNlY3JldA';
    for (const [content, words] of [
      [`{"keys":[{"k":"${secret}"`, /no JWK set/],
      [[], /no JWK set/],
      [{ keys: [] }, /no JWK set/],
      [{ keys: [{ ...jwk, alg: undefined }] }, /key 1 \("one"\) has no alg/],
      [{ keys: [{ ...jwk, alg: 'none' }] }, /has an alg that is not one of HS256, ES256, EdDSA/],
      [{ keys: [{ ...jwk, alg: 'RS256' }] }, /has an alg that is not one of/],
      [{ keys: [{ ...jwk, alg: 'HS256' }] }, /is no key for HS256/],
      [{ keys: [{ ...jwk, x: secret }] }, /is no key for ES256/],
      [{ keys: [{ ...jwk, d: secret }] }, /is a private key/],
      [{ keys: [jwk, { ...jwk, kid: undefined }] }, /key 2 has no kid/],
      [{ keys: [jwk, twin] }, /key 2 \("one"\) has the kid of another/],
      [{ keys: [{ kty: 'oct', alg: 'HS256', k: secret }] }, /key 1 is shorter than 32 bytes/],
    ] as const)
      await assert.rejects(
        byFile(content),
        (error) => error instanceof ConfigError && words.test(error.message) && !error.message.includes(secret),
        String(words),
      );
    await assert.rejects(
      openVerify({ keysFile: '/nowhere/keys.json', secret: undefined, audience: 'kefu' }),
      (error) => error instanceof ConfigError && /JWT_KEYS: ENOENT/.test(error.message),
    );
  });
});
