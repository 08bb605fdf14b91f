// `npm run soak -- cluster`: the cluster runs at full length. Starts its own PostgreSQL and NATS.
import { parseArgs } from 'node:util';
import { violationsText } from '../check.ts';
import { runFaults, runRollingRestart } from './cluster.ts';

const ROUNDS = 20;
/** Messages a second while things are killed. */
const FAULTS_RATE = 200;
const RUNS = ['faults-nats', 'faults-postgres', 'rolling-nats', 'rolling-postgres'] as const;

export const help = `npm run soak -- cluster              three gateways: everything killed, stopped and parted ${ROUNDS} times, over each bus; then
                                     ${ROUNDS} rolling restarts under 500 messages a second, over each; about forty minutes
  --runs NAME,…                      some of them: ${RUNS.join(', ')}
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
    options: {
      runs: text,
      rounds: text,
      gateways: text,
      rate: text,
      visitors: text,
      agents: text,
      seed: text,
      folder: text,
    },
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
  const wanted = values.runs?.split(',') ?? RUNS;
  const unknown = wanted.find((one) => !RUNS.some((name) => name === one));
  if (unknown !== undefined) throw new Error(`--runs: there is no ${unknown}`);
  let isKept = true;
  for (const name of RUNS.filter((one) => wanted.includes(one))) {
    const isRolling = name.startsWith('rolling');
    const bus = name.endsWith('nats') ? 'nats' : 'postgres';
    const folder = values.folder === undefined ? undefined : `${values.folder}/${name}`;
    const run = isRolling ? runRollingRestart : runFaults;
    const { summary, violations } = await run({
      ...common,
      bus,
      rate: isRolling ? number('rate', 500) : FAULTS_RATE,
      folder,
    });
    console.log(name, JSON.stringify(summary, undefined, 2));
    if (violations.length > 0) console.log(violationsText(violations));
    const { unsettled, refused, badStops, sent, stored, alarms } = summary;
    isKept &&= violations.length === 0 && unsettled.length === 0 && refused + badStops === 0 && sent === stored;
    // What is killed may be seen, what is restarted in good order may not.
    isKept &&= !isRolling || alarms === 0;
  }
  return isKept;
}
