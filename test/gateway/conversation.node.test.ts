// The main job over real sockets: a visitor and an agent talk.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { statusOf } from '../../src/protocol/conversation.ts';
import { newGateway, PASSWORD } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

describe('a visitor and an agent', () => {
  test('talk: message, answer, receipts, typing, presence', async (t) => {
    const { url } = await newGateway(t);
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url, 'Vera');
    const id = visitor.send('sub', {
      topic: 'newfirst',
      set: { tags: ['channel:shop'], desc: { public: { fn: 'Order 12' } } },
      get: { what: 'desc sub data' },
    });
    const ctrl = await visitor.answer(id);
    assert.equal(ctrl.code, 200);
    assert.equal(ctrl.params?.['tmpname'], 'newfirst');
    assert.deepEqual(ctrl.params['acs'], { want: 'JRWP', given: 'JRWP', mode: 'JRWP' });
    const topic = ctrl.topic ?? '';
    assert.match(topic, /^grp[\w-]{22}$/);
    const { desc } = await visitor.waitMeta(id, 'desc');
    assert.deepEqual(desc?.public, { fn: 'Order 12' });
    assert.deepEqual(statusOf(desc.trusted), { phase: 'new', channel: 'shop', visitor: visitor.user });

    const seq = await visitor.say(topic, 'Is it still there?', msgid(1));
    assert.equal(seq, 1);
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs', tgt: agent.user });
    await visitor.waitPres({ topic, src: agent.user, what: 'acs' });
    await visitor.waitPres({ topic, what: 'upd' });

    const list = agent.send('get', { topic: 'me', what: 'sub' });
    const entry = (await agent.waitMeta(list, 'sub')).sub?.[0];
    assert.equal(entry?.topic, topic);
    assert.equal(entry.seq, 1);
    assert.equal(entry.read, undefined, 'the agent has read nothing yet');
    assert.equal(entry.online, true);
    const status = statusOf(entry.trusted);
    assert.equal(status?.phase, 'assigned');
    assert.equal(status.agent, agent.user);
    assert.ok(status.waitingSince);

    const attach = agent.send('sub', { topic, get: { what: 'desc sub data', data: { limit: 24 } } });
    const attached = await agent.answer(attach);
    assert.equal(attached.code, 200);
    assert.deepEqual(attached.params?.['acs'], { want: 'JRWPASD', given: 'JRWPASD', mode: 'JRWPASD' });
    const first = await agent.waitData(topic, 1);
    assert.equal(first.content, 'Is it still there?');
    assert.equal(first.from, visitor.user);
    assert.equal(first.head?.['x-kefu-msgid'], msgid(1));
    const members = (await agent.waitMeta(attach, 'sub')).sub ?? [];
    assert.deepEqual(members.map((member) => member.public?.['fn']).sort(), ['Mei Lin', 'Vera']);

    agent.note(topic, 'read', 1);
    await visitor.waitInfo({ topic, from: agent.user, what: 'read', seq: 1 });
    agent.note(topic, 'kp');
    await visitor.waitInfo({ topic, from: agent.user, what: 'kp' });
    assert.equal(await agent.say(topic, 'It is.', msgid(2)), 2);
    const answer = await visitor.waitData(topic, 2);
    assert.equal(answer.content, 'It is.');
    await agent.waitInfo({ topic, from: visitor.user, what: 'recv', seq: 2 });

    const again = visitor.send('get', { topic, what: 'desc' });
    const later = (await visitor.waitMeta(again, 'desc')).desc;
    assert.equal(statusOf(later?.trusted)?.waitingSince, undefined, 'answered');
    assert.equal(later?.seq, 2);
    assert.equal(later.online, true);

    await agent.close();
    await visitor.waitPres({ topic, src: agent.user, what: 'off' });
  });
});

describe('a question', () => {
  test('of ours is always answered by a ctrl; stock clients get the parts and nothing else, as from Tinode', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    for (const get of [
      { topic, what: 'desc sub' },
      { topic, what: 'sub' },
      { topic: 'me', what: 'desc sub' },
    ]) {
      const id = visitor.send('get', get);
      const { code, topic: of } = await visitor.answer(id);
      assert.deepEqual([code, of], [200, get.topic]);
      assert.ok(visitor.metas().some((meta) => meta.id === id));
    }
    const data = visitor.send('get', { topic, what: 'desc data' });
    assert.equal((await visitor.answer(data)).code, 204);
    await visitor.settle();
    assert.equal(visitor.ctrls().filter(({ id }) => id === data).length, 1);
    const stock = await TestClient.token(url, visitor.token, { kefu: false });
    await stock.attach(topic);
    const desc = stock.send('get', { topic, what: 'desc sub' });
    await stock.waitMeta(desc, 'sub');
    await stock.settle();
    assert.equal(stock.ctrls().filter(({ id }) => id === desc).length, 0);
  });
});
