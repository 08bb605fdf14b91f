// `npm run soak -- deploy`: what deploy/ describes, run by hand.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { runDeploy } from './deploy.ts';

export const help = `npm run soak -- deploy               two gateways as in deploy/compose.yaml behind Caddy, replaced one after the other while
                                     people write; over each bus; about three minutes. Needs \`npm run build\` and caddy
  --rounds N                         (1)`;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '1' } } });
  if (spawnSync('caddy', ['version']).status !== 0) throw new Error('There is no caddy: install the package.');
  let isKept = true;
  for (const bus of ['postgres', 'nats'] as const) {
    const wrong = await runDeploy({
      bus,
      rounds: Number(values.rounds),
      say: (line) => console.log(`${bus}: ${line}`),
    });
    for (const one of wrong) console.log(`${bus}: ${one}`);
    isKept &&= wrong.length === 0;
  }
  return isKept;
}
