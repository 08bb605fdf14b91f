// Visitor and agent on different gateways: what either does the other sees, over each bus, and also when the bus brings nothing at all.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { GatewayLimits } from '../../src/gateway/config.ts';
import { statusOf } from '../../src/protocol/conversation.ts';
import { startGateway } from '../gateway/gateway-process.ts';
import { JumpingClock } from '../gateway/jumping-clock.ts';
import { newFolder, newGateway, PASSWORD } from '../gateway/new-gateway.ts';
import { TestClient, msgid } from '../gateway/test-client.ts';
import { JWT_SECRET, signToken } from '../support/sign-token.ts';
import { newSchema } from '../support/new-schema.ts';
import { until } from '../support/until.ts';

const status = (phase: string, agent?: string): object => ({
  trusted: { 'x-kefu': { phase, ...(agent !== undefined && { agent }) } },
});

async function phaseOf(client: TestClient, topic: string): Promise<string> {
  const id = client.send('get', { topic, what: 'desc' });
  return statusOf((await client.waitMeta(id, 'desc')).desc?.trusted)?.phase ?? '';
}

async function onDuty(url: string, name: string): Promise<TestClient> {
  const agent = await TestClient.login(url, name, PASSWORD);
  await agent.request('sub', { topic: 'me' });
  await agent.request('get', { topic: 'me', what: 'sub' });
  return agent;
}

const database = process.env['TEST_DATABASE_URL'];
const nats = process.env['TEST_NATS_URL'];

const jwt = { keysFile: undefined, secret: JWT_SECRET, audience: 'kefu', isRequired: false };

type NewUrls = (t: TestContext, count: number) => Promise<string[]>;

/** `count` gateways on one database of their own. */
const over =
  (natsUrl: string | undefined, limits: Partial<GatewayLimits> = {}): NewUrls =>
  async (t, count) => {
    const { url: databaseUrl, drop } = await newSchema(database ?? '');
    const urls: string[] = [];
    for (let n = 0; n < count; n += 1)
      urls.push((await newGateway(t, { databaseUrl, natsUrl, limits, jwt, agentCapacity: 3 })).url);
    // After the gateways.
    t.after(drop);
    return urls;
  };

