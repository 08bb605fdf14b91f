// Group commit: what waits while the disk is busy, or was just now, goes together; what comes alone goes at once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GroupCommit } from '../../src/gateway/store/group-commit.ts';

function newGroups() {
  let now = 0;
  const timers: { readonly at: number; readonly act: () => void }[] = [];
  const orders: number[] = [];
  const after = (ms: number, act: () => void): void => {
    timers.push({ at: now + ms, act });
  };
  const groups = new GroupCommit({
    order: (calls) => orders.push(calls.length),
    soon: (act) => {
      after(0, act);
    },
    after,
    elapsed: () => now,
  });
  return {
    orders,
    call: (count = 1): void => {
      for (let n = 0; n < count; n += 1) void groups.call('probe', undefined);
    },
    answer: (count: number): void => {
      groups.answered(Array.from({ length: count }, () => ({ value: undefined as never })));
    },
    /** Lets so much time pass. */
    pass(ms: number): void {
      now += ms;
      for (const timer of timers.splice(0)) {
        if (timer.at <= now) timer.act();
        else timers.push(timer);
      }
    },
  };
}

describe('group commit', () => {
  test('what comes alone goes at once, with what comes in the same turn', () => {
    const { orders, call, pass } = newGroups();
    call(2);
    assert.deepEqual(orders, [], 'others may come in this turn');
    pass(0);
    assert.deepEqual(orders, [2]);
  });

  test('what comes while a group is written waits for its end', () => {
    const { orders, call, answer, pass } = newGroups();
    call();
    pass(0);
    call(2);
    pass(10);
    assert.deepEqual(orders, [1]);
    call();
    answer(1);
    assert.deepEqual(orders, [1, 3], 'at once: it has waited');
  });

  test('on a fast disk what comes within three milliseconds goes together', () => {
    const { orders, call, answer, pass } = newGroups();
    call();
    pass(0);
    pass(1);
    call();
    answer(1);
    assert.deepEqual(orders, [1]);
    pass(1);
    call(4);
    pass(1);
    assert.deepEqual(orders, [1, 5]);
    answer(5);
    pass(3);
    call();
    pass(0);
    assert.deepEqual(orders, [1, 5, 1], 'nothing came before it: it does not wait');
  });

  test('a full group does not wait', () => {
    const { orders, call, answer, pass } = newGroups();
    call();
    pass(0);
    call(600);
    answer(1);
    assert.deepEqual(orders, [1, 512]);
  });
});
