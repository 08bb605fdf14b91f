// get data, del: pages, ranges, and what in place of a message says that there is none.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GetData } from '../../src/protocol/client-packet.ts';
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
    const topic = await visitor.open();
    for (const text of ['one', 'two', 'three']) await visitor.say(topic, text);
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    await agent.say(topic, 'CANARY wrong window');
    await visitor.waitData(topic, 4);
    visitor.packets.length = 0;
    const del = await agent.request('del', { topic, what: 'msg', hard: true, delseq: [{ low: 2 }, { low: 4, hi: 9 }] });
    assert.deepEqual([del.code, del.params], [200, { del: 1 }]);
    const pres = await visitor.waitPres({ topic, src: agent.user, what: 'del' });
    assert.equal(pres.clear, 1);
    assert.deepEqual(pres.delseq, [
      { low: 2, hi: 3 },
      { low: 4, hi: 5 },
    ]);
    assert.deepEqual(await ask(visitor, topic, {}), [[3, 1], '2-3 4-5', 208]);
    assert.deepEqual(await ask(visitor, topic, { since: 4 }), [[], '4-5', 208]);
    assert.doesNotMatch(JSON.stringify(visitor.packets), /CANARY/);
    const log = visitor.send('get', { topic, what: 'del', del: { since: 1 } });
    assert.deepEqual((await visitor.waitMeta(log, 'del')).del, {
      clear: 1,
      delseq: [
        { low: 2, hi: 3 },
        { low: 4, hi: 5 },
      ],
    });
    const desc = visitor.send('get', { topic, what: 'desc' });
    assert.equal((await visitor.waitMeta(desc, 'desc')).desc?.clear, 1);
  });

  test('a visitor deletes for themselves alone, whatever they ask', async (t) => {
    const { url } = await newGateway(t, { limits });
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url);
    const tab = await TestClient.token(url, visitor.token);
    const topic = await visitor.open();
    await tab.attach(topic);
    await visitor.say(topic, 'one');
    await visitor.say(topic, 'two');
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    agent.packets.length = 0;
    assert.equal((await visitor.request('del', { topic, hard: true, delseq: [{ low: 1 }] })).code, 200);
    await tab.waitPres({ topic, what: 'del' });
    assert.deepEqual(await ask(visitor, topic, {}), [[2], '1-2', 208]);
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
    await slow.waitPres({ topic, what: 'del', delseq: [{ low: 70 }] });
    assert.doesNotMatch(JSON.stringify(slow.packets), /CANARY/);
  });
});
