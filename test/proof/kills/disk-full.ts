// A disk that is full: what can't be stored is not acked, nobody overtakes it, and when there is room again all goes on.
// The disk is a small one in memory, which only root can make.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Violation } from '../checker.ts';
import { Rig } from '../wire/rig.ts';

const run = promisify(execFile);

export interface DiskFullSummary {
  readonly sent: number;
  readonly stored: number;
  /** Messages that the gateway turned away because the disk was full. */
  readonly turnedAway: number;
  /** Whether the gateway came up on the full disk; if there is no room even for that, it says so, and does when there is. */
  readonly startedFull: boolean;
  readonly unsettled: readonly string[];
}

/** Whether a small disk can be made here. */
export const canFillDisk = (): boolean => process.platform === 'linux' && process.getuid?.() === 0;

const turnedAway = (errors: string): number => errors.split('disk is full').length - 1;

/** Fills the disk under a gateway, kills that, lets it start on the full disk, and makes room. */
export async function runDiskFull(
  seed: number,
  say: (line: string) => void,
): Promise<{ readonly summary: DiskFullSummary; readonly violations: readonly Violation[] }> {
  const disk = await mkdtemp(join(tmpdir(), 'kefu-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  let rig: Rig | undefined;
  try {
    rig = await Rig.start({ visitors: 6, agents: 1, seed, dataDir: join(disk, 'data'), say });
    const { gateway } = rig;
    const talking = rig.talk(1_000_000, 400);
    // When something else fails, that is the story.
    talking.catch(() => undefined);
    while (turnedAway(gateway.errors) < 20) await rig.visiting.until('working');
    say('full');
    await gateway.signal('SIGKILL');
    const { length } = gateway.errors;
    const startedFull = await gateway.start().then(
      () => true,
      (error: unknown) => {
        if (turnedAway(gateway.errors.slice(length)) === 0) throw error;
        return false;
      },
    );
    const before = turnedAway(gateway.errors);
    while (startedFull && turnedAway(gateway.errors) < before + 20) await rig.visiting.until('working');
    say(startedFull ? 'killed, and started on a full disk' : 'killed; no room to start');
    await run('mount', ['-o', 'remount,size=200m', disk]);
    if (!startedFull) await gateway.start();
    await rig.progress(500);
    say('there is room again');
    rig.stopTalking();
    await talking;
    const unsettled = await rig.settle(120_000);
    rig.happened('store-error', turnedAway(gateway.errors));
    rig.happened('gateway-crash');
    const { violations, counts } = await rig.judge();
    return {
      summary: {
        sent: counts.sent,
        stored: counts.stored,
        turnedAway: turnedAway(gateway.errors),
        startedFull,
        unsettled,
      },
      violations,
    };
  } finally {
    await rig?.dispose();
    await run('umount', ['--lazy', disk]);
    await rm(disk, { recursive: true, force: true });
  }
}
