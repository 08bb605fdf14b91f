// The whole SDK core against a gateway in memory, as a visitor's page sees it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CLOSE } from '../../../src/protocol/close-code.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import { MSGID_HEAD } from '../../../src/protocol/msgid.ts';
import { endOf } from '../../../src/protocol/seq.ts';
import { AGENT, LATENCY_MS } from '../../support/fake-gateway.ts';
import { listed, numbers, seqids, states, texts, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

describe('a client that is not used', () => {
  it('opens nothing, stores nothing, waits for nothing', async () => {
    const { client } = world.client();
    await world.clock.advance(60_000);
    assert.equal(world.gateway.connections.length, 0);
    assert.equal(world.clock.waiting, 0);
    assert.equal(world.store.get('kefu:visitor:https://im.example.com'), undefined);
    assert.deepEqual(client.link$.value.state, 'idle');
    client.destroy();
  });

  it('refuses a server that is no address', () => {
    assert.throws(() => world.client({ server: 'nonsense' }), TypeError);
  });
});

describe('a visitor', () => {
  it('who only looks makes no conversation', async () => {
    const { client, conversation } = await world.visitor();
    await world.clock.advance(60_000);
    assert.deepEqual(
      world.gateway.of('sub').map(({ topic }) => topic),
      ['me'],
    );
    assert.equal(world.gateway.topics.size, 0);
    assert.equal(conversation.info$.value.topic, undefined);
    assert.equal(conversation.info$.value.phase, 'new');
    assert.equal(client.conversations$.value.length, 1);
  });

  it('sees a message in the list before anything is sent', async () => {
    const { conversation } = await world.visitor();
    const before = world.gateway.packets.length;
    let notified = 0;
    conversation.messages$.subscribe(() => (notified += 1));
    const message = conversation.send('hello');
    assert.deepEqual(texts(conversation), ['hello']);
    assert.equal(conversation.messages$.value.indexOf(message.key), 0);
    assert.equal(message.state, 'draft');
    assert.ok(notified > 1);
    assert.equal(world.gateway.packets.length, before, 'nothing before the paint');
    await world.clock.paint();
    assert.ok(world.gateway.packets.length > before);
  });

  it('makes the conversation by the first message, on the channel', async () => {
    const page = { title: 'Shop', url: 'https://shop.example.com/' };
    const { client, conversation, events } = await world.visitor({ channel: 'vip', page: () => page });
    const message = conversation.send('hello', { 'x-kefu-test': 1 });
    await world.soon();
    const [sub] = world.gateway.of('sub').filter(({ topic }) => topic !== 'me');
    assert.equal(sub?.topic, 'newvip');
    assert.deepEqual(sub.set, { tags: ['channel:vip'], desc: { public: { 'x-kefu-page': page } } });
    const [pub] = world.gateway.of('pub');
    assert.ok(pub);
    assert.equal(pub.topic, conversation.info$.value.topic);
    assert.deepEqual(pub.head, { [MSGID_HEAD]: message.msgid, 'x-kefu-test': 1 });
    assert.equal(pub.content, 'hello');
    assert.equal(pub.noecho, true);
    assert.deepEqual(seqids(conversation), [1]);
    assert.deepEqual(conversation.info$.value.page, page);
    assert.equal(client.current(), conversation);
    assert.equal(client.conversations$.value.length, 1, 'the list does not make a second one of it');
    assert.deepEqual(
      events.map((event) => (event.type === 'status' ? event.state : event.type)),
      ['message', 'draft', 'queued', 'sending', 'sent'],
    );
  });

  it('says of a document that it is one', async () => {
    const { conversation } = await world.visitor();
    conversation.send({ txt: 'hello', fmt: [{ len: 5, tp: 'ST' }] }, { reply: '7' });
    conversation.send('plain');
    await world.soon();
    const [document, plain] = world.gateway.of('pub').map(({ head }) => head);
    assert.equal(document?.['mime'], 'text/x-drafty');
    assert.equal(document['reply'], '7');
    assert.equal(plain?.['mime'], undefined);
  });

  it('may write before the link is there', async () => {
    const { client } = world.client();
    const conversation = client.current();
    conversation.send('early');
    conversation.send('bird');
    client.connect();
    await world.soon();
    assert.deepEqual(texts(conversation), ['early', 'bird']);
    assert.deepEqual(seqids(conversation), [1, 2]);
    assert.equal(world.gateway.topics.size, 1);
  });

  it('who says the same twice has said it twice', async () => {
    const { conversation } = await world.visitor();
    const [first, second] = [conversation.send('yes'), conversation.send('yes')];
    assert.notEqual(first.msgid, second.msgid);
    await world.soon();
    assert.deepEqual(texts(conversation), ['yes', 'yes']);
    assert.deepEqual(seqids(conversation), [1, 2]);
    const [topic] = world.gateway.topics.values();
    assert.equal(topic?.messages.length, 2);
  });

  it('has one message when its answer was lost with the link', async () => {
    const { conversation } = await world.visitor();
    conversation.send('one');
    await world.soon();
    world.gateway.intercept = ({ pub }, line) => {
      if (!pub) return false;
      world.gateway.intercept = () => false;
      world.gateway.store(pub, line);
      world.gateway.cut();
      return true;
    };
    conversation.send('two');
    await world.soon();
    assert.deepEqual(states(conversation), ['sent', 'queued']);
    await world.clock.advance(5_000);
    assert.deepEqual(texts(conversation), ['one', 'two']);
    assert.deepEqual(seqids(conversation), [1, 2]);
    assert.deepEqual(states(conversation), ['sent', 'sent']);
    const [topic] = world.gateway.topics.values();
    assert.deepEqual(
      topic?.messages.map(({ content }) => content),
      ['one', 'two'],
    );
  });

  it('tries at once when the visitor writes during a back-off', async () => {
    const { conversation } = await world.visitor();
    // One attempt a second at most.
    await world.clock.advance(1_000);
    world.gateway.cut();
    conversation.send('now');
    await world.clock.advance(100); // less than the shortest back-off
    assert.deepEqual(states(conversation), ['sent']);
  });

  it('has one message on a stock peer too: what was missed is looked at before anything is sent again', async () => {
    world.gateway.stock = true;
    const { conversation } = await world.visitor();
    conversation.send('one');
    await world.soon();
    world.gateway.intercept = ({ pub }, line) => {
      if (!pub) return false;
      world.gateway.intercept = () => false;
      world.gateway.store(pub, line);
      world.gateway.cut();
      return true;
    };
    conversation.send('two');
    await world.clock.advance(5_000);
    const [topic] = world.gateway.topics.values();
    assert.deepEqual(
      topic?.messages.map(({ content }) => content),
      ['one', 'two'],
    );
    assert.deepEqual(seqids(conversation), [1, 2]);
    conversation.send('three');
    await world.soon();
    assert.deepEqual(seqids(conversation), [1, 2, 3]);
  });

  it('keeps the order of what was written while there was no link', async () => {
    const { conversation } = await world.visitor();
    conversation.send('first');
    await world.soon();
    world.gateway.reachable = false;
    world.gateway.cut();
    const written = numbers(1, 100).map(String);
    for (const text of written) conversation.send(text);
    await world.clock.advance(60_000);
    assert.ok(
      states(conversation)
        .slice(1)
        .every((state) => state === 'queued'),
      'never failed',
    );
    world.gateway.reachable = true;
    await world.clock.advance(60_000);
    assert.deepEqual(texts(conversation), ['first', ...written]);
    assert.deepEqual(seqids(conversation), numbers(1, 101));
  });

  it('keeps a refused message, frozen, and may discard it', async () => {
    const { conversation, events } = await world.returning(2);
    world.gateway.intercept = ({ pub }, line) => {
      if (pub?.content !== 'bad') return false;
      const id = pub.id ?? '';
      world.gateway.ctrl(line, 422, { id, params: { reason: 'word' } });
      return true;
    };
    const bad = conversation.send('bad');
    conversation.send('good');
    await world.soon();
    assert.deepEqual(texts(conversation).slice(-2), ['bad', 'good']);
    assert.deepEqual(states(conversation), ['sent', 'sent', 'refused', 'sent']);
    assert.equal(
      events.some((event) => event.type === 'status' && event.state === 'refused'),
      true,
    );
    conversation.discard(bad.key);
    assert.equal(texts(conversation).includes('bad'), false);
  });

  it('keeps a message that was taken without a seqid where it stands', async () => {
    const { conversation } = await world.returning(2);
    world.gateway.intercept = ({ pub }, line) => {
      if (pub?.content !== 'hidden') return false;
      world.gateway.ctrl(line, 202, { id: pub.id ?? '' });
      return true;
    };
    conversation.send('hidden');
    await world.soon();
    world.gateway.publish(conversation.info$.value.topic ?? '', AGENT.user, 'later');
    await world.soon();
    assert.deepEqual(texts(conversation), ['message 1', 'message 2', 'hidden', 'later']);
    assert.deepEqual(states(conversation).at(2), 'sent');
  });

  it('is asked about a message that could not go for a day', async () => {
    const { conversation } = await world.returning(1);
    world.gateway.reachable = false;
    world.gateway.cut();
    const message = conversation.send('old');
    await world.clock.advance(25 * 3_600_000);
    world.gateway.reachable = true;
    await world.clock.advance(60_000);
    assert.deepEqual(states(conversation), ['sent', 'expired']);
    conversation.retry(message.key);
    await world.soon();
    assert.deepEqual(states(conversation), ['sent', 'sent']);
    const stored = world.gateway.topic(conversation.info$.value.topic ?? '').messages.at(-1);
    assert.equal(stored?.head?.[MSGID_HEAD], message.msgid);
  });

  it('who comes back gets the conversation by the list, with its last page', async () => {
    const { client, conversation } = await world.returning(120);
    assert.equal(world.gateway.of('acc').length, 0, 'the same account');
    assert.equal(conversation.info$.value.topic, [...world.gateway.topics.keys()][0]);
    assert.equal(client.conversations$.value.length, 1);
    assert.deepEqual(seqids(conversation), numbers(71, 120));
    assert.equal(conversation.messages$.value.hasOlder, true);
    assert.deepEqual(
      world.gateway.of('sub').map(({ topic }) => topic.slice(0, 3)),
      ['me', 'grp'],
    );
  });

  it('loads older pages until there are none', async () => {
    const { conversation } = await world.returning(120);
    const loading = conversation.loadOlder();
    void conversation.loadOlder();
    assert.equal(conversation.messages$.value.loadingOlder, true);
    await world.soon();
    await world.clock.advance(1_000);
    await loading;
    assert.equal(conversation.messages$.value.loadingOlder, false);
    assert.deepEqual(seqids(conversation), numbers(21, 120));
    void conversation.loadOlder();
    await world.clock.advance(1_000);
    assert.deepEqual(seqids(conversation), numbers(1, 120));
    assert.equal(conversation.messages$.value.hasOlder, false);
    assert.equal(world.gateway.of('get').filter(({ what }) => what === 'data').length, 2);
  });

  it('gets over a page of which nothing may be shown', async () => {
    const filter = ({ base }: { base: number }): boolean => base <= 10 || base > 70;
    const { conversation } = await world.returning(120, { filter });
    for (const count of [50, 60]) {
      void conversation.loadOlder();
      await world.clock.advance(1_000);
      assert.equal(listed(conversation).length, count);
    }
    assert.deepEqual(seqids(conversation), [...numbers(1, 10), ...numbers(71, 120)]);
    assert.equal(conversation.messages$.value.hasOlder, false);
  });

  it('gets the first page on the next link when it was lost with the first', async () => {
    world.gateway.intercept = ({ sub }) => {
      if (!sub?.topic.startsWith('grp')) return false;
      // The description comes, the page does not.
      world.clock.after(2 * LATENCY_MS, () => {
        world.gateway.cut();
      });
      world.gateway.intercept = () => false;
      world.gateway.push({ meta: { topic: sub.topic, desc: { seq: 70 } } });
      return true;
    };
    await world.remember(70);
    const { client } = world.client();
    const conversation = client.current();
    client.connect();
    await world.clock.advance(5_000);
    assert.deepEqual(seqids(conversation), numbers(21, 70));
    assert.equal(conversation.messages$.value.hasOlder, true);
  });

  it('is shown nothing out of order: what came early waits, and what is missing is asked for', async () => {
    const { conversation, events } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    for (const content of ['3', '4']) world.gateway.publish(topic, AGENT.user, content, { quietly: true });
    world.gateway.publish(topic, AGENT.user, '5');
    await world.soon();
    assert.deepEqual(seqids(conversation), [1, 2]);
    await world.clock.advance(1_000);
    assert.deepEqual(seqids(conversation), [1, 2, 3, 4, 5]);
    assert.deepEqual(world.gateway.of('get').at(-1)?.data, { ranges: [{ low: 3, hi: 5 }] });
    assert.deepEqual(
      events.map(({ message }) => message.content),
      ['3', '4', '5'],
    );
    assert.equal(world.gateway.of('note').at(-1)?.seq, 5);
  });

  it('asks for nothing when the missing message is just behind', async () => {
    const { conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    const late = world.gateway.publish(topic, AGENT.user, '3', { quietly: true });
    world.gateway.publish(topic, AGENT.user, '4');
    await world.clock.advance(100);
    world.gateway.pushData(late);
    await world.clock.advance(1_000);
    assert.deepEqual(seqids(conversation), [1, 2, 3, 4]);
    assert.equal(world.gateway.of('get').length, 0);
  });

  it('shows a message once, however often it comes', async () => {
    const { conversation, events } = await world.returning(2);
    const data = world.gateway.publish(conversation.info$.value.topic ?? '', AGENT.user, '3');
    for (let again = 0; again < 3; again += 1) world.gateway.pushData(data);
    await world.soon();
    assert.deepEqual(seqids(conversation), [1, 2, 3]);
    assert.equal(events.length, 1);
  });

  it('catches up after a lost link, in bounded windows, upward, and knows that it does', async () => {
    const { client, conversation, events } = await world.returning(10);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.cut();
    for (let n = 11; n <= 130; n += 1)
      world.gateway.publish(topic, AGENT.user, `message ${String(n)}`, { quietly: true });
    const stale: boolean[] = [];
    client.link$.subscribe((status) => stale.push(status.stale));
    await world.clock.advance(5_000);
    assert.deepEqual(seqids(conversation), numbers(1, 130));
    const windows = world.gateway.of('get').flatMap(({ data }) => data?.ranges ?? []);
    assert.deepEqual(windows, [
      { low: 11, hi: 61 },
      { low: 61, hi: 111 },
      { low: 111, hi: 131 },
    ]);
    assert.ok(windows.every((window) => endOf(window) - window.low <= LIMITS.historyPage));
    assert.deepEqual(
      events.map(({ message }) => message.seqid),
      numbers(11, 130),
    );
    assert.deepEqual([stale[0], stale.at(-1)], [true, false]);
    assert.equal(client.link$.value.state, 'online');
    await world.clock.advance(100);
    assert.equal(world.gateway.topic(topic).receipts.get(client.me$.value?.id ?? '')?.recv, 130);
  });

  it('catches up although the link is lost on the way', async () => {
    const { client, conversation } = await world.returning(10);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.cut();
    for (let n = 11; n <= 130; n += 1)
      world.gateway.publish(topic, AGENT.user, `message ${String(n)}`, { quietly: true });
    let windows = 0;
    world.gateway.intercept = ({ get }) => {
      if (!get?.data?.ranges || (windows += 1) !== 2) return false;
      world.gateway.cut();
      return true;
    };
    await world.clock.advance(10_000);
    assert.deepEqual(seqids(conversation), numbers(1, 130));
    assert.equal(client.link$.value.stale, false);
  });

  it('is not stale for ever when others filled the gap', async () => {
    const { client, conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.intercept = ({ get }) => get?.data?.ranges !== undefined;
    const third = world.gateway.publish(topic, AGENT.user, '3', { quietly: true });
    world.gateway.publish(topic, AGENT.user, '4');
    await world.clock.advance(1_000);
    assert.equal(client.link$.value.stale, true);
    world.gateway.cut();
    await world.clock.advance(3_000);
    world.gateway.pushData(third);
    await world.clock.advance(30_000);
    assert.deepEqual(seqids(conversation), [1, 2, 3, 4]);
    assert.equal(client.link$.value.stale, false);
  });

  it('is not stale for a conversation that it may not see any more', async () => {
    const { client, conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.intercept = ({ get }) => get?.data?.ranges !== undefined;
    world.gateway.publish(topic, AGENT.user, '3', { quietly: true });
    world.gateway.publish(topic, AGENT.user, '4');
    await world.clock.advance(1_000);
    world.gateway.topics.delete(topic);
    world.gateway.cut();
    await world.clock.advance(5_000);
    assert.equal(client.link$.value.state, 'online');
    assert.equal(client.link$.value.stale, false);
  });

  it('is told what is gone: it leaves no gap, and disappears', async () => {
    const { conversation } = await world.returning(4);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.topic(topic).deleted.add(2, 4);
    world.gateway.push({ meta: { topic, del: { clear: 1, delseq: [{ low: 2, hi: 4 }] } } });
    await world.soon();
    assert.deepEqual(seqids(conversation), [1, 4]);
    for (const content of ['5', '6', '7']) world.gateway.publish(topic, AGENT.user, content, { quietly: true });
    world.gateway.topic(topic).deleted.add(5, 7);
    world.gateway.push({ pres: { topic, what: 'del', delseq: [{ low: 5, hi: 7 }] } });
    const last = world.gateway.topic(topic).messages.at(-1);
    assert.ok(last);
    world.gateway.pushData(last);
    await world.clock.advance(1_000);
    assert.deepEqual(seqids(conversation), [1, 4, 7]);
    assert.equal(world.gateway.of('get').length, 0, 'nothing to ask for');
    assert.equal(world.gateway.of('note').at(-1)?.seq, 7);
  });

  it('shows a tombstone also where the word that a message is gone was faster than the message', async () => {
    const { conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    const late = world.gateway.publish(topic, AGENT.user, 'late', { quietly: true });
    world.gateway.push({ pres: { topic, what: 'del', delseq: [{ low: 3, by: AGENT.user }] } });
    world.gateway.pushData(late);
    await world.soon();
    const message = conversation.messages$.value.at(2);
    assert.deepEqual([message?.seqid, message?.content, message?.head], [3, null, { 'x-kefu-recalled': AGENT.user }]);
  });

  it('shows a tombstone also where an own message was taken away before its seqid was heard of', async () => {
    const { conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.intercept = ({ pub }, line) => {
      if (!pub) return false;
      world.gateway.push({ pres: { topic, what: 'del', delseq: [{ low: 3, by: AGENT.user }] } });
      world.gateway.ctrl(line, 202, { id: pub.id ?? '', topic, params: { seq: 3, dup: true } });
      return true;
    };
    conversation.send('mine');
    await world.clock.advance(1_000);
    const message = conversation.messages$.value.at(2);
    assert.deepEqual([message?.seqid, message?.content, message?.head], [3, null, { 'x-kefu-recalled': AGENT.user }]);
  });

  it('asks again what was taken back as long as only the end of the answer came', async () => {
    const { conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    let isTold = false;
    world.gateway.intercept = ({ get }, line) => {
      if (get?.what !== 'del') return false;
      const del = { clear: 1, delseq: [{ low: 2, by: AGENT.user }] };
      if (isTold) world.gateway.push({ meta: { id: get.id ?? '', topic, del } });
      world.gateway.ctrl(line, 200, { id: get.id ?? '', topic });
      return true;
    };
    const describe = async (): Promise<number> => {
      world.gateway.push({ meta: { topic, desc: { seq: 2, clear: 1 } } });
      await world.clock.advance(1_000);
      return world.gateway.of('get').length;
    };
    assert.equal(await describe(), 1);
    isTold = true;
    assert.equal(await describe(), 2);
    const message = conversation.messages$.value.at(1);
    assert.deepEqual([message?.content, message?.head], [null, { 'x-kefu-recalled': AGENT.user }]);
    assert.equal(await describe(), 2, 'that is known now');
  });

  it('gets over numbers that the gateway has no message for', async () => {
    const { conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.topic(topic).newest = 4;
    world.gateway.publish(topic, AGENT.user, '5');
    await world.clock.advance(1_000);
    assert.deepEqual(seqids(conversation), [1, 2], 'an answer may have been lost');
    await world.clock.advance(12_000);
    assert.deepEqual(seqids(conversation), [1, 2, 5]);
    assert.equal(world.gateway.of('get').length, 10, 'five times for each, one by one');
  });

  it('does not take for gone what the gateway says that it has sent, however often it is lost on the way', async () => {
    const { conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.publish(topic, AGENT.user, 'lost', { quietly: true });
    world.gateway.intercept = ({ get }, line) => {
      if (!get?.data?.ranges) return false;
      world.gateway.ctrl(line, 208, { id: get.id ?? '', topic, params: { what: 'data', count: 1 } });
      return true;
    };
    world.gateway.publish(topic, AGENT.user, 'after');
    await world.clock.advance(30_000);
    assert.deepEqual(seqids(conversation), [1, 2]);
    world.gateway.intercept = () => false;
    await world.clock.advance(2_000);
    assert.deepEqual(seqids(conversation), [1, 2, 3, 4]);
  });

  it('P6: marks what is held back as missing, not only what has not come', async () => {
    const { conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.intercept = ({ get }) => get?.data !== undefined;
    world.gateway.publish(topic, AGENT.user, '3', { quietly: true });
    world.gateway.publish(topic, AGENT.user, '4');
    conversation.send('5');
    await world.soon();
    assert.deepEqual(seqids(conversation), [1, 2, 5]);
    assert.equal(conversation.messages$.value.isMissingBefore(2), true);
    conversation.send('6');
    await world.soon();
    assert.equal(conversation.messages$.value.isMissingBefore(3), false);
  });

  it('does not see what the filter drops; it makes no gap and is acked', async () => {
    const { conversation, events } = await world.returning(2, { filter: ({ content }) => content !== 'note' });
    const topic = conversation.info$.value.topic ?? '';
    for (const content of ['note', 'seen', 'note']) world.gateway.publish(topic, AGENT.user, content);
    await world.clock.advance(1_000);
    assert.deepEqual(seqids(conversation), [1, 2, 4]);
    assert.equal(events.length, 1);
    assert.equal(world.gateway.of('get').length, 0);
    assert.equal(world.gateway.of('note').at(-1)?.seq, 5);
  });

  it('sees who is typing, for a while, and never itself', async () => {
    const { client, conversation } = await world.returning(1);
    const topic = conversation.info$.value.topic ?? '';
    const typing = (): string[] => conversation.typing$.value.map(({ id }) => id);
    world.gateway.push({ info: { topic, from: client.me$.value?.id ?? '', what: 'kp' } });
    world.gateway.push({ info: { topic, from: AGENT.user, what: 'kp' } });
    await world.clock.advance(4_000);
    assert.deepEqual(typing(), [AGENT.user]);
    world.gateway.push({ info: { topic, from: AGENT.user, what: 'kp' } });
    await world.clock.advance(4_000);
    assert.deepEqual(typing(), [AGENT.user]);
    await world.clock.advance(LIMITS.typingEveryMs);
    assert.deepEqual(typing(), []);
    world.gateway.push({ info: { topic, from: AGENT.user, what: 'kp' } });
    await world.soon();
    world.gateway.publish(topic, AGENT.user, 'here');
    await world.soon();
    assert.deepEqual(typing(), [], 'who has written types no more');
  });

  it('tells that it is typing, at most every 3 seconds', async () => {
    const { conversation } = await world.returning(1);
    for (let tenth = 0; tenth < 40; tenth += 1) {
      conversation.typing();
      await world.clock.advance(100);
    }
    assert.equal(world.gateway.of('note').filter(({ what }) => what === 'kp').length, 2);
  });

  it('has unread messages until it marks them read', async () => {
    const { client, conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    assert.equal(client.unread$.value, 2);
    conversation.markRead();
    conversation.markRead();
    assert.equal(client.unread$.value, 0);
    world.gateway.publish(topic, AGENT.user, '3');
    await world.soon();
    assert.equal(client.unread$.value, 1);
    conversation.send('4');
    await world.soon();
    assert.equal(client.unread$.value, 1, 'an own message does not hide what came before it');
    conversation.markRead();
    assert.equal(client.unread$.value, 0);
    await world.soon();
    const reads = world.gateway.of('note').filter(({ what }) => what === 'read');
    assert.deepEqual(
      reads.map(({ seq }) => seq),
      [2, 4],
    );
  });

  it('learns that another of its pages has read', async () => {
    const { client, conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.push({ info: { topic, from: client.me$.value?.id ?? '', what: 'read', seq: 2 } });
    await world.soon();
    assert.equal(client.unread$.value, 0);
    assert.equal(conversation.messages$.value.read, 0, 'which is no receipt');
  });

  it('learns from receipts what was delivered and read', async () => {
    const { conversation, events } = await world.visitor();
    for (const text of ['1', '2', '3']) conversation.send(text);
    await world.soon();
    events.length = 0;
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.push({ info: { topic, from: AGENT.user, what: 'recv', seq: 2 } });
    await world.soon();
    assert.deepEqual(states(conversation), ['delivered', 'delivered', 'sent']);
    world.gateway.push({ info: { topic, from: AGENT.user, what: 'read', seq: 1 } });
    await world.soon();
    assert.deepEqual(states(conversation), ['read', 'delivered', 'sent']);
    world.gateway.push({ info: { topic, from: AGENT.user, what: 'recv', seq: 1 } });
    await world.soon();
    assert.deepEqual(states(conversation), ['read', 'delivered', 'sent'], 'receipts only grow');
    assert.deepEqual(
      events.map((event) => (event.type === 'status' ? `${String(event.message.seqid)} ${event.state}` : event.type)),
      ['1 delivered', '2 delivered', '1 read'],
    );
  });

  it('shows no receipts on what others wrote', async () => {
    const { conversation } = await world.returning(1);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.push({ info: { topic, from: AGENT.user, what: 'read', seq: 1 } });
    await world.soon();
    assert.deepEqual(states(conversation), ['sent']);
  });

  it('attaches again when the gateway was busy', async () => {
    let refusals = 0;
    world.gateway.intercept = ({ sub }, line) => {
      if (!sub?.topic.startsWith('grp') || (refusals += 1) > 1) return false;
      world.gateway.ctrl(line, 503, { id: sub.id ?? '', params: { retryAfter: 2_000 } });
      return true;
    };
    const { conversation } = await world.returning(3);
    assert.deepEqual(seqids(conversation), []);
    await world.clock.advance(2_000);
    assert.deepEqual(seqids(conversation), [1, 2, 3]);
  });

  it('attaches again when the gateway did not answer', async () => {
    let unanswered = 0;
    world.gateway.intercept = ({ sub }) => sub?.topic.startsWith('grp') === true && (unanswered += 1) === 1;
    const { conversation } = await world.returning(3);
    await world.clock.advance(17_000);
    assert.deepEqual(seqids(conversation), [1, 2, 3]);
  });

  it('logs in again when the gateway has forgotten who it is', async () => {
    const { conversation } = await world.returning(1);
    let once = true;
    world.gateway.intercept = ({ pub }, line) => {
      if (!pub || !once) return false;
      once = false;
      world.gateway.ctrl(line, 401, { id: pub.id ?? '' });
      return true;
    };
    conversation.send('hello');
    await world.clock.advance(5_000);
    assert.deepEqual(states(conversation), ['sent', 'sent']);
    assert.equal(world.gateway.of('pub').length, 2);
    assert.equal(world.gateway.of('login').length, 2);
  });

  it('is told honestly about the link', async () => {
    const { client } = await world.visitor();
    const words: string[] = [];
    client.link$.subscribe(({ state }) => words.push(state));
    world.gateway.reachable = false;
    world.gateway.cut();
    await world.clock.advance(60_000);
    assert.deepEqual(words, ['online', 'retrying']);
    assert.equal(client.link$.value.stale, true);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    world.gateway.cut(CLOSE.forbidden);
    await world.clock.advance(60_000);
    assert.deepEqual(words, ['online', 'retrying', 'online', 'refused']);
  });

  it('finds out within 36 seconds that a link is dead, and goes on over another', async () => {
    const { conversation } = await world.returning(1);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.silent = true;
    world.gateway.publish(topic, AGENT.user, '2');
    await world.clock.advance(25_000);
    world.gateway.silent = false;
    await world.clock.advance(11_000);
    assert.deepEqual(seqids(conversation), [1, 2]);
  });

  it('moves to another link when the gateway goes away, and loses nothing', async () => {
    const { client, conversation } = await world.returning(1);
    world.gateway.push({ ctrl: { code: 205, text: 'evicted', params: { after: 1_000 } } });
    await world.clock.advance(500);
    assert.equal(client.link$.value.state, 'online');
    conversation.send('still');
    await world.clock.advance(5_000);
    assert.equal(world.gateway.connections.length, 3);
    assert.deepEqual(seqids(conversation), [1, 2]);
    assert.equal(client.link$.value.state, 'online');
  });

  it('stops asking for a conversation that is gone', async () => {
    const { client, conversation } = await world.returning(2);
    const topic = conversation.info$.value.topic ?? '';
    world.gateway.intercept = ({ get }, line) => {
      if (!get?.data?.ranges) return false;
      // The answer comes when the conversation has gone.
      world.clock.after(2_000, () => {
        world.gateway.ctrl(line, 204, { id: get.id ?? '', topic, params: { what: 'data' } });
      });
      return true;
    };
    world.gateway.publish(topic, AGENT.user, '3', { quietly: true });
    world.gateway.publish(topic, AGENT.user, '4');
    await world.clock.advance(1_000);
    world.gateway.push({ pres: { topic: 'me', src: topic, what: 'gone' } });
    await world.clock.advance(60_000);
    assert.equal(client.conversations$.value.length, 0);
    assert.equal(world.gateway.of('get').length, 1);
    const next = client.current();
    assert.notEqual(next.id, conversation.id);
    assert.deepEqual(texts(next), []);
  });

  it('may be forgotten: account, conversation and link', async () => {
    const { client } = await world.returning(2);
    client.logout();
    assert.equal(client.link$.value.state, 'idle');
    assert.equal(typeof client.me$.value, 'undefined');
    assert.deepEqual(client.conversations$.value, []);
    client.connect();
    await world.soon();
    assert.equal(client.me$.value?.id, 'usrVisitor0002');
  });
});

describe('destroy', () => {
  for (const ms of [50, 300]) {
    it(`leaves no timers, no subscriptions and no line, ${String(ms)} ms after much has happened`, async () => {
      const { client, conversation } = await world.returning(2);
      const topic = conversation.info$.value.topic ?? '';
      let ended = 0;
      conversation.messages$.subscribe(() => undefined);
      client.link$.subscribe(() => (ended += 1));
      // Everything that may wait: a gap, an ack, a typist, an answer, a busy outbox.
      world.gateway.intercept = ({ pub, get }, line) => {
        if (pub) world.gateway.ctrl(line, 503, { id: pub.id ?? '', params: { retryAfter: 60_000 } });
        return pub !== undefined || get !== undefined;
      };
      world.gateway.push({ info: { topic, from: AGENT.user, what: 'kp' } });
      world.gateway.publish(topic, AGENT.user, '3', { quietly: true });
      world.gateway.publish(topic, AGENT.user, '4');
      conversation.send('5');
      await world.clock.advance(ms);
      void conversation.loadOlder();
      conversation.send('6');
      client.destroy();
      await world.clock.paint();
      assert.equal(world.clock.waiting, 0);
      assert.equal(world.wake$.observed, false);
      assert.ok(world.gateway.closes.length > 0);
      const [packets, words] = [world.gateway.packets.length, ended];
      world.wake$.next('wake');
      await world.clock.advance(120_000);
      assert.equal(world.gateway.packets.length, packets);
      assert.equal(ended, words);
    });
  }
});
