import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dayNumber, dayText, durationText, shortText, timeText } from '../../src/ui/time.ts';

const at = (day: number, hour = 12, minute = 0, year = 2026): number => new Date(year, 10, day, hour, minute).getTime();
const now = at(18, 14, 32); // a Wednesday

describe('time', () => {
  it('writes the time as the language does', () => {
    assert.match(timeText('en', now), /^2:32\sPM$/u);
    assert.equal(timeText('zh-CN', now), '14:32');
    assert.equal(timeText('en-GB', now), '14:32');
  });

  it('names days', () => {
    const days = (lang: string) => [18, 17, 14, 11].map((day) => dayText(lang, at(day), now));
    assert.deepEqual(days('en'), ['Today', 'Yesterday', 'Saturday', 'Wed, November 11']);
    assert.deepEqual(days('zh-CN'), ['今天', '昨天', '星期六', '11月11日周三']);
    assert.equal(dayText('en', at(18, 12, 0, 2024), now), 'November 18, 2024');
    // a clock that is ahead by a day names the date and not a day of the past
    assert.equal(dayText('en', at(19), now), 'Thu, November 19');
  });

  it('changes the day at midnight of the device', () => {
    assert.equal(dayNumber(at(18, 0, 0)) - dayNumber(at(17, 23, 59)), 1);
    assert.equal(dayNumber(at(18, 0, 0)), dayNumber(at(18, 23, 59)));
  });

  it('is short in lists', () => {
    assert.equal(shortText('zh-CN', at(18, 9, 5), now), '9:05');
    assert.equal(shortText('en', at(17), now), 'Yesterday');
    assert.equal(shortText('en', at(2), now), 'Nov 2');
  });

  it('says how long something lasts in the largest unit', () => {
    const minute = 60_000;
    assert.deepEqual(
      [0, 59_000, 3 * minute, 60 * minute, 25 * 60 * minute].map((ms) => durationText('en', ms)),
      ['1 min', '1 min', '3 min', '1 hr', '1 day'],
    );
    assert.equal(durationText('zh-CN', 3 * minute), '3分钟');
  });
});
