// `npm run soak -- PART …`: the proof at full length. Each part is a folder with a `soak.ts`.
import { existsSync, readdirSync } from 'node:fs';

interface Part {
  readonly help: string;
  /** Resolves with whether the promise held. */
  readonly soak: (args: readonly string[]) => Promise<boolean>;
}

const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && 'help' in value && 'soak' in value;

const names = readdirSync(import.meta.dirname).filter((name) =>
  existsSync(new URL(`${name}/soak.ts`, import.meta.url)),
);

const partOf = async (name: string): Promise<Part> => {
  const part: unknown = await import(new URL(`${name}/soak.ts`, import.meta.url).href);
  if (!isPart(part)) throw new Error(`${name}/soak.ts exports no help and soak`);
  return part;
};

const [name = '', ...args] = process.argv.slice(2);
if (!names.includes(name) || args.includes('--help')) {
  const shown = names.includes(name) ? [name] : names;
  for (const one of shown) console.log(`${(await partOf(one)).help}\n`);
  if (name !== '' && name !== '--help' && !names.includes(name)) {
    console.error(`There is no part ${name}.`);
    process.exitCode = 1;
  }
} else {
  const part = await partOf(name);
  const isKept = await part.soak(args);
  console.log(isKept ? '✓ the promise held' : '✗ the promise was broken');
  process.exitCode = isKept ? 0 : 1;
}
