// Who may do what, where. What is not yours does not exist.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Ctrl } from '../../src/protocol/server-packet.ts';
import { newGateway, PASSWORD } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

const UNKNOWN = 'grpAAAAAAAAAAAAAAAAAAAAAA';

/** What an answer tells, without what differs by nature. */
const told = ({ code, text, params }: Ctrl): unknown => ({ code, text, params });

describe('another visitor’s conversation', () => {
  test('is told from one that does not exist by no answer', async (t) => {
    const { url } = await newGateway(t);
    const owner = await TestClient.visitor(url, 'Owner');
    const topic = await owner.open();
    await owner.say(topic, 'secret');
    const stranger = await TestClient.visitor(url, 'Stranger');
    const asks = (name: string): Promise<Ctrl>[] => [
      stranger.request('sub', { topic: name }),
      stranger.request('sub', { topic: name, get: { what: 'desc sub data del' } }),
      stranger.request('get', { topic: name, what: 'desc' }),
      stranger.request('get', { topic: name, what: 'sub' }),
      stranger.request('get', { topic: name, what: 'data' }),
      stranger.request('get', { topic: name, what: 'del' }),
      stranger.request('pub', { topic: name, content: 'x' }),
      stranger.request('set', { topic: name, desc: { public: { fn: 'x' } } }),
      stranger.request('set', { topic: name, desc: { trusted: { 'x-kefu': { phase: 'resolved' } } } }),
      stranger.request('set', { topic: name, sub: { user: stranger.user, mode: 'JRWP' } }),
      stranger.request('del', { topic: name, delseq: [{ low: 1 }] }),
      stranger.request('leave', { topic: name }),
      stranger.request('leave', { topic: name, unsub: true }),
    ];
    const theirs = await Promise.all(asks(topic));
    const nobodys = await Promise.all(asks(UNKNOWN));
    assert.deepEqual(theirs.map(told), nobodys.map(told));
    assert.ok(theirs.every(({ code }) => code === 404 || code === 409 || code === 304));
    for (const what of ['read', 'recv', 'kp']) {
      stranger.note(topic, what, 1);
      stranger.note(UNKNOWN, what, 1);
    }
    await stranger.settle();
    assert.equal(stranger.data().length, 0);
    assert.equal(stranger.metas().filter((meta) => meta.topic !== 'me').length, 0);
    await owner.settle();
    assert.equal(owner.infos().length, 0, 'and the owner hears nothing of it');
    assert.doesNotMatch(JSON.stringify(stranger.packets), /secret/);
  });

  test('names that are none are not found either', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    for (const topic of ['grp', 'usrAAAAAAAAAAAAAA', 'fnd', 'sys', 'new', '../me', 'grp' + 'x'.repeat(500)])
      assert.equal((await visitor.request('sub', { topic })).code, 404, topic.slice(0, 20));
  });
});

