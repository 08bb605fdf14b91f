// The life of a gateway process: kill -9 loses nothing that was acked, and it stops gracefully when asked.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { Data } from '../../src/protocol/server-packet.ts';
import { main, startGateway } from './gateway-process.ts';
import { newFolder, newGateway } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

describe('kill -9', () => {
  test('in the middle of a stream: every acked message is there with its seqid, none twice', async (t) => {
    const dataDir = await newFolder();
    const acked = new Map<string, number>();
    let token = '';
    let topic = '';
    let next = 0;
    for (let round = 0; round < 3; round += 1) {
      const { child, url } = await startGateway(t, dataDir);
      const exit = once(child, 'exit');
      const client = token === '' ? await TestClient.visitor(url) : await TestClient.token(url, token);
      token = client.token;
      topic = await client.open('k');
      // What got no answer is sent again with the same msgid, as a client does.
      const unanswered = Array.from({ length: next }, (_, n) => n).filter((n) => !acked.has(msgid(n)));
      const killAt = acked.size + 4 + round * 5;
      const sent = new Map<string, string>();
      const send = (n: number): void => {
        const head = { 'x-kefu-msgid': msgid(n) };
        sent.set(client.send('pub', { topic, content: `m${n}`, noecho: true, head }), msgid(n));
      };
      client.socket.on('message', () => {
        for (const { id, code, params } of client.ctrls()) {
          const identity = sent.get(id ?? '');
          if (identity !== undefined && code === 202) acked.set(identity, Number(params?.['seq']));
        }
        if (acked.size >= killAt) child.kill('SIGKILL');
      });
      for (const n of unanswered) send(n);
      for (let n = 0; n < 18 - unanswered.length; n += 1) send(next++);
      await client.waitClose();
      await exit;
    }
    const gateway = await newGateway(t, { dataDir });
    const client = await TestClient.token(gateway.url, token);
    await client.attach(topic);
    const id = client.send('get', { topic, what: 'data' });
    await client.answer(id);
    const stored = client.data(topic).toSorted((a, b) => a.seq - b.seq);
    assert.deepEqual(
      stored.map(({ seq }) => seq),
      stored.map((_, n) => n + 1),
    );
    const identities = stored.map(({ head }) => head?.['x-kefu-msgid']);
    assert.equal(new Set(identities).size, identities.length);
    assert.ok(acked.size >= 12, String(acked.size));
    for (const [identity, seq] of acked) assert.equal(identities[seq - 1], identity);
  });
});

describe('SIGTERM', () => {
  test('tells the links when to come back, closes them with 1012, and ends with 0', async (t) => {
    const { child, url, errors } = await startGateway(t, await newFolder());
    const client = await TestClient.visitor(url);
    const topic = await client.open();
    await client.say(topic, 'hello');
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const ctrl = await client.wait('205', () => client.ctrls().find(({ code }) => code === 205));
    assert.ok(Number(ctrl.params?.['after']) >= 0);
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 503);
    assert.equal(await client.say(topic, 'still served'), 2);
    assert.equal(await client.waitClose(), 1012);
    assert.deepEqual(await exit, [0, null]);
    assert.equal(errors(), '');
  });
});

