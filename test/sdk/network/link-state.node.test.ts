// The table of the link's states: every state can be reached and left, and nothing else happens.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LINK_TRANSITIONS, nextLinkState } from '../../../src/sdk/network/link-state.ts';
import type { LinkEvent, LinkState } from '../../../src/sdk/network/link-state.ts';

const states = Object.keys(LINK_TRANSITIONS) as LinkState[];
const events: LinkEvent[] = [
  ...(['start', 'opened', 'ready', 'silent', 'answered', 'lost'] as const),
  ...(['drain', 'due', 'sleep', 'wake', 'refused', 'stop'] as const),
];

/** What can be reached from a state, by any events. */
const reachable = (from: LinkState): Set<LinkState> => {
  const found = new Set<LinkState>([from]);
  for (const state of found) {
    for (const event of events) {
      const next = nextLinkState(state, event);
      if (next) found.add(next);
    }
  }
  return found;
};

describe('link states', () => {
  it('can all be reached from idle, and left for idle', () => {
    assert.deepEqual([...reachable('idle')].sort(), [...states].sort());
    for (const state of states) if (state !== 'idle') assert.equal(nextLinkState(state, 'stop'), 'idle', state);
  });

  it('become live only by a login on an open connection, or by the answer of one that was live', () => {
    for (const state of states) {
      for (const event of events) {
        if (nextLinkState(state, event) !== 'live') continue;
        assert.ok((state === 'hello' && event === 'ready') || (state === 'suspect' && event === 'answered'));
      }
    }
  });

  it('leave asleep and fatal for nothing but a wake or an act of the app', () => {
    assert.deepEqual(
      events.filter((event) => nextLinkState('asleep', event)),
      ['wake', 'stop'],
    );
    assert.deepEqual(
      events.filter((event) => nextLinkState('fatal', event)),
      ['start', 'stop'],
    );
  });
});