function clusterTests(name: string, newUrls: NewUrls, hints: boolean): void {
  describe(`cluster: ${name}`, () => {
    const conversation = async (
      t: TestContext,
    ): Promise<{ visitor: TestClient; agent: TestClient; topic: string; urls: string[] }> => {
      const urls = await newUrls(t, 2);
      const [here = '', there = ''] = urls;
      const agent = await onDuty(there, 'mei');
      const visitor = await TestClient.visitor(here, 'Vera');
      const topic = await visitor.open('k');
      assert.equal(await visitor.say(topic, 'hello'), 1);
      await agent.waitPres({ topic: 'me', src: topic, what: hints ? 'acs' : 'upd' });
      // That it waits is told first.
      for (const client of [agent, visitor])
        await until('assigned', async () => (await phaseOf(client, topic)) === 'assigned');
      await agent.attach(topic);
      return { visitor, agent, topic, urls };
    };

    test('messages and receipts, both ways, in order and once', async (t) => {
      const { visitor, agent, topic } = await conversation(t);
      for (let n = 2; n <= 30; n += 1) assert.equal(await (n % 2 ? agent : visitor).say(topic, `m${n}`, msgid(n)), n);
      await visitor.waitData(topic, 29);
      await agent.waitData(topic, 30);
      const seqs = (client: TestClient): number[] => client.data(topic).map(({ seq }) => seq);
      const upTo30 = Array.from({ length: 29 }, (_, n) => n + 2);
      assert.deepEqual(
        seqs(visitor),
        upTo30.filter((n) => n % 2 === 1),
      );
      assert.deepEqual(
        seqs(agent),
        upTo30.filter((n) => n % 2 === 0),
      );
      agent.note(topic, 'read', 30);
      await visitor.waitInfo({ topic, from: agent.user, what: 'read', seq: 30 });
      await agent.say(topic, 'the end');
      await visitor.waitData(topic, 31);
      visitor.note(topic, 'read', 31);
      await agent.waitInfo({ topic, from: visitor.user, what: 'read', seq: 31 });
      if (!hints) return;
      visitor.note(topic, 'kp');
      await agent.waitInfo({ topic, from: visitor.user, what: 'kp' });
    });

    test('a message that is sent again to another gateway has its first seqid', async (t) => {
      const { visitor, topic, urls } = await conversation(t);
      assert.equal(await visitor.say(topic, 'once', msgid(7)), 2);
      const moved = await TestClient.token(urls[1] ?? '', visitor.token);
      assert.equal(await moved.open('k'), topic);
      const ctrl = await moved.request('pub', { topic, content: 'once', head: { 'x-kefu-msgid': msgid(7) } });
      assert.deepEqual([ctrl.code, ctrl.params], [202, { seq: 2, dup: true }]);
      assert.equal(await moved.say(topic, 'twice'), 3);
      await visitor.waitData(topic, 3);
    });

    test('a visitor who logs in on another gateway: one person everywhere, and the link of before ends', async (t) => {
      const { visitor, agent, topic, urls } = await conversation(t);
      const [here = '', there = ''] = urls;
      await TestClient.known(here, await signToken({ sub: 'c-1' }));
      const known = await TestClient.known(there, await signToken({ sub: 'c-1' }), visitor.token);
      assert.equal(await visitor.waitClose(), 1001);
      assert.equal(visitor.ctrls().at(-1)?.code, 401);
      assert.equal(await known.open('k'), topic);
      await known.say(topic, 'from here');
      assert.equal((await agent.waitData(topic, 2)).from, known.user);
      const other = await TestClient.known(here, await signToken({ sub: 'c-1' }));
      assert.deepEqual([other.user, await other.open('k')], [known.user, topic]);
      await other.answer(other.send('get', { topic, what: 'data' }));
      assert.deepEqual(
        other.data(topic).map(({ seq, from }) => [seq, from]),
        [
          [2, known.user],
          [1, known.user],
        ],
      );
      await other.say(topic, 'from there');
      await known.waitData(topic, 3);
    });

    test('deletions, for everyone and for oneself', async (t) => {
      const { visitor, agent, topic, urls } = await conversation(t);
      const other = await TestClient.token(urls[1] ?? '', visitor.token);
      await other.open('k');
      for (const text of ['two', 'three']) await visitor.say(topic, text);
      await agent.waitData(topic, 3);
      await agent.request('del', { topic, what: 'msg', delseq: [{ low: 2 }], hard: true });
      const gone = await visitor.waitPres({ topic, what: 'del', clear: 1 });
      assert.deepEqual(gone.delseq, [{ low: 2, hi: 3, by: agent.user }]);
      await visitor.request('del', { topic, what: 'msg', delseq: [{ low: 3 }] });
      await other.waitPres({ topic, what: 'del', clear: 2 });
      await agent.settle();
      assert.equal(agent.press().filter(({ what, clear }) => what === 'del' && clear === 2).length, 0);
    });

    test('the status, and who is there', async (t) => {
      const { visitor, agent, topic, urls } = await conversation(t);
      const online = async (client: TestClient, user: string): Promise<boolean> => {
        const id = client.send('get', { topic, what: 'sub' });
        const members = (await client.waitMeta(id, 'sub')).sub ?? [];
        return members.some((member) => member.user === user && member.online === true);
      };
      await until('both there', async () => (await online(visitor, agent.user)) && (await online(agent, visitor.user)));
      const seen = visitor.press().length;
      assert.equal((await agent.request('set', { topic, desc: status('resolved') })).code, 200);
      await visitor.wait('the end', () =>
        visitor
          .press()
          .slice(seen)
          .find(({ what }) => what === 'upd'),
      );
      await until('resolved', async () => (await phaseOf(visitor, topic)) === 'resolved');
      await visitor.close();
      await agent.waitPres({ topic, src: visitor.user, what: 'off' });
      const back = await TestClient.token(urls[0] ?? '', visitor.token);
      await back.open('k');
      await agent.waitPres({ topic, src: visitor.user, what: 'on' });
      await back.say(topic, 'one more thing');
      await agent.waitData(topic, 2);
      await until('assigned', async () => (await phaseOf(back, topic)) === 'assigned');
      await agent.close();
      await back.waitPres({ topic, src: agent.user, what: 'off' });
    });

    test('names', async (t) => {
      const { visitor, agent, topic } = await conversation(t);
      await agent.request('set', { topic: 'me', desc: { public: { fn: 'Mei L.' } } });
      await until('the new name', async () => {
        const id = visitor.send('get', { topic, what: 'sub' });
        const members = (await visitor.waitMeta(id, 'sub')).sub ?? [];
        return members.find(({ user }) => user === agent.user)?.public?.['fn'] === 'Mei L.';
      });
    });

    test('no agent gets more than there is room for, whichever gateways the visitors come to', async (t) => {
      const [one = '', two = ''] = await newUrls(t, 2);
      const agents = [await onDuty(one, 'mei'), await onDuty(two, 'sam')];
      const visitors = await Promise.all(
        Array.from({ length: 12 }, async (_, n) => {
          const visitor = await TestClient.visitor(n % 2 ? one : two);
          const topic = await visitor.open('k');
          await visitor.say(topic, 'hello');
          return { visitor, topic };
        }),
      );
      await until('as many as there is room for', async () => {
        const phases = await Promise.all(visitors.map(({ visitor, topic }) => phaseOf(visitor, topic)));
        return phases.filter((phase) => phase === 'assigned').length >= 6;
      });
      const own = await Promise.all(
        agents.map(async (agent) => {
          const id = agent.send('get', { topic: 'me', what: 'sub' });
          const entries = (await agent.waitMeta(id, 'sub')).sub ?? [];
          return entries.filter((entry) => statusOf(entry.trusted)?.agent === agent.user);
        }),
      );
      assert.deepEqual(
        own.map((entries) => entries.length),
        [3, 3],
      );
      const [first] = own[0] ?? [];
      const resolved = await agents[0]?.request('set', { topic: first?.topic ?? '', desc: status('resolved') });
      assert.equal(resolved?.code, 200);
      const had = new Set(own[0]?.map(({ topic }) => topic));
      await agents[0]?.wait('the next', () =>
        agents[0]?.press().find(({ what, src, tgt }) => what === 'acs' && tgt === agents[0]?.user && !had.has(src)),
      );
    });
  });
}

