// P10, bounded staleness: how soon the link finds that the path to the gateway is gone, and how soon it is back with it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { CLOSE } from '../../../src/protocol/close-code.ts';
import { PROBE, PROBE_ANSWER } from '../../../src/protocol/codec.ts';
import { Link } from '../../../src/sdk/network/link.ts';
import type { LinkState } from '../../../src/sdk/network/link-state.ts';
import { MemoryConnection } from '../../../src/sdk/network/memory-connection.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** From one end of the path to the other. */
const ONE_WAY_MS = 50;
/** TCP asks again for a connection that nobody has answered. */
const SYN_AT_MS = [0, 1_000, 3_000];

/** A link, and a path to a gateway that says hello; what meets a lost path is lost for good. */
class World {
  readonly clock = new ManualClock();
  readonly wake$ = new Subject<WakeSignal>();
  readonly link: Link;
  /** Whether what the client sends arrives, and what the gateway sends. */
  up = { there: true, back: true };
  /** The gateway lets nobody in. */
  refuses = false;
  private readonly lines: MemoryConnection[] = [];

  constructor(random: () => number) {
    this.link = new Link({
      clock: this.clock,
      wake$: this.wake$,
      random,
      connect: () =>
        new MemoryConnection({
          opened: (line) => {
            this.shake(line);
          },
          received: (text, line) => {
            this.travel(text, line);
          },
          closed: () => undefined,
        }),
    });
    this.link.state$.subscribe((state) => {
      // The line of the link is known when the state has been told of.
      if (state === 'hello') queueMicrotask(() => this.link.send('hi'));
    });
    this.link.incoming$.subscribe((text) => {
      if (text === 'hello') this.link.ready();
    });
  }

  get state(): LinkState {
    return this.link.state$.value;
  }

  /** All ways are lost or found. */
  set path(isUp: boolean) {
    this.up = { there: isUp, back: isUp };
  }

  /** Ends every connection. */
  cut(code: number): void {
    for (const line of this.lines.splice(0)) line.drop(code);
  }

  /** Runs until the link is in another state, or the time is over; how long that was. */
  async until(holds: () => boolean, mostMs: number): Promise<number> {
    const start = this.clock.now();
    while (!holds() && this.clock.now() - start < mostMs) await this.clock.advance(50);
    return this.clock.now() - start;
  }

  async live(): Promise<void> {
    this.link.start();
    await this.until(() => this.state === 'live', 2_000);
    assert.equal(this.state, 'live');
  }

  /** TCP and the upgrade: two ways there and back. */
  private shake(line: MemoryConnection): void {
    this.lines.push(line);
    for (const ms of SYN_AT_MS) {
      this.clock.after(ms, () => {
        if (!this.up.there || !this.up.back) return;
        this.clock.after(4 * ONE_WAY_MS, () => {
          if (this.refuses) line.drop();
          else line.accept();
        });
      });
    }
  }

  private travel(text: string, line: MemoryConnection): void {
    if (!this.up.there) return;
    const answer = text === PROBE ? PROBE_ANSWER : text === 'hi' ? 'hello' : undefined;
    if (answer === undefined) return;
    this.clock.after(2 * ONE_WAY_MS, () => {
      if (this.up.back) line.push(answer);
    });
  }

  /** The gateway says something on its own account. */
  chat(): void {
    if (this.up.back) for (const line of this.lines) line.push('data');
  }
}

const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Runs it with many seeds, and says which one failed. */
const seeds = async (count: number, run: (random: () => number) => Promise<void>): Promise<void> => {
  for (let seed = 1; seed <= count; seed += 1) {
    try {
      await run(randomFrom(seed));
    } catch (error) {
      throw new Error(`seed ${String(seed)}`, { cause: error });
    }
  }
};

