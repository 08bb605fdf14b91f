// `npm run soak -- cluster`: the cluster runs at full length. Starts its own PostgreSQL and NATS.
import { parseArgs } from 'node:util';
import { violationsText } from '../check.ts';
import { runFaults, runRollingRestart } from './cluster.ts';
import type { ClusterRun } from './cluster.ts';

const ROUNDS = 20;

export const help = `npm run soak -- cluster              three gateways: everything killed, stopped and parted ${ROUNDS} times, over each bus; then
                                     ${ROUNDS} rolling restarts under 500 messages a second; about forty minutes
  --rounds N   --gateways N          (${ROUNDS}, 3)
  --rate N                           messages a second in the rolling restarts (500)
  --visitors N   --agents N          who talks (60, 6)
  --seed N                           (1)
  --folder PATH                      where histories stay (temporary ones, removed if all is well)`;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: text, gateways: text, rate: text, visitors: text, agents: text, seed: text, folder: text },
  });
  const number = (name: 'rounds' | 'gateways' | 'rate' | 'visitors' | 'agents' | 'seed', otherwise: number): number => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: a whole number is expected`);
    return value;
  };
  const common = {
    gateways: number('gateways', 3),
    visitors: number('visitors', 60),
    agents: number('agents', 6),
    rounds: number('rounds', ROUNDS),
    seed: number('seed', 1),
    say: (line: string) => console.log(line),
  };
  const runs: readonly (readonly [name: string, run: typeof runFaults, options: ClusterRun])[] = [
    ['faults-nats', runFaults, { ...common, bus: 'nats', rate: 200 }],
    ['faults-postgres', runFaults, { ...common, bus: 'postgres', rate: 200 }],
    ['rolling-nats', runRollingRestart, { ...common, bus: 'nats', rate: number('rate', 500) }],
    ['rolling-postgres', runRollingRestart, { ...common, bus: 'postgres', rate: number('rate', 500) }],
  ];
  let isKept = true;
  for (const [name, run, options] of runs) {
    const folder = values.folder === undefined ? undefined : `${values.folder}/${name}`;
    const { summary, violations } = await run({ ...options, folder });
    console.log(name, JSON.stringify(summary, undefined, 2));
    if (violations.length > 0) console.log(violationsText(violations));
    const { unsettled, refused, badStops, sent, stored } = summary;
    isKept &&= violations.length === 0 && unsettled.length === 0 && refused + badStops === 0 && sent === stored;
  }
  return isKept;
}
