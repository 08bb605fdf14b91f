// The environment becomes options, or an error that people understand.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { ConfigError, configOf, DEFAULT_LIMITS, VARIABLES } from '../../src/gateway/config.ts';
import type { Rate } from '../../src/gateway/rate-limit.ts';

describe('config', () => {
  test('defaults', () => {
    assert.deepEqual(configOf({}), {
      host: '127.0.0.1',
      port: 6060,
      dataDir: '.data',
      databaseUrl: undefined,
      natsUrl: undefined,
      allowedOrigins: [],
      trustProxy: 0,
      openRegistration: false,
      jwt: undefined,
      agentCapacity: 8,
      systemLines: true,
      moderationWords: undefined,
      retentionDays: undefined,
      fileBytes: 20 * 1024 * 1024,
      s3: undefined,
      logLevel: 'info',
      limits: {},
      metrics: undefined,
    });
  });

  test('everything set, an empty variable is not', () => {
    const config = configOf({
      HOST: '0.0.0.0',
      PORT: '80',
      DATA_DIR: '/data',
      ALLOWED_ORIGINS: 'https://a.example/, https://b.example,',
      TRUST_PROXY: '2',
      OPEN_REGISTRATION: '1',
      AGENT_CAPACITY: '3',
      SYSTEM_LINES: '0',
      MODERATION_WORDS: 'words.txt',
      LOG_LEVEL: '',
    });
    assert.deepEqual(config.allowedOrigins, ['https://a.example', 'https://b.example']);
    assert.deepEqual([config.port, config.trustProxy, config.agentCapacity, config.systemLines], [80, 2, 3, false]);
    assert.equal(config.openRegistration, true);
    assert.equal(config.logLevel, 'info');
  });

  test('how customers are known: with a key that is one, and only then required', () => {
    const secret = 'x'.repeat(32);
    assert.deepEqual(configOf({ JWT_SECRET: secret }).jwt, {
      keysFile: undefined,
      secret,
      audience: 'kefu',
      isRequired: false,
    });
    assert.deepEqual(configOf({ JWT_KEYS: 'keys.json', JWT_AUDIENCE: 'shop', JWT_REQUIRED: '1' }).jwt, {
      keysFile: 'keys.json',
      secret: undefined,
      audience: 'shop',
      isRequired: true,
    });
    assert.throws(() => configOf({ JWT_REQUIRED: '1' }), /JWT_REQUIRED needs JWT_KEYS or JWT_SECRET/);
    assert.throws(
      () => configOf({ JWT_SECRET: 'hunter2' }),
      (error) => error instanceof ConfigError && /32 bytes/.test(error.message) && !error.message.includes('hunter2'),
    );
  });

  test('what can not be is named', () => {
    for (const env of [{ PORT: '70000' }, { PORT: '1e3' }, { TRUST_PROXY: 'yes' }, { LOG_LEVEL: 'loud' }]) {
      const [name = ''] = Object.keys(env);
      assert.throws(
        () => configOf(env),
        (error) => error instanceof ConfigError && error.message.startsWith(name),
      );
    }
  });

  test('what gateways share: an address of the right kind, and no bus without a store', () => {
    const databaseUrl = 'postgres://kefu:secret@db/kefu';
    assert.deepEqual([configOf({ DATABASE_URL: databaseUrl }).databaseUrl], [databaseUrl]);
    const natsUrl = 'nats://a:4222, tls://b:4222';
    assert.equal(configOf({ DATABASE_URL: databaseUrl, NATS_URL: natsUrl }).natsUrl, natsUrl);
    for (const env of [{ DATABASE_URL: 'mysql://u:secret@db' }, { NATS_URL: natsUrl }, { NATS_URL: 'secret' }])
      assert.throws(
        () => configOf(env),
        (error) =>
          error instanceof ConfigError && /^(DATABASE|NATS)_URL/.test(error.message) && !/secret/.test(error.message),
      );
  });

  test('limits by name, the parts of rates one by one; others are none', () => {
    assert.deepEqual(configOf({ LIMITS: 'links=5000, visitorPubs.perHour=900 visitorPubs.burst=9' }).limits, {
      links: 5_000,
      visitorPubs: { ...DEFAULT_LIMITS.visitorPubs, perHour: 900, burst: 9 },
    });
    for (const setting of [
      'links',
      'links=many',
      'links=-1',
      'links.burst=1',
      'visitorPubs=1',
      'nothing=1',
      'toString=1',
    ])
      assert.throws(() => configOf({ LIMITS: setting }), /LIMITS: "/, setting);
  });

  test('metrics are nowhere, or on this machine, or where they are said to be', () => {
    assert.deepEqual(configOf({ METRICS_PORT: '9100' }).metrics, { host: '127.0.0.1', port: 9100 });
    const elsewhere = configOf({ METRICS_PORT: '9100', METRICS_HOST: '::' }).metrics;
    assert.deepEqual(elsewhere, { host: '::', port: 9100 });
    assert.throws(() => configOf({ METRICS_PORT: 'x' }), /METRICS_PORT/);
  });

  test('a bucket needs its keys', () => {
    const keys = { S3_BUCKET: 'files', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'key' };
    assert.deepEqual(configOf({ ...keys, S3_REGION: 'eu-west-1' }).s3, {
      bucket: 'files',
      region: 'eu-west-1',
      endpoint: 'https://s3.eu-west-1.amazonaws.com',
      accessKeyId: 'id',
      secretAccessKey: 'key',
    });
    assert.throws(() => configOf({ S3_BUCKET: 'files' }), /S3_ACCESS_KEY_ID/);
    assert.throws(() => configOf({ ...keys, S3_ENDPOINT: 'ftp://x' }), /S3_ENDPOINT/);
  });

  test('every variable is described', () => {
    assert.equal(VARIABLES.length, Object.keys(configOf({})).length);
  });

  test('and every limit, with what it is by default, in docs/operations.md', async () => {
    const docs = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const rows = new Map([...docs.matchAll(/^\| `(\w+)` +\| ([^|]*?) +\|/gm)].map(([, name, value]) => [name, value]));
    for (const [name, value] of Object.entries<number | Rate>({ ...DEFAULT_LIMITS })) {
      const said = rows.get(name)?.replaceAll(',', '');
      const { perSecond, burst, perHour }: Rate = typeof value === 'object' ? value : { perSecond: 0, burst: 0 };
      const wanted =
        typeof value === 'number'
          ? String(value)
          : `${Number(perSecond.toPrecision(2))}/s burst ${burst}${perHour === undefined ? '' : ` ${perHour}/h`}`;
      assert.equal(said, wanted, name);
    }
    for (const [name] of VARIABLES) assert.ok(docs.includes(`| \`${name}\``), name);
  });
});