describe('roles', () => {
  test('agents look into every conversation and write in their own', async (t) => {
    const { url } = await newGateway(t, { agentCapacity: 1 });
    const mei = await TestClient.login(url, 'mei', PASSWORD);
    await mei.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    await visitor.say(topic, 'hello');
    await mei.waitPres({ topic: 'me', src: topic, what: 'acs' });
    const sam = await TestClient.login(url, 'sam', PASSWORD);
    const attached = await sam.attach(topic);
    assert.deepEqual(attached.params?.['acs'], { want: 'JRP', given: 'JRP', mode: 'JRP' });
    assert.equal((await sam.request('pub', { topic, content: 'x' })).code, 403);
    const seen = sam.send('get', { topic, what: 'data' });
    assert.equal((await sam.answer(seen)).params?.['count'], 1);
    sam.note(topic, 'read', 1);
    sam.note(topic, 'kp');
    await sam.settle();
    await visitor.settle();
    assert.deepEqual(
      visitor.infos().filter(({ from }) => from === sam.user),
      [],
      'an onlooker leaves no receipts',
    );
    assert.equal((await sam.request('sub', { topic: 'newmine' })).code, 403, 'only visitors open conversations');
  });

  test('visitors own nothing', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    await visitor.say(topic, 'hello');
    const codes = [
      await visitor.request('set', { topic, desc: { trusted: { 'x-kefu': { phase: 'resolved' } } } }),
      await visitor.request('set', { topic, sub: { user: 'usrAAAAAAAAAAAAAA', mode: 'JRWP' } }),
      await visitor.request('del', { topic, what: 'topic' }),
      await visitor.request('del', { topic, what: 'sub', user: 'usrAAAAAAAAAAAAAA' }),
      await visitor.request('leave', { topic, unsub: true }),
      await visitor.request('pub', { topic, content: 'x', head: { 'x-kefu-note': true } }),
    ].map(({ code }) => code);
    assert.deepEqual(codes, [403, 403, 403, 403, 403, 403]);
    assert.equal((await visitor.request('set', { topic, desc: { public: { fn: 'Order 7' } } })).code, 200);
    const id = visitor.send('get', { topic, what: 'desc' });
    assert.deepEqual((await visitor.waitMeta(id, 'desc')).desc?.public, { fn: 'Order 7' });
  });

  test('a visitor attaches to four conversations, the next is refused for good', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const topics = [];
    for (let n = 0; n < 4; n += 1) topics.push(await visitor.open(`k${n}`));
    assert.equal(new Set(topics).size, 4);
    const fifth = await visitor.request('sub', { topic: 'newk4' });
    assert.equal(fifth.code, 422);
    assert.equal(fifth.params?.['reason'], 'subscriptions');
    assert.equal((await visitor.request('leave', { topic: topics[0] ?? '' })).code, 200);
    assert.equal((await visitor.request('sub', { topic: 'newk4' })).code, 200);
  });

  test('a visitor changes only so much; agents are not counted', async (t) => {
    const visitorChanges = { perSecond: 0.001, burst: 4 };
    const { url } = await newGateway(t, { limits: { visitorChanges } });
    const mei = await TestClient.login(url, 'mei', PASSWORD);
    await mei.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url);
    const desc = { public: { fn: 'x' } };
    const topic = await visitor.open();
    const seq = await visitor.say(topic, 'hello');
    const codes = [
      await visitor.request('set', { topic: 'me', desc }),
      await visitor.request('set', { topic, desc }),
      await visitor.request('del', { topic, delseq: [{ low: seq }] }),
      await visitor.request('set', { topic: 'me', desc }),
      await visitor.request('set', { topic, desc }),
      await visitor.request('del', { topic, delseq: [{ low: seq }] }),
      await visitor.request('sub', { topic: 'newother' }),
    ];
    assert.deepEqual(
      codes.map(({ code }) => code),
      [200, 200, 200, 429, 429, 429, 429],
    );
    assert.ok(codes.every(({ code, params }) => code === 200 || Number(params?.['retryAfter']) > 0));
    await mei.waitPres({ topic: 'me', src: topic, what: 'acs' });
    for (let n = 0; n < 6; n += 1) assert.equal((await mei.request('set', { topic, desc })).code, 200);
  });

  test('opening what is there already is no change', async (t) => {
    const { url } = await newGateway(t, { limits: { visitorChanges: { perSecond: 0.001, burst: 2 } } });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    for (let n = 0; n < 4; n += 1) {
      assert.equal((await visitor.request('leave', { topic })).code, 200);
      assert.equal(await visitor.open(), topic);
    }
  });

  test('opening twice gives the same conversation, on any link', async (t) => {
    const { url } = await newGateway(t);
    const one = await TestClient.visitor(url);
    const two = await TestClient.token(url, one.token);
    const [a, b] = await Promise.all([one.open('same'), two.open('same')]);
    assert.equal(a, b);
    assert.equal(await one.open('same'), a);
    assert.equal((await one.request('sub', { topic: a })).code, 304);
    const stranger = await TestClient.visitor(url);
    assert.notEqual(await stranger.open('same'), a, 'the key is the visitor’s own');
  });
});
