// The contract of a bus: one suite for every implementation.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Bus, TopicEvent } from '../../src/gateway/bus/bus.ts';
import { createLocalBus } from '../../src/gateway/bus/local-bus.ts';

function busContract(name: string, create: (onError: (error: unknown) => void) => Promise<Bus>): void {
  describe(`bus: ${name}`, () => {
    /** Resolves when the bus has brought what was published before. */
    const settle = (bus: Bus): Promise<void> =>
      new Promise((resolve) => {
        const stop = bus.subscribe('topic', 'settle', () => {
          stop();
          resolve();
        });
        bus.publish('topic', 'settle', { kind: 'message', seq: 0 });
      });

    test('brings events to those who subscribed to the name, in order, after publish has returned', async () => {
      const bus = await create(assert.ifError);
      const seqs: number[] = [];
      bus.subscribe('topic', 'a', (event) => seqs.push(event.kind === 'message' ? event.seq : -1));
      bus.subscribe('topic', 'b', () => assert.fail('another name'));
      bus.subscribe('user', 'a', () => assert.fail('another kind'));
      for (let seq = 1; seq <= 100; seq += 1) bus.publish('topic', 'a', { kind: 'message', seq });
      assert.deepEqual(seqs, []);
      await settle(bus);
      assert.deepEqual(
        seqs,
        Array.from({ length: 100 }, (_, n) => n + 1),
      );
      await bus.close();
    });

    test('events arrive as they were sent', async () => {
      const bus = await create(assert.ifError);
      const event: TopicEvent = {
        kind: 'pres',
        pres: { src: 'usrX', what: 'del', clear: 2, delseq: [{ low: 1, hi: 3 }] },
        except: { user: 'usrY' },
      };
      const came: TopicEvent[] = [];
      bus.subscribe('topic', 'a', (one) => came.push(one));
      bus.publish('topic', 'a', event);
      await settle(bus);
      assert.deepEqual(came, [event]);
      await bus.close();
    });

    test('several subscribers all get it; who stopped gets nothing', async () => {
      const bus = await create(assert.ifError);
      let first = 0;
      let second = 0;
      const stop = bus.subscribe('topic', 'a', () => (first += 1));
      bus.subscribe('topic', 'a', () => (second += 1));
      bus.publish('topic', 'a', { kind: 'message', seq: 1 });
      await settle(bus);
      stop();
      bus.publish('topic', 'a', { kind: 'message', seq: 2 });
      await settle(bus);
      assert.deepEqual([first, second], [1, 2]);
      await bus.close();
    });

    test('a receiver that throws harms nobody', async () => {
      const errors: unknown[] = [];
      const bus = await create((error) => errors.push(error));
      let count = 0;
      bus.subscribe('topic', 'a', () => {
        throw new Error('broken');
      });
      bus.subscribe('topic', 'a', () => (count += 1));
      bus.publish('topic', 'a', { kind: 'message', seq: 1 });
      await settle(bus);
      assert.equal(count, 1);
      assert.equal(errors.length, 1);
      await bus.close();
    });
  });
}

busContract('local', async (onError) => createLocalBus(onError));
