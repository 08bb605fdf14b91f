// Acks, receipts, typing and presence over real sockets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/gateway/config.ts';
import type { GatewayOptions, RunningGateway } from '../../src/gateway/server.ts';
import { JumpingClock } from './jumping-clock.ts';
import { newFolder, newGateway, PASSWORD } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

interface Talk {
  readonly gateway: RunningGateway;
  readonly visitor: TestClient;
  readonly agent: TestClient;
  readonly topic: string;
}

async function talk(t: TestContext, options: Partial<GatewayOptions> = {}): Promise<Talk> {
  const gateway = await newGateway(t, options);
  const agent = await TestClient.login(gateway.url, 'mei', PASSWORD);
  await agent.request('sub', { topic: 'me' });
  const visitor = await TestClient.visitor(gateway.url, 'Vera');
  const topic = await visitor.open();
  await visitor.say(topic, 'hello');
  await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
  await agent.attach(topic);
  return { gateway, visitor, agent, topic };
}

describe('acks', () => {
  test('without one a message comes again; with one it does not', async (t) => {
    const clock = new JumpingClock();
    const { gateway, visitor, agent, topic } = await talk(t, { clock });
    const deaf = await TestClient.token(gateway.url, visitor.token, { acks: false });
    await deaf.attach(topic);
    await agent.say(topic, 'can you hear me?');
    await deaf.waitData(topic, 2);
    await visitor.waitData(topic, 2);
    // The ack has come before this.
    await visitor.settle();
    clock.jump(DEFAULT_LIMITS.repushMs);
    await deaf.wait('the second push', () => (deaf.data(topic).length >= 2 ? true : undefined));
    assert.deepEqual(new Set(deaf.data(topic).map(({ seq }) => seq)), new Set([2]));
    deaf.note(topic, 'recv', 2);
    await deaf.settle();
    const count = deaf.data(topic).length;
    await agent.say(topic, 'good');
    await deaf.waitData(topic, 3);
    assert.equal(deaf.data(topic).filter(({ seq }) => seq === 2).length, count, 'acked is acked');
    assert.equal(visitor.data(topic).filter(({ seq }) => seq === 2).length, 1, 'who acks gets it once');
  });

  test('who acks nothing for too long is cut, and finds everything when it is back', async (t) => {
    const { gateway, visitor, agent, topic } = await talk(t, { limits: { repushMs: 20, giveUpMs: 100 } });
    const deaf = await TestClient.token(gateway.url, visitor.token, { acks: false });
    await deaf.attach(topic);
    await agent.say(topic, 'hello?');
    assert.equal(await deaf.waitClose(), 4408);
    const back = await TestClient.token(gateway.url, visitor.token);
    await back.attach(topic);
    const id = back.send('get', { topic, what: 'data', data: { since: 2 } });
    assert.equal((await back.answer(id)).params?.['count'], 1);
  });

  test('the window: 64 on their way, the next when acks come', async (t) => {
    const { gateway, visitor, topic } = await talk(t, {
      limits: { visitorPubs: { perSecond: 1e6, burst: 1e6 }, repushMs: 60_000 },
    });
    const slow = await TestClient.token(gateway.url, visitor.token, { acks: false });
    await slow.attach(topic);
    for (let n = 0; n < 100; n += 1) visitor.send('pub', { topic, content: `m${n}`, noecho: true });
    await visitor.say(topic, 'last');
    await slow.settle();
    const seqs = (): number[] => slow.data(topic).map(({ seq }) => seq);
    assert.deepEqual(
      seqs(),
      Array.from({ length: 64 }, (_, n) => n + 2),
    );
    slow.note(topic, 'recv', 33);
    await slow.waitData(topic, 97);
    slow.note(topic, 'recv', 97);
    await slow.waitData(topic, 102);
    assert.deepEqual(
      seqs(),
      Array.from({ length: 101 }, (_, n) => n + 2),
    );
  });
});

