// Acks are cumulative and throttled.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Acknowledger } from '../../../src/sdk/datalink/acknowledge.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const acknowledging = (): { clock: ManualClock; acks: number[]; acknowledger: Acknowledger } => {
  const clock = new ManualClock();
  const acks: number[] = [];
  return { clock, acks, acknowledger: new Acknowledger(clock, (seqid) => acks.push(seqid)) };
};

describe('acknowledge', () => {
  it('tells the newest, 80 ms after the first that is not acked', async () => {
    const { clock, acks, acknowledger } = acknowledging();
    acknowledger.progress(1);
    await clock.advance(79);
    acknowledger.progress(3);
    acknowledger.progress(2);
    assert.deepEqual(acks, []);
    await clock.advance(1);
    assert.deepEqual(acks, [3]);
    await clock.advance(1_000);
    assert.deepEqual(acks, [3]);
  });

  it('waits no longer for the 32nd', async () => {
    const { clock, acks, acknowledger } = acknowledging();
    for (let seqid = 1; seqid <= 70; seqid += 1) acknowledger.progress(seqid);
    assert.deepEqual(acks, [32, 64]);
    await clock.advance(80);
    assert.deepEqual(acks, [32, 64, 70]);
  });

  it('says it again on a new link, and nothing when there is nothing to say', () => {
    const { clock, acks, acknowledger } = acknowledging();
    acknowledger.restart();
    assert.deepEqual(acks, []);
    acknowledger.progress(5);
    acknowledger.stop();
    assert.equal(clock.waiting, 0);
    acknowledger.restart();
    assert.deepEqual(acks, [5]);
  });
});
