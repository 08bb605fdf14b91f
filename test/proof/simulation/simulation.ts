// Simulation: the real SDK core and the real gateway core in one process, on virtual time, with everything happening to
// them that happens to software. The same seed gives the same run, to the last event.
import { createHash } from 'node:crypto';
import { hashOfToken } from '../../../src/gateway/auth.ts';
import { Checker } from '../checker.ts';
import type { Counts, Violation } from '../checker.ts';
import type { Fault, Happening, HistoryEvent } from '../history.ts';
import { Disk } from './disk.ts';
import { EPOCH, GatewayMachine } from './gateway-machine.ts';
import { Network } from './network.ts';
import type { LinkKind } from './network.ts';
import { Device } from './device.ts';
import { SERVER, Tab } from './page.ts';
import type { Surroundings } from './page.ts';
import { Random } from './random.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly messages: number;
  /** Tabs of the visitor. Default 2. */
  readonly tabs?: number;
  /** Faults that are left out, to see which one it takes. */
  readonly without?: readonly string[];
  /** Makes a digest of all that happens. */
  readonly hashes?: boolean;
  /** Hears every event, for histories and traces. */
  readonly onEvent?: (event: HistoryEvent) => void;
  /** Frames and links too, as `trace` events. */
  readonly traces?: boolean;
}

export interface SimulationResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly counts: Counts;
  /** Virtual time. */
  readonly ms: number;
  readonly events: number;
  readonly hash: string | undefined;
}

const KINDS: readonly LinkKind[] = ['stream', 'lossy', 'stream', 'torn'];

/** The class of a seed: every second one has links like TCP. */
export const linkKindOf = (seed: number): LinkKind => KINDS[seed % KINDS.length] ?? 'stream';

/** Messages per second of all clients together: no more than such links carry. */
const RATE: { readonly [K in LinkKind]: number } = { stream: 40, lossy: 15, torn: 15 };
/** How often somebody takes back a message. */
const RECALL_MS = 1_000;
/** How long everything may take to be well again once nothing happens any more. */
const QUIESCENCE_MS = 180_000;
const AGENT = 'usrAgent000001';
const AGENT_TOKEN = 'token of the agent';