describe('a restart', () => {
  test('loses and doubles nothing of those who go on writing, and tells nobody an error', async (t) => {
    const dataDir = await newFolder();
    const env = { LIMITS: 'visitorPubs.perSecond=1000 visitorPubs.burst=1000 visitorPubs.perHour=100000' };
    const first = await startGateway(t, dataDir, env);
    const exit = once(first.child, 'exit');
    const writers = await Promise.all(
      ([undefined, 'ours', 'stock', undefined, 'ours', undefined] as const).map(async (polls) => {
        const link = await TestClient.visitor(first.url, 'Writer', { polls, kefu: polls !== 'stock' });
        return { polls, link, topic: await link.open(), sent: 0, ids: new Map<string, number>() };
      }),
    );
    const send = (writer: (typeof writers)[number], link: TestClient, n: number): void => {
      const body = { topic: writer.topic, content: `m${n}`, noecho: true, head: { 'x-kefu-msgid': msgid(n) } };
      writer.ids.set(link.send('pub', body), n);
    };
    /** The numbers of the messages that were answered, from the answers. */
    const answered = (writer: (typeof writers)[number], link: TestClient): Map<number, number> => {
      const found = new Map<number, number>();
      for (const { id, code, params } of link.ctrls()) {
        assert.ok(code < 400, `${code} to ${id}`);
        const n = writer.ids.get(id ?? '');
        if (n !== undefined) found.set(n, Number(params?.['seq']));
      }
      return found;
    };
    // Until the link ends.
    const writing = setInterval(() => {
      for (const writer of writers)
        if (writer.link.closeCode === undefined) send(writer, writer.link, (writer.sent += 1));
    }, 90);
    t.after(() => clearInterval(writing));
    await Promise.all(
      writers.map(({ link }) => link.wait('answers', () => link.ctrls().filter(({ code }) => code === 202)[2])),
    );
    first.child.kill('SIGTERM');
    const afters = await Promise.all(
      writers.map(async ({ link }) => {
        const told = await link.wait('205', () => link.ctrls().find(({ code }) => code === 205));
        return Number(told.params?.['after']);
      }),
    );
    const sentBefore = writers.map(({ sent }) => sent);
    assert.ok(afters.every((after) => after >= 0 && after <= 2_000));
    assert.ok(new Set(afters).size > 1, 'not all at once');
    await Promise.all(writers.map(({ link }) => link.waitClose()));
    clearInterval(writing);
    assert.deepEqual(await exit, [0, null]);
    const before = writers.map((writer) => answered(writer, writer.link));
    assert.ok(
      writers.some(({ sent }, index) => sent > sentBefore[index]!),
      'somebody has written meanwhile',
    );

    const second = await startGateway(t, dataDir, env);
    for (const [index, writer] of writers.entries()) {
      const { polls } = writer;
      const link = await TestClient.token(second.url, writer.link.token, { polls });
      await link.attach(writer.topic);
      writer.ids.clear();
      const history = async (): Promise<Data[]> => {
        link.packets.length = 0;
        await link.answer(link.send('get', { topic: writer.topic, what: 'data', data: { limit: 100 } }));
        return link.data().toSorted((a, b) => a.seq - b.seq);
      };
      const kept = await history();
      assert.equal(kept.length, before[index]!.size, 'what was taken was answered');
      for (let n = 1; n <= writer.sent; n += 1) if (!before[index]!.has(n)) send(writer, link, n);
      await Promise.all([...writer.ids.keys()].map((id) => link.answer(id)));
      const all = new Map([...before[index]!, ...answered(writer, link)]);
      assert.equal(all.size, writer.sent);
      assert.deepEqual(
        (await history()).map(({ seq, head }) => [seq, head?.['x-kefu-msgid']]),
        Array.from({ length: writer.sent }, (_, n) => [n + 1, msgid(n + 1)]),
      );
      for (const [n, seq] of all) assert.equal(seq, n);
    }
  });
});

describe('a gateway that stops while the disk is slow', () => {
  test('answers what it has taken, and takes no more', async (t) => {
    const dataDir = await newFolder();
    const gateway = await newGateway(t, { dataDir });
    const stock = { kefu: false };
    const one = await TestClient.visitor(gateway.url, 'One', stock);
    const topic = await one.open();
    const blocker = new DatabaseSync(join(dataDir, 'kefu.db'));
    blocker.exec('begin immediate');
    const taken = one.send('pub', { topic, content: 'taken' });
    await one.settle();
    const closed = gateway.close();
    await one.wait('205', () => one.ctrls().find(({ code }) => code === 205));
    const late = one.send('pub', { topic, content: 'late' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    blocker.exec('commit');
    blocker.close();
    assert.equal(await one.waitClose(), 1012);
    await closed;
    const answers = one.ctrls().filter(({ id }) => id === taken || id === late);
    assert.deepEqual(
      answers.map(({ id, params }) => [id, params?.['seq']]),
      [[taken, 1]],
    );
    const again = await newGateway(t, { dataDir });
    const back = await TestClient.token(again.url, one.token, stock);
    await back.attach(topic);
    assert.equal(await back.say(topic, 'late'), 2, 'it was not stored: nobody would have known');
  });
});

describe('one gateway at a time', () => {
  test('a second one on the same folder or port says why it does not start', async (t) => {
    const dataDir = await newFolder();
    const gateway = await newGateway(t, { dataDir });
    const run = async (env: Record<string, string>): Promise<string> => {
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
        env: { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'silent', ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      assert.deepEqual(await once(child, 'close'), [1, null]);
      return errors;
    };
    assert.match(
      await run({ PORT: '0', DATA_DIR: dataDir }),
      /^another gateway is running on the data folder [^\n]+\n$/,
    );
    const other = { PORT: String(gateway.port), DATA_DIR: await newFolder() };
    assert.equal(await run(other), `Port ${gateway.port} is in use. Try another: PORT=6061\n`);
    assert.match(await run({ PORT: 'x' }), /^PORT must be a whole number/);
  });
});
