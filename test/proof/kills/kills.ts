// The kill matrix (T5): the gateway is killed at every point where something is half done, while clients write.
//
// One world of visitors and agents goes through all points, one after the other: the gateway starts with a kill planted,
// dies when it gets there, and starts again. Then come torn ends of the log, and orderly stops. In the end everybody has
// to have everything once and in order, as after any other run.
import { appendFile, open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Violation } from '../checker.ts';
import { Rig } from '../wire/rig.ts';
import { seededRandom } from '../wire/seeded-random.ts';
import { processUsage } from '../wire/server-process.ts';
import { KILL_POINTS } from './kill-points.ts';
import type { KillPoint } from './kill-points.ts';
import { deathNote } from './plant.ts';
import type { Planted } from './plant.ts';

export interface KillsOptions {
  readonly seed: number;
  /** Messages a second. */
  readonly rate: number;
  readonly points: readonly KillPoint[];
  /** Ends of the log that are torn by hand after a kill. */
  readonly tears: readonly Tear[];
  /** Orderly stops. */
  readonly stops: number;
}

export const KILLS: KillsOptions = {
  seed: 1,
  rate: 200,
  points: KILL_POINTS,
  tears: ['noise', 'half a frame', 'zeros', 'a frame of before'],
  stops: 2,
};

/** What a cut of the power may leave behind what was committed. */
export type Tear = 'noise' | 'half a frame' | 'zeros' | 'a frame of before';

export interface KillsSummary {
  readonly seed: number;
  readonly kills: number;
  readonly tears: number;
  readonly stops: number;
  readonly sent: number;
  readonly stored: number;
  /** Points that the gateway did not come to, ends that were not as they should be; none if all is well. */
  readonly failures: readonly string[];
  readonly unsettled: readonly string[];
  /** From the start of the process to ready, and the processor time that it took: the one depends on who else is at work. */
  readonly slowestReadyMs: number;
  readonly mostReadyCpuMs: number;
}

/** How long the gateway may take to come to a point: far more than it needs, on any machine. */
const HIT_DEADLINE_MS = 60_000;
const SETTLE_MS = 120_000;

const plant = fileURLToPath(new URL('plant.ts', import.meta.url));

export async function runKills(
  options: KillsOptions,
  say: (line: string) => void,
): Promise<{ readonly summary: KillsSummary; readonly violations: readonly Violation[] }> {
  const { seed, rate, points, tears, stops } = options;
  const random = seededRandom(seed, 5);
  const rig = await Rig.start({ visitors: 6, agents: 1, seed, isDown: true, say });
  const { gateway } = rig;
  const failures: string[] = [];
  const ready = { ms: 0, cpuMs: 0 };
  let kills = 0;
  try {
    const talking = rig.talk(1_000_000, rate);
    for (const point of points) {
      const hit = point.hits[0] + Math.floor(random() * (point.hits[1] - point.hits[0] + 1));
      const failure = await killAt(rig, { ...point, hit }, point.while);
      if (failure === undefined) kills += 1;
      else failures.push(`${point.name}, hit ${hit}: ${failure}`);
      say(
        `${failure === undefined ? '✓' : '✗'} ${point.name}, hit ${hit}${failure === undefined ? '' : `: ${failure}`}`,
      );
    }
    for (const tear of tears) {
      await startReady(rig, ready);
      await rig.progress();
      await gateway.signal('SIGKILL');
      kills += 1;
      await tearLog(`${rig.file}-wal`, tear, random);
      say(`✓ torn: ${tear}`);
    }
    for (let stop = 0; stop < stops; stop += 1) {
      await startReady(rig, ready);
      await rig.progress();
      const [code, signal] = await gateway.signal('SIGTERM');
      if (code !== 0) failures.push(`stop ${stop + 1} ended with ${code ?? signal ?? ''}`);
      say(`${code === 0 ? '✓' : '✗'} stop ${stop + 1}`);
    }
    await startReady(rig, ready);
    // Who writes does not wait for a back-off.
    await rig.progress(200);
    rig.stopTalking();
    await talking;
    const unsettled = await rig.settle(SETTLE_MS);
    rig.happened('gateway-crash', kills);
    rig.happened('gateway-stop', stops);
    const { violations, counts } = await rig.judge();
    const summary: KillsSummary = {
      seed,
      kills,
      tears: tears.length,
      stops,
      sent: counts.sent,
      stored: counts.stored,
      failures,
      unsettled,
      slowestReadyMs: Math.round(ready.ms),
      mostReadyCpuMs: Math.round(ready.cpuMs),
    };
    return { summary, violations };
  } finally {
    await rig.dispose();
    const said = gateway.errors.replaceAll(/^killed at .*\n/gm, '');
    if (said !== '') say(`the gateway said:\n${said.slice(-4_000)}`);
  }
}

