// The command line for agents, beside a running gateway.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kefu } from './gateway-process.ts';
import { newFolder, newGateway } from './new-gateway.ts';
import { TestClient } from './test-client.ts';

describe('kefu agent', () => {
  test('adds, lists, changes and removes, while the gateway runs', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir });
    const [added, output] = await kefu(dataDir, ['agent', 'add', 'Zoe', '--name', 'Zoe Park']);
    assert.equal(added, 0, output);
    const password = /Password: (\S+)/.exec(output)?.[1] ?? '';
    const zoe = await TestClient.login(url, 'zoe', password);
    assert.match((await kefu(dataDir, ['agent', 'list']))[1], /zoe +Zoe Park/);
    assert.equal((await kefu(dataDir, ['agent', 'add', 'zoe']))[0], 1);
    const [changed, said] = await kefu(dataDir, ['agent', 'password', 'zoe', '--password-stdin'], 'another secret\n');
    assert.deepEqual([changed, said], [0, 'zoe has a new password.\n']);
    const old = await TestClient.connect(url);
    assert.equal((await old.request('login', { scheme: 'token', secret: zoe.token })).code, 401);
    await TestClient.login(url, 'zoe', 'another secret');
    assert.equal((await kefu(dataDir, ['agent', 'remove', 'zoe']))[0], 0);
    const secret = Buffer.from('zoe:another secret').toString('base64');
    assert.equal((await old.request('login', { scheme: 'basic', secret })).code, 401);
  });

  test('says what is wrong', async () => {
    const dataDir = await newFolder();
    assert.match((await kefu(dataDir, ['agent', 'add', 'x', '--password-stdin'], 'short'))[1], /8 characters/);
    assert.match((await kefu(dataDir, ['agent', 'add', 'a b']))[1], /can't be a login/);
    assert.match((await kefu(dataDir, ['agent', 'remove', 'nobody']))[1], /no agent/);
    assert.match((await kefu(dataDir, ['agent', 'list']))[1], /no agents/);
    assert.equal((await kefu(dataDir, ['nonsense']))[0], 1);
    const [code, help] = await kefu(dataDir, ['--help']);
    assert.equal(code, 0);
    assert.match(help, /ALLOWED_ORIGINS/);
  });
});
