// `npm run soak -- simulation`: the deterministic simulation at full length, or one seed of it again.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { countsText, violationsText } from '../check.ts';
import type { HistoryEvent } from '../history.ts';
import { runSeeds } from './seeds.ts';
import { linkKindOf, simulate } from './simulation.ts';
import type { SimulationOptions } from './simulation.ts';
import { Summary } from './summary.ts';

const SEEDS = 400;
const MESSAGES = 5_000;

export const help = `npm run soak -- simulation           ${SEEDS} seeds × ${MESSAGES.toLocaleString('en')} messages on virtual time
  --seeds A..B                       or one: --seeds 7
  --messages N                       per seed (${MESSAGES.toLocaleString('en')})
  --tabs N                           of the visitor, 1 or 2 (2)
  --workers N                        processes (as many as processors)
  --trace                            one seed, every event and frame as a line
  --without FAULT,…                  one seed, faults left out`;

const seedsOf = (text: string): number[] => {
  const [first = NaN, last = first] = text.split('..').map(Number);
  if (!Number.isInteger(first) || !Number.isInteger(last) || last < first)
    throw new Error(`--seeds: 1..${SEEDS} or 7 is expected, not ${text}`);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
};

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: `1..${SEEDS}` },
      messages: { type: 'string', default: String(MESSAGES) },
      tabs: { type: 'string', default: '2' },
      workers: { type: 'string', default: String(availableParallelism()) },
      trace: { type: 'boolean', default: false },
      without: { type: 'string', default: '' },
    },
  });
  const seeds = seedsOf(values.seeds);
  const messages = Number(values.messages);
  const tabs = Number(values.tabs);
  const [seed = 1] = seeds;
  if (seeds.length === 1)
    return replay({
      seed,
      messages,
      tabs,
      without: values.without.split(','),
      traces: values.trace,
    });

  const summary = new Summary();
  const since = performance.now();
  let done = 0;
  await runSeeds({
    seeds,
    messages,
    tabs,
    workers: Number(values.workers),
    onReport: (report) => {
      done += 1;
      summary.add(report);
      if (report.violations.length > 0) {
        console.log(`✗ seed ${report.seed}, ${linkKindOf(report.seed)}: ${countsText(report.counts)}`);
        console.log(violationsText(report.violations));
        console.log(
          `  again: npm run soak -- simulation --seeds ${report.seed} --messages ${messages} --tabs ${tabs} --trace`,
        );
      } else if (done % 20 === 0) {
        const s = (performance.now() - since) / 1000;
        console.log(`… ${done} of ${seeds.length} seeds, ${Math.round((done * messages) / s)} messages/s`);
      }
      return undefined;
    },
  });
  console.log(summary.text((performance.now() - since) / 1000));
  const missing = summary.missing();
  for (const line of missing) console.log(`✗ ${line}`);
  return summary.failed === 0 && missing.length === 0;
}

/** Runs one seed in this process. */
function replay(options: SimulationOptions): Promise<boolean> {
  const { seed, traces } = options;
  return new Promise((resolve) => {
    // Out of any promise: virtual time begins in a macrotask.
    setImmediate(() => {
      const { violations, counts, ms } = simulate({
        ...options,
        ...(traces === true && { onEvent: (event) => console.log(lineOf(event)) }),
      });
      console.log(`seed ${seed}, ${linkKindOf(seed)}, ${Math.round(ms / 1000)} s: ${countsText(counts)}`);
      if (violations.length > 0) console.log(violationsText(violations));
      resolve(violations.length === 0);
    });
  });
}

/** An event for people: when, who, what, and the rest of it. */
function lineOf(event: HistoryEvent): string {
  const { at, what } = event;
  const by = 'by' in event ? event.by : '';
  const said = Object.entries(event).flatMap(([name, value]: [string, unknown]) => {
    if (name === 'at' || name === 'what' || name === 'by') return [];
    if (name === 'text') return [String(value)];
    if (!Array.isArray(value)) return [`${name} ${String(value)}`];
    const rows: unknown[] = value;
    return [
      rows.map((row) => (Array.isArray(row) ? `${String(row[0]).slice(0, 6)}:${String(row[1])}` : '…')).join(' '),
    ];
  });
  return `${at.toFixed(3).padStart(12)} ${by.padEnd(4)} ${what === 'trace' ? '' : what} ${said.join(', ')}`;
}
