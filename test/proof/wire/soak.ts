// `npm run soak -- wire`: the wire run at full length.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { violationsText } from '../check.ts';
import { runWire, WIRE, WIRE_FAULTS } from './wire.ts';
import type { WireOptions } from './wire.ts';

export const help = `npm run soak -- wire                 ${WIRE.messages.toLocaleString('en')} messages at ${WIRE.rate.toLocaleString('en')} a second, about nine minutes
  --messages N   --rate N            how many, and how many a second
  --visitors N   --agents N          who talks (${WIRE.visitors}, ${WIRE.agents})
  --seed N                           of the faults (${WIRE.seed})
  --kill-every MS                    between two kill -9 of the gateway, ± 20 % (${WIRE.killEveryMs}; 0: never)
  --reset-every MS                   between two resets on each side (${WIRE_FAULTS.resetEveryMs}; 0: never)
  --hole-every MS                    between two black holes on each side (${WIRE_FAULTS.blackHoleEveryMs}; 0: never)
  --folder PATH                      where histories, store and summary.json stay (a temporary one, removed if all is well)
  --summary FILE                     write the summary there too`;

/** Resolves with whether the promise held. */
export async function soak(args: readonly string[]): Promise<boolean> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      messages: text,
      rate: text,
      visitors: text,
      agents: text,
      seed: text,
      'kill-every': text,
      'reset-every': text,
      'hole-every': text,
      folder: text,
      summary: text,
    },
  });
  const number = (name: keyof typeof values, otherwise: number): number => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isInteger(value) || value < 0) throw new Error(`--${name}: a whole number is expected`);
    return value;
  };
  const options: WireOptions = {
    messages: number('messages', WIRE.messages),
    rate: number('rate', WIRE.rate),
    visitors: number('visitors', WIRE.visitors),
    agents: number('agents', WIRE.agents),
    seed: number('seed', WIRE.seed),
    killEveryMs: number('kill-every', WIRE.killEveryMs),
    faults: {
      ...WIRE_FAULTS,
      resetEveryMs: number('reset-every', WIRE_FAULTS.resetEveryMs),
      blackHoleEveryMs: number('hole-every', WIRE_FAULTS.blackHoleEveryMs),
    },
    settleMs: WIRE.settleMs,
    ...(values.folder !== undefined && { folder: values.folder }),
  };
  const { summary, violations } = await runWire(options, (line) => console.log(line));
  console.log(JSON.stringify(summary, undefined, 2));
  if (values.summary !== undefined) await writeFile(values.summary, `${JSON.stringify(summary, undefined, 2)}\n`);
  if (violations.length > 0) console.log(violationsText(violations));
  console.log(
    `${summary.sent.toLocaleString('en')} sent, ${summary.stored.toLocaleString('en')} stored: ` +
      `${summary.lost} lost, ${summary.doubled} doubled, ${summary.misordered} misordered ` +
      `over ${summary.kills} kill -9, ${summary.resets} resets, ${summary.blackHoles} black holes, ${summary.halfOpen} half-open links`,
  );
  return violations.length === 0 && summary.unsettled.length === 0 && summary.stored === summary.sent;
}