describe('receipts', () => {
  test('are monotonic, reach the others and the own other links, and survive a restart', async (t) => {
    const dataDir = await newFolder();
    const { gateway, visitor, agent, topic } = await talk(t, { dataDir });
    const tab = await TestClient.token(gateway.url, visitor.token);
    await tab.request('sub', { topic: 'me' });
    for (const text of ['one', 'two', 'three']) await agent.say(topic, text);
    await visitor.waitData(topic, 4);
    visitor.note(topic, 'read', 3);
    await agent.waitInfo({ topic, from: visitor.user, what: 'read', seq: 3 });
    await tab.waitInfo({ topic: 'me', src: topic, from: visitor.user, what: 'read', seq: 3 });
    await agent.settle();
    agent.packets.length = 0;
    for (const [what, seq] of [
      ['read', 2],
      ['read', 3],
      ['read', 99],
      ['recv', 0],
      ['recv', 99],
      ['nonsense', 4],
      ['kpv', 4],
    ] as const)
      visitor.note(topic, what, seq);
    visitor.note(topic, 'read', 4);
    await agent.waitInfo({ topic, what: 'read', seq: 4 });
    assert.deepEqual(
      agent.infos().map(({ what, seq }) => `${what} ${seq ?? ''}`),
      ['read 4'],
      'what is stale or bogus is passed over',
    );
    await gateway.close();

    const restarted = await newGateway(t, { dataDir });
    const later = await TestClient.token(restarted.url, visitor.token);
    const id = later.send('sub', { topic, get: { what: 'desc sub' } });
    const { desc } = await later.waitMeta(id, 'desc');
    assert.deepEqual([desc?.seq, desc?.read, desc?.recv], [4, 4, 4]);
    const members = (await later.waitMeta(id, 'sub')).sub ?? [];
    assert.equal(members.find(({ user }) => user === agent.user)?.read, 4, 'the sender has read what it sent');
  });

  test('an agent who is not attached hears on me; recv passes without attaching, the rest does not', async (t) => {
    const { visitor, agent, topic } = await talk(t);
    await agent.say(topic, 'hi');
    await visitor.waitData(topic, 2);
    await agent.request('leave', { topic });
    agent.packets.length = 0;
    visitor.note(topic, 'read', 2);
    await agent.waitInfo({ topic: 'me', src: topic, from: visitor.user, what: 'read', seq: 2 });
    await visitor.say(topic, 'still there?');
    await agent.waitPres({ topic: 'me', src: topic, what: 'msg', seq: 3, act: visitor.user });
    assert.deepEqual(agent.data(), []);
    agent.note(topic, 'recv', 3);
    await visitor.waitInfo({ topic, from: agent.user, what: 'recv', seq: 3 });
    agent.note(topic, 'kp');
    const refused = await agent.wait('409', () => agent.ctrls().find(({ code }) => code === 409));
    assert.equal(refused.id, undefined);
  });
});

describe('typing', () => {
  test('is told to the others, not to oneself, and not too often', async (t) => {
    const { gateway, visitor, agent, topic } = await talk(t);
    const tab = await TestClient.token(gateway.url, visitor.token);
    await tab.attach(topic);
    for (let n = 0; n < 20; n += 1) visitor.note(topic, 'kp');
    await agent.waitInfo({ topic, from: visitor.user, what: 'kp' });
    await visitor.settle();
    await agent.settle();
    await tab.settle();
    assert.equal(agent.infos().filter(({ what }) => what === 'kp').length, 1);
    assert.equal([...visitor.infos(), ...tab.infos()].filter(({ what }) => what === 'kp').length, 0);
  });
});

describe('presence', () => {
  test('the first link makes a user present, the last one absent', async (t) => {
    const { gateway, visitor, agent, topic } = await talk(t);
    agent.packets.length = 0;
    const tab = await TestClient.token(gateway.url, visitor.token);
    await tab.attach(topic);
    await visitor.close();
    await agent.settle();
    assert.deepEqual(
      agent.press().filter(({ what }) => what === 'on' || what === 'off'),
      [],
      'there is a link left',
    );
    tab.terminate();
    await agent.waitPres({ topic, src: visitor.user, what: 'off' });
    await agent.waitPres({ topic: 'me', src: topic, what: 'off' });
    const list = agent.send('get', { topic: 'me', what: 'sub' });
    assert.equal((await agent.waitMeta(list, 'sub')).sub?.[0]?.online, undefined);
    const back = await TestClient.token(gateway.url, visitor.token);
    await back.request('sub', { topic: 'me' });
    await agent.waitPres({ topic: 'me', src: topic, what: 'on' });
  });
});
