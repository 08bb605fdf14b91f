// pub: stored once, numbered without gaps, answered after the disk, told to the others.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { Json } from '../../src/protocol/json.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { Ctrl } from '../../src/protocol/server-packet.ts';
import { systemClock } from '../../src/gateway/clock.ts';
import { createLog } from '../../src/gateway/log.ts';
import { moderateByWords } from '../../src/gateway/moderation.ts';
import { until } from '../support/until.ts';
import { newFolder, newGateway, PASSWORD } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

const FAST = { visitorPubs: { perSecond: 1e6, burst: 1e6 }, packets: { perSecond: 1e6, burst: 1e6 } };

describe('a repeated msgid', () => {
  test('gets the first seqid: on the same link, another one, after a restart; nobody hears it twice', async (t) => {
    const dataDir = await newFolder();
    const gateway = await newGateway(t, { dataDir });
    const one = await TestClient.visitor(gateway.url);
    const topic = await one.open();
    const two = await TestClient.token(gateway.url, one.token);
    await two.attach(topic);
    const pub = { topic, content: 'once', noecho: true, head: { 'x-kefu-msgid': msgid(7) } };
    const first = await one.request('pub', pub);
    assert.deepEqual([first.code, first.params?.['seq'], first.params?.['dup']], [202, 1, undefined]);
    const again = await one.request('pub', { ...pub, content: 'another body changes nothing' });
    assert.deepEqual([again.code, again.params, again.ts], [202, { seq: 1, dup: true }, first.ts]);
    const other = await two.request('pub', pub);
    assert.deepEqual(other.params, { seq: 1, dup: true });
    assert.equal(await one.say(topic, 'next', msgid(8)), 2);
    await two.waitData(topic, 2);
    assert.deepEqual(
      two.data(topic).map(({ seq, content }) => [seq, content]),
      [
        [1, 'once'],
        [2, 'next'],
      ],
    );
    assert.deepEqual(one.data(topic), [], 'noecho');
    await gateway.close();

    const restarted = await newGateway(t, { dataDir });
    const later = await TestClient.token(restarted.url, one.token);
    await later.attach(topic);
    assert.deepEqual((await later.request('pub', pub)).params, { seq: 1, dup: true });
    assert.equal(await later.say(topic, 'after', msgid(9)), 3);
  });

  test('with another body changes nothing, and is logged by the first digits of its msgid', async (t) => {
    const lines: string[] = [];
    const log = createLog('warn', systemClock, (line) => lines.push(line) > 0);
    const { url } = await newGateway(t, { log });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const id = '0123456789abcdef0123456789abcdef';
    assert.equal(await visitor.say(topic, 'first', id), 1);
    assert.equal(await visitor.say(topic, 'first', id), 1);
    assert.deepEqual(lines, []);
    assert.equal(await visitor.say(topic, 'CANARY', id), 1);
    const page = visitor.send('get', { topic, what: 'data' });
    await visitor.answer(page);
    assert.deepEqual(
      visitor.data(topic).map(({ content }) => content),
      ['first'],
    );
    const [line = '', ...others] = lines;
    assert.deepEqual(others, []);
    assert.match(line, /"code":"msgid-reused".*"msgid":"01234567"/);
    for (const secret of ['CANARY', id, topic]) assert.ok(!line.includes(secret), line);
  });

  test('sent many times at once is one message', async (t) => {
    const { url } = await newGateway(t, { limits: FAST });
    const one = await TestClient.visitor(url);
    const topic = await one.open();
    const links = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const link = await TestClient.token(url, one.token);
        await link.attach(topic);
        return link;
      }),
    );
    const head = { 'x-kefu-msgid': msgid(1) };
    const ctrls = await Promise.all(
      links.flatMap((link) => [1, 2, 3].map(() => link.request('pub', { topic, content: 'x', head }))),
    );
    assert.deepEqual(new Set(ctrls.map(({ params }) => params?.['seq'])), new Set([1]));
    assert.equal(ctrls.filter(({ params }) => params?.['dup'] === true).length, ctrls.length - 1);
    assert.equal(await one.say(topic, 'next'), 2);
  });

  test('two equal texts are two messages', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    assert.equal(await visitor.say(topic, 'hello?', msgid(1)), 1);
    assert.equal(await visitor.say(topic, 'hello?', msgid(2)), 2);
  });
});