/** Starts the gateway, which dies at the point. Resolves with what was wrong about that. */
async function killAt(rig: Rig, planted: Planted, during: KillPoint['while']): Promise<string | undefined> {
  const { gateway } = rig;
  const before = gateway.errors.length;
  // It may die before it says that it listens: how it ended is looked at below.
  await gateway
    .start({ execArgv: ['--import', plant], env: { KEFU_PLANTED: JSON.stringify(planted) } })
    .catch(() => undefined);
  if (during === 'stopping') {
    await rig.progress();
    void gateway.signal('SIGTERM');
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, HIT_DEADLINE_MS, undefined);
  });
  const end = await Promise.race([gateway.ended(), late]);
  clearTimeout(timer);
  if (!end) {
    await gateway.signal('SIGKILL');
    return 'not reached';
  }
  if (!gateway.errors.slice(before).includes(deathNote(planted)))
    return `ended with ${end[0] ?? end[1] ?? ''} before: ${gateway.errors.slice(before).trim().slice(-300)}`;
  return end[1] === 'SIGKILL' ? undefined : `ended with ${end[0] ?? end[1] ?? ''}`;
}

interface Ready {
  ms: number;
  cpuMs: number;
}

/** Starts the gateway, and waits until it says that it is ready. */
async function startReady({ gateway }: Rig, ready: Ready): Promise<void> {
  const startedAt = performance.now();
  await gateway.start();
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/readyz`);
    if (response.ok) break;
  }
  ready.ms = Math.max(ready.ms, performance.now() - startedAt);
  const usage = gateway.pid === undefined ? undefined : await processUsage(gateway.pid);
  ready.cpuMs = Math.max(ready.cpuMs, usage?.cpuMs ?? 0);
}

/** As SQLite's format says: a header of 32 bytes, then frames of 24 bytes and a page each. */
const WAL_HEADER = 32;
const FRAME = 24 + 4_096;

/** Puts an end to the log that no commit has written. What was committed before it is whole. */
async function tearLog(path: string, tear: Tear, random: () => number): Promise<void> {
  const { size } = await stat(path);
  if (tear === 'zeros') await appendFile(path, Buffer.alloc(FRAME));
  else if (tear === 'noise') {
    const noise = Buffer.alloc(1 + Math.floor(random() * 2 * FRAME));
    for (let at = 0; at < noise.length; at += 1) noise[at] = Math.floor(random() * 256);
    await appendFile(path, noise);
  } else {
    const frames = Math.floor((size - WAL_HEADER) / FRAME);
    if (frames < 1) throw new Error('there is no frame in the log to copy');
    const frame = Buffer.alloc(FRAME);
    const file = await open(path);
    await file.read(frame, 0, FRAME, WAL_HEADER + Math.floor(random() * frames) * FRAME);
    await file.close();
    await appendFile(path, tear === 'half a frame' ? frame.subarray(0, Math.floor(random() * FRAME)) : frame);
  }
}
