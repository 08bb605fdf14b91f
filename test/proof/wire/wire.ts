// The wire run (T4): real processes, real sockets, and a network and a gateway that keep failing.
//
// A gateway that is killed and restarted, visitors and agents in processes of their own over two fault proxies, one for
// each side. When all is sent the faults end, everybody gets the time to be complete, and the checker compares what each
// of them did and shows with the rows of the store.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Invariant, Violation } from '../checker.ts';
import type { FaultCounts, Faults } from './fault-proxy.ts';
import { Killer } from './killer.ts';
import { Rig } from './rig.ts';
import { seededRandom } from './seeded-random.ts';

export interface WireOptions {
  readonly messages: number;
  /** A second, of all senders together. */
  readonly rate: number;
  readonly visitors: number;
  readonly agents: number;
  readonly seed: number;
  readonly faults: Faults;
  /** The gateway is killed about this often (± 20 %). */
  readonly killEveryMs: number;
  /** How long everybody may take to be complete once the faults have ended. */
  readonly settleMs: number;
  /** Where the histories and the store go, and stay; default: a temporary folder that is removed if all is well. */
  readonly folder?: string;
}

/** As the issue asks for: on each side a reset every 4 s and a black hole of 3 s every 15 s, one in four without end. */
export const WIRE_FAULTS: Faults = {
  resetEveryMs: 4_000,
  blackHoleEveryMs: 15_000,
  blackHoleMs: 3_000,
  halfOpenShare: 0.25,
  stallEveryMs: 20_000,
  stallMs: 3_000,
  delayMs: 5,
  bytesPerSecond: 0,
  idleCutMs: 0,
};

export const WIRE: WireOptions = {
  messages: 1_000_000,
  rate: 2_000,
  visitors: 40,
  agents: 4,
  seed: 1,
  faults: WIRE_FAULTS,
  killEveryMs: 8_000,
  settleMs: 120_000,
};

export interface WireSummary {
  readonly seed: number;
  readonly seconds: number;
  /** Until everything was complete after the last message was sent. */
  readonly settleSeconds: number;
  readonly sent: number;
  readonly stored: number;
  /** Messages that their sender was told are stored, and that are not. */
  readonly lost: number;
  readonly doubled: number;
  readonly misordered: number;
  readonly violations: number;
  /** The crowds' own word that nothing was missing, or what was. */
  readonly unsettled: readonly string[];
  readonly refused: number;
  /** Messages that had to be sent again, and were recognised. */
  readonly repeats: number;
  readonly links: number;
  readonly kills: number;
  readonly resets: number;
  readonly blackHoles: number;
  readonly halfOpen: number;
  readonly stalls: number;
  readonly slowestStartMs: number;
  readonly gatewayCpuMs: number;
  readonly gatewayMostBytes: number;
  readonly clientsCpuMs: number;
}

const LOST: readonly Invariant[] = ['I1', 'I6', 'P6'];
const DOUBLED: readonly Invariant[] = ['I2', 'I7'];
const MISORDERED: readonly Invariant[] = ['I3', 'I5', 'I9'];

/** Runs it. Violations are in what it resolves with; it rejects when the run itself could not be done. */
export async function runWire(
  options: WireOptions,
  say: (line: string) => void,
): Promise<{ readonly summary: WireSummary; readonly violations: readonly Violation[] }> {
  const { messages, rate, visitors, agents, seed, faults, killEveryMs, settleMs, folder } = options;
  const rig = await Rig.start({ visitors, agents, seed, folder, say });
  const { gateway, proxies } = rig;
  let watching: NodeJS.Timeout | undefined;
  try {
    // Visitors come through the faults; agents who never got in would leave nobody to answer.
    proxies[0].play(faults);
    await rig.visiting.until('working');
    await rig.answered();
    proxies[1].play(faults);

    const startedAt = performance.now();
    const killer = new Killer(gateway, seededRandom(seed, 3), killEveryMs);
    const of = (key: keyof FaultCounts): number => proxies.reduce((sum, { counts }) => sum + counts[key], 0);
    let mostBytes = 0;
    let gatewayCpuMs = 0;
    let lastSaidAt = 0;
    watching = setInterval(() => {
      void gateway.usage().then((usage) => {
        if (!usage) return;
        mostBytes = Math.max(mostBytes, usage.residentBytes);
        gatewayCpuMs = Math.max(gatewayCpuMs, usage.cpuMs);
      });
      const now = performance.now();
      if (now - lastSaidAt < 5_000) return;
      lastSaidAt = now;
      const number = (value: number): string => value.toLocaleString('en');
      say(
        `${String(Math.round((now - startedAt) / 1000)).padStart(5)} s  sent ${number(rig.sum('sent'))}  ` +
          `stored ${number(rig.sum('settled'))}  shown ${number(rig.sum('received'))}  ` +
          `online ${rig.sum('online')}/${visitors + agents}  kills ${killer.kills}  resets ${of('resets')}  ` +
          `half-open ${of('halfOpen')}  gateway ${Math.round(mostBytes / 2 ** 20)} MB at most`,
      );
    }, 500);

    await rig.talk(messages, rate);
    const sentAt = performance.now();
    await killer.stop();
    say(`all sent after ${Math.round((sentAt - startedAt) / 1000)} s; the faults end, everybody catches up`);
    const clientsCpuMs = (await Promise.all(rig.crowds.map((one) => one.cpuMs()))).reduce((a, b) => a + b, 0);
    const unsettled = await rig.settle(settleMs);
    const settledAt = performance.now();
    clearInterval(watching);

    say('checking');
    rig.happened('gateway-crash', killer.kills);
    rig.happened('cut', of('resets'));
    rig.happened('black-hole', of('blackHolesBoth'));
    rig.happened('one-way', of('blackHolesUp') + of('blackHolesDown'));
    rig.happened('half-open', of('halfOpen'));
    const { violations, counts } = await rig.judge();
    const count = (invariants: readonly Invariant[], text = /^/): number =>
      violations.filter((one) => invariants.includes(one.invariant) && text.test(one.text)).length;
    const summary: WireSummary = {
      seed,
      seconds: Math.round((sentAt - startedAt) / 1000),
      settleSeconds: Math.round((settledAt - sentAt) / 1000),
      sent: counts.sent,
      stored: counts.stored,
      lost: count(LOST) + count(['I4'], / lacks /),
      doubled: count(DOUBLED),
      misordered: count(MISORDERED) + count(['I4'], /^(?!.* lacks )/),
      violations: violations.length,
      unsettled,
      refused: rig.sum('refused'),
      repeats: rig.sum('repeats'),
      links: rig.sum('links'),
      kills: killer.kills,
      resets: of('resets'),
      blackHoles: of('blackHolesBoth') + of('blackHolesUp') + of('blackHolesDown'),
      halfOpen: of('halfOpen'),
      stalls: of('stalls'),
      slowestStartMs: Math.round(killer.slowestStartMs),
      gatewayCpuMs: Math.round(gatewayCpuMs),
      gatewayMostBytes: mostBytes,
      clientsCpuMs: Math.round(clientsCpuMs),
    };
    await writeFile(join(rig.folder, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
    return { summary, violations };
  } finally {
    clearInterval(watching);
    await rig.dispose();
    if (gateway.errors !== '') say(`the gateway said:\n${gateway.errors.slice(-4_000)}`);
  }
}
