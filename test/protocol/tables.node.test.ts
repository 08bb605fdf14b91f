// What both ends conclude from codes, names, versions and lengths.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLOSE, closePolicy } from '../../src/protocol/close-code.ts';
import { isTextTooLong, textOf } from '../../src/protocol/content.ts';
import { statusOf } from '../../src/protocol/conversation.ts';
import { CTRL, CTRL_TEXT, ctrlPolicy } from '../../src/protocol/ctrl-code.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { isMsgid, msgidOf, newMsgid } from '../../src/protocol/msgid.ts';
import { isConversation, isNewConversation } from '../../src/protocol/topic.ts';
import { isSupportedVersion } from '../../src/protocol/version.ts';

describe('codes', () => {
  test('every ctrl code has a text, and the policy of its meaning', () => {
    for (const code of Object.values(CTRL)) assert.ok(CTRL_TEXT[code], String(code));
    assert.deepEqual([200, 304, 400, 401, 403, 409, 413, 422, 429, 500, 501, 503, 505, 418, 599].map(ctrlPolicy), [
      'ok',
      'ok',
      'final',
      'relogin',
      'final',
      'retry',
      'final',
      'final',
      'retry',
      'retry',
      'final',
      'retry',
      'final',
      'final',
      'retry',
    ]);
  });

  test('a client comes back from every close but two', () => {
    const final = Object.values(CLOSE).filter((code) => closePolicy(code) === 'final');
    assert.deepEqual(final, [CLOSE.unauthorized, CLOSE.forbidden]);
  });
});

describe('names and identities', () => {
  test('msgids are 32 hex digits, new ones differ', () => {
    assert.match(newMsgid(), /^[0-9a-f]{32}$/);
    assert.notEqual(newMsgid(), newMsgid());
    assert.equal(
      newMsgid((bytes) => bytes.fill(10)),
      '0a'.repeat(16),
    );
    for (const bad of ['', '0'.repeat(31), 'A'.repeat(32), 7, null, {}]) assert.equal(isMsgid(bad), false);
    assert.equal(msgidOf({ 'x-kefu-msgid': 'nonsense' }), undefined);
  });

  test('topics', () => {
    assert.ok(isConversation('grpAbCdEfGhIjKlMnOpQrSt_-'));
    for (const bad of ['grp', 'grp12', 'usrAbCdEfGhIjK', 'grp../../etc/passwd', `grp${'a'.repeat(33)}`, 'me'])
      assert.equal(isConversation(bad), false, bad);
    assert.ok(isNewConversation('newk-1_2'));
    for (const bad of ['new', 'new a', `new${'a'.repeat(65)}`]) assert.equal(isNewConversation(bad), false, bad);
  });

  test('versions', () => {
    for (const good of ['0.20', '0.25', 'v0.25.3', '1.0']) assert.ok(isSupportedVersion(good), good);
    for (const bad of ['', '0.19', 'x', '0', '-1.0']) assert.equal(isSupportedVersion(bad), false, bad);
  });
});

describe('content', () => {
  test('the text of plain messages and documents', () => {
    assert.equal(textOf('a'), 'a');
    assert.equal(textOf({ txt: 'b' }), 'b');
    for (const none of [null, 7, [], {}, { txt: 1 }]) assert.equal(textOf(none), '');
  });

  test('length counts code points and bytes', () => {
    assert.equal(isTextTooLong('a'.repeat(LIMITS.textCodePoints)), false);
    assert.equal(isTextTooLong('a'.repeat(LIMITS.textCodePoints + 1)), true);
    assert.equal(isTextTooLong('中'.repeat(Math.floor(LIMITS.textBytes / 3))), false);
    assert.equal(isTextTooLong('中'.repeat(Math.floor(LIMITS.textBytes / 3) + 1)), true);
    assert.equal(isTextTooLong('😀'.repeat(LIMITS.textBytes / 4)), false);
    assert.equal(isTextTooLong('😀'.repeat(LIMITS.textBytes / 4 + 1)), true);
  });

  test('a status that is none counts as absent', () => {
    const status = { phase: 'queued', channel: 'web', visitor: 'usrX' };
    assert.deepEqual(statusOf({ 'x-kefu': status }), status);
    assert.equal(statusOf({ 'x-kefu': { phase: 'lost' } }), undefined);
    assert.equal(statusOf(undefined), undefined);
  });
});
