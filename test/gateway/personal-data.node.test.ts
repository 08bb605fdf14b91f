// What is known of a person: exported, erased, and gone when it is older than it is to be kept.
import assert from 'node:assert/strict';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/gateway/clock.ts';
import type { RunningGateway } from '../../src/gateway/server.ts';
import { JWT_SECRET, signToken } from '../support/sign-token.ts';
import { newSchema } from '../support/new-schema.ts';
import { kefu } from './gateway-process.ts';
import { newFolder, newGateway, PASSWORD } from './new-gateway.ts';
import { sendFile } from './send-file.ts';
import { TestClient } from './test-client.ts';

/** In everything that the visitor says, is called and sends. */
const CANARY = 'c4n4ry';

const FILE = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from(CANARY.repeat(200))]);

/** Files below the folder that have the bytes in them. */
async function filesWith(folder: string, bytes: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await readFile(path)).includes(bytes)) found.push(path);
  }
  return found;
}

interface Scene {
  readonly gateway: RunningGateway;
  readonly dataDir: string;
  readonly visitor: TestClient;
  readonly topic: string;
  readonly mei: TestClient;
}

/** A visitor with 30 messages and a file in a conversation with an agent, who has made a note; and another visitor. */
async function scene(t: TestContext, databaseUrl?: string): Promise<Scene> {
  const dataDir = await newFolder();
  const gateway = await newGateway(t, { dataDir, databaseUrl, limits: { tokenCheckMs: 50 } });
  const { url } = gateway;
  const visitor = await TestClient.visitor(url, CANARY);
  const topic = await visitor.open();
  const other = await TestClient.visitor(url, 'Other');
  await other.say(await other.open(), 'other');
  for (let n = 1; n <= 15; n += 1) await visitor.say(topic, `${CANARY} ${n}`);
  await sendFile(url, visitor, topic, { name: `${CANARY}.png`, bytes: FILE });
  const mei = await TestClient.login(url, 'mei', PASSWORD);
  await mei.request('sub', { topic: 'me' });
  await mei.attach(topic);
  await mei.request('set', { topic, desc: { trusted: { 'x-kefu': { phase: 'assigned' } } } });
  await mei.say(topic, `hello ${CANARY}`);
  const head = { 'x-kefu-note': true };
  assert.equal((await mei.request('pub', { topic, content: `note on ${CANARY}`, head })).code, 202);
  return { gateway, dataDir, visitor, topic, mei };
}

type Line = Readonly<Record<string, unknown>>;

async function exported(dataDir: string, who: string, env?: Record<string, string>): Promise<[string, Line[], string]> {
  const folder = join(dataDir, `export of ${who}`);
  const [code, said] = await kefu(dataDir, ['export', who, folder], '', env);
  assert.equal(code, 0, said);
  const lines = (await readFile(join(folder, 'data.jsonl'), 'utf8')).trimEnd().split('\n');
  return [said, lines.map((line) => JSON.parse(line) as Line), folder];
}

function onEachStore(name: string, run: (t: TestContext, url: string | undefined) => Promise<void>): void {
  test(`${name}: embedded`, (t) => run(t, undefined));
  const database = process.env['TEST_DATABASE_URL'];
  if (database !== undefined)
    test(`${name}: postgres`, async (t) => {
      const { url, drop } = await newSchema(database);
      // Whose gateways have closed when the schema goes.
      await t.test('with a schema', (inner) => run(inner, url));
      await drop();
    });
}

describe('kefu export', () => {
  onEachStore('has everything of a person, and nothing of anybody else', async (t, url) => {
    const { dataDir, visitor, topic } = await scene(t, url);
    const env = url === undefined ? undefined : { DATABASE_URL: url };
    const [, listed] = await kefu(dataDir, ['find', CANARY.toUpperCase()], '', env);
    assert.match(listed, new RegExp(`^${visitor.user}  visitor  [\\d-]{10}  ${CANARY}  ${topic}\\n$`));
    assert.match((await kefu(dataDir, ['find', 'nobody'], '', env))[1], /nobody of that name/);
    const [said, lines, folder] = await exported(dataDir, visitor.user, env);
    assert.equal(said, `1 conversation, 18 messages, 1 file in ${folder}\n`);
    const of = (type: string): Line[] => lines.filter((line) => line['type'] === type);
    assert.deepEqual(
      ['user', 'conversation', 'message', 'file'].map((type) => of(type).length),
      [1, 1, 18, 1],
    );
    assert.deepEqual(of('user')[0]?.['public'], { fn: CANARY });
    assert.deepEqual(
      of('message').map(({ seq }) => seq),
      Array.from({ length: 18 }, (_, n) => n + 1),
    );
    assert.deepEqual([of('message')[0]?.['content'], of('message')[17]?.['note']], [`${CANARY} 1`, true]);
    assert.deepEqual(await readFile(join(folder, String(of('file')[0]?.['file']))), FILE);
    assert.ok(!JSON.stringify(lines).includes('other'));
    const [, alone] = await exported(dataDir, topic, env);
    assert.deepEqual(alone, lines.slice(1), 'a conversation, without who it is');
    assert.match(
      (await kefu(dataDir, ['export', 'nobody', join(dataDir, 'x')], '', env))[1],
      /no user, login, customer or conv/,
    );
  });
});

