// A stock client of Tinode: no msgid, no acks for redelivery, and nothing held against it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerPacket } from '../../src/protocol/server-packet.ts';
import { newGateway } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

const STOCK = { kefu: false, acks: false };

describe('a stock client', () => {
  test('has a whole session', async (t) => {
    const { url } = await newGateway(t);
    const one = await TestClient.visitor(url, 'Stock', STOCK);
    one.raw('1');
    await one.wait('the answer to a probe', () => one.texts[0]);
    const topic = await one.open('1', 'desc sub');
    const two = await TestClient.token(url, one.token, STOCK);
    await two.request('sub', { topic: 'me' });
    await two.request('sub', { topic, get: { what: 'desc sub data del', data: { limit: 24 }, del: {} } });
    const pub = await one.request('pub', { topic, content: { txt: 'hi' }, head: { mime: 'text/x-drafty' } });
    assert.deepEqual([pub.code, pub.params?.['seq']], [202, 1]);
    assert.deepEqual((await one.waitData(topic, 1)).content, { txt: 'hi' }, 'the echo, after the answer');
    const at = (found: (packet: ServerPacket) => boolean): number => one.packets.findIndex(found);
    assert.ok(at((packet) => 'ctrl' in packet && packet.ctrl.code === 202) < at((packet) => 'data' in packet));
    await two.waitData(topic, 1);
    two.note(topic, 'recv', 1);
    two.note(topic, 'read', 1);
    assert.equal((await two.request('leave', { topic })).code, 200);
  });

  test('its packet sent again is the same message; the same text later is another', async (t) => {
    const { url } = await newGateway(t);
    const one = await TestClient.visitor(url, 'Stock', STOCK);
    const topic = await one.open();
    const frame = (id: string, content: string): string => JSON.stringify({ pub: { id, topic, content } });
    one.raw(frame('77', 'once'));
    one.raw(frame('77', 'once'));
    const ctrls = await one.wait('two answers', () => {
      const found = one.ctrls().filter(({ id }) => id === '77');
      return found.length === 2 ? found : undefined;
    });
    assert.deepEqual(
      ctrls.map(({ params }) => params?.['seq']),
      [1, 1],
    );
    one.raw(frame('78', 'once'));
    await one.waitData(topic, 2);
    assert.deepEqual(
      one.data(topic).map(({ seq }) => seq),
      [1, 2],
    );
    const again = await TestClient.token(url, one.token, STOCK);
    await again.attach(topic);
    again.raw(frame('78', 'once'));
    assert.deepEqual((await again.answer('78')).params, { seq: 2, dup: true });
  });

  test('is pushed to without a window, and never cut for missing acks', async (t) => {
    const { url } = await newGateway(t, {
      limits: { repushMs: 10, giveUpMs: 20, visitorPubs: { perSecond: 1e6, burst: 1e6 } },
    });
    const one = await TestClient.visitor(url, 'Stock', STOCK);
    const topic = await one.open();
    for (let n = 0; n < 200; n += 1) one.send('pub', { topic, content: `m${n}` });
    await one.waitData(topic, 200);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(one.closeCode, undefined);
    assert.deepEqual(
      one.data(topic).map(({ seq }) => seq),
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
  });
});
