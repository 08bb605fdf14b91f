// Authorization: every kind of packet from everybody who may not send it is refused, changes nothing, and reaches nobody.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { addAgent, removeAgent, setAgentPassword } from '../../src/gateway/agents.ts';
import type { ClientPacketKind, ClientPackets } from '../../src/protocol/client-packet.ts';
import { JumpingClock } from './jumping-clock.ts';
import { newFolder, newGateway, PASSWORD } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

const SECRET = 'SECRET';
const MSGID = msgid(7);

/**
 * Who sends: before hi; before login; a visitor, and a registered user, with conversations of their own; an agent who is
 * not attached; one who only looks on; one who had the conversation before and is still attached.
 */
type Sender = 'ungreeted' | 'nobody' | 'visitor' | 'user' | 'aside' | 'onlooker' | 'former';
type Class = 'stranger' | 'aside' | 'looker';
const CLASS: Readonly<Record<Exclude<Sender, 'ungreeted' | 'nobody'>, Class>> = {
  visitor: 'stranger',
  user: 'stranger',
  aside: 'aside',
  onlooker: 'looker',
  former: 'looker',
};

/** What is refused to whom, and how. `answer: null`: without a word. Who is missing may do it. */
interface Row {
  readonly name: string;
  readonly kind: ClientPacketKind;
  readonly body: (topic: string) => object;
  readonly codes: { readonly [K in Class]?: number | null };
  /** Code before login, where it is not 401; undefined: allowed. */
  readonly nobody?: number | undefined;
  /** Who had the conversation is a member still, and may do it. */
  readonly byMembers?: boolean;
}

const row = <K extends ClientPacketKind>(
  name: string,
  kind: K,
  body: (topic: string) => Omit<ClientPackets[K], 'id'>,
  codes: Row['codes'],
  more: Partial<Row> = {},
): Row => ({ name, kind, body, codes, ...more });

const all = (code: number | null): Row['codes'] => ({ stranger: code, aside: code, looker: code });
const write = { stranger: 409, aside: 409, looker: 403 };
const change = { stranger: 404, aside: 403, looker: 403 };
const parts = ['desc', 'sub', 'data', 'del', 'file', 'nonsense'] as const;

const ROWS: readonly Row[] = [
  row('acc', 'acc', () => ({ user: 'new', scheme: 'anonymous', login: true }), all(409), { nobody: undefined }),
  row('acc basic', 'acc', () => ({ user: 'new', scheme: 'basic', secret: 'eDp5', login: true }), all(409), {
    nobody: undefined,
  }),
  row('login by token', 'login', () => ({ scheme: 'token', secret: 'AAAA' }), all(409)),
  row('login by password', 'login', () => ({ scheme: 'basic', secret: btoa('mei:wrong') }), all(409)),
  row('sub', 'sub', (topic) => ({ topic }), { stranger: 404 }),
  row('sub with get', 'sub', (topic) => ({ topic, get: { what: parts.join(' ') } }), { stranger: 404 }),
  row('sub with set', 'sub', (topic) => ({ topic, set: { desc: { public: { fn: 'x' } } } }), { stranger: 404 }),
  row('sub new', 'sub', () => ({ topic: 'newk' }), { aside: 403, looker: 403 }),
  row('sub fnd', 'sub', () => ({ topic: 'fnd' }), all(404)),
  row('sub sys', 'sub', () => ({ topic: 'sys' }), all(404)),
  row('leave', 'leave', (topic) => ({ topic }), { stranger: 304, aside: 304 }),
  row('leave for good', 'leave', (topic) => ({ topic, unsub: true }), change, { byMembers: true }),
  row('pub', 'pub', (topic) => ({ topic, content: 'x' }), write),
  row('pub note', 'pub', (topic) => ({ topic, content: 'x', head: { 'x-kefu-note': true } }), write),
  row('pub again', 'pub', (topic) => ({ topic, content: SECRET, head: { 'x-kefu-msgid': MSGID } }), write),
  row('pub replace', 'pub', (topic) => ({ topic, content: 'x', head: { replace: ':1' } }), write),
  row('pub me', 'pub', () => ({ topic: 'me', content: 'x' }), all(409)),
  ...parts.map((what) =>
    row(`get ${what}`, 'get', (topic) => ({ topic, what }), {
      stranger: 404,
      ...(what === 'data' && { aside: 409 }),
    }),
  ),
  row('get from the list', 'get', (topic) => ({ topic: 'me', what: 'sub', sub: { topic } }), { stranger: 204 }),
  row('set public', 'set', (topic) => ({ topic, desc: { public: { fn: 'x' } } }), change),
  row('set status', 'set', (topic) => ({ topic, desc: { trusted: { 'x-kefu': { phase: 'resolved' } } } }), {
    stranger: 404,
  }),
  row('set member', 'set', (topic) => ({ topic, sub: { user: 'usrAAAAAAAAAAAAAA', mode: 'JRWPASD' } }), change),
  row('set private', 'set', (topic) => ({ topic, desc: { private: { a: 1 } } }), { ...all(501), stranger: 404 }),
  row('set tags', 'set', (topic) => ({ topic, tags: ['channel:b'] }), { ...all(501), stranger: 404 }),
  row('set trusted of oneself', 'set', () => ({ topic: 'me', desc: { trusted: { staff: true } } }), all(403)),
  row('del messages', 'del', (topic) => ({ topic, delseq: [{ low: 1 }] }), { stranger: 409, aside: 409 }),
  row('del for everyone', 'del', (topic) => ({ topic, delseq: [{ low: 1, hi: 9 }], hard: true }), {
    stranger: 409,
    aside: 409,
  }),
  ...(['topic', 'sub', 'user', 'cred'] as const).map((what) =>
    row(`del ${what}`, 'del', (topic) => ({ topic, what, user: 'usrAAAAAAAAAAAAAA' }), write),
  ),
  row('del user', 'del', () => ({ topic: 'me', what: 'user' as const }), all(409)),
  ...['recv', 'read', 'kp', 'kpa', 'call', 'data', 'nonsense'].map((what) =>
    row(
      `note ${what}`,
      'note',
      (topic) => ({ topic, what, seq: 3 }),
      what === 'recv' ? all(null) : { stranger: 409, aside: 409, looker: null },
      { byMembers: what === 'recv' || what === 'read' },
    ),
  ),
];