describe('kefu erase', () => {
  onEachStore(
    'leaves nothing of a person but the numbers, tells who looks on, and can be done again',
    async (t, url) => {
      const { gateway, dataDir, visitor, topic, mei } = await scene(t, url);
      const env = url === undefined ? undefined : { DATABASE_URL: url };
      assert.notDeepEqual(await filesWith(dataDir, CANARY), []);
      const erased = [0, `${visitor.user} (visitor) is erased: 1 conversation, 1 file.\n`];
      assert.deepEqual(await kefu(dataDir, ['erase', topic], '', env), erased);
      assert.deepEqual(await filesWith(dataDir, CANARY), [], 'nor in free pages or the log');

      // The agent's page is told without asking, and finds no holes when it asks.
      await mei.waitPres({ topic, what: 'del' });
      assert.deepEqual(
        mei
          .press()
          .filter(({ what }) => what === 'del')
          .at(-1)?.delseq,
        [{ low: 1, hi: 19 }],
      );
      mei.packets.length = 0;
      const id = mei.send('get', { topic, what: 'data desc' });
      await mei.answer(id);
      const meta = await mei.waitMeta(id, 'del');
      assert.deepEqual([mei.data(topic), meta.del?.delseq], [[], [{ low: 1, hi: 19 }]]);
      assert.equal((await mei.waitMeta(id, 'desc')).desc?.seq, 18);

      const back = await TestClient.connect(gateway.url);
      assert.equal((await back.request('login', { scheme: 'token', secret: visitor.token })).code, 401);
      const again = [0, `${visitor.user} (visitor) is erased: 1 conversation, 0 files.\n`];
      assert.deepEqual(await kefu(dataDir, ['erase', visitor.user], '', env), again);
      assert.equal((await kefu(dataDir, ['verify'], '', env))[0], 0);
      const [said] = await exported(dataDir, visitor.user, env);
      assert.match(said, /^1 conversation, 0 messages, 0 files in/);
      // Whoever writes on goes on where the numbers are.
      assert.equal(await visitor.say(topic, 'still here'), 19);
    },
  );

  test('an agent has no name any more; what they said to others stays', async (t) => {
    const { dataDir, topic, visitor, mei } = await scene(t);
    assert.deepEqual(await kefu(dataDir, ['erase', 'mei']), [
      0,
      `${mei.user} (agent) is erased: 0 conversations, 0 files.\n`,
    ]);
    assert.equal(await mei.waitClose(), 4401);
    const id = visitor.send('get', { topic, what: 'sub data' });
    await visitor.answer(id);
    assert.ok(visitor.data(topic).some(({ content }) => content === `hello ${CANARY}`));
    assert.match((await kefu(dataDir, ['agent', 'list']))[1], /^sam +Sam Rivers\n$/);
  });
});

describe('a customer who is known', () => {
  onEachStore('is found by the id that they have in the shop, and erased with it', async (t, databaseUrl) => {
    const dataDir = await newFolder();
    const jwt = { keysFile: undefined, secret: JWT_SECRET, audience: 'kefu', isRequired: false };
    const { url } = await newGateway(t, { dataDir, databaseUrl, jwt });
    const env = databaseUrl === undefined ? undefined : { DATABASE_URL: databaseUrl };
    const claims = { sub: 'shop:42', name: CANARY, email: `${CANARY}@example.org` };
    const wang = await TestClient.known(url, await signToken(claims));
    const topic = await wang.open();
    await wang.say(topic, 'hello');
    for (const wanted of ['SHOP:42', `${CANARY}@example`])
      assert.match(
        (await kefu(dataDir, ['find', wanted], '', env))[1],
        new RegExp(`^${wang.user}  visitor  [\\d-]{10}  ${CANARY}  customer shop:42  ${topic}\\n$`),
      );
    const [, lines, folder] = await exported(dataDir, 'shop:42', env);
    await rm(folder, { recursive: true });
    assert.deepEqual(lines[0]?.['identity'], { id: 'shop:42', name: CANARY, email: `${CANARY}@example.org` });

    const mei = await TestClient.known(url, await signToken({ sub: 'mei' }));
    const [code, said] = await kefu(dataDir, ['erase', 'mei'], '', env);
    assert.equal(code, 1);
    assert.match(said, new RegExp(`"mei" is a login \\(usr.*\\) and a customer \\(${mei.user}\\)`));

    assert.equal((await kefu(dataDir, ['erase', 'shop:42'], '', env))[0], 0);
    assert.deepEqual(await filesWith(dataDir, CANARY), []);
    assert.match((await kefu(dataDir, ['erase', 'shop:42'], '', env))[1], /no user, login, customer or conversation/);
    assert.notEqual((await TestClient.known(url, await signToken(claims))).user, wang.user);
  });
});

describe('retention', () => {
  onEachStore('removes what is older, step by step, and readers see neither it nor a hole', async (t, databaseUrl) => {
    let days = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + days * 24 * 3_600_000 };
    const limits = { retentionRoundMs: 20, retentionStepMs: 1 };
    const gateway = await newGateway(t, { databaseUrl, clock, limits, retentionDays: 30 });
    const visitor = await TestClient.visitor(gateway.url);
    const topic = await visitor.open();
    for (let n = 1; n <= 3; n += 1) await visitor.say(topic, `old ${n}`);
    days = 20;
    await visitor.say(topic, 'young');
    days = 31;
    await visitor.waitPres({ topic, what: 'del' });
    const told = visitor.press().find(({ what }) => what === 'del');
    assert.deepEqual(told?.delseq, [{ low: 1, hi: 4 }]);
    const id = visitor.send('get', { topic, what: 'data' });
    await visitor.answer(id);
    assert.deepEqual(
      visitor.data(topic).map(({ seq, content }) => [seq, content]),
      [[4, 'young']],
    );
    assert.deepEqual((await visitor.waitMeta(id, 'del')).del?.delseq, [{ low: 1, hi: 4 }]);
    assert.equal(visitor.press().filter(({ what }) => what === 'del').length, 1, 'once');
  });
});
