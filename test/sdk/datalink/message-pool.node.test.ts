// The pool: every message once, in the order of the screen, whatever other pages of the device know more than this one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { draftMessage } from '../../../src/sdk/datalink/message.ts';
import type { Message } from '../../../src/sdk/datalink/message.ts';
import { MessagePool } from '../../../src/sdk/datalink/message-pool.ts';
import { msgid, numbered } from './messages.ts';

const mine = (n: number): Message => draftMessage(msgid(n), n, 0, `mine ${String(n)}`, {});
/** Refused when the topic stood at `base`. */
const refused = (n: number, base: number): Message => ({ ...mine(n), base, state: 'refused' });
const shown = (pool: MessagePool): string[] =>
  Array.from({ length: pool.length }, (_, index) => pool.at(index)).flatMap((message) =>
    message ? [message.seqid === undefined ? `n${String(message.n)}` : String(message.seqid)] : [],
  );

describe('a frozen message that another page of the device has told of', () => {
  for (const put of ['replace', 'upsert'] as const) {
    it(`stands where the topic stood, beyond what this page knew (${put})`, () => {
      const pool = new MessagePool();
      pool.upsert(numbered(700));
      pool.upsert(mine(1));
      pool[put](refused(2, 750));
      pool.upsert(mine(3));
      assert.deepEqual(shown(pool), ['700', 'n1', 'n2', 'n3']);
      pool.upsert(numbered(710));
      pool.upsert(numbered(760));
      assert.deepEqual(shown(pool), ['700', '710', 'n2', '760', 'n1', 'n3']);
      const one = pool.get(msgid(1));
      assert.ok(one);
      pool.upsert({ ...one, seqid: 761, base: 761, n: 0, state: 'sent' });
      assert.deepEqual(shown(pool), ['700', '710', 'n2', '760', '761', 'n3']);
    });
  }

  it('is the last of what is left when the topic begins anew', () => {
    const pool = new MessagePool();
    pool.upsert(numbered(700));
    pool.upsert(refused(1, 700));
    pool.upsert(mine(2));
    pool.restart(0);
    assert.deepEqual(shown(pool), ['n1', 'n2']);
    pool.upsert(numbered(1));
    pool.upsert(numbered(2));
    assert.deepEqual(shown(pool), ['n1', '1', '2', 'n2']);
    pool.remove(msgid(1));
    assert.deepEqual(shown(pool), ['1', '2', 'n2']);
  });
});
