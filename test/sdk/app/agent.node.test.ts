// The whole SDK core against a gateway in memory, as an agent's desk sees it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Client } from '../../../src/sdk/app/model.ts';
import { RefusedError } from '../../../src/sdk/datalink/request-errors.ts';
import { AGENT } from '../../support/fake-gateway.ts';
import { seqids, texts, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

const desk = async (): Promise<Client> => {
  const { client } = world.client({ role: 'agent' });
  const login = client.login(AGENT.name, AGENT.password);
  await world.soon();
  await login;
  return client;
};

describe('an agent', () => {
  it('logs in by name and password, and later by the token that is kept', async () => {
    const client = await desk();
    assert.deepEqual(client.me$.value, { id: AGENT.user, name: 'Ann', avatar: undefined, online: true });
    assert.equal(client.link$.value.state, 'online');
    client.destroy();
    const again = world.client({ role: 'agent' }).client;
    again.connect();
    await world.soon();
    assert.equal(again.me$.value?.id, AGENT.user);
    assert.deepEqual(
      world.gateway.of('login').map(({ scheme }) => scheme),
      ['basic', 'token'],
    );
  });

  it('is refused with a wrong password, and may try again', async () => {
    const { client } = world.client({ role: 'agent' });
    const wrong = assert.rejects(client.login(AGENT.name, 'guess'), (error) => {
      return error instanceof RefusedError && error.code === 401;
    });
    await world.soon();
    await wrong;
    assert.equal(client.link$.value.state, 'refused');
    const right = client.login(AGENT.name, AGENT.password);
    await world.soon();
    await right;
    assert.equal(client.link$.value.state, 'online');
  });

  it('is not logged in without a token, nor with one that is no longer known, and makes no account', async () => {
    const { client } = world.client({ role: 'agent' });
    client.connect();
    await world.soon();
    assert.equal(client.link$.value.state, 'refused');
    client.destroy();
    (await desk()).destroy();
    world.gateway.forgetTokens();
    const again = world.client({ role: 'agent' }).client;
    again.connect();
    await world.soon();
    assert.equal(again.link$.value.state, 'refused');
    assert.equal(world.gateway.of('acc').length, 0);
  });

  it('waits for a gateway that is not there', async () => {
    world.gateway.reachable = false;
    const { client } = world.client({ role: 'agent' });
    let done = false;
    void client.login(AGENT.name, AGENT.password).then(() => (done = true));
    await world.clock.advance(30_000);
    assert.equal(done, false);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.equal(done, true);
  });

  it('has all conversations, the newest first; the open ones live, the resolved ones when looked at', async () => {
    const resolved = world.gateway.conversation('usrVisitor0901', 3, 'resolved');
    await world.clock.advance(1_000);
    const first = world.gateway.conversation('usrVisitor0902', 2, 'queued');
    await world.clock.advance(1_000);
    const second = world.gateway.conversation('usrVisitor0903', 1, 'assigned');
    const client = await desk();
    const names = (): unknown[] => client.conversations$.value.map(({ info$ }) => info$.value.topic);
    assert.deepEqual(names(), [second.name, first.name, resolved.name]);
    assert.equal(new Set(client.conversations$.value.map(({ id }) => id)).size, 3);
    const [, one, old] = client.conversations$.value;
    assert.ok(one && old);
    assert.deepEqual(seqids(one), [1, 2]);
    assert.deepEqual(seqids(old), []);
    old.open();
    await world.soon();
    assert.deepEqual(seqids(old), [1, 2, 3]);
    await world.clock.advance(1_000);
    world.gateway.publish(first.name, 'usrVisitor0902', 'and now?');
    await world.soon();
    assert.deepEqual(names(), [first.name, second.name, resolved.name]);
    assert.equal(one.info$.value.newest?.content, 'and now?');
  });

  it('hears of a new conversation', async () => {
    const client = await desk();
    const made = world.gateway.conversation('usrVisitor0901', 1);
    world.gateway.push({ pres: { topic: 'me', src: made.name, what: 'msg', seq: 1 } });
    await world.soon();
    const [conversation] = client.conversations$.value;
    assert.equal(conversation?.info$.value.topic, made.name);
    assert.equal(conversation.info$.value.phase, 'queued');
    assert.deepEqual(seqids(conversation), [1]);
  });

  it('takes and resolves a conversation', async () => {
    world.gateway.conversation('usrVisitor0901', 1);
    const client = await desk();
    const [conversation] = client.conversations$.value;
    assert.ok(conversation);
    const taken = conversation.take();
    await world.soon();
    await taken;
    assert.equal(conversation.info$.value.phase, 'assigned');
    assert.equal(conversation.info$.value.agent?.id, AGENT.user);
    const resolved = conversation.resolve();
    await world.soon();
    await resolved;
    assert.equal(conversation.info$.value.phase, 'resolved');
    assert.deepEqual(
      world.gateway.of('set').map(({ desc }) => desc?.trusted?.['x-kefu']),
      [{ phase: 'assigned' }, { phase: 'resolved' }],
    );
  });

  it('is told when a conversation can not be taken', async () => {
    world.gateway.conversation('usrVisitor0901', 1);
    const client = await desk();
    world.gateway.intercept = ({ set }, line) => {
      if (set) world.gateway.ctrl(line, 403, { id: set.id ?? '' });
      return set !== undefined;
    };
    const refused = assert.rejects(async () => client.conversations$.value[0]?.take(), RefusedError);
    await world.soon();
    await refused;
  });

  it('talks with a visitor: both see the same, in the same order', async () => {
    const client = await desk();
    const { conversation: mine } = await world.visitor();
    mine.send('hello');
    await world.soon();
    const topic = mine.info$.value.topic ?? '';
    world.gateway.topic(topic).status = { ...world.gateway.topic(topic).status, phase: 'queued' };
    world.gateway.push({ pres: { topic: 'me', src: topic, what: 'acs' } });
    await world.soon();
    const [theirs] = client.conversations$.value;
    assert.ok(theirs);
    for (let n = 0; n < 20; n += 1) {
      mine.send(`visitor ${String(n)}`);
      theirs.send(`agent ${String(n)}`);
      if (n % 3 === 0) await world.clock.advance(7);
      if (n === 10) world.gateway.cut();
    }
    await world.clock.advance(10_000);
    assert.equal(texts(mine).length, 41);
    assert.deepEqual(texts(mine), texts(theirs));
    assert.deepEqual(
      texts(mine),
      world.gateway.topic(topic).messages.map(({ content }) => content),
    );
  });
});
