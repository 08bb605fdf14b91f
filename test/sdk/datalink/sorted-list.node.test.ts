// The sorted list against a plain sorted array.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SortedList } from '../../../src/sdk/datalink/sorted-list.ts';

interface Item {
  readonly at: number;
  readonly name: string;
}
const byPlace = (a: Item, b: Item): number => a.at - b.at;

describe('sorted list', () => {
  it('finds, counts, replaces and removes as a sorted array does, over many chunks', () => {
    const act = fc.tuple(fc.constantFrom('insert', 'insert', 'append', 'remove', 'look'), fc.nat(4_000));
    fc.assert(
      fc.property(fc.integer({ min: 2_001, max: 2_600 }), fc.array(act, { maxLength: 150 }), (size, acts) => {
        const list = new SortedList<Item>(byPlace);
        const model: Item[] = [];
        const put = (item: Item): void => {
          const place = model.findIndex((one) => one.at >= item.at);
          if (place < 0) model.push(item);
          else model.splice(place, model[place]?.at === item.at ? 1 : 0, item);
          list.insert(item);
        };
        // Every third place, from both ends in turn, so that chunks are cut in the middle and at the end.
        for (let n = 0; n < size; n += 1) put({ at: n % 2 === 0 ? 3 * n : 3 * (2 * size - n), name: 'first' });
        acts.forEach(([kind, pick], step) => {
          if (kind === 'insert') put({ at: pick, name: String(step) });
          else if (kind === 'append') put({ at: (model.at(-1)?.at ?? 0) + 1, name: String(step) });
          else if (kind === 'remove') {
            const place = model.findIndex((one) => one.at >= pick);
            const item = model[place];
            assert.equal(list.remove({ at: pick, name: '' }), item?.at === pick);
            if (item?.at === pick) model.splice(place, 1);
          } else {
            const index = pick % model.length;
            const item = model[index];
            assert.equal(list.at(index), item);
            assert.equal(item && list.indexOf(item), index);
          }
          assert.equal(list.length, model.length);
        });
        model.forEach((item, index) => {
          assert.equal(list.at(index), item);
          assert.equal(list.indexOf(item), index);
          assert.equal(list.get({ at: item.at, name: '' }), item);
        });
        assert.equal(list.at(model.length), undefined);
        assert.equal(list.at(-1), undefined);
        assert.equal(list.indexOf({ at: -1, name: '' }), -1);
      }),
      { numRuns: 40 },
    );
  });

  it('can be emptied and filled again', () => {
    const list = new SortedList<number>((a, b) => a - b);
    for (let n = 0; n < 1_500; n += 1) list.insert(n);
    for (let n = 0; n < 1_500; n += 1) assert.ok(list.remove(n));
    assert.equal(list.length, 0);
    assert.equal(list.at(0), undefined);
    list.insert(7);
    assert.equal(list.at(0), 7);
  });
});
