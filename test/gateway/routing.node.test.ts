// Which agent gets a conversation, and how it changes hands.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConversationStatus } from '../../src/protocol/conversation.ts';
import { statusOf } from '../../src/protocol/conversation.ts';
import { until } from '../support/until.ts';
import { newFolder, newGateway, PASSWORD } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

async function status(client: TestClient, topic: string): Promise<ConversationStatus> {
  const id = client.send('get', { topic, what: 'desc' });
  const found = statusOf((await client.waitMeta(id, 'desc')).desc?.trusted);
  assert.ok(found);
  return found;
}

/** Waits until the conversation is in the phase (and with the agent). */
async function reaches(client: TestClient, topic: string, phase: string, agent?: string): Promise<void> {
  await until(phase, async () => {
    const now = await status(client, topic);
    return now.phase === phase && (agent === undefined || now.agent === agent);
  });
}

const change = (phase: string, agent?: string): { trusted: { 'x-kefu': { phase: string; agent?: string } } } => ({
  trusted: { 'x-kefu': { phase, ...(agent !== undefined && { agent }) } },
});

async function onDuty(url: string, name: string): Promise<TestClient> {
  const agent = await TestClient.login(url, name, PASSWORD);
  await agent.request('sub', { topic: 'me' });
  return agent;
}

async function newConversation(url: string): Promise<{ visitor: TestClient; topic: string }> {
  const visitor = await TestClient.visitor(url);
  const topic = await visitor.open();
  await visitor.say(topic, 'hello');
  return { visitor, topic };
}