export function simulate({
  seed,
  messages,
  tabs: visitorTabs = 2,
  without = [],
  hashes = false,
  onEvent,
  traces = false,
}: SimulationOptions): SimulationResult {
  const time = new VirtualTime();
  const random = (stream: number): Random => new Random(seed, stream);
  const kind = linkKindOf(seed);
  const checker = new Checker({ ordered: kind !== 'torn' });
  const hash = hashes ? createHash('sha256') : undefined;
  let line = 0;
  const witness = (happening: Happening): void => {
    line += 1;
    const event: HistoryEvent = { at: Math.round(time.now * 1000) / 1000, ...happening };
    checker.add(event, { file: `seed ${seed}`, line });
    hash?.update(JSON.stringify(event));
    onEvent?.(event);
  };
  const trace = traces
    ? (by: string, text: string): void => {
        witness({ what: 'trace', by, text });
      }
    : undefined;
  const fails = (text: string): void => {
    checker.violations.push({ invariant: 'history', text, place: undefined, at: time.now });
  };

  witness({ what: 'begin', run: `simulation ${seed}`, seed });
  const has = (fault: Fault): boolean => !without.includes(fault);
  let errorRate = has('store-error') ? 0.01 : 0;
  const disk = new Disk({ time, random: random(1), witness, failing: () => errorRate });
  const network: Network = new Network({
    time,
    random: random(2),
    witness,
    kind,
    gateway: () => gateway.incarnation,
  });
  const gateway = new GatewayMachine({
    time,
    random: random(3),
    disk,
    network: () => network,
    witness,
    onError: fails,
  });
  disk.prepare((database) => {
    database.createUser({
      id: AGENT,
      kind: 'agent',
      public: { fn: 'Mei' },
      createdAt: EPOCH,
      token: { hash: hashOfToken(AGENT_TOKEN), expiresAt: EPOCH + 365 * 24 * 3_600_000 },
    });
  });

  const around = (stream: number): Surroundings => ({ time, random: random(stream), network, witness, trace });
  const device = (stream: number): Device =>
    new Device({ time, random: random(stream), witness, failing: () => (has('device-error') && !isCalm ? 0.005 : 0) });
  let isCalm = false;
  const phone = device(20);
  const desk = device(21);
  desk.values.set(`kefu:agent:${SERVER}`, AGENT_TOKEN);
  const one = new Tab('one', 'visitor', phone, around(10));
  const two = new Tab('two', 'visitor', phone, around(11));
  const mei = new Tab('mei', 'agent', desk, around(12));
  const tabs = visitorTabs === 1 ? [one, mei] : [one, two, mei];

  const isOnline = (tab: Tab): boolean => tab.page?.client.link$.value.state === 'online';
  const until = (isOver: () => boolean, ms: number): boolean => time.run(isOver, time.now + ms);

  // Everybody comes, one after the other: the second tab finds the account that the first has made.
  gateway.start();
  mei.open();
  one.open();
  until(() => isOnline(one) && isOnline(mei), 120_000);
  if (tabs.includes(two)) {
    two.open();
    until(() => isOnline(two), 120_000);
  }
  for (const tab of tabs) {
    const user = tab.page?.client.me$.value?.id ?? '';
    witness({ what: 'client', by: tab.name, user, role: tab.role, device: tab.role });
  }

  // What happens, until all is said.
  const chance = random(4);
  const often = (meanMs: number, act: () => void): void => {
    const next = (): void => {
      time.after(chance.wait(meanMs), () => {
        if (isCalm) return;
        act();
        next();
      });
    };
    next();
  };
  let sent = 0;
  const say = (tab: Tab): void => {
    if (sent < messages && tab.page?.send() === true) sent += 1;
  };
  // The visitor is in one tab at a time.
  let inHand = one;
  often(3_000, () => {
    inHand = inHand === one && tabs.includes(two) ? two : one;
  });
  const says = (tab: () => Tab): void => {
    often(2_000 / RATE[kind], () => {
      const count = chance.chance(0.005) ? 40 : 1;
      for (let index = 0; index < count; index += 1) say(tab());
    });
  };
  says(() => inHand);
  says(() => mei);
  often(RECALL_MS, () => {
    (chance.chance(0.5) ? inHand : mei).page?.recall();
  });
  const anyTab = (): Tab => chance.pick(tabs) ?? one;
  /** One of these, unless it is left out. */
  const oneOf = <F extends Fault>(faults: readonly F[], act: (fault: F) => void): void => {
    const fault = chance.pick(faults);
    if (fault !== undefined && has(fault)) act(fault);
  };
  often(7_000, () => {
    const ms = chance.between(200, 2_500);
    oneOf(['gateway-crash', 'gateway-crash', 'gateway-crash', 'gateway-gone', 'gateway-stop'], (how) => {
      if (how === 'gateway-stop') gateway.stop(ms);
      else gateway.crash(how === 'gateway-gone', ms);
    });
  });
  often(9_000, () => {
    const tab = anyTab();
    oneOf(['reload', 'reload', 'page-crash', 'page-gone'], (how) => {
      tab.reopen(how, chance.between(50, 2_000));
    });
  });
  often(5_000, () => {
    const link = chance.pick([...network.links].filter(({ isLive }) => isLive));
    const ms = chance.between(2_000, 40_000);
    if (!link) return;
    oneOf(['cut', 'cut', 'half-open', 'one-way', 'one-way'], (fault) => {
      witness({ what: 'fault', fault });
      if (fault === 'cut') link.cut();
      else if (fault === 'half-open') link.block(['up', 'down'], ms);
      else link.block([chance.chance(0.5) ? 'up' : 'down'], ms);
    });
  });
  often(20_000, () => {
    oneOf(['offline'], () => anyTab().page?.offline(chance.between(500, 8_000)));
  });
  often(15_000, () => {
    oneOf(['sleep', 'freeze'], (how) => anyTab().page?.sleep(how, chance.between(500, 15_000)));
  });
  often(90_000, () => {
    oneOf(['long-sleep'], (how) => anyTab().page?.sleep(how, 5_000));
  });
  often(10_000, () => {
    oneOf(['clock-jump'], (fault) => {
      const who = chance.pick([phone, desk, gateway]) ?? phone;
      witness({ what: 'fault', fault });
      who.clockOffset += chance.between(-3_600_000, 3_600_000);
    });
  });
  const isSaid = until(() => sent >= messages, 3_600_000);
  if (!isSaid) fails(`only ${sent} of ${messages} messages could be sent in an hour`);

  // Then peace; everything has to be well again.
  isCalm = true;
  network.isCalm = true;
  errorRate = 0;
  const seq = (): number => disk.topics(AGENT)[0]?.seq ?? 0;
  let isLooking = true;
  let isWhole = false;
  const look = (): void => {
    const newest = seq();
    isWhole = tabs.every(({ page }) => page?.isRunning === true && page.isWhole(newest));
    if (isLooking) time.after(250, look);
  };
  look();
  if (!until(() => isWhole, QUIESCENCE_MS))
    for (const { name, page } of tabs)
      if (!page?.isWhole(seq()))
        fails(
          `${name} is not well: ${JSON.stringify(page?.client.link$.value)}, ${page?.pending ?? -1} pending, ` +
            `acked ${page?.wire.cursor ?? -1} of ${seq()}`,
        );
  isLooking = false;
  // One of them reads everything, from the beginning.
  const reader = chance.pick(tabs) ?? one;
  const isRead = (): boolean => reader.page?.loadOlder() !== true;
  let isAtTheTop = false;
  const read = (): void => {
    isAtTheTop = isRead();
    if (!isAtTheTop) time.after(200, read);
  };
  read();
  if (!until(() => isAtTheTop, 120_000)) fails(`${reader.name} does not come to the beginning`);
  until(() => false, 2_000);

  for (const { page } of tabs) for (const event of page?.pool() ?? []) witness(event);
  for (const { topic } of disk.topics(AGENT)) witness({ what: 'store', topic, rows: disk.rows(topic) });
  checker.finish();
  for (const { page } of tabs) page?.client.destroy();
  disk.end();
  const { violations, counts } = checker;
  return { seed, violations, counts, ms: time.now, events: time.happened, hash: hash?.digest('hex') };
}
