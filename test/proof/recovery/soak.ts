// `npm run soak -- recovery`: point-in-time recovery at full length. Starts its own PostgreSQL.
import { parseArgs } from 'node:util';
import { violationsText } from '../check.ts';
import { runRecovery } from './recovery.ts';

export const help = `npm run soak -- recovery             a base backup and the archive of PostgreSQL's log, made under 300 messages a second to two gateways;
                                     the database is lost and recovered to a moment; everybody goes on; about a minute
  --rate N                           messages a second (300)
  --between N                        messages between one thing and the next (2000)
  --visitors N   --agents N          who talks (40, 4)
  --seed N                           (1)
  --folder PATH                      where histories stay (a temporary one, removed if all is well)`;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: text('300'),
      between: text('2000'),
      visitors: text('40'),
      agents: text('4'),
      seed: text('1'),
      folder: { type: 'string' },
    },
  });
  const { summary, violations } = await runRecovery({
    gateways: 2,
    visitors: Number(values.visitors),
    agents: Number(values.agents),
    rate: Number(values.rate),
    between: Number(values.between),
    seed: Number(values.seed),
    folder: values.folder,
    say: (line) => console.log(line),
  });
  console.log(JSON.stringify(summary, undefined, 2));
  if (violations.length > 0) console.log(violationsText(violations));
  const { unsettled, refused, sent, stored } = summary;
  return violations.length === 0 && unsettled.length === 0 && refused === 0 && sent === stored;
}
