// Summary: what many seeds were made of, class by class, and what befell them.
import type { Fault } from '../history.ts';
import type { LinkKind } from './network.ts';
import { linkKindOf } from './simulation.ts';
import type { Report } from './worker.ts';

const ALWAYS: readonly Fault[] = [
  'cut',
  'half-open',
  'one-way',
  'offline',
  'gateway-crash',
  'gateway-gone',
  'gateway-stop',
  'store-error',
  'reload',
  'page-crash',
  'page-gone',
  'sleep',
  'long-sleep',
  'freeze',
  'device-error',
  'clock-jump',
];
const FRAMES: readonly Fault[] = ['drop', 'duplicate', 'overtake'];

/** What a class of seeds has to have suffered: a run without faults proves nothing. */
const EXPECTED: { readonly [K in LinkKind]: readonly Fault[] } = {
  stream: ALWAYS,
  lossy: [...ALWAYS, ...FRAMES],
  torn: [...ALWAYS, ...FRAMES],
};

/** What messages of a class have to come to, too, and what has to be done with them. */
const ENDS = ['numbered', 'unnumbered', 'refused', 'expired', 'volatile', 'edits', 'recalled'] as const;

interface Class {
  seeds: number;
  messages: number;
  events: number;
  virtualMs: number;
  cpuMicros: number;
  readonly ends: Map<string, number>;
  readonly faults: Map<string, number>;
}

const grow = (map: Map<string, number>, key: string, by: number): void => void map.set(key, (map.get(key) ?? 0) + by);

export class Summary {
  /** Seeds with violations. */
  failed = 0;
  readonly #classes = new Map<LinkKind, Class>();

  add({ seed, violations, counts, ms, events, cpuMicros }: Report): void {
    if (violations.length > 0) this.failed += 1;
    const kind = linkKindOf(seed);
    let one = this.#classes.get(kind);
    if (!one) {
      one = { seeds: 0, messages: 0, events: 0, virtualMs: 0, cpuMicros: 0, ends: new Map(), faults: new Map() };
      this.#classes.set(kind, one);
    }
    one.seeds += 1;
    one.messages += counts.sent;
    one.events += events;
    one.virtualMs += ms;
    one.cpuMicros += cpuMicros;
    for (const end of ENDS) grow(one.ends, end, counts[end]);
    for (const [fault, count] of counts.faults) grow(one.faults, fault, count);
  }

  /** One line per fault or end that a class has not seen. */
  missing(): string[] {
    return [...this.#classes].flatMap(([kind, { faults, ends, seeds }]) =>
      [...EXPECTED[kind].filter((fault) => !faults.has(fault)), ...ENDS.filter((end) => !ends.get(end))].map(
        (what) => `${kind}: no ${what} in ${seeds} seeds`,
      ),
    );
  }

  text(seconds?: number): string {
    const lines = [...this.#classes].map(([kind, one]) => {
      const list = (map: Map<string, number>): string => [...map].map(([name, count]) => `${count} ${name}`).join(', ');
      return [
        `${kind}: ${one.seeds} seeds, ${one.messages} messages: ${list(one.ends)}`,
        `  ${list(one.faults)}`,
        `  ${(one.virtualMs / 3_600_000).toFixed(1)} h of virtual time, ${one.events} events, ${Math.round(one.cpuMicros / one.messages)} µs of CPU per message`,
      ].join('\n');
    });
    const messages = [...this.#classes.values()].reduce((sum, one) => sum + one.messages, 0);
    const time = seconds === undefined ? '' : ` in ${seconds.toFixed(0)} s`;
    return [...lines, `${messages} messages${time}, ${this.failed} seeds with violations`].join('\n');
  }
}
