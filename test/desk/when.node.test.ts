// Short times and durations.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { duration, longTime, shortTime } from '../../src/desk/when.ts';

const at = (year: number, month: number, day: number, hour = 12): number =>
  new Date(year, month - 1, day, hour).getTime();
const now = at(2026, 3, 11);

describe('shortTime', () => {
  it('is the hour today, the weekday within a week, the day before that, and the year when it is another', () => {
    assert.match(shortTime('en-GB', at(2026, 3, 11, 9), now), /^9:00|^09:00/);
    assert.equal(shortTime('en-GB', at(2026, 3, 10, 23), now), 'Tue');
    assert.equal(shortTime('en-GB', at(2026, 3, 5), now), 'Thu');
    assert.equal(shortTime('en-GB', at(2026, 3, 4), now), '4 Mar');
    assert.equal(shortTime('en-GB', at(2025, 12, 31), now), '31 Dec 2025');
    assert.equal(shortTime('zh-CN', at(2026, 3, 4), now), '3月4日');
  });

  it('takes a clock that is ahead for today', () => {
    assert.match(shortTime('en-GB', at(2026, 3, 12, 1), now), /1:00$/);
  });
});

describe('duration', () => {
  it('is the largest unit only', () => {
    const texts = [0, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000 * 2.5].map((ms) => duration('en', ms));
    assert.deepEqual(texts, ['0s', '59s', '1m', '59m', '1h', '2d']);
    assert.equal(duration('zh-CN', 360_000), '6分钟');
  });

  it('is never negative', () => {
    assert.equal(duration('en', -5000), '0s');
  });
});

describe('longTime', () => {
  it('has day and time', () => {
    assert.match(longTime('en-GB', at(2026, 3, 4, 9)), /4 Mar 2026.*09:00/);
  });
});