/** Everything in the store but what a sign of life leaves. */
function everythingIn(dataDir: string): string {
  const database = new DatabaseSync(join(dataDir, 'kefu.db'), { readOnly: true });
  try {
    const tables = database.prepare(`select name from sqlite_schema where type = 'table' order by name`).all();
    const names = tables.map(({ name }) => String(name)).filter((name) => name !== 'probes');
    return JSON.stringify(names.map((name) => [name, database.prepare(`select * from ${name}`).all()]));
  } finally {
    database.close();
  }
}

async function expireToken(dataDir: string, user: string): Promise<void> {
  const database = new DatabaseSync(join(dataDir, 'kefu.db'));
  database.exec('pragma busy_timeout = 5000');
  database.prepare('update tokens set expires_at = 1 where user_id = ?').run(user);
  database.close();
}

/** A conversation with a message, an answer and an internal note, and everybody around it. */
async function newScene(t: TestContext) {
  const dataDir = await newFolder();
  const clock = new JumpingClock();
  const gateway = await newGateway(t, { dataDir, openRegistration: true, clock });
  const { url, store } = gateway;
  const at = Date.now();
  for (const login of ['lee', 'aside']) await addAgent(store, { login, name: login, password: PASSWORD, at });
  const former = await TestClient.login(url, 'lee', PASSWORD);
  await former.request('sub', { topic: 'me' });
  const owner = await TestClient.visitor(url, 'Owner');
  const topic = await owner.open();
  await owner.say(topic, SECRET, MSGID);
  await former.waitPres({ topic: 'me', src: topic, what: 'acs' });
  await former.attach(topic);
  const agent = await TestClient.login(url, 'mei', PASSWORD);
  await agent.attach(topic);
  await agent.request('sub', { topic: 'me' });
  const take = { trusted: { 'x-kefu': { phase: 'assigned', agent: agent.user } } };
  assert.equal((await agent.request('set', { topic, desc: take })).code, 200);
  await agent.say(topic, SECRET);
  await agent.request('pub', { topic, content: SECRET, noecho: true, head: { 'x-kefu-note': true } });
  // On `me` the former agent would be told of the conversation again.
  await former.request('leave', { topic: 'me' });
  const onlooker = await TestClient.login(url, 'sam', PASSWORD);
  await onlooker.attach(topic);
  const user = await TestClient.connect(url);
  const secret = Buffer.from('carol:a long password').toString('base64');
  assert.equal((await user.request('acc', { user: 'new', scheme: 'basic', secret, login: true })).code, 200);
  await user.open();
  const visitor = await TestClient.visitor(url, 'Stranger');
  await visitor.open();
  const senders: Readonly<Record<Sender, TestClient>> = {
    ungreeted: await TestClient.connect(url, { greets: false }),
    nobody: await TestClient.connect(url),
    visitor,
    user,
    aside: await TestClient.login(url, 'aside', PASSWORD),
    onlooker,
    former,
  };
  // What is on its way has arrived, and so has what that was acked with; receipts are saved a moment after they come.
  for (let n = 0; n < 2; n += 1) await Promise.all([owner, agent, onlooker, former].map((client) => client.settle()));
  clock.jump(1_000);
  await store.probe();
  return { gateway, dataDir, owner, agent, topic, senders };
}

