// Slow readers and many links (T9): the gateway's memory stays bounded when receivers don't keep up, and a stop does not
// bring everybody back at once.
import type { Violation } from '../checker.ts';
import { FaultProxy } from '../wire/fault-proxy.ts';
import { Rig } from '../wire/rig.ts';

export interface SlowOptions {
  /** Links in all, and how many of them read slowly. */
  readonly links: number;
  readonly slow: number;
  /** What a slow reader reads, bytes a second. */
  readonly bytesPerSecond: number;
  /** How long the agents write more to the slow ones than they read. */
  readonly writeMs: number;
  readonly seed: number;
}

export const SLOW: SlowOptions = { links: 2_000, slow: 200, bytesPerSecond: 1_024, writeMs: 60_000, seed: 1 };

export interface SlowSummary {
  readonly links: number;
  readonly slow: number;
  readonly idleBytes: number;
  /** The most while the slow ones fell behind; and for each of them, above what the idle links take. */
  readonly mostBytes: number;
  readonly bytesPerSlow: number;
  /** Messages that the slow ones had not been shown when the writing ended. */
  readonly behind: number;
  /** In the busiest second after the stop, and what is allowed: twice the number of links over the spread. */
  readonly peakConnectsPerSecond: number;
  readonly allowedConnectsPerSecond: number;
  readonly stopSeconds: number;
  readonly stored: number;
  readonly unsettled: readonly string[];
}

const AGENTS = 4;
/** Each slow reader gets as much again as it reads. */
const MESSAGE = 2_048;

/** The gateway's own rule for the spread of a stop, in seconds. */
const spreadSeconds = (links: number): number => Math.min(60, Math.max(2, links / 200));

export async function runSlowReaders(
  { links, slow, bytesPerSecond, writeMs, seed }: SlowOptions,
  say: (line: string) => void,
): Promise<{ readonly summary: SlowSummary; readonly violations: readonly Violation[] }> {
  const rig = await Rig.start({
    visitors: links - slow - AGENTS,
    agents: AGENTS,
    seed,
    limits: { drainMs: 1_000 },
    say,
  });
  const { gateway } = rig;
  const narrow = await FaultProxy.listen({ target: () => gateway.port, seed });
  let watching: NodeJS.Timeout | undefined;
  try {
    const slowly = rig.join('slow', slow, narrow);
    const everybody = async (): Promise<void> => {
      while (rig.sum('online') < links) await slowly.until('working');
    };
    await everybody();
    say(`${links} links`);
    // A conversation begins with a message of the visitor.
    slowly.order({ send: slow * 6, perSecond: slow });
    await slowly.until('sent');
    while ((slowly.last?.settled ?? 0) < slow * 6) await slowly.until('working');
    const idleBytes = (await gateway.usage())?.residentBytes ?? 0;
    say(`${slow} conversations; the gateway takes ${Math.round(idleBytes / 2 ** 20)} MB`);

    // From now on they read slowly: on new connections, because a throttle is for the life of one.
    narrow.play({ bytesPerSecond });
    for (const connection of narrow.connections) connection.reset();
    await everybody();
    let mostBytes = idleBytes;
    watching = setInterval(() => {
      void gateway.usage().then((usage) => {
        mostBytes = Math.max(mostBytes, usage?.residentBytes ?? 0);
      });
    }, 250);
    const perSecond = Math.round((2 * slow * bytesPerSecond) / MESSAGE);
    const before = slowly.last?.received ?? 0;
    const count = Math.round((perSecond * writeMs) / 1_000);
    rig.answering.order({ send: count, perSecond, length: MESSAGE });
    await rig.answering.until('sent');
    const behind = count - ((await slowly.until('working')).received - before);
    say(
      `${count} messages written, ${behind} not yet read; the gateway took ${Math.round(mostBytes / 2 ** 20)} MB at most`,
    );

    narrow.calm();
    // Those that a gateway has to bear: while none runs an attempt costs nobody anything.
    const connects = (): number =>
      [rig.proxies[0], narrow].reduce((sum, { counts }) => sum + counts.connections - counts.refused, 0);
    for (const connection of narrow.connections) connection.reset();
    await everybody();
    const stoppedAt = performance.now();
    await gateway.signal('SIGTERM');
    const stopSeconds = (performance.now() - stoppedAt) / 1_000;
    const marks: number[] = [];
    const marking = setInterval(() => marks.push(connects()), 100);
    await gateway.start();
    await everybody();
    clearInterval(marking);
    const peak = Math.max(0, ...marks.map((mark, index) => mark - (marks[Math.max(0, index - 10)] ?? mark)));
    say(`stopped after ${stopSeconds.toFixed(1)} s, everybody is back; ${peak} connects in the busiest second`);
    clearInterval(watching);
    const unsettled = await rig.settle(120_000);
    rig.happened('gateway-stop');
    const { violations, counts } = await rig.judge();
    const summary: SlowSummary = {
      links,
      slow,
      idleBytes,
      mostBytes,
      bytesPerSlow: Math.round((mostBytes - idleBytes) / slow),
      behind,
      peakConnectsPerSecond: peak,
      allowedConnectsPerSecond: Math.round((2 * links) / spreadSeconds(links)),
      stopSeconds: Math.round(stopSeconds * 10) / 10,
      stored: counts.stored,
      unsettled,
    };
    return { summary, violations };
  } finally {
    clearInterval(watching);
    await narrow.close();
    await rig.dispose();
    if (gateway.errors !== '') say(`the gateway said:\n${gateway.errors.slice(-4_000)}`);
  }
}
