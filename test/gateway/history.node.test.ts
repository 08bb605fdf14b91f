// get data, del: pages, ranges, and what in place of a message says that there is none.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GetData } from '../../src/protocol/client-packet.ts';
import { findsOf } from '../../src/protocol/find.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { newGateway, PASSWORD } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

const limits = { visitorPubs: { perSecond: 1e6, burst: 1e6 } };

/** What came for one `get data`: seqids in the order of coming, tombstones, the code of the end. */
async function ask(client: TestClient, topic: string, data: GetData): Promise<[number[], string, number]> {
  client.packets.length = 0;
  const id = client.send('get', { topic, what: 'data', data });
  const end = await client.answer(id);
  const meta = client.metas().find((one) => one.id === id && one.del);
  const delseq = (meta?.del?.delseq ?? []).map(({ low, hi }) => `${low}-${hi ?? low + 1}`).join(' ');
  const seqs = client.data(topic).map(({ seq }) => seq);
  assert.equal(end.params?.['what'], 'data');
  if (end.code === 208) assert.equal(end.params['count'], seqs.length);
  return [seqs, delseq, end.code];
}

describe('history', () => {
  test('windows, pages and ranges, newest first, at most a hundred', async (t) => {
    const { url } = await newGateway(t, { limits });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    assert.deepEqual(await ask(visitor, topic, { limit: 10 }), [[], '', 204], 'nothing yet');
    for (let n = 1; n <= 120; n += 1) visitor.send('pub', { topic, content: `m${n}`, noecho: true });
    await visitor.say(topic, 'last');
    assert.deepEqual(await ask(visitor, topic, { since: 2, before: 6, limit: 2 }), [[5, 4], '', 208]);
    assert.deepEqual(await ask(visitor, topic, { since: 119 }), [[121, 120, 119], '', 208]);
    assert.deepEqual(await ask(visitor, topic, { since: 122 }), [[], '', 204]);
    assert.deepEqual(await ask(visitor, topic, { ranges: [{ low: 1 }, { low: 3, hi: 5 }] }), [[4, 3, 1], '', 208]);
    const [all] = await ask(visitor, topic, { limit: 1_000 });
    assert.deepEqual([all.length, all[0], all.at(-1)], [100, 121, 22]);
    const ranges = Array.from({ length: 150 }, (_, n) => ({ low: 2 * n + 1 }));
    visitor.packets.length = 0;
    assert.equal((await visitor.request('get', { topic, what: 'data', data: { ranges } })).code, 400);
  });

  test('deleted for everyone: gone from the store, a tombstone for the others, live and later', async (t) => {
    const { url } = await newGateway(t, { limits });
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url);
    const stock = await TestClient.connect(url, { kefu: false });
    const topic = await visitor.open();
    await stock.request('login', { scheme: 'token', secret: visitor.token });
    await stock.attach(topic);
    for (const text of ['one', 'two', 'three']) await visitor.say(topic, text);
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    await agent.say(topic, 'CANARY wrong window');
    for (const client of [visitor, stock]) {
      await client.waitData(topic, 4);
      client.packets.length = 0;
    }
    const del = await agent.request('del', { topic, what: 'msg', hard: true, delseq: [{ low: 2 }, { low: 4, hi: 9 }] });
    assert.deepEqual([del.code, del.params], [200, { del: 1 }]);
    const delseq = [
      { low: 2, hi: 3, by: agent.user },
      { low: 4, hi: 5, by: agent.user },
    ];
    for (const client of [visitor, stock]) {
      const pres = await client.waitPres({ topic, src: agent.user, what: 'del' });
      assert.equal(pres.clear, 1);
      assert.deepEqual(pres.delseq, delseq);
    }
    assert.deepEqual(await ask(stock, topic, {}), [[3, 1], '2-3 4-5', 208]);
    assert.deepEqual(await ask(stock, topic, { since: 4 }), [[], '4-5', 208]);
    assert.deepEqual(await ask(visitor, topic, {}), [[4, 3, 2, 1], '', 208]);
    const [, , second] = visitor.data(topic);
    assert.deepEqual(
      [second?.from, second?.head, second?.content],
      [visitor.user, { 'x-kefu-recalled': agent.user }, undefined],
      'a tombstone, where the sender and the time of the message stay',
    );
    for (const client of [visitor, stock]) {
      assert.doesNotMatch(JSON.stringify(client.packets), /CANARY/);
      const log = client.send('get', { topic, what: 'del', del: { since: 1 } });
      assert.deepEqual((await client.waitMeta(log, 'del')).del, { clear: 1, delseq });
      const desc = client.send('get', { topic, what: 'desc' });
      assert.equal((await client.waitMeta(desc, 'desc')).desc?.clear, 1);
    }
  });

  test('who has just written a message may take it back', async (t) => {
    const { url, store } = await newGateway(t, { limits });
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    await visitor.say(topic, 'CANARY of mine');
    await visitor.request('pub', { topic, content: 'CANARY again', head: { replace: ':1' } });
    await visitor.say(topic, 'stays');
    await agent.request('sub', { topic: 'me' });
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    await agent.say(topic, 'of the agent');
    const hard = async (client: TestClient, low: number, hi = low + 1): Promise<unknown> => {
      const { code, params } = await client.request('del', { topic, hard: true, delseq: [{ low, hi }] });
      return [code, params?.['reason']];
    };
    assert.deepEqual(await hard(visitor, 4), [422, 'too late'], 'not theirs');
    assert.deepEqual(await hard(visitor, 3, 5), [422, 'too late'], 'not all of it');
    agent.packets.length = 0;
    assert.deepEqual(await hard(visitor, 1, 3), [200, undefined]);
    assert.deepEqual(await hard(visitor, 1, 3), [200, undefined], 'once more is as good');
    const by = visitor.user;
    assert.deepEqual(
      (await agent.waitPres({ what: 'del', clear: 1 })).delseq,
      [
        { low: 1, hi: 2, by },
        { low: 2, hi: 3 },
      ],
      'a newer version leaves nothing',
    );
    assert.deepEqual(await ask(agent, topic, {}), [[4, 3, 1], '2-3', 208]);
    assert.doesNotMatch(JSON.stringify(agent.packets), /CANARY/);

    const at = Date.now() - LIMITS.recallMs - 1;
    await store.openConversation({
      topic: 'grpOldOldOldOld',
      visitor: by,
      key: 'old',
      channel: 'web',
      public: undefined,
      at,
    });
    const message = {
      topic: 'grpOldOldOldOld',
      from: by,
      msgid: undefined,
      head: undefined,
      content: '"old"',
      note: false,
      at,
    };
    await store.append(message);
    await visitor.attach('grpOldOldOldOld');
    const late = await visitor.request('del', { topic: 'grpOldOldOldOld', hard: true, delseq: [{ low: 1 }] });
    assert.deepEqual([late.code, late.params], [422, { reason: 'too late' }]);
  });

  test('newer versions go with their message, also those that were not named, and none comes after it', async (t) => {
    const { url, store } = await newGateway(t, { limits });
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url);
    const tab = await TestClient.token(url, visitor.token);
    const topic = await visitor.open();
    await tab.attach(topic);
    const edit = (client: TestClient): string =>
      client.send('pub', { topic, content: 'CANARY better', head: { replace: ':1' } });
    await visitor.say(topic, 'CANARY');
    await visitor.say(topic, 'stays');
    await tab.answer(edit(tab));
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    await visitor.waitData(topic, 3);
    for (const client of [visitor, tab, agent]) client.packets.length = 0;
    // One before it, one right behind it.
    const earlier = edit(visitor);
    const del = visitor.send('del', { topic, hard: true, delseq: [{ low: 1 }] });
    const later = edit(visitor);
    assert.equal((await visitor.answer(earlier)).code, 202);
    assert.equal((await visitor.answer(del)).code, 200);
    const refused = await visitor.answer(later);
    assert.deepEqual([refused.code, refused.params], [404, { reason: 'gone' }]);
    assert.equal((await tab.answer(edit(tab))).code, 404);
    const by = visitor.user;
    for (const client of [visitor, tab, agent])
      assert.deepEqual((await client.waitPres({ topic, what: 'del' })).delseq, [
        { low: 1, hi: 2, by },
        { low: 3, hi: 5 },
      ]);
    agent.packets.length = 0;
    assert.deepEqual(await ask(agent, topic, {}), [[2, 1], '3-5', 208]);
    const found = await agent.request('get', { topic, what: 'find', find: { query: 'canary' } });
    assert.deepEqual(found.params?.['hits'], []);
    assert.doesNotMatch(JSON.stringify(agent.packets), /CANARY/);
    const kept = await store.messages({ topic, low: 1, end: 99 });
    assert.doesNotMatch(JSON.stringify(kept), /CANARY/);
    assert.equal(kept.length, 4);
  });

  test('a find is what a message says now', async (t) => {
    const { url } = await newGateway(t, { limits });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const say = (content: string, head = {}): Promise<unknown> => visitor.request('pub', { topic, content, head });
    await say('the old kettle');
    await say('a new one', { replace: ':1' });
    await say('the last kettle', { replace: ':1' });
    const find = async (query: string): Promise<unknown> => {
      const { params } = await visitor.request('get', { topic, what: 'find', find: { query } });
      return findsOf(params).hits.map(({ seq, text }) => `${seq} ${text}`);
    };
    assert.deepEqual(await find('kettle'), ['1 the last kettle']);
    assert.deepEqual([await find('old'), await find('new')], [[], []]);
  });

  test('nobody can write what only the gateway may say', async (t) => {
    const { url } = await newGateway(t, { limits });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const head = {
      'x-kefu-recalled': 'usrX',
      'x-kefu-system': { act: 'resolved', user: 'usrX' },
      sender: 'usrX',
      reply: '1',
    };
    await visitor.request('pub', { topic, content: 'x', head });
    assert.deepEqual((await visitor.waitData(topic, 1)).head, { reply: '1' });
  });

  test('a stock client deletes for itself alone what it may not delete for everyone', async (t) => {
    const { url } = await newGateway(t, { limits });
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url, 'Vera', { kefu: false });
    const tab = await TestClient.token(url, visitor.token);
    const topic = await visitor.open();
    await tab.attach(topic);
    await visitor.say(topic, 'one');
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    await agent.say(topic, 'two');
    agent.packets.length = 0;
    assert.equal((await visitor.request('del', { topic, hard: true, delseq: [{ low: 2 }] })).code, 200);
    assert.deepEqual((await tab.waitPres({ topic, what: 'del' })).delseq, [{ low: 2, hi: 3 }]);
    assert.deepEqual(await ask(visitor, topic, {}), [[1], '2-3', 208]);
    assert.deepEqual(await ask(agent, topic, {}), [[2, 1], '', 208]);
    assert.deepEqual(agent.press(), []);
  });

  test('what can not be deleted', async (t) => {
    const { url } = await newGateway(t, { limits });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    assert.equal((await visitor.request('del', { topic, delseq: [{ low: 1 }] })).code, 400, 'nothing there');
    await visitor.say(topic, 'one');
    assert.equal((await visitor.request('del', { topic })).code, 400);
    assert.equal((await visitor.request('del', { topic, delseq: [{ low: 5, hi: 2 }] })).code, 400);
    assert.equal((await visitor.request('del', { topic: 'me', delseq: [{ low: 1 }] })).code, 409);
  });

  test('a message that is deleted before it was received never comes', async (t) => {
    const { url } = await newGateway(t, { limits });
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    await visitor.say(topic, 'hello');
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    // Acks nothing, so that the window closes.
    const slow = await TestClient.token(url, visitor.token, { acks: false });
    await slow.attach(topic);
    for (let n = 0; n < 70; n += 1) await visitor.say(topic, n === 68 ? 'CANARY' : `m${n}`);
    await slow.waitData(topic, 65);
    await agent.request('del', { topic, hard: true, delseq: [{ low: 70 }] });
    slow.note(topic, 'recv', 65);
    await slow.waitData(topic, 71);
    assert.deepEqual((await slow.waitData(topic, 70)).head, { 'x-kefu-recalled': agent.user });
    assert.doesNotMatch(JSON.stringify(slow.packets), /CANARY/);
  });
});
