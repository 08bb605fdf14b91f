import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFewEmoji } from '../../src/ui/emoji.ts';

it('knows a text of one to three emoji', () => {
  for (const text of ['🎉', '👍🏽', '👩‍👩‍👧', '❤️', '🇩🇪', '👋 🎉', '😀😀😀', '🏳️‍🌈', '👩‍❤️‍👨', '🤷🏽‍♀️'])
    assert.equal(isFewEmoji(text), true, text);
});

it('leaves all other texts alone', () => {
  for (const text of ['', ' ', '1', '12', '#', '©', '™', 'ok 🎉', '🎉!', '😀😀😀😀', '🎉\u200d', 'a'.repeat(1_000)]) {
    assert.equal(isFewEmoji(text), false, text);
  }
});