/** Sends, and resolves with the code of the answer; null: nothing was said. */
async function codeOf(client: TestClient, { kind, body }: Row, topic: string): Promise<number | null> {
  if (kind !== 'note') return (await client.request(kind, body(topic))).code;
  const before = client.ctrls().length;
  client.raw(JSON.stringify({ note: body(topic) }));
  await client.settle();
  // The last one answers what `settle` asks.
  return client.ctrls().slice(before, -1)[0]?.code ?? null;
}

const heard = (client: TestClient): number => client.packets.filter((packet) => !('ctrl' in packet)).length;

describe('authorization', () => {
  test('every packet of everybody who may not', async (t) => {
    const { gateway, dataDir, owner, agent, topic, senders } = await newScene(t);
    const before = everythingIn(dataDir);
    const told = [heard(owner), heard(agent)];
    let count = 0;
    for (const [name, client] of Object.entries(senders) as [Sender, TestClient][])
      for (const one of ROWS) {
        const code =
          name === 'ungreeted'
            ? 409
            : name === 'nobody'
              ? 'nobody' in one
                ? one.nobody
                : 401
              : one.codes[CLASS[name]];
        if (code === undefined || (name === 'former' && one.byMembers === true)) continue;
        const what = `${one.name} by ${name}`;
        assert.equal(await codeOf(client, one, topic), code, what);
        await Promise.all([owner.settle(), agent.settle()]);
        assert.deepEqual([heard(owner), heard(agent)], told, `${what} is heard by nobody`);
        assert.equal(everythingIn(dataDir), before, `${what} changes nothing`);
        count += 1;
      }
    assert.ok(count > 200, String(count));
    for (const name of ['ungreeted', 'nobody', 'visitor', 'user'] as const)
      assert.doesNotMatch(JSON.stringify(senders[name].packets), new RegExp(`${SECRET}|Owner|Mei Lin`), name);
    await gateway.close();
    assert.equal(everythingIn(dataDir), before, 'nor does anything later');
  });

  test('what agents delete for everyone who may not is refused, and is gone for them alone when they delete it for themselves', async (t) => {
    const { owner, agent, topic, senders } = await newScene(t);
    const told = [heard(owner), heard(agent)];
    for (const name of ['onlooker', 'former'] as const) {
      assert.equal((await senders[name].request('del', { topic, delseq: [{ low: 1 }], hard: true })).code, 422);
      assert.equal((await senders[name].request('del', { topic, delseq: [{ low: 1 }] })).code, 200);
    }
    await Promise.all([owner.settle(), agent.settle()]);
    assert.deepEqual([heard(owner), heard(agent)], told);
    for (const [client, count] of [
      [owner, 2],
      [agent, 3],
      [senders.onlooker, 2],
    ] as const) {
      const id = client.send('get', { topic, what: 'data' });
      assert.equal((await client.answer(id)).params?.['count'], count);
    }
  });

  test('an expired token is no token', async (t) => {
    const { dataDir, gateway, topic, senders } = await newScene(t);
    for (const name of ['visitor', 'onlooker'] as const) {
      const { user, token } = senders[name];
      await expireToken(dataDir, user);
      const client = await TestClient.connect(gateway.url);
      assert.equal((await client.request('login', { scheme: 'token', secret: token })).code, 401);
      for (const one of ROWS)
        if (!('nobody' in one)) assert.equal(await codeOf(client, one, topic), 401, `${one.name} by ${name}`);
    }
  });
});

describe('an agent who was logged out', () => {
  test('by removal or a new password hears nothing any more, and does not come back', async (t) => {
    const gateway = await newGateway(t, { limits: { tokenCheckMs: 20 } });
    const { url, store } = gateway;
    const mei = await TestClient.login(url, 'mei', PASSWORD);
    const sam = await TestClient.login(url, 'sam', PASSWORD);
    const visitor = await TestClient.visitor(url);
    await removeAgent(store, 'mei', Date.now());
    assert.equal(await mei.waitClose(), 4401);
    await setAgentPassword(store, 'sam', 'another password');
    assert.equal(await sam.waitClose(), 4401);
    for (const { token } of [mei, sam]) {
      const client = await TestClient.connect(url);
      assert.equal((await client.request('login', { scheme: 'token', secret: token })).code, 401);
    }
    const again = await TestClient.login(url, 'sam', 'another password');
    await again.settle();
    await visitor.settle();
    assert.deepEqual([again.closeCode, visitor.closeCode], [undefined, undefined], 'and nobody else has to go');
  });
});