describe('P10: a lost path', () => {
  for (const [what, up] of [
    ['both ways', { there: false, back: false }],
    ['on the way back alone: what is sent arrives, and nothing comes', { there: true, back: false }],
  ] as const) {
    it(`is found within 36 seconds, lost ${what}`, () =>
      seeds(100, async (random) => {
        const world = new World(random);
        await world.live();
        const healthyMs = random() * 120_000;
        for (let ms = 0; ms < healthyMs; ms += 1_000) {
          await world.clock.advance(1_000);
          if (random() < 0.3) world.chat();
          // Signals that come and go do not stretch it.
          if (random() < 0.05) world.wake$.next('wake');
          if (random() < 0.02) world.wake$.next('network');
        }
        await world.until(() => world.state === 'live', 2_000);
        world.up = up;
        const foundMs = await world.until(() => world.state !== 'live', 60_000);
        assert.ok(foundMs <= 36_000, `found after ${String(foundMs)} ms`);
      }));
  }

  for (const signal of ['wake', 'network'] as const) {
    it(`is found within 3.5 seconds of a ${signal}`, () =>
      seeds(100, async (random) => {
        const world = new World(random);
        await world.live();
        await world.clock.advance(random() * 60_000);
        world.path = false;
        if (random() < 0.5) world.clock.sleep(random() * 3_600_000);
        if (world.state === 'live') world.wake$.next(signal);
        const foundMs = await world.until(() => world.state !== 'live', 60_000);
        assert.ok(foundMs <= 3_500, `found after ${String(foundMs)} ms`);
      }));

    it(`is left behind within 3 seconds of a ${signal} that comes with the new one, whatever the link is at`, async () => {
      const met = new Set<LinkState>();
      await seeds(300, async (random) => {
        const world = new World(random);
        await world.live();
        await world.clock.advance(random() * 60_000);
        world.path = false;
        await world.clock.advance(random() * 90_000);
        if (random() < 0.2) world.wake$.next('sleep');
        // What was on the old path stays lost.
        if (random() < 0.2) world.clock.sleep(random() * 3_600_000);
        met.add(world.state);
        world.path = true;
        world.wake$.next(signal);
        const backMs = await world.until(() => world.state === 'live' || world.state === 'fatal', 60_000);
        assert.equal(world.state, 'live');
        assert.ok(backMs <= 3_000, `back after ${String(backMs)} ms`);
        await world.clock.advance(5_000);
        assert.equal(world.state, 'live');
      });
      assert.deepEqual([...met].sort(), ['asleep', 'backoff', 'connecting', 'live', 'suspect']);
    });
  }

  it('is left behind within a back-off of the new one when nothing tells of it', () =>
    seeds(100, async (random) => {
      const world = new World(random);
      await world.live();
      world.path = false;
      await world.clock.advance(36_000 + random() * 300_000);
      world.path = true;
      const backMs = await world.until(() => world.state === 'live', 60_000);
      assert.ok(backMs <= 26_000, `back after ${String(backMs)} ms`);
    }));

  it('never ends the attempts for good, whatever happens to it', async () => {
    const accident = fc.oneof(
      { weight: 3, arbitrary: fc.record({ pass: fc.nat(70_000) }) },
      fc.record({ sleep: fc.nat(7_200_000) }),
      fc.record({ path: fc.boolean() }),
      fc.record({ refuses: fc.boolean() }),
      fc.record({ signal: fc.constantFrom<WakeSignal>('wake', 'network', 'sleep') }),
      fc.record({ drain: fc.nat(60_000) }),
      fc.record({
        cut: fc.constantFrom(
          ...Object.values(CLOSE).filter((code) => code !== CLOSE.unauthorized && code !== CLOSE.forbidden),
        ),
      }),
      fc.constant({ fail: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(accident, { maxLength: 30 }), fc.nat(), async (accidents, seed) => {
        const world = new World(randomFrom(seed));
        world.link.start();
        for (const one of accidents) {
          if ('pass' in one) await world.clock.advance(one.pass);
          else if ('sleep' in one) world.clock.sleep(one.sleep);
          else if ('path' in one) world.path = one.path;
          else if ('refuses' in one) world.refuses = one.refuses;
          else if ('signal' in one) world.wake$.next(one.signal);
          else if ('drain' in one) world.link.drain(one.drain, one.drain, () => true);
          else if ('cut' in one) world.cut(one.cut);
          else world.link.fail();
        }
        world.path = true;
        world.refuses = false;
        // The turn in a drain ends by itself; all else by the signal.
        await world.until(() => world.state !== 'draining', 70_000);
        world.wake$.next('wake');
        await world.until(() => world.state === 'live', 4_000);
        assert.equal(world.state, 'live');
      }),
      { numRuns: 200 },
    );
  });
});
