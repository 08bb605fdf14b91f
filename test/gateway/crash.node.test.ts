// The life of a gateway process: kill -9 loses nothing that was acked, and it stops gracefully when asked.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { main, startGateway } from './gateway-process.ts';
import { newFolder, newGateway } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

describe('kill -9', () => {
  test('in the middle of a stream: every acked message is there with its seqid, none twice', async (t) => {
    const dataDir = await newFolder(t);
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
    const { child, url, errors } = await startGateway(t, await newFolder(t));
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

describe('one gateway at a time', () => {
  test('a second one on the same folder or port says why it does not start', async (t) => {
    const dataDir = await newFolder(t);
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
    const other = { PORT: String(gateway.port), DATA_DIR: await newFolder(t) };
    assert.equal(await run(other), `Port ${gateway.port} is in use. Try another: PORT=6061\n`);
    assert.match(await run({ PORT: 'x' }), /^PORT must be a whole number/);
  });
});
