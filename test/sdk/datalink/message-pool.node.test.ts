// The pool: every message once, in the order of the screen, whatever other pages of the device know more than this one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { draftMessage, messageOfData } from '../../../src/sdk/datalink/message.ts';
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

describe('newer versions', () => {
  const version = (seqid: number, of: number, from = 'usrSomebody001'): Message =>
    messageOfData(
      { topic: 'grpConversation001', from, seq: seqid, head: { replace: `:${of}` }, content: `version ${seqid}` },
      'usrMe',
      0,
    );
  const shown = (pool: MessagePool): unknown[] =>
    Array.from({ length: pool.length }, (_, index) => pool.at(index)).map(
      (row) => row && [row.seqid, (row.edit ?? row).content],
    );

  it('stand in the place of the first, in whatever order they come', () => {
    const all = [numbered(1), numbered(2), version(3, 1), version(4, 1), numbered(5)];
    for (const order of [all, all.toReversed(), [all[3], all[0], all[4], all[2], all[1]]]) {
      const pool = new MessagePool();
      for (const message of order) if (message) pool.upsert(message);
      assert.deepEqual(shown(pool), [
        [1, 'version 4'],
        [2, 'message 2'],
        [5, 'message 5'],
      ]);
      assert.equal(pool.newest, 5);
    }
  });

  it('of somebody else do nothing', () => {
    const pool = new MessagePool();
    pool.upsert(numbered(1));
    pool.upsert(version(2, 1, 'usrEvil'));
    assert.deepEqual(shown(pool), [[1, 'message 1']]);
  });

  it('on their way are shown at once, and go again when they are removed', () => {
    const pool = new MessagePool();
    const [first, key] = ['usrMe', msgid(9)];
    pool.upsert(numbered(1, first));
    pool.upsert({ ...numbered(1, first), own: true });
    pool.upsert(
      messageOfData(
        { topic: 'grp', from: first, seq: 2, head: { 'x-kefu-msgid': msgid(8) }, content: 'mine' },
        first,
        0,
      ),
    );
    pool.upsert(draftMessage(key, 1, 0, 'better', { replace: ':2' }, first));
    assert.deepEqual(shown(pool).at(-1), [2, 'better']);
    assert.equal(pool.length, 2);
    assert.deepEqual(
      pool.pending().map((message) => message.key),
      [key],
    );
    pool.update(key, { state: 'queued' });
    pool.update(key, { state: 'refused' });
    assert.equal(pool.at(1)?.edit?.state, 'refused');
    pool.remove(key);
    assert.deepEqual(shown(pool).at(-1), [2, 'mine']);
  });

  it('of what was taken back are gone with it, in whatever order they come; what waits has still to end', () => {
    const gone = { ...numbered(1), head: { 'x-kefu-recalled': 'usrSomebody001' }, content: null };
    const all = [numbered(1), gone, version(2, 1), version(3, 1)];
    for (const order of [all, all.toReversed(), [all[0], all[2], all[1], all[3]]]) {
      const pool = new MessagePool();
      for (const message of order) if (message) pool.upsert(message);
      assert.deepEqual(shown(pool), [[1, null]]);
      assert.equal(pool.at(0)?.edit, undefined);
      assert.deepEqual(pool.versions(), []);
      assert.equal(pool.get(version(3, 1).key), undefined);
    }
    const pool = new MessagePool();
    pool.upsert({ ...gone, own: true });
    pool.upsert(draftMessage(msgid(8), 1, 0, 'better', { replace: ':1' }, 'usrSomebody001'));
    assert.deepEqual(shown(pool), [[1, null]]);
    assert.equal(pool.pending().length, 1);
    pool.update(msgid(8), { state: 'queued' });
    assert.equal(pool.get(msgid(8))?.state, 'queued');
  });

  it('that were kept with the row and are not here are not shown', () => {
    const pool = new MessagePool();
    pool.upsert({ ...numbered(1), edit: version(2, 1) });
    assert.deepEqual(shown(pool), [[1, 'message 1']]);
    assert.equal(pool.at(0)?.edit, undefined);
  });

  it('that wait are no rows, also when what floats leaves behind what can get no seqid', () => {
    const pool = new MessagePool();
    pool.upsert({ ...numbered(1, 'usrMe'), own: true });
    pool.upsert(draftMessage(msgid(7), 1, 0, 'plain', {}, 'usrMe'));
    pool.upsert(draftMessage(msgid(8), 2, 0, 'better', { replace: ':1' }, 'usrMe'));
    pool.upsert(refused(3, 1));
    pool.upsert(numbered(2));
    assert.deepEqual(shown(pool), [
      [1, 'better'],
      [undefined, 'mine 3'],
      [2, 'message 2'],
      [undefined, 'plain'],
    ]);
  });

  it('that wait survive a new beginning, like other messages', () => {
    const pool = new MessagePool();
    pool.upsert(draftMessage(msgid(9), 1, 0, 'better', { replace: ':2' }, 'usrMe'));
    pool.upsert(draftMessage(msgid(8), 2, 0, 'plain', {}, 'usrMe'));
    pool.restart(10);
    assert.deepEqual(
      pool.pending().map((message) => message.content),
      ['better', 'plain'],
    );
    assert.equal(pool.length, 1);
  });
});

describe('messages that were taken back', () => {
  const tombstone = (seqid: number): Message =>
    messageOfData(
      {
        topic: 'grpConversation001',
        from: 'usrSomebody001',
        seq: seqid,
        head: { 'x-kefu-recalled': 'usrSomebody001' },
      },
      'usrMe',
      0,
    );

  it('become tombstones, and stay so whatever comes later', () => {
    const pool = new MessagePool();
    pool.upsert(numbered(1));
    pool.upsert(tombstone(1));
    pool.upsert(numbered(1));
    assert.equal(pool.length, 1);
    assert.equal(pool.at(0)?.content, null);
    assert.equal(pool.at(0)?.key, numbered(1).key, 'the same row');
  });

  it('also when this page had not heard yet that they were stored', () => {
    const pool = new MessagePool();
    const own = draftMessage(msgid(1), 1, 0, 'secret', {}, 'usrMe');
    pool.upsert(own);
    pool.upsert(
      messageOfData({ topic: 'grp', from: 'usrMe', seq: 1, head: { 'x-kefu-recalled': 'usrMe' } }, 'usrMe', 0),
    );
    pool.upsert({ ...own, seqid: 1, base: 1, n: 0, state: 'sent' });
    assert.deepEqual([pool.length, pool.at(0)?.content], [1, null]);
  });
});