if (database !== undefined)
  describe('cluster: a gateway that is gone', () => {
    test('its users are offline soon, and what it was to do others do', async (t) => {
      const { url: databaseUrl, drop } = await newSchema(database);
      const { url: there } = await newGateway(t, { databaseUrl });
      const { child, url: here } = await startGateway(t, await newFolder(), { DATABASE_URL: databaseUrl });
      t.after(drop);
      const visitor = await TestClient.visitor(here);
      const topic = await visitor.open('k');
      await visitor.say(topic, 'hello');
      const agent = await onDuty(there, 'mei');
      await until('assigned', async () => (await phaseOf(visitor, topic)) === 'assigned');
      await agent.attach(topic);
      child.kill('SIGKILL');
      await visitor.waitClose();
      await until(
        'offline',
        () => agent.press().some(({ src, what }) => src === visitor.user && what === 'off'),
        30_000,
      );
      const back = await TestClient.token(there, visitor.token);
      await back.open('k');
      assert.equal(await back.say(topic, 'still here'), 2);
      await agent.waitPres({ topic, src: visitor.user, what: 'on' });
    });
  });

if (database !== undefined)
  describe('cluster: an agent who has just been given a conversation', () => {
    test('writes in it by a gateway that has not heard of it, and others do not', async (t) => {
      const [here = '', there = ''] = await over('nats://127.0.0.1:9', { catchUpMs: 60_000 })(t, 2);
      const sam = await TestClient.login(here, 'sam', PASSWORD);
      await sam.request('sub', { topic: 'me' });
      await sam.request('get', { topic: 'me', what: 'sub' });
      const visitor = await TestClient.visitor(here);
      const topic = await visitor.open('k');
      await visitor.say(topic, 'hello');
      await until('assigned', async () => (await phaseOf(visitor, topic)) === 'assigned');
      const mei = await TestClient.login(there, 'mei', PASSWORD);
      await mei.attach(topic);
      assert.equal((await mei.request('pub', { topic, content: 'not mine' })).code, 403);
      await sam.attach(topic);
      assert.equal((await sam.request('set', { topic, desc: status('assigned', mei.user) })).code, 200);
      const answers = ['one', 'two'].map((content) => mei.send('pub', { topic, content }));
      const ctrls = await Promise.all(answers.map((id) => mei.answer(id)));
      assert.deepEqual(
        ctrls.map(({ code, params }) => [code, params?.['seq']]),
        [
          [202, 2],
          [202, 3],
        ],
      );
    });
  });

if (database !== undefined)
  describe('cluster: a gateway that stops', () => {
    test('serves everybody until it is their turn to go to another one, which is after proxies have noticed', async (t) => {
      const { url: databaseUrl, drop } = await newSchema(database);
      const clock = new JumpingClock();
      const gateway = await newGateway(t, { databaseUrl, clock, limits: { handOverMs: 67_000 } });
      t.after(drop);
      const links = await Promise.all(['One', 'Two', 'Three'].map((name) => TestClient.visitor(gateway.url, name)));
      const topics = await Promise.all(links.map((link) => link.open('k')));
      const closed = gateway.close();
      for (const link of links) {
        const told = await link.wait('205', () => link.ctrls().find(({ code }) => code === 205));
        const after = Number(told.params?.['after']);
        assert.ok(after >= 2_000 && after <= 4_000, `${after}`);
      }
      assert.equal((await fetch(`${gateway.url}/readyz`)).status, 503);
      clock.jump(4_000);
      for (const [index, link] of links.entries()) assert.equal(await link.say(topics[index] ?? '', 'still here'), 1);
      await links[0]?.close();
      // Those who have not gone by themselves, after what they may have on its way.
      clock.jump(5_100);
      assert.deepEqual(await Promise.all(links.slice(1).map((link) => link.waitClose())), [1012, 1012]);
      await closed;
    });
  });

if (database !== undefined) {
  clusterTests('by the database alone', over(undefined), true);
  // Nobody listens there.
  clusterTests('with a bus that brings nothing', over('nats://127.0.0.1:9', { catchUpMs: 200 }), false);
}
if (database !== undefined && nats !== undefined) clusterTests('by NATS', over(nats), true);
