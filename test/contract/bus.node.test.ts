// The contract of a bus: one suite for every implementation.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Bus, TopicEvent } from '../../src/gateway/bus/bus.ts';
import { createLocalBus } from '../../src/gateway/bus/local-bus.ts';
import { createNatsBus } from '../../src/gateway/bus/nats-bus.ts';
import { createPostgresBus } from '../../src/gateway/bus/postgres-bus.ts';
import { newSchema } from '../support/new-schema.ts';

type OnError = (error: unknown) => void;
/** The buses of two gateways; one and the same where there is only one. */
type NewBuses = (test: TestContext, onError: OnError) => Promise<readonly [Bus, Bus]>;

let settles = 0;

/** Resolves when the second bus has brought what was published on the first before. */
async function settle([from, to]: readonly [Bus, Bus]): Promise<void> {
  let stop: (() => void) | undefined;
  // One of an earlier time may still be on its way.
  const seq = (settles += 1);
  const heard = new Promise<void>((resolve) => {
    stop = to.subscribe('topic', 'settle', (event) => {
      if (event.kind === 'message' && event.seq === seq) resolve();
    });
  });
  const publish = (): void => from.publish('topic', 'settle', { kind: 'message', seq });
  // What is published before the other end listens is lost, and may be.
  const again = setInterval(publish, 20);
  publish();
  await heard;
  clearInterval(again);
  stop?.();
}

function busContract(name: string, newBuses: NewBuses): void {
  describe(`bus: ${name}`, () => {
    const opened = async (t: TestContext, onError: OnError = assert.ifError): Promise<readonly [Bus, Bus]> => {
      const buses = await newBuses(t, onError);
      t.after(() => Promise.all(buses.map((bus) => bus.close())));
      await settle(buses);
      await settle([buses[1], buses[0]]);
      return buses;
    };

    test('brings events to those who subscribed to the name, in order, after publish has returned', async (t) => {
      const buses = await opened(t);
      const [from, to] = buses;
      for (const bus of new Set(buses)) {
        bus.subscribe('topic', 'b', () => assert.fail('another name'));
        bus.subscribe('user', 'a', () => assert.fail('another kind'));
      }
      const here: number[] = [];
      const there: number[] = [];
      from.subscribe('topic', 'a', (event) => here.push(event.kind === 'message' ? event.seq : -1));
      to.subscribe('topic', 'a', (event) => there.push(event.kind === 'message' ? event.seq : -1));
      await settle(buses);
      const seqs = Array.from({ length: 1_000 }, (_, n) => n + 1);
      for (const seq of seqs) from.publish('topic', 'a', { kind: 'message', seq });
      assert.deepEqual([here, there], [[], []]);
      await settle(buses);
      assert.deepEqual(here, seqs);
      assert.deepEqual(there, seqs);
    });

    test('events arrive as they were sent', async (t) => {
      const buses = await opened(t);
      const event: TopicEvent = {
        kind: 'pres',
        pres: { src: 'usrX', what: 'on', act: 'usrÄ 你 "' },
        except: { user: 'usrY' },
      };
      const came: TopicEvent[] = [];
      buses[1].subscribe('topic', 'a', (one) => came.push(one));
      await settle(buses);
      buses[0].publish('topic', 'a', event);
      await settle(buses);
      assert.deepEqual(came, [event]);
    });

    test('several subscribers all get it, here at once; who stopped gets nothing', async (t) => {
      const buses = await opened(t);
      const [from, to] = buses;
      let first = 0;
      let second = 0;
      let there = 0;
      const stop = from.subscribe('topic', 'a', () => (first += 1));
      from.subscribe('topic', 'a', () => (second += 1));
      const stopThere = to.subscribe('topic', 'a', () => (there += 1));
      await settle(buses);
      from.publish('topic', 'a', { kind: 'message', seq: 1 });
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      assert.deepEqual([first, second], [1, 1]);
      await settle(buses);
      stop();
      stopThere();
      from.publish('topic', 'a', { kind: 'message', seq: 2 });
      await settle(buses);
      assert.deepEqual([first, second, there], [1, 2, 1]);
    });

    test('a receiver that throws harms nobody', async (t) => {
      const errors: unknown[] = [];
      const buses = await opened(t, (error) => errors.push(error));
      let count = 0;
      buses[1].subscribe('topic', 'a', () => {
        throw new Error('broken');
      });
      buses[1].subscribe('topic', 'a', () => (count += 1));
      await settle(buses);
      buses[0].publish('topic', 'a', { kind: 'message', seq: 1 });
      await settle(buses);
      assert.equal(count, 1);
      assert.equal(errors.length, 1);
    });

    test('what is too long to be sent takes nothing with it', async (t) => {
      const buses = await opened(t);
      const came: number[] = [];
      buses[1].subscribe('topic', 'a', (event) => came.push(event.kind === 'message' ? event.seq : 0));
      await settle(buses);
      const delseq = Array.from({ length: 1_000 }, (_, n) => ({ low: 2 * n + 1 }));
      buses[0].publish('topic', 'a', { kind: 'message', seq: 1 });
      buses[0].publish('topic', 'a', { kind: 'pres', pres: { what: 'del', delseq } });
      buses[0].publish('topic', 'a', { kind: 'message', seq: 2 });
      await settle(buses);
      assert.deepEqual(
        came.filter((seq) => seq > 0),
        [1, 2],
      );
    });
  });
}

busContract('local', async (_, onError) => {
  const bus = createLocalBus(onError);
  return [bus, bus];
});

const database = process.env['TEST_DATABASE_URL'];
if (database !== undefined)
  busContract('postgres', async (t, onError) => {
    const { url, drop } = await newSchema(database);
    t.after(drop);
    return [createPostgresBus({ url, node: 'a', onError }), createPostgresBus({ url, node: 'b', onError })];
  });

const nats = process.env['TEST_NATS_URL'];
if (nats !== undefined)
  busContract('nats', async (_, onError) => [
    createNatsBus({ url: nats, onError }),
    createNatsBus({ url: nats, onError }),
  ]);