describe('order', () => {
  test('the messages of one sender get seqids in the order of sending; a refusal stops none', async (t) => {
    const { url } = await newGateway(t, { limits: FAST });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const ids = Array.from({ length: 200 }, (_, n) =>
      visitor.send('pub', {
        topic,
        content: n % 10 === 3 ? 'x'.repeat(LIMITS.textCodePoints + 1) : `m${n}`,
        head: { 'x-kefu-msgid': msgid(n) },
      }),
    );
    const ctrls = await Promise.all(ids.map((id) => visitor.answer(id)));
    const refused = ctrls.filter(({ code }) => code === 413);
    assert.equal(refused.length, 20);
    const seqs = ctrls.filter(({ code }) => code === 202).map(({ params }) => params?.['seq']);
    assert.deepEqual(
      seqs,
      Array.from({ length: 180 }, (_, n) => n + 1),
    );
    await visitor.waitData(topic, 180);
    assert.deepEqual(
      visitor.data(topic).map(({ seq }) => seq),
      seqs,
      'the echo comes in the same order',
    );
  });

  test('fifty senders at once: contiguous, each in its own order, everybody sees the same', async (t) => {
    const { url } = await newGateway(t, { limits: FAST });
    const owner = await TestClient.visitor(url);
    const topic = await owner.open();
    const links = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const link = await TestClient.token(url, owner.token);
        await link.attach(topic);
        return link;
      }),
    );
    const each = 10;
    const total = links.length * each;
    const sent = await Promise.all(
      links.map((link, n) =>
        Promise.all(
          Array.from({ length: each }, (_, m) =>
            link.request('pub', { topic, content: `${n}:${m}`, head: { 'x-kefu-msgid': msgid(n * 1_000 + m) } }),
          ),
        ),
      ),
    );
    const seqs = sent.map((ctrls) => ctrls.map(({ params }) => Number(params?.['seq'])));
    for (const own of seqs)
      assert.deepEqual(
        own,
        own.toSorted((a, b) => a - b),
      );
    const wanted = Array.from({ length: total }, (_, n) => n + 1);
    assert.deepEqual(
      seqs.flat().sort((a, b) => a - b),
      wanted,
    );
    for (const link of links) {
      await link.waitData(topic, total);
      assert.deepEqual(
        link.data(topic).map(({ seq }) => seq),
        wanted,
      );
    }
  });
});

describe('what is not taken', () => {
  test('without attaching, too long, too large, without content', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    let asked = 0;
    const code = async (body: { content?: unknown; head?: object }): Promise<number> => {
      const id = `x${(asked += 1)}`;
      visitor.raw(JSON.stringify({ pub: { id, topic, ...body } }));
      return (await visitor.answer(id)).code;
    };
    assert.equal(await code({ content: '中'.repeat(2_731) }), 413);
    assert.equal(await code({ content: { txt: 'x'.repeat(5_001) } }), 413);
    assert.equal(await code({ content: 'x', head: { a: 'y'.repeat(5_000) } }), 413);
    assert.equal(await code({}), 400);
    assert.equal(await code({ content: null }), 400);
    assert.equal(await code({ content: 'x'.repeat(5_000) }), 202);
    await visitor.request('leave', { topic });
    assert.equal(await code({ content: 'x' }), 409);
  });

  test('what only the gateway may say is dropped from the head, the rest of the head stays as it is', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const head = {
      sender: 'usrSomebodyElse',
      'x-kefu-system': { what: 'resolved' },
      'x-kefu-recalled': 'usrSomebodyElse',
      mime: 'text/x-drafty',
      'x-own': { deep: [1, { a: null }] },
    };
    await visitor.request('pub', { topic, content: { txt: 'x' }, head });
    const { head: stored } = await visitor.waitData(topic, 1);
    assert.deepEqual(stored, { mime: 'text/x-drafty', 'x-own': { deep: [1, { a: null }] } });
  });

  test('without an id there is no answer', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const before = visitor.ctrls().length;
    visitor.raw(JSON.stringify({ pub: { topic, content: 'silent' } }));
    await visitor.waitData(topic, 1);
    assert.equal(visitor.ctrls().length, before);
  });

  test('words: refused with a reason, or accepted without a number; again when sent again', async (t) => {
    const dataDir = await newFolder();
    const moderate = moderateByWords('# comment\nBad Thing\nhide: whisper\n');
    const gateway = await newGateway(t, { moderate, dataDir });
    const visitor = await TestClient.visitor(gateway.url);
    const topic = await visitor.open();
    const reader = await TestClient.token(gateway.url, visitor.token);
    await reader.attach(topic);
    const pub = async (link: TestClient, n: number, content: Json): Promise<readonly unknown[]> => {
      const body = { topic, content, noecho: true, head: { 'x-kefu-msgid': msgid(n) } };
      const { code, params } = await link.request('pub', body);
      return [code, params];
    };
    for (let n = 0; n < 2; n += 1) {
      assert.deepEqual(await pub(visitor, 1, 'a BAD thing!'), [422, { reason: 'words' }]);
      assert.deepEqual(await pub(visitor, 2, { txt: 'I Whisper' }), [202, undefined]);
    }
    assert.deepEqual(await pub(visitor, 3, 'good'), [202, { seq: 1 }]);
    assert.equal((await reader.waitData(topic, 1)).content, 'good');
    assert.equal(reader.data().length, 1);
    await gateway.close();

    // An answer was lost, and the list has grown.
    const stricter = await newGateway(t, { moderate: moderateByWords('good'), dataDir });
    const again = await TestClient.token(stricter.url, visitor.token);
    await again.attach(topic);
    assert.deepEqual(await pub(again, 3, 'good'), [202, { seq: 1, dup: true }], 'others have seen it');
    assert.deepEqual(await pub(again, 4, 'good'), [422, { reason: 'words' }]);
    assert.deepEqual(await pub(again, 2, { txt: 'I Whisper' }), [202, undefined], 'the sender has been told so');
    assert.deepEqual(await pub(again, 5, 'fine'), [202, { seq: 2 }]);
  });

  test('without content and with a msgid: asks what became of it, and stores nothing', async (t) => {
    const { url } = await newGateway(t, { moderate: moderateByWords('bad\nhide: whisper') });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const pub = async (n: number, content: Json): Promise<readonly unknown[]> => {
      const { code, params, ts } = await visitor.request('pub', {
        topic,
        content,
        head: { 'x-kefu-msgid': msgid(n) },
      });
      return [code, params?.['seq'], params?.['dup'], ts];
    };
    const [, , , at] = await pub(1, 'stored');
    const [, , , hiddenAt] = await pub(2, 'whisper');
    await pub(3, 'bad');
    assert.deepEqual(await pub(1, null), [202, 1, true, at]);
    assert.deepEqual(await pub(2, null), [202, undefined, undefined, hiddenAt]);
    for (const n of [3, 4]) assert.equal((await pub(n, null))[0], 404);
    assert.equal((await visitor.request('pub', { topic, content: null })).code, 400, 'about nothing');
    assert.equal(await visitor.say(topic, 'next', msgid(4)), 2);
  });

  test('a disk that does not keep up: 503 with a time to wait, in order when it goes on, nothing lost', async (t) => {
    const dataDir = await newFolder();
    const { url, store } = await newGateway(t, { dataDir, limits: { ...FAST, backlogMs: 50 } });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    const pub = (n: number): Promise<Ctrl> =>
      visitor.request('pub', { topic, content: `m${n}`, noecho: true, head: { 'x-kefu-msgid': msgid(n) } });
    const blocker = new DatabaseSync(join(dataDir, 'kefu.db'));
    blocker.exec('begin immediate');
    const first = pub(1);
    await until('the disk is behind', () => store.backlog().ms > 50);
    const [second, third] = await Promise.all([pub(2), pub(3)]);
    for (const { code, params } of [second, third]) {
      assert.equal(code, 503);
      assert.ok(Number(params?.['retryAfter']) >= 1_000);
    }
    blocker.exec('commit');
    blocker.close();
    assert.equal((await first).params?.['seq'], 1);
    assert.equal((await pub(4)).code, 503, 'the second one was first');
    assert.equal((await pub(2)).params?.['seq'], 2);
    assert.equal((await pub(3)).params?.['seq'], 3);
  });
});

