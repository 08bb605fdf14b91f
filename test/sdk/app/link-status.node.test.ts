// The link in words: honest in every state of it, and no word of failure for what will be tried again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkStatus } from '../../../src/sdk/app/link-status.ts';
import type { LinkStatus } from '../../../src/sdk/app/model.ts';
import type { LinkState } from '../../../src/sdk/network/link-state.ts';

const IDLE: LinkStatus = { state: 'idle', since: 0, stale: false };

/** What the screen says after each of these. */
const wordsFor = (...states: LinkState[]): string[] => {
  let status = IDLE;
  return states.map((state, at) => (status = linkStatus(status, state, false, at)).state);
};

describe('link status', () => {
  it('is connecting until the first attempt has failed, and retrying from then on', () => {
    assert.deepEqual(wordsFor('connecting', 'hello', 'live'), ['connecting', 'connecting', 'online']);
    assert.deepEqual(wordsFor('connecting', 'backoff', 'connecting', 'hello', 'live'), [
      'connecting',
      ...['retrying', 'retrying', 'retrying'],
      'online',
    ]);
  });

  it('is retrying, and what is shown may be stale, as soon as the link is in doubt', () => {
    const online = linkStatus(IDLE, 'live', false, 1);
    for (const state of ['suspect', 'backoff', 'connecting', 'hello', 'asleep'] as const) {
      assert.deepEqual(linkStatus(online, state, false, 2), { state: 'retrying', stale: true, since: 2 }, state);
    }
  });

  it('stays online while the gateway takes its leave, and no longer than that', () => {
    assert.deepEqual(wordsFor('live', 'draining', 'backoff'), ['online', 'online', 'retrying']);
  });

  it('is refused only when the gateway does not want this client', () => {
    assert.deepEqual(wordsFor('live', 'fatal', 'connecting', 'live'), ['online', 'refused', 'retrying', 'online']);
  });

  it('is online but stale while it catches up', () => {
    assert.deepEqual(linkStatus(IDLE, 'live', true, 1), { state: 'online', stale: true, since: 1 });
  });

  it('is the same object while nothing changes, and keeps its beginning', () => {
    const retrying = linkStatus(linkStatus(IDLE, 'live', false, 1), 'backoff', false, 2);
    assert.equal(linkStatus(retrying, 'connecting', false, 3), retrying);
    assert.equal(linkStatus(linkStatus(retrying, 'live', true, 4), 'live', false, 5).since, 4);
  });
});
