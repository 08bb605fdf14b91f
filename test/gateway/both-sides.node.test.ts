// What the visitor and the agent see of the same conversation, through our SDK and a real gateway: lines, edits, messages taken back, finds.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { noticeOf } from '../../src/ui/content/notice.ts';
import { findsOf } from '../../src/protocol/find.ts';
import { en } from '../../src/ui/i18n/en.ts';
import { createClient } from '../../src/sdk/app/client.ts';
import type { Client, Conversation, Message } from '../../src/sdk/app/model.ts';
import type { ClientOptions } from '../../src/sdk/app/options.ts';
import { LinkLostError, RefusedError } from '../../src/sdk/datalink/request-errors.ts';
import { JumpingClock } from './jumping-clock.ts';
import { newGateway, PASSWORD } from './new-gateway.ts';

const DEADLINE_MS = 60_000;

/** Resolves when the conversation looks like that; rejects with what it looks like instead. */
async function becomes<T>(conversation: Conversation, look: () => T, wanted: T): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const check = (): void => {
      try {
        assert.deepEqual(look(), wanted);
      } catch (error) {
        last = error;
        return;
      }
      end();
      resolve();
    };
    let last: unknown;
    const timer = setTimeout(() => {
      end();
      reject(last instanceof Error ? last : new Error('never'));
    }, DEADLINE_MS);
    const end = (): void => {
      clearTimeout(timer);
      queueMicrotask(() => {
        for (const one of subscriptions) one.unsubscribe();
      });
    };
    const subscriptions = [conversation.messages$.subscribe(check), conversation.info$.subscribe(check)];
  });
}

const rows = (conversation: Conversation): Message[] => {
  const list = conversation.messages$.value;
  return Array.from({ length: list.length }, (_, index) => list.at(index)).flatMap((row) => row ?? []);
};

/** One line for each row: what stands there. */
const seen = (conversation: Conversation): unknown[] =>
  rows(conversation).map(
    (row) =>
      noticeOf(row, conversation.user, en) ?? `${(row.edit ?? row).content as string}${row.edit ? ' (edited)' : ''}`,
  );

async function newTalk(t: TestContext, clock = new JumpingClock()) {
  const { url } = await newGateway(t, {
    systemLines: true,
    clock,
    limits: { visitorPubs: { perSecond: 1e6, burst: 1e6 } },
  });
  const client = (options: Omit<ClientOptions, 'server'>): Client => {
    const one = createClient({ server: url, ...options });
    t.after(() => one.destroy());
    return one;
  };
  /** Another page of the agent. */
  const agentPage = async (): Promise<Conversation> => {
    const one = client({ role: 'agent' });
    await one.login('mei', PASSWORD);
    return new Promise((resolve) => {
      one.conversations$.subscribe(([first]) => {
        if (first) resolve(first);
      });
    });
  };
  const visitorClient = client({ role: 'visitor' });
  visitorClient.connect();
  const visitor = visitorClient.current();
  visitor.send('Hello');
  const agent = await agentPage();
  await Promise.all([visitor, agent].map((one) => becomes(one, () => seen(one), ['Hello', 'Mei Lin joined'])));
  /** Both see this, and everything is stored. */
  const both = (wanted: unknown[]): Promise<unknown> =>
    Promise.all(
      [visitor, agent].map((one) =>
        becomes(one, () => rows(one).every(({ seqid }) => seqid !== undefined) && seen(one), wanted),
      ),
    );
  return { clock, visitor, agent, agentPage, both, visitorClient };
}