describe('notes between agents', () => {
  test('are numbered, reach agents, and leave the visitor a gap that is told, never content', async (t) => {
    const { url } = await newGateway(t);
    const agent = await TestClient.login(url, 'mei', PASSWORD);
    await agent.request('sub', { topic: 'me' });
    const visitor = await TestClient.visitor(url);
    const topic = await visitor.open();
    await visitor.say(topic, 'hello');
    await agent.waitPres({ topic: 'me', src: topic, what: 'acs' });
    await agent.attach(topic);
    const other = await TestClient.login(url, 'sam', PASSWORD);
    await other.attach(topic);
    const away = await TestClient.token(url, visitor.token);
    await away.request('sub', { topic: 'me' });

    const note = await agent.request('pub', { topic, content: 'CANARY rude', head: { 'x-kefu-note': true } });
    assert.equal(note.params?.['seq'], 2);
    assert.equal((await other.waitData(topic, 2)).content, 'CANARY rude');
    await visitor.waitPres({ topic, src: agent.user, what: 'del', delseq: [{ low: 2 }] });
    await agent.say(topic, 'good day');
    await visitor.waitData(topic, 3);
    const id = visitor.send('get', { topic, what: 'data' });
    assert.equal((await visitor.answer(id)).params?.['count'], 2);
    assert.deepEqual((await visitor.waitMeta(id, 'del')).del, { delseq: [{ low: 2, hi: 3 }] });
    const status = visitor.send('get', { topic, what: 'desc sub del' });
    await visitor.waitMeta(status, 'desc');
    await visitor.settle();
    await away.waitPres({ topic: 'me', src: topic, what: 'msg', seq: 3 });
    assert.deepEqual(
      away.press().filter(({ what, seq }) => what === 'msg' && seq === 2),
      [],
      'no word of it on me either',
    );
    assert.doesNotMatch(JSON.stringify([visitor.packets, away.packets]), /CANARY/);
  });
});
