// Topic: what it keeps in memory.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Topic } from '../../src/gateway/topic.ts';
import type { Conversation } from '../../src/gateway/store/store.ts';
import { memoryStore } from './new-core.ts';

const conversation: Conversation = {
  topic: 'grpAAAAAAAAAAAAAAAAAAAAAA',
  visitor: 'usrVVVVVVVVVVVVVVVVVVVVVV',
  channel: 'web',
  public: undefined,
  phase: 'new',
  agent: undefined,
  lastAgent: undefined,
  waitingSince: undefined,
  seq: 0,
  clear: 0,
  createdAt: 1,
  updatedAt: 1,
  touchedAt: 1,
};

describe('recent messages', () => {
  for (const [length, kept] of [
    [10, 128],
    [40_000, 6],
  ] as const)
    test(`of ${length} characters: the newest ${kept}`, () => {
      const topic = new Topic(memoryStore(), conversation, []);
      const rest = { from: conversation.visitor, at: 1, head: undefined, note: false, deleted: false };
      const content = JSON.stringify('x'.repeat(length));
      for (let seq = 1; seq <= 300; seq += 1) topic.stored({ seq, content, ...rest });
      const found = Array.from({ length: 300 }, (_, n) => n + 1).filter((seq) => topic.recent(seq) !== undefined);
      assert.deepEqual(
        found,
        Array.from({ length: kept }, (_, n) => 301 - kept + n),
      );
      // Room that deleted ones leave is used again.
      topic.forget([{ low: 300 - kept, hi: 301 }]);
      for (let seq = 301; seq <= 305; seq += 1) topic.stored({ seq, content, ...rest });
      assert.notEqual(topic.recent(301), undefined);
    });
});
