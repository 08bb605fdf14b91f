// What the gateway counts of itself, as Prometheus gets it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { COUNTERS } from '../../src/gateway/metrics.ts';
import { moderateByWords } from '../../src/gateway/moderation.ts';
import type { GatewayOptions } from '../../src/gateway/server.ts';
import { MSGID_HEAD } from '../../src/protocol/msgid.ts';
import { newGateway, PASSWORD } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

type Values = ReadonlyMap<string, number>;

/** By name and labels, as they are written. */
async function scrape(port: number | undefined): Promise<Values> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const measured = (t: TestContext, options: Partial<GatewayOptions> = {}) =>
  newGateway(t, { metrics: { host: '127.0.0.1', port: 0 }, ...options });

describe('metrics', () => {
  test('links, messages, deliveries, presence and the queue', async (t) => {
    const { url, metricsPort } = await measured(t, {
      moderate: moderateByWords('bad\nhide:hush'),
      allowedOrigins: ['https://shop.example'],
      limits: { repushMs: 20 },
    });
    const values = async (...names: readonly string[]): Promise<(number | undefined)[]> => {
      const now = await scrape(metricsPort);
      return names.map((name) => now.get(`kefu_${name}`));
    };
    assert.deepEqual(await values('connections', 'pubs_total{result="ok"}', 'commit_seconds_count'), [0, 0, 0]);

    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    await visitor.say(topic, 'one', msgid(1));
    await visitor.say(topic, 'one', msgid(1));
    await visitor.say(topic, 'another', msgid(1));
    assert.equal((await visitor.request('pub', { topic, content: 'bad' })).code, 422);
    assert.equal((await visitor.request('pub', { topic, content: 'hush' })).code, 202);
    for (const [n, code] of [
      [1, 202],
      [2, 404],
    ] as const) {
      const question = { topic, head: { [MSGID_HEAD]: msgid(n) }, content: null };
      assert.equal((await visitor.request('pub', question)).code, code);
    }
    const results = ['ok', 'dup', 'refused', 'unnumbered', 'busy', 'asked'].map(
      (result) => `pubs_total{result="${result}"}`,
    );
    assert.deepEqual(await values(...results), [1, 2, 1, 1, 0, 2]);
    assert.deepEqual(await values('msgid_reuses_total', 'commit_seconds_count'), [1, 3]);
    const [queued, seconds] = await values('queued_conversations', 'queued_seconds');
    assert.equal(queued, 1);
    assert.ok(seconds !== undefined && seconds >= 0 && seconds < 60);

    const mei = await TestClient.login(url, 'mei', PASSWORD, { acks: false });
    await mei.request('sub', { topic: 'me' });
    await mei.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await mei.attach(topic);
    await visitor.say(topic, 'two');
    await mei.wait('it again', () => (mei.data(topic).filter(({ seq }) => seq === 2).length > 1 ? true : undefined));
    const [first, again] = await values('deliveries_total{kind="first"}', 'deliveries_total{kind="again"}');
    assert.equal(first, 1);
    assert.ok((again ?? 0) >= 1);
    assert.deepEqual(
      await values(
        'connections',
        'sessions{kind="visitor"}',
        'sessions{kind="agent"}',
        'topics',
        'present_users',
        'agents_on_duty',
        'queued_conversations',
      ),
      [2, 1, 1, 1, 2, 1, 0],
    );

    const stranger = await TestClient.connect(url);
    const secret = Buffer.from('mei:wrong').toString('base64');
    await stranger.request('login', { scheme: 'basic', secret });
    await stranger.request('login', { scheme: 'token', secret: 'x' });
    await assert.rejects(TestClient.connect(url, { headers: { Origin: 'https://evil.example' } }));
    await stranger.close();
    await mei.settle();
    assert.deepEqual(
      await values(
        'auth_failures_total{why="password"}',
        'auth_failures_total{why="token"}',
        'connects_total{result="opened"}',
        'connects_total{result="forbidden"}',
        'closes_total{why="left"}',
        'connections',
        'draining',
      ),
      [1, 1, 3, 1, 1, 2, 0],
    );
    assert.ok(((await values('bus_events_total{direction="in"}'))[0] ?? 0) > 0);
  });

  test('say nothing of anybody, and are all explained', async (t) => {
    const { url, metricsPort } = await measured(t);
    const visitor = await TestClient.visitor(url, 'Canary');
    const topic = await visitor.open();
    await visitor.say(topic, 'Canary');
    const names = [...(await scrape(metricsPort)).keys()].filter((name) => name.startsWith('kefu_'));
    const words = new Set(Object.values(COUNTERS).flatMap((counted) => ('words' in counted ? counted.words : [])));
    for (const name of names) {
      assert.doesNotMatch(name, /canary|usr[\w-]{22}|grp|127\.0/i);
      const label = /\{(?:kind|result|why|direction)="([^"]*)"\}/.exec(name)?.[1];
      assert.ok(label === undefined || words.has(label as never) || /^(visitor|agent|user)$/.test(label), name);
    }
    const docs = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    for (const name of names) {
      const [plain = ''] = name.split('{');
      assert.ok(docs.includes(`\`${plain.replace(/_(bucket|sum|count)$/, '')}`), `${plain} is in docs/operations.md`);
    }
  });

  test('are on their own port, with health; and nowhere without one', async (t) => {
    const { url, metricsPort } = await measured(t);
    const own = `http://127.0.0.1:${metricsPort}`;
    for (const [address, status] of [
      [`${own}/livez`, 200],
      [`${own}/readyz`, 200],
      [`${own}/`, 404],
      [`${url}/metrics`, 404],
    ] as const)
      assert.equal((await fetch(address)).status, status, address);
    assert.equal((await newGateway(t)).metricsPort, undefined);
  });

  test('tell of a gateway that stops, to the end', async (t) => {
    const gateway = await measured(t, { limits: { drainMs: 60_000 } });
    const visitor = await TestClient.visitor(gateway.url);
    const closed = gateway.close();
    await visitor.wait('205', () => visitor.ctrls().find(({ code }) => code === 205));
    assert.equal((await scrape(gateway.metricsPort)).get('kefu_draining'), 1);
    visitor.terminate();
    await closed;
    await assert.rejects(fetch(`http://127.0.0.1:${gateway.metricsPort}/metrics`));
  });
});
