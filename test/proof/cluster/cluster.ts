// The cluster runs (T5): what becomes of everybody's messages while gateways, the database and the bus are killed, stopped and restarted under load.
import { setTimeout as delay } from 'node:timers/promises';
import type { Violation } from '../checker.ts';
import { World } from './world.ts';
import type { WorldOptions } from './world.ts';

export interface ClusterRun extends WorldOptions {
  /** Messages a second. */
  readonly rate: number;
  /** How often each thing happens. */
  readonly rounds: number;
}

export interface ClusterSummary {
  readonly seed: number;
  readonly sent: number;
  readonly stored: number;
  readonly refused: number;
  readonly repeats: number;
  readonly links: number;
  /** Times that a screen told its user of trouble with the link: once it has lasted a second. */
  readonly alarms: number;
  /** The longest that anybody waited to hear of an own message, in ms. */
  readonly longestMs: number;
  /** Messages a second that were sent, over the whole run. */
  readonly rate: number;
  readonly happened: Readonly<Record<string, number>>;
  /** Orderly stops that did not end with 0. */
  readonly badStops: number;
  readonly unsettled: readonly string[];
}

type Verdict = { readonly summary: ClusterSummary; readonly violations: readonly Violation[] };

/** Messages that are stored between one thing and the next. */
const BETWEEN = 150;
const SETTLE_MS = 120_000;
/** How long the bus is away. */
const AWAY_MS = 5_000;

/** Everything that is not orderly: killed gateways, a killed and a restarted database, a bus that is gone or dumb. */
export const runFaults = (run: ClusterRun): Promise<Verdict> =>
  inWorld(run, async (world, note) => {
    const { postgres, nats, members } = world;
    for (let round = 0; round < run.rounds; round += 1) {
      const victim = members[round % members.length];
      await victim?.kill();
      note('gateway killed', 'gateway-crash');
      await world.progress(BETWEEN);
      await victim?.start();
      await postgres.end('SIGKILL');
      note('database killed', 'store-error');
      await postgres.start();
      await world.progress(BETWEEN);
      await postgres.end('SIGINT');
      note('database restarted', 'store-error');
      await postgres.start();
      await world.progress(BETWEEN);
      if (!nats) continue;
      await nats.end('SIGKILL');
      note('bus stopped');
      await delay(AWAY_MS);
      await world.progress(BETWEEN);
      await nats.start();
      nats.pause();
      note('gateways parted');
      await delay(AWAY_MS);
      await world.progress(BETWEEN);
      nats.resume();
    }
    return 0;
  });

/** One gateway after the other is stopped and started again, as for a new version. */
export const runRollingRestart = (run: ClusterRun): Promise<Verdict> =>
  inWorld(run, async (world, note) => {
    let badStops = 0;
    for (let round = 0; round < run.rounds; round += 1)
      for (const member of world.members) {
        if ((await member.stop()) !== 0) badStops += 1;
        note('gateway restarted', 'gateway-stop');
        await member.start();
        await world.progress(BETWEEN);
      }
    return badStops;
  });

type Note = (what: string, fault?: Parameters<World['happened']>[0]) => void;

async function inWorld(run: ClusterRun, act: (world: World, note: Note) => Promise<number>): Promise<Verdict> {
  const happened: Record<string, number> = {};
  const startedAt = performance.now();
  const world = await World.start(run);
  const note: Note = (what, fault) => {
    happened[what] = (happened[what] ?? 0) + 1;
    if (fault !== undefined) world.happened(fault);
    run.say(
      `${String(Math.round((performance.now() - startedAt) / 1000)).padStart(5)} s  ${what}  ` +
        `sent ${world.sum('sent')}  stored ${world.sum('settled')}`,
    );
  };
  try {
    await world.everybody();
    const talkingAt = performance.now();
    const talking = world.talk(run.rate);
    await world.progress(BETWEEN);
    const badStops = await act(world, note);
    await world.progress(BETWEEN);
    world.stopTalking();
    await talking;
    const talkedMs = performance.now() - talkingAt;
    const unsettled = await world.settle(SETTLE_MS);
    note('all settled');
    const refused = world.sum('refused');
    const repeats = world.sum('repeats');
    const links = world.sum('links');
    const alarms = world.sum('alarms');
    const { longestMs } = world;
    const { violations, counts } = await world.judge();
    const { sent, stored } = counts;
    return {
      summary: {
        seed: run.seed,
        sent,
        stored,
        refused,
        repeats,
        links,
        alarms,
        longestMs,
        rate: Math.round((sent / talkedMs) * 1_000),
        happened,
        badStops,
        unsettled,
      },
      violations,
    };
  } finally {
    await world.dispose();
  }
}