describe('both sides see the same', () => {
  test('lines of what has happened, which are no unread messages and ring no bell', async (t) => {
    const { visitor, agent, both, visitorClient } = await newTalk(t);
    const rung: unknown[] = [];
    visitorClient.on((event) => {
      if (event.type === 'message') rung.push(event.message.content);
    });
    await agent.resolve();
    await both(['Hello', 'Mei Lin joined', 'Mei Lin closed the conversation']);
    assert.equal(visitor.info$.value.unread, 0);
    assert.equal(visitor.info$.value.newest?.content, 'Hello');
    assert.deepEqual(rung, []);
    visitor.send('One more thing');
    await both(['Hello', 'Mei Lin joined', 'Mei Lin closed the conversation', 'One more thing', 'Mei Lin joined']);
    const { read } = visitor.messages$.value;
    assert.ok(read < 4, 'who joins has not read by that');
  });

  test('a message that its sender takes back, also who comes later', async (t) => {
    const { agentPage, visitor, agent, both } = await newTalk(t);
    const slip = visitor.send('My card number is 4242');
    visitor.send('Sorry');
    await both(['Hello', 'Mei Lin joined', 'My card number is 4242', 'Sorry']);
    await visitor.recall(slip.key);
    const wanted = ['Hello', 'Mei Lin joined', undefined, 'Sorry'];
    const withLine = (line: string): unknown[] => wanted.map((text) => text ?? line);
    await becomes(visitor, () => seen(visitor), withLine('You took back a message'));
    await becomes(agent, () => seen(agent), withLine(`${en.nameless} took back a message`));
    const late = await agentPage();
    await becomes(late, () => seen(late), withLine(`${en.nameless} took back a message`));
  });

  test('an edit, also one of an edit, and taken back with all its versions', async (t) => {
    const { visitor, agent, both } = await newTalk(t);
    const first = visitor.send('Two kettels');
    visitor.send('please');
    await both(['Hello', 'Mei Lin joined', 'Two kettels', 'please']);
    const { seqid } = rows(visitor)[2]!;
    visitor.send('Two kettles', { replace: `:${seqid}` });
    assert.deepEqual(seen(visitor)[2], 'Two kettles (edited)', 'at once');
    await both(['Hello', 'Mei Lin joined', 'Two kettles (edited)', 'please']);
    visitor.send('Three kettles', { replace: `:${seqid}` });
    await both(['Hello', 'Mei Lin joined', 'Three kettles (edited)', 'please']);
    assert.equal(agent.info$.value.unread, 3, 'versions are no messages');
    await visitor.recall(first.key);
    await becomes(agent, () => seen(agent)[2], `${en.nameless} took back a message`);
    await becomes(visitor, () => seen(visitor), ['Hello', 'Mei Lin joined', 'You took back a message', 'please']);
  });

  test('too late is too late', async (t) => {
    const { clock, visitor, both, visitorClient } = await newTalk(t);
    const { key } = visitor.send('Old news');
    await both(['Hello', 'Mei Lin joined', 'Old news']);
    clock.jump(2 * 60_000 + 1);
    /** The link that has slept so long is cut first. */
    const recall = async (): Promise<void> => {
      try {
        await visitor.recall(key);
      } catch (error) {
        if (!(error instanceof LinkLostError)) throw error;
        await new Promise<void>((resolve) => {
          visitorClient.link$.subscribe(({ state }) => {
            if (state === 'online') resolve();
          });
        });
        await recall();
      }
    };
    await assert.rejects(recall(), (error) => error instanceof RefusedError && error.reason === 'too late');
    assert.equal(seen(visitor).at(-1), 'Old news');
  });
});

describe('finding and going there', () => {
  test('what stands where, as far back as it goes', async (t) => {
    const { visitor, agent } = await newTalk(t);
    for (let n = 3; n <= 400; n += 1) visitor.send(n === 40 ? 'The KETTLE is broken' : `message ${n}`);
    await becomes(agent, () => agent.messages$.value.length >= 2 && seen(agent).at(-1), 'message 400');
    const { hits, before } = findsOf(await agent.find('kettle'));
    assert.deepEqual(
      hits.map(({ seq, text }) => [seq, text]),
      [[40, 'The KETTLE is broken']],
    );
    assert.equal(before, undefined);
    assert.deepEqual(findsOf(await agent.find('nowhere')).hits, []);
  });

  test('a page that has only the newest sees an island, and fills the hole from both sides', async (t) => {
    const { agentPage, visitor } = await newTalk(t);
    for (let n = 3; n <= 400; n += 1) visitor.send(`message ${n}`);
    await becomes(visitor, () => rows(visitor).at(-1)?.seqid, 400);
    const conversation = await agentPage();
    await becomes(conversation, () => rows(conversation).length, 50);
    const seqids = (): number[] => rows(conversation).map(({ seqid }) => seqid ?? 0);
    assert.equal(seqids()[0], 351);
    await conversation.loadOlder(125);
    assert.deepEqual([seqids()[0], seqids()[49], seqids()[50]], [75, 124, 351]);
    const list = conversation.messages$.value;
    assert.equal(list.isMissingBefore(list.indexOfSeqid(351)), true);
    assert.equal(list.isMissingBefore(list.indexOfSeqid(100)), false);
    await conversation.loadOlder(351);
    assert.equal(seqids().includes(301), true);
    await conversation.loadOlder(175);
    assert.deepEqual([seqids().includes(174), seqids().includes(200)], [true, false]);
    await conversation.loadOlder();
    assert.equal(seqids()[0], 25);
    await conversation.loadOlder(1_000);
    assert.equal(seqids().at(-1), 400);
  });
});
