// Receipts only grow.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Receipts } from '../../../src/sdk/datalink/receipts.ts';

describe('receipts', () => {
  it('grow, and reading includes receiving', () => {
    const receipts = new Receipts();
    assert.deepEqual(receipts.of('ann'), { recv: 0, read: 0 });
    assert.equal(receipts.note('ann', 3, 0), true);
    assert.equal(receipts.note('ann', 2, 0), false);
    assert.equal(receipts.note('ann', 0, 5), true);
    assert.deepEqual(receipts.of('ann'), { recv: 5, read: 5 });
  });

  it('count for a message when anybody else has come that far', () => {
    const receipts = new Receipts();
    receipts.note('me', 9, 9);
    receipts.note('ann', 4, 1);
    receipts.note('ben', 3, 2);
    assert.deepEqual(receipts.ofOthers('me'), { recv: 4, read: 2 });
  });
});
