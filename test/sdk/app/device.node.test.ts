// What outlives a page: own messages, their places, the conversation as it was last seen; and the pages side by side.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { filter } from 'rxjs';
import { MemoryDevice } from '../../support/memory-device.ts';
import type { Client, Conversation } from '../../../src/sdk/app/model.ts';
import { RECALLED_HEAD } from '../../../src/protocol/content.ts';
import { MSGID_HEAD } from '../../../src/protocol/msgid.ts';
import { draftMessage } from '../../../src/sdk/datalink/message.ts';
import type { Message } from '../../../src/sdk/datalink/message.ts';
import { AGENT } from '../../support/fake-gateway.ts';
import { World, listed, numbers, seqids, states, texts } from './world.ts';

const DAY_MS = 24 * 3_600_000;

let world: World;
let device: MemoryDevice;

interface Page {
  readonly client: Client;
  readonly conversation: Conversation;
}

/** One more page of the device, which looks at the conversation. */
const open = async (): Promise<Page> => {
  const { client } = world.page(device);
  const conversation = client.current();
  client.connect();
  await world.soon();
  return { client, conversation };
};

/** The page is gone, without a chance to do anything more. */
const leave = ({ client }: Page): void => {
  client.destroy();
};

const closed = (): void => {
  world.gateway.reachable = false;
  world.gateway.cut();
};

beforeEach(() => {
  world = new World();
  device = new MemoryDevice();
});

describe('P7: what was sent outlives the page', () => {
  it('is sent once by the next page, in the order of sending, before what is written there', async () => {
    closed();
    const first = await open();
    for (const text of ['one', 'two', 'three']) first.conversation.send(text);
    await world.soon();
    assert.deepEqual(states(first.conversation), ['queued', 'queued', 'queued']);
    leave(first);

    const { client } = world.page(device);
    const conversation = client.current();
    client.connect();
    // Before this device has said what it had kept.
    conversation.send('four');
    await world.soon();
    assert.deepEqual(texts(conversation), ['one', 'two', 'three', 'four']);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    const topic = conversation.info$.value.topic ?? '';
    assert.deepEqual(
      world.gateway.topic(topic).messages.map(({ content }) => content),
      ['one', 'two', 'three', 'four'],
    );
    assert.deepEqual(seqids(conversation), [1, 2, 3, 4]);
    assert.equal(device.own.get('newweb')?.size, 0, 'nothing is kept of what the gateway has');
  });

  it('keeps its msgid when the page goes before the answer, and is stored once', async () => {
    const first = await open();
    first.conversation.send('hello');
    world.gateway.intercept = (packet) => packet.pub !== undefined && (world.gateway.silent = true);
    await world.soon();
    leave(first);
    world.gateway.silent = false;
    world.gateway.intercept = () => false;
    const before = world.gateway.of('pub')[0]?.head;
    const second = await open();
    await world.soon();
    assert.deepEqual(texts(second.conversation), ['hello']);
    assert.deepEqual(world.gateway.of('pub').at(-1)?.head, before);
    assert.equal(seqids(second.conversation)[0], 1);
  });

  it('is forgotten by the device when it has come back as stored, though the answer never comes', async () => {
    const { conversation } = await open();
    world.gateway.intercept = ({ pub }) => {
      if (pub) world.gateway.publish(pub.topic, world.gateway.lastUser, 'hello', { head: pub.head ?? {} });
      return pub !== undefined;
    };
    conversation.send('hello');
    await world.soon();
    assert.deepEqual(seqids(conversation), [1]);
    assert.equal(device.own.get('newweb')?.size, 0);
  });

  it('keeps refused and unnumbered ones in their place', async () => {
    const first = await open();
    world.gateway.intercept = ({ pub }, line) => {
      if (pub?.content === 'bad') world.gateway.ctrl(line, 422, { id: pub.id ?? '', params: { reason: 'words' } });
      else if (pub?.content === 'hush') world.gateway.ctrl(line, 202, { id: pub.id ?? '' });
      else return false;
      return true;
    };
    for (const text of ['first', 'bad', 'second', 'hush', 'third']) first.conversation.send(text);
    await world.soon();
    const shown = texts(first.conversation);
    assert.deepEqual(states(first.conversation), ['sent', 'refused', 'sent', 'sent', 'sent']);
    leave(first);
    const second = await open();
    assert.deepEqual(texts(second.conversation), shown);
    assert.deepEqual(states(second.conversation), ['sent', 'refused', 'sent', 'sent', 'sent']);
    assert.deepEqual(seqids(second.conversation), [1, undefined, 2, undefined, 3]);
    assert.equal(listed(second.conversation)[1]?.reason, 'words');
    assert.equal(world.gateway.of('pub').length, 5, 'none of them goes again');

    second.conversation.discard(listed(second.conversation)[1]?.key ?? '');
    await world.soon();
    leave(second);
    assert.deepEqual(texts((await open()).conversation), ['first', 'second', 'hush', 'third']);
  });

  it('asks before it sends what is older than a day; then it goes as if written now', async () => {
    closed();
    const first = await open();
    first.conversation.send('old');
    await world.soon();
    leave(first);
    await world.clock.advance(DAY_MS + 1);
    world.gateway.reachable = true;
    const second = await open();
    second.conversation.send('new');
    await world.soon();
    assert.deepEqual(states(second.conversation), ['expired', 'sent']);
    second.conversation.retry(listed(second.conversation)[0]?.key ?? '');
    assert.deepEqual(texts(second.conversation), ['new', 'old']);
    await world.soon();
    assert.deepEqual(seqids(second.conversation), [1, 2]);
  });

  it('is no news to a page that brings it back: it was told of when it was sent', async () => {
    closed();
    const first = await open();
    first.conversation.send('hello');
    await world.soon();
    leave(first);
    const { client, events } = world.page(device);
    client.current();
    world.gateway.reachable = true;
    client.connect();
    await world.soon();
    assert.deepEqual(
      events.map((event) => (event.type === 'status' ? event.state : event.type)),
      ['queued', 'sending', 'sent'],
    );
  });

  it('says that it is volatile where this device keeps nothing', async () => {
    closed();
    const { client } = world.client();
    const conversation = client.current();
    conversation.send('hello');
    await world.soon();
    assert.equal(listed(conversation)[0]?.volatile, true);
    assert.deepEqual(states(conversation), ['queued']);
  });

  it('goes on when the storage does not answer', async () => {
    const silent = { ...device.store, load: () => new Promise<never>(() => undefined) };
    const { client } = world.page(device, silent);
    const conversation = client.current();
    client.connect();
    conversation.send('hello');
    await world.clock.advance(3_000);
    assert.deepEqual(states(conversation), ['sent']);
  });
});