describe('routing', () => {
  test('new conversations go in turn to the least busy, up to their capacity, then wait', async (t) => {
    const { url } = await newGateway(t, { agentCapacity: 2 });
    const mei = await onDuty(url, 'mei');
    const sam = await onDuty(url, 'sam');
    const agents = [];
    for (let n = 0; n < 4; n += 1) {
      const { visitor, topic } = await newConversation(url);
      await reaches(visitor, topic, 'assigned');
      agents.push((await status(visitor, topic)).agent);
    }
    assert.equal(agents.filter((agent) => agent === mei.user).length, 2);
    assert.equal(agents.filter((agent) => agent === sam.user).length, 2);
    assert.notEqual(agents[0], agents[1], 'in turn');
    const fifth = await newConversation(url);
    const sixth = await newConversation(url);
    await reaches(fifth.visitor, fifth.topic, 'queued');
    await mei.waitPres({ topic: 'me', src: sixth.topic, what: 'upd' });
    const list = mei.send('get', { topic: 'me', what: 'sub' });
    const entries = (await mei.waitMeta(list, 'sub')).sub ?? [];
    assert.equal(entries.length, 4, 'two own ones and two that wait');
    assert.ok(entries.some((entry) => entry.topic === fifth.topic && entry.acs?.mode === 'JRP'));

    const own = entries.find((entry) => statusOf(entry.trusted)?.agent === mei.user)?.topic ?? '';
    assert.equal((await mei.request('set', { topic: own, desc: change('resolved') })).code, 200);
    await reaches(mei, fifth.topic, 'assigned', mei.user);
    assert.equal((await status(mei, sixth.topic)).phase, 'queued', 'the one that waits longest is first');
  });

  test('while nobody is there they wait; who comes gets them', async (t) => {
    const dataDir = await newFolder();
    const gateway = await newGateway(t, { dataDir });
    const { visitor, topic } = await newConversation(gateway.url);
    assert.equal((await status(visitor, topic)).phase, 'queued');
    await gateway.close();
    const restarted = await newGateway(t, { dataDir });
    const mei = await onDuty(restarted.url, 'mei');
    await reaches(mei, topic, 'assigned', mei.user);
    await mei.waitPres({ topic: 'me', src: topic, what: 'acs', tgt: mei.user });
  });

  test('who takes a conversation while it is being given to them joins it once', async (t) => {
    const { url } = await newGateway(t, { systemLines: true });
    const { topic } = await newConversation(url);
    const mei = await TestClient.login(url, 'mei', PASSWORD);
    await mei.attach(topic);
    const joined = (): number =>
      mei.data(topic).filter(({ content }) => typeof content === 'string' && content.endsWith('joined')).length;
    const duty = mei.answer(mei.send('sub', { topic: 'me' }));
    const taken = mei.request('set', { topic, desc: change('assigned') });
    await duty;
    assert.ok((await taken).code < 400);
    await until('the line', () => joined() > 0);
    await mei.say(topic, 'hi');
    mei.packets.length = 0;
    await mei.answer(mei.send('get', { topic, what: 'data', data: { limit: 10 } }));
    assert.equal(joined(), 1);
  });

  test('an assignment survives a restart and the agent’s absence', async (t) => {
    const dataDir = await newFolder();
    const gateway = await newGateway(t, { dataDir });
    const mei = await onDuty(gateway.url, 'mei');
    const { visitor, topic } = await newConversation(gateway.url);
    await reaches(visitor, topic, 'assigned', mei.user);
    await gateway.close();
    const restarted = await newGateway(t, { dataDir });
    const sam = await onDuty(restarted.url, 'sam');
    const back = await TestClient.token(restarted.url, visitor.token);
    await back.attach(topic);
    await back.say(topic, 'anybody?');
    await reaches(back, topic, 'assigned', mei.user);
    const list = sam.send('get', { topic: 'me', what: 'sub' });
    assert.equal((await sam.answer(list)).code, 204, 'not in the other one’s list');
    const one = sam.send('get', { topic: 'me', what: 'sub', sub: { topic } });
    const entry = (await sam.waitMeta(one, 'sub')).sub?.[0];
    assert.equal(statusOf(entry?.trusted)?.agent, mei.user, 'asked for by name, it says who has it');
    assert.equal((await sam.request('set', { topic, desc: change('assigned') })).code, 200, 'who can take it, though');
    await reaches(back, topic, 'assigned', sam.user);
    await back.waitPres({ topic, what: 'acs', tgt: sam.user });
    await sam.attach(topic);
    await sam.say(topic, 'I am');
    await back.waitData(topic, 3);
  });

  test('resolved is closed; the next message opens it again, for the same agent', async (t) => {
    const { url } = await newGateway(t);
    const mei = await onDuty(url, 'mei');
    const { visitor, topic } = await newConversation(url);
    await reaches(visitor, topic, 'assigned', mei.user);
    const sam = await onDuty(url, 'sam');
    await mei.attach(topic);
    assert.equal((await mei.request('set', { topic, desc: change('resolved') })).code, 200);
    assert.equal((await mei.request('set', { topic, desc: change('resolved') })).code, 304);
    const closed = await status(visitor, topic);
    assert.deepEqual([closed.phase, closed.agent, closed.waitingSince], ['resolved', undefined, undefined]);
    await visitor.waitPres({ topic, what: 'upd' });
    await mei.say(topic, 'one more thing');
    assert.equal((await status(visitor, topic)).phase, 'resolved', 'the agent’s word does not open it');
    await visitor.say(topic, 'thanks, but');
    await reaches(visitor, topic, 'assigned', mei.user);
    assert.ok((await status(visitor, topic)).waitingSince);
    await sam.settle();
    assert.deepEqual(
      sam.press().filter(({ what }) => what === 'acs'),
      [],
    );
  });

  test('handing over, giving up, and what can not be', async (t) => {
    const { url } = await newGateway(t);
    const mei = await onDuty(url, 'mei');
    const { visitor, topic } = await newConversation(url);
    await reaches(visitor, topic, 'assigned', mei.user);
    const sam = await onDuty(url, 'sam');
    const ask = async (agent: TestClient, phase: string, who?: string): Promise<number> =>
      (await agent.request('set', { topic, desc: change(phase, who) })).code;
    assert.equal(await ask(mei, 'assigned'), 304);
    assert.equal(await ask(mei, 'assigned', visitor.user), 422);
    assert.equal(await ask(mei, 'assigned', 'usrNobodyNobody'), 422);
    assert.equal(await ask(mei, 'queued'), 400);
    assert.equal(await ask(mei, 'assigned', sam.user), 200);
    await reaches(visitor, topic, 'assigned', sam.user);
    await mei.attach(topic);
    assert.equal((await mei.request('pub', { topic, content: 'x' })).code, 403, 'reads on, writes no more');
    assert.equal((await sam.request('leave', { topic, unsub: true })).code, 200);
    await reaches(visitor, topic, 'assigned', mei.user);
    const quiet = await TestClient.visitor(url);
    const unwritten = await quiet.open();
    assert.equal((await mei.request('set', { topic: unwritten, desc: change('assigned') })).code, 409);
  });

  test('capacity is kept when many come at once', async (t) => {
    const { url } = await newGateway(t, { agentCapacity: 3 });
    const mei = await onDuty(url, 'mei');
    const all = await Promise.all(Array.from({ length: 12 }, () => newConversation(url)));
    await mei.wait('three', () => (mei.press().filter(({ what }) => what === 'acs').length >= 3 ? true : undefined));
    await mei.settle();
    const phases = await Promise.all(all.map(async ({ visitor, topic }) => (await status(visitor, topic)).phase));
    assert.equal(phases.filter((phase) => phase === 'assigned').length, 3);
    assert.equal(phases.filter((phase) => phase === 'queued').length, 9);
  });
});
