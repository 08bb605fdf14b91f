import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../../../src/sdk/app/model.ts';
import { FIRST, MOST, RowWindow, STEP } from '../../../src/ui/controllers/row-window.ts';
import { listOf, newMessage } from '../../support/messages.ts';

const messages = (first: number, last: number): readonly Message[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => newMessage(first + offset));

const shown = (window: RowWindow, list: readonly Message[]): string =>
  `${list[window.start]?.key ?? '-'}..${list[window.end - 1]?.key ?? '-'}`;

describe('RowWindow', () => {
  it('begins with the last rows', () => {
    const window = new RowWindow();
    window.follow(listOf(messages(1, 500)), true);
    assert.deepEqual([window.start, window.end], [500 - FIRST, 500]);
    window.follow(listOf([]), true);
    assert.deepEqual([window.start, window.end], [0, 0]);
  });

  it('stays with its messages when older ones come', () => {
    const window = new RowWindow();
    window.follow(listOf(messages(51, 100)), true);
    const older = messages(1, 100);
    window.follow(listOf(older), false);
    assert.equal(shown(window, older), 'm51..m100');
  });

  it('follows the end within its bound', () => {
    const window = new RowWindow();
    for (let last = 1; last <= 300; last += 1) window.follow(listOf(messages(1, last)), true);
    assert.deepEqual([window.start, window.end], [300 - MOST, 300]);
  });

  it('lets a flood wait outside while somebody reads', () => {
    const window = new RowWindow();
    window.follow(listOf(messages(1, 100)), true);
    const flooded = messages(1, 1_000);
    window.follow(listOf(flooded), false);
    assert.equal(shown(window, flooded), 'm41..m100');
    window.growDown(listOf(flooded));
    assert.equal(shown(window, flooded), `m41..m${100 + STEP}`);
    window.toEnd(listOf(flooded));
    assert.equal(shown(window, flooded), 'm941..m1000');
  });

  it('knows another conversation', () => {
    const window = new RowWindow();
    window.follow(listOf(messages(1, 100)), true);
    assert.equal(window.isForeign(listOf(messages(1, 120))), false);
    assert.equal(window.isForeign(listOf([newMessage(1, { key: 'other' })])), true);
  });

  it('is always a stretch of the list, and never grows past its bound after a trim', () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constantFrom('older', 'newer', 'remove'), n: fc.nat(150), toEnd: fc.boolean() }),
      fc.record({
        kind: fc.constantFrom('up', 'down', 'end', 'top', 'bottom'),
        n: fc.constant(0),
        toEnd: fc.constant(false),
      }),
    );
    fc.assert(
      fc.property(fc.nat(300), fc.array(act, { maxLength: 40 }), (start, acts) => {
        const window = new RowWindow();
        let [first, last] = [1_000, 1_000 + start];
        let list = messages(first, last);
        window.follow(listOf(list), true);
        for (const { kind, n, toEnd } of acts) {
          if (kind === 'older') first -= n;
          if (kind === 'newer') last += n;
          if (kind === 'remove') last = Math.max(first - 1, last - n);
          list = messages(first, last);
          const now = listOf(list);
          if (kind === 'up') window.growUp(now);
          else if (kind === 'down') window.growDown(now);
          else if (kind === 'end') window.toEnd(now);
          else if (kind === 'top' || kind === 'bottom') window.trim(now, kind);
          else window.follow(now, toEnd);
          assert.ok(0 <= window.start && window.start <= window.end && window.end <= list.length);
          if (list.length > 0) assert.ok(window.size > 0, 'rows where there are messages');
          if (toEnd) assert.equal(window.end, list.length);
          if (kind === 'top' || kind === 'bottom' || toEnd) assert.ok(window.size <= MOST);
        }
      }),
    );
  });
});