describe('the conversation as it was last seen', () => {
  const remembered = async (messages: number): Promise<string> => {
    const page = await open();
    page.conversation.send('first');
    await world.soon();
    const topic = page.conversation.info$.value.topic ?? '';
    for (let n = 2; n <= messages; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    await world.clock.advance(2_000);
    assert.equal(page.conversation.messages$.value.length, messages);
    leave(page);
    return topic;
  };

  it('is there at once and without a network, then goes on where it stood', async () => {
    const topic = await remembered(20);
    closed();
    const page = await open();
    assert.deepEqual(seqids(page.conversation), numbers(1, 20));
    assert.equal(page.conversation.messages$.value.hasOlder, false);
    for (let n = 21; n <= 140; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    world.gateway.packets.length = 0;
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(seqids(page.conversation), numbers(1, 140));
    assert.deepEqual(
      world.gateway.of('get').map(({ data }) => data?.ranges),
      [[{ low: 21, hi: 71 }], [{ low: 71, hi: 121 }], [{ low: 121, hi: 141 }]],
    );
  });

  it('keeps the last hundred, and loads older ones from the gateway', async () => {
    await remembered(130);
    const page = await open();
    assert.deepEqual(seqids(page.conversation), numbers(31, 130));
    assert.equal(page.conversation.messages$.value.hasOlder, true);
    await Promise.all([page.conversation.loadOlder(), world.soon()]);
    assert.deepEqual(seqids(page.conversation), numbers(1, 130));
  });

  it('begins anew with the newest page when too much was missed', async () => {
    const topic = await remembered(20);
    for (let n = 21; n <= 400; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    const page = await open();
    assert.deepEqual(seqids(page.conversation), numbers(351, 400));
    assert.equal(page.conversation.messages$.value.hasOlder, true);
    assert.equal(page.conversation.messages$.value.isMissingBefore(10), false);
  });

  it('shows what was there until the newest page has come, also over a lost link', async () => {
    const topic = await remembered(20);
    const { client, conversation } = await open();
    closed();
    for (let n = 21; n <= 400; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    let asked = 0;
    world.gateway.intercept = ({ get }) => get?.data?.before !== undefined && (asked += 1) === 1;
    const shown: (number | undefined)[][] = [];
    const watching = conversation.messages$.subscribe(() => shown.push(seqids(conversation)));
    world.gateway.reachable = true;
    await world.clock.advance(10_000);
    assert.equal(asked, 1);
    assert.deepEqual(seqids(conversation), numbers(1, 20));
    assert.equal(client.link$.value.stale, true);
    world.gateway.cut();
    await world.clock.advance(10_000);
    assert.equal(asked, 2);
    watching.unsubscribe();
    assert.deepEqual(seqids(conversation), numbers(351, 400));
    assert.equal(client.link$.value.stale, false);
    const last = shown.findLastIndex((list) => list.includes(1));
    assert.deepEqual(shown[last]?.slice(0, 20), numbers(1, 20));
    for (const list of shown.slice(0, last)) assert.deepEqual(list.slice(0, 20), numbers(1, 20));
    assert.deepEqual(shown[last + 1], numbers(351, 400));
  });

  it('begins anew, and asks again for the newest page when it was refused', async () => {
    const topic = await remembered(20);
    for (let n = 21; n <= 400; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    let refusals = 1;
    world.gateway.intercept = ({ get }, line) => {
      if (get?.data?.before === undefined || (refusals -= 1) < 0) return false;
      world.gateway.ctrl(line, 500, { id: get.id ?? '' });
      return true;
    };
    const { conversation } = await open();
    assert.deepEqual(seqids(conversation), []);
    assert.equal(conversation.messages$.value.hasOlder, true);
    await Promise.all([conversation.loadOlder(), world.soon()]);
    assert.deepEqual(seqids(conversation), numbers(351, 400));
  });

  it('P6: marks a hole once, also where messages without a seqid stand in it', async () => {
    const topic = await remembered(20);
    for (let n = 21; n <= 400; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    // Stored long ago, and never answered.
    world.gateway.intercept = ({ pub }, line) => {
      const seq = pub?.content === 'ten' ? 10 : 21;
      if (pub) world.gateway.ctrl(line, 202, { id: pub.id ?? '', params: { seq } });
      return pub !== undefined;
    };
    const kept = (n: number, content: string): Message => draftMessage(String(n).repeat(32), n, 0, content, {});
    for (const [n, content] of Object.entries({ 1: 'ten', 2: 'twenty-one' }))
      await device.store.put('newweb', { ...kept(Number(n), content), state: 'queued', at: world.clock.now() });
    await device.store.put('newweb', { ...kept(3, 'hush'), state: 'sent', base: 20 });
    const { conversation } = await open();
    const list = conversation.messages$.value;
    assert.deepEqual(seqids(conversation).slice(0, 4), [10, undefined, 21, 351]);
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((index) => list.isMissingBefore(index)),
      [false, true, false, true, false],
    );
  });

  it('hears what has become of an own message that was stored long ago, when its page comes', async () => {
    const topic = await remembered(20);
    for (let n = 21; n <= 400; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    const { messages } = world.gateway.topic(topic);
    const [key, ten] = ['a'.repeat(32), messages[9]];
    assert.ok(ten);
    messages[9] = {
      ...ten,
      from: world.gateway.lastUser,
      head: { [MSGID_HEAD]: key, [RECALLED_HEAD]: AGENT.user },
      content: null,
    };
    // Its answer was lost, and so is the page that has it, in part.
    world.gateway.intercept = ({ get, pub }, line) => {
      if (pub) world.gateway.ctrl(line, 202, { id: pub.id ?? '', params: { seq: 10, dup: true } });
      const { before, ranges } = get?.data ?? {};
      if (!ranges && before !== undefined && before <= 51) {
        for (const data of messages.slice(0, before - 1)) if (data.seq !== 10) world.gateway.push({ data }, line);
        world.gateway.ctrl(line, 208, { id: get?.id ?? '', topic, params: { what: 'data', count: before - 1 } });
        return true;
      }
      return pub !== undefined;
    };
    await device.store.put('newweb', { ...draftMessage(key, 1, world.clock.now(), 'ten', {}), state: 'queued' });
    const { conversation } = await open();
    assert.deepEqual(seqids(conversation).slice(0, 2), [10, 351]);
    while (conversation.messages$.value.hasOlder) await Promise.all([conversation.loadOlder(), world.soon()]);
    assert.deepEqual(seqids(conversation), numbers(1, 400));
    assert.equal(conversation.messages$.value.at(9)?.head[RECALLED_HEAD], AGENT.user);
  });

  it('P6: marks what is missing before a message that is on its way, and nothing else', async () => {
    const topic = await remembered(20);
    for (let n = 21; n <= 400; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    const data = world.gateway.topic(topic).messages[350];
    assert.ok(data);
    let isLost = true;
    world.gateway.intercept = ({ get, pub }, line) => {
      if (!isLost || !(get?.data ?? pub)) return false;
      // Of the newest page one message comes.
      if (get) world.gateway.push({ data }, line);
      return true;
    };
    const { conversation } = await open();
    conversation.send('one');
    conversation.send('two');
    const missing = (): boolean[] => {
      const list = conversation.messages$.value;
      return [-3, -2, -1].map((index) => list.isMissingBefore(list.length + index));
    };
    assert.deepEqual(seqids(conversation), [...numbers(1, 20), 351, undefined, undefined]);
    assert.deepEqual(missing(), [true, true, false]);
    isLost = false;
    world.gateway.cut();
    await world.clock.advance(30_000);
    await Promise.all([conversation.loadOlder(), world.soon()]);
    conversation.send('three');
    assert.deepEqual(seqids(conversation).slice(-4), [400, 401, 402, undefined]);
    assert.deepEqual(missing(), [false, false, false]);
  });

  it('asks again where it stands when the word about that was lost', async () => {
    const topic = await remembered(5);
    world.gateway.publish(topic, AGENT.user, 'meanwhile', { quietly: true });
    let losses = 1;
    world.gateway.intercept = ({ sub }, line) => {
      if (sub?.topic !== topic || (losses -= 1) < 0) return false;
      world.gateway.ctrl(line, 200, { id: sub.id ?? '', topic });
      return true;
    };
    const { conversation } = await open();
    assert.deepEqual(seqids(conversation), numbers(1, 5));
    await world.clock.advance(2_000);
    assert.deepEqual(seqids(conversation), numbers(1, 6));
  });

  it('asks what became of a message of long ago, also where a page that has missed a lot does not begin', async () => {
    const topic = await remembered(5);
    const { key } = draftMessage('a'.repeat(32), 1, 0, 'stored', {});
    world.gateway.publish(topic, world.gateway.lastUser || 'usrVisitor0001', 'stored', { head: { [MSGID_HEAD]: key } });
    for (let n = 7; n <= 400; n += 1) world.gateway.publish(topic, AGENT.user, `message ${String(n)}`);
    const old = draftMessage(key, 1, world.clock.now() - DAY_MS - 1, 'stored', {});
    await device.store.put('newweb', { ...old, state: 'queued' });
    const { conversation } = await open();
    assert.deepEqual(seqids(conversation).slice(0, 2), [6, 351]);
    assert.equal(conversation.messages$.value.at(0)?.state, 'sent');
  });

  it('says of none that it has expired before it is known whether it was stored', async () => {
    const topic = await remembered(5);
    const { key } = draftMessage('a'.repeat(32), 1, 0, 'stored', {});
    world.gateway.publish(topic, world.gateway.lastUser || 'usrVisitor0001', 'stored', { head: { [MSGID_HEAD]: key } });
    for (const [n, msgid] of [key, 'b'.repeat(32)].entries()) {
      const old = draftMessage(msgid, n + 1, world.clock.now() - DAY_MS - 1, n === 0 ? 'stored' : 'lost', {});
      await device.store.put('newweb', { ...old, state: 'queued' });
    }
    const { client, events } = world.page(device);
    const conversation = client.current();
    client.connect();
    await world.clock.advance(2_000);
    assert.deepEqual(texts(conversation).slice(-2), ['stored', 'lost']);
    assert.deepEqual(
      events.map((event) => (event.type === 'status' ? [event.message.content, event.state] : event.type)),
      [
        ['stored', 'queued'],
        ['lost', 'queued'],
        ['stored', 'sent'],
        ['lost', 'expired'],
      ],
    );
  });

  it('is not shown to another account; what is unsent moves over', async () => {
    await remembered(5);
    closed();
    const offline = await open();
    offline.conversation.send('mine');
    await world.soon();
    leave(offline);
    world.gateway.reachable = true;
    world.gateway.forgetTokens();
    const page = await open();
    await world.soon();
    assert.deepEqual(texts(page.conversation), ['mine']);
    assert.deepEqual(seqids(page.conversation), [1]);
    assert.equal(world.gateway.topics.size, 2);
  });

  it('moves over in an open page too', async () => {
    const page = await open();
    page.conversation.send('before');
    await world.soon();
    world.gateway.forgetTokens();
    closed();
    page.conversation.send('after');
    await world.soon();
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(texts(page.conversation), ['after']);
    assert.deepEqual(seqids(page.conversation), [1]);
  });

  it('is wiped when the user leaves, on every page', async () => {
    await remembered(5);
    const [one, two] = [await open(), await open()];
    closed();
    two.conversation.send('unsent');
    await world.soon();
    one.client.logout();
    await world.soon();
    assert.equal(device.seen.size, 0);
    assert.equal(device.own.size, 0);
    assert.equal(two.client.conversations$.value.length, 0);
    assert.equal(two.client.link$.value.state, 'idle');
  });

  it('applies what was deleted meanwhile', async () => {
    const topic = await remembered(5);
    world.gateway.remove(topic, 3);
    const page = await open();
    assert.deepEqual(seqids(page.conversation), [1, 2, 4, 5]);
    leave(page);
    world.gateway.remove(topic, 4);
    assert.deepEqual(seqids((await open()).conversation), [1, 2, 5]);
  });
});

describe('tabs', () => {
  it('are one visitor, also when they are opened at the same moment', async () => {
    const pages = [world.page(device), world.page(device)];
    for (const { client } of pages) {
      client.current();
      client.connect();
    }
    await world.soon();
    assert.equal(world.gateway.of('acc').length, 1);
    assert.equal(new Set(pages.map(({ client }) => client.me$.value?.id)).size, 1);
  });

  it('show the same, before and after it is sent', async () => {
    closed();
    const [one, two] = [await open(), await open()];
    one.conversation.send('from one');
    await world.soon();
    two.conversation.send('from two');
    await world.soon();
    assert.deepEqual(texts(one.conversation), ['from one', 'from two']);
    assert.deepEqual(texts(two.conversation), ['from one', 'from two']);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    for (const { conversation } of [one, two]) {
      assert.deepEqual(texts(conversation), ['from one', 'from two']);
      assert.deepEqual(seqids(conversation), [1, 2]);
      assert.deepEqual(states(conversation), ['sent', 'sent']);
    }
    assert.equal(world.gateway.of('pub').length, 2, 'only one of them sends');
  });

  it('follow the user: the page that is acted in leads', async () => {
    const [one, two] = [await open(), await open()];
    assert.deepEqual([one.client.leads$.value, two.client.leads$.value], [true, false]);
    two.conversation.send('here');
    await world.soon();
    assert.deepEqual([one.client.leads$.value, two.client.leads$.value], [false, true]);
    assert.deepEqual(seqids(one.conversation), [1]);
  });

  it('send what a page has left behind that is no more', async () => {
    const [one, two] = [await open(), await open()];
    closed();
    one.conversation.send('left behind');
    await world.soon();
    leave(one);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(seqids(two.conversation), [1]);
    assert.equal(world.gateway.of('pub').length, 1);
  });

  it('P4: send what another page has left before what is younger here, however long the device takes to tell', async () => {
    await open();
    let { load } = device.store;
    const { client } = world.page(device, { ...device.store, load: (topic) => load(topic) });
    const conversation = client.current();
    client.connect();
    await world.soon();
    load = (topic) =>
      new Promise((resolve) => {
        world.clock.after(100, () => void device.store.load(topic).then(resolve));
      });
    const older = draftMessage('0'.repeat(32), 1, world.clock.now(), 'older', {});
    await device.store.put('newweb', { ...older, state: 'queued' });
    conversation.send('younger');
    await world.clock.advance(1_000);
    assert.deepEqual(texts(conversation), ['older', 'younger']);
    assert.deepEqual(seqids(conversation), [1, 2]);
  });

  it('ack nothing under a name that is none yet', async () => {
    const [one, two] = [await open(), await open()];
    world.gateway.intercept = ({ sub }, line) => sub?.topic === 'newweb' && line === world.gateway.connections[1];
    two.conversation.send('waits for a name');
    await world.soon();
    one.conversation.send('has one');
    await world.clock.advance(1_000);
    assert.equal(seqids(two.conversation).includes(1), true);
    assert.deepEqual(
      world.gateway.of('note').filter(({ topic }) => topic === 'newweb'),
      [],
    );
  });

  it('hear what has become of a message that the device still keeps as unsent', async () => {
    const one = await open();
    const tabs = device.tabs();
    let hears = false;
    const second = world.client(
      {},
      {
        store: device.values,
        device: device.store,
        tabs: { ...tabs, news$: tabs.news$.pipe(filter(() => hears)) },
      },
    );
    const two = second.client.current();
    second.client.connect();
    world.gateway.intercept = ({ pub }, line) => {
      if (pub) world.gateway.ctrl(line, 202, { id: pub.id ?? '', params: { seq: 1 } });
      return pub !== undefined;
    };
    const { key, content } = one.conversation.send('stored');
    await world.soon();
    assert.deepEqual(seqids(one.conversation), [1]);
    assert.deepEqual(texts(two), []);
    const kept = draftMessage(key, 1, world.clock.now(), content, {});
    await device.store.put('newweb', { ...kept, state: 'queued' });
    hears = true;
    closed();
    two.send('takes the lead');
    await world.soon();
    one.conversation.send('takes it back');
    await world.soon();
    assert.deepEqual(texts(two), ['stored', 'takes the lead', 'takes it back']);
    assert.deepEqual(states(two), ['sent', 'queued', 'queued']);
    assert.equal(device.own.get('newweb')?.has(key), false, 'nobody else would forget it');
  });

  it('keep the places of two messages that were counted alike', async () => {
    closed();
    const [one, two] = [await open(), await open()];
    one.conversation.send('a');
    two.conversation.send('b');
    await world.soon();
    assert.equal(one.conversation.messages$.value.length, 2);
    assert.deepEqual(texts(one.conversation), texts(two.conversation));
  });

  it('take over what another page has not yet kept when it is in its outbox, and no sooner', async () => {
    closed();
    const slow: typeof device.store.put = (...message) =>
      new Promise((resolve) => {
        world.clock.after(150, () => void device.store.put(...message).then(resolve));
      });
    const first = world.page(device, { ...device.store, put: slow });
    const one = { client: first.client, conversation: first.client.current() };
    one.client.connect();
    one.conversation.send('hush');
    await world.clock.advance(100);
    assert.deepEqual(states(one.conversation), ['draft']);
    const two = await open();
    assert.deepEqual(states(two.conversation), ['queued']);
    world.gateway.intercept = ({ pub }, line) => {
      if (pub?.content === 'hush') world.gateway.ctrl(line, 202, { id: pub.id ?? '' });
      return pub?.content === 'hush';
    };
    two.conversation.send('takes the lead');
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(states(two.conversation), ['sent', 'sent']);
    assert.deepEqual(states(one.conversation), ['sent', 'sent']);
  });

  it('hear of refused and unnumbered ones', async () => {
    const [one, two] = [await open(), await open()];
    world.gateway.intercept = ({ pub }, line) => {
      if (pub?.content === 'bad') world.gateway.ctrl(line, 422, { id: pub.id ?? '', params: { reason: 'words' } });
      else if (pub?.content === 'hush') world.gateway.ctrl(line, 202, { id: pub.id ?? '' });
      else return false;
      return true;
    };
    for (const text of ['bad', 'hush', 'fine']) one.conversation.send(text);
    await world.soon();
    assert.deepEqual(states(two.conversation), ['refused', 'sent', 'sent']);
    assert.deepEqual(seqids(two.conversation), [undefined, undefined, 1]);
    two.conversation.discard(listed(two.conversation)[0]?.key ?? '');
    assert.deepEqual(texts(one.conversation), ['hush', 'fine']);
  });
});

describe('a tab that has heard nothing for a while', () => {
  const settle = (): void => {
    world.gateway.intercept = ({ pub }, line) => {
      if (pub?.content === 'bad') world.gateway.ctrl(line, 422, { id: pub.id ?? '', params: { reason: 'words' } });
      else if (pub?.content === 'hush') world.gateway.ctrl(line, 202, { id: pub.id ?? '' });
      else return false;
      return true;
    };
  };

  it('learns what became of own messages meanwhile, whoever has sent them', async () => {
    settle();
    const [one, two] = [await open(), await open()];
    closed();
    for (const text of ['bad', 'hush', 'fine', 'gone']) one.conversation.send(text);
    await world.soon();
    assert.deepEqual(states(two.conversation), ['queued', 'queued', 'queued', 'queued']);
    device.sleep(1, true);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    one.conversation.send('bad');
    await world.soon();
    one.conversation.discard(listed(one.conversation).at(-1)?.key ?? '');
    device.sleep(1, false);
    await world.soon();
    assert.deepEqual(texts(two.conversation), texts(one.conversation));
    assert.deepEqual(states(two.conversation), states(one.conversation));
    assert.equal(world.gateway.of('pub').length, 5);
  });

  it('does not bring back what the user has removed meanwhile', async () => {
    settle();
    const [one, two] = [await open(), await open()];
    one.conversation.send('bad');
    await world.soon();
    assert.deepEqual(states(two.conversation), ['refused']);
    device.sleep(1, true);
    one.conversation.discard(listed(one.conversation)[0]?.key ?? '');
    device.sleep(1, false);
    await world.soon();
    assert.deepEqual([texts(one.conversation), texts(two.conversation)], [[], []]);
  });

  it('keeps what is settled while it asks the device what has been removed', async () => {
    settle();
    let { load } = device.store;
    const second = world.page(device, { ...device.store, load: (topic) => load(topic) });
    const two = second.client.current();
    second.client.connect();
    await world.soon();
    load = async (topic) => {
      const kept = await device.store.load(topic);
      await new Promise<void>((resolve) => {
        world.clock.after(100, resolve);
      });
      return kept;
    };
    device.sleep(0, true);
    device.sleep(0, false);
    ({ load } = device.store);
    two.send('bad');
    await world.clock.advance(500);
    assert.deepEqual(states(two), ['refused']);
  });

  it('does not remove what came back after it was discarded, and was sent again by the user', async () => {
    closed();
    const [one, two] = [await open(), await open()];
    const { key } = one.conversation.send('old');
    await world.soon();
    const kept = device.own.get('newweb')?.get(key);
    assert.ok(kept);
    await world.clock.advance(DAY_MS + 1);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(states(two.conversation), ['expired']);
    one.conversation.discard(key);
    assert.deepEqual(texts(two.conversation), []);
    leave(one);
    closed();
    // The device could not forget it, and who remembers sleeps.
    await device.store.put('newweb', { ...kept, state: 'expired', base: 0 });
    device.sleep(0, true);
    const three = await open();
    three.conversation.retry(key);
    await world.soon();
    device.sleep(0, false);
    device.sleep(1, true);
    device.sleep(1, false);
    await world.soon();
    assert.deepEqual(states(three.conversation), ['queued']);
    assert.deepEqual(states(two.conversation), ['queued']);
  });

  it('has its message sent by the page that leads, also when nothing of it was kept', async () => {
    closed();
    const refusing = { ...device.store, put: () => Promise.reject(new Error('full')) };
    const one = world.page(device, refusing);
    const first = one.client.current();
    one.client.connect();
    first.send('volatile');
    await world.soon();
    const two = await open();
    two.conversation.send('takes the lead');
    await world.soon();
    assert.equal(one.client.leads$.value, false);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(seqids(first), [1, 2]);
    assert.deepEqual(texts(two.conversation), ['volatile', 'takes the lead']);
  });
});

describe('P4: the order of sending', () => {
  it('is that of the view, when a paint is late and when an expired message is sent again', async () => {
    const page = await open();
    page.conversation.send('first');
    await world.soon();
    closed();
    page.conversation.send('old');
    await world.clock.advance(DAY_MS + 1);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(states(page.conversation), ['sent', 'expired']);
    page.conversation.send('new');
    page.conversation.retry(listed(page.conversation)[1]?.key ?? '');
    await world.soon();
    assert.deepEqual(texts(page.conversation), ['first', 'new', 'old']);
    assert.deepEqual(seqids(page.conversation), [1, 2, 3]);
  });
});

describe('an agent', () => {
  it('sends what an earlier page has left, in conversations that nobody looks at; not what another agent has left', async () => {
    const visitor = (await open()).conversation;
    visitor.send('hello');
    await world.soon();
    const desk = new MemoryDevice();
    const first = world.page(desk, desk.store, { role: 'agent' });
    await Promise.all([first.client.login(AGENT.name, AGENT.password), world.soon()]);
    closed();
    const topic = visitor.info$.value.topic ?? '';
    first.client.conversations$.value.find(({ info$ }) => info$.value.topic === topic)?.send('answer');
    await world.soon();
    first.client.destroy();
    const kept = [...(desk.own.get(topic)?.values() ?? [])][0];
    assert.ok(kept);
    await desk.store.put(topic, { ...kept, key: 'other', n: 9, from: 'usrAnotherAgent', content: 'not mine' });
    world.gateway.reachable = true;
    world.page(desk, desk.store, { role: 'agent' }).client.connect();
    await world.clock.advance(30_000);
    assert.deepEqual(texts(visitor), ['hello', 'answer']);
  });
});

describe('a store that was put back to an earlier state', () => {
  /** Three of an agent and three own ones, of which the store has lost all but the first two. */
  const lost = async (): Promise<Page & { topic: string }> => {
    const page = await open();
    page.conversation.send('own 1');
    await world.soon();
    const topic = page.conversation.info$.value.topic ?? '';
    world.gateway.publish(topic, AGENT.user, 'agent 2');
    await world.soon();
    for (const text of ['own 3', 'own 4']) page.conversation.send(text);
    await world.soon();
    world.gateway.publish(topic, AGENT.user, 'agent 5');
    await world.clock.advance(1_000);
    assert.deepEqual(seqids(page.conversation), [1, 2, 3, 4, 5]);
    closed();
    world.gateway.putBack(topic, 2);
    return { ...page, topic };
  };
  const stored = (topic: string): unknown[] => world.gateway.topic(topic).messages.map(({ content }) => content);

  it('gets what a page had sent again, in order, before what is unsent; and the page shows what is there', async () => {
    const { conversation, topic } = await lost();
    world.gateway.publish(topic, AGENT.user, 'agent 3');
    conversation.send('unsent');
    await world.soon();
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(stored(topic), ['own 1', 'agent 2', 'agent 3', 'own 3', 'own 4', 'unsent']);
    assert.deepEqual(texts(conversation), stored(topic));
    assert.deepEqual(seqids(conversation), [1, 2, 3, 4, 5, 6]);
    world.gateway.publish(topic, AGENT.user, 'agent 7');
    await world.soon();
    assert.equal(seqids(conversation).at(-1), 7);
    assert.equal(world.gateway.of('pub').filter(({ content }) => content === 'own 1').length, 2, 'and stored once');
  });

  it('also from what a device had kept, and once', async () => {
    const first = await lost();
    leave(first);
    world.gateway.reachable = true;
    const second = await open();
    await world.clock.advance(1_000);
    assert.deepEqual(stored(first.topic), ['own 1', 'agent 2', 'own 3', 'own 4']);
    assert.deepEqual(texts(second.conversation), stored(first.topic));
    const sent = world.gateway.of('pub').length;
    leave(second);
    const third = await open();
    assert.deepEqual(texts(third.conversation), stored(first.topic));
    assert.equal(world.gateway.of('pub').length, sent, 'the store is the same as before');
  });

  it('is the same while gateways of an older version, which tell no epoch, are among the others', async () => {
    const page = await open();
    page.conversation.send('hello');
    await world.soon();
    for (const epoch of [undefined, 'one'] as const) {
      world.gateway.epoch = epoch;
      world.gateway.cut();
      await world.clock.advance(5_000);
      assert.deepEqual(states(page.conversation), ['sent']);
    }
    assert.equal(world.gateway.of('pub').length, 1);
  });

  it('gets nothing that is older than a day', async () => {
    const { conversation, topic } = await lost();
    await world.clock.advance(DAY_MS);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(stored(topic), ['own 1', 'agent 2']);
    assert.deepEqual(texts(conversation), stored(topic));
  });
});
