// The checker as a command: `node test/proof/check.ts FILES…`. Files of one run are judged together; exits with 1 on any violation.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Checker } from './checker.ts';
import type { Counts, Violation } from './checker.ts';
import { readHistory } from './history.ts';

/** Violations of one kind that are told in full. */
const TOLD = 20;

interface Run {
  readonly checker: Checker;
  seed: number;
  replay: string | undefined;
}

export const countsText = ({ faults, ...counts }: Counts): string =>
  [
    ...Object.entries(counts).map(([name, count]) => `${String(count)} ${name}`),
    ...[...faults].map(([fault, count]) => `${String(count)} ${fault}`),
  ].join(', ');

export function violationsText(violations: readonly Violation[]): string {
  const told = new Map<string, number>();
  const lines: string[] = [];
  for (const { invariant, text, place, at } of violations) {
    const count = (told.get(invariant) ?? 0) + 1;
    told.set(invariant, count);
    if (count > TOLD) continue;
    const where = place === undefined ? '' : `  ${place.file}:${place.line}`;
    lines.push(`  ${invariant}  ${text}${where}${at === undefined ? '' : `  at ${at}`}`);
  }
  for (const [invariant, count] of told)
    if (count > TOLD) lines.push(`  ${invariant}  and ${count - TOLD} more of the kind`);
  return lines.join('\n');
}

/** What the checker says of one run, whose histories are the files of a folder. */
export async function judgeFolder(folder: string): Promise<Checker> {
  const checker = new Checker();
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.jsonl'))) {
    const file = join(folder, name);
    for await (const [event, line] of readHistory(file)) checker.add(event, { file, line });
  }
  checker.finish();
  return checker;
}

async function main(files: readonly string[]): Promise<boolean> {
  const runs = new Map<string, Run>();
  for (const file of files) {
    let run: Run | undefined;
    for await (const [event, line] of readHistory(file)) {
      if (event.what === 'begin') {
        run = runs.get(event.run) ?? { checker: new Checker(), seed: event.seed, replay: event.replay };
        runs.set(event.run, run);
      }
      if (!run) throw new Error(`${file} does not begin with the event "begin"`);
      run.checker.add(event, { file, line });
    }
  }
  let isGood = runs.size > 0;
  for (const [name, { checker, seed, replay }] of runs) {
    checker.finish();
    const { violations, counts } = checker;
    console.log(`${violations.length === 0 ? '✓' : '✗'} ${name}, seed ${seed}: ${countsText(counts)}`);
    if (violations.length === 0) continue;
    isGood = false;
    console.log(violationsText(violations));
    if (replay !== undefined) console.log(`  replay: ${replay}`);
  }
  return isGood;
}

if (import.meta.main) {
  const files = process.argv.slice(2);
  if (files.length === 0) {
    console.error('node test/proof/check.ts FILES…: judges the histories in these files');
    process.exitCode = 1;
  } else if (!(await main(files))) process.exitCode = 1;
}
