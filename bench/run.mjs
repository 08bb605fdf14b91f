// `npm run bench`: what the budgets say, measured. --help lists the options. Numbers from other machines don't compare; ratios do.
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { ensureDependencies } from '../scripts/ensure-dependencies.mjs';
import { ensureNode } from '../scripts/ensure-node.mjs';

const help = `npm run bench                          everything, about seven minutes
npm run bench -- pool send             only these: bundle, pool, send, faults
npm run bench -- pool --sizes 1000,50000
npm run bench -- send --messages 100000 --sends 50
npm run bench -- faults --messages 20000 --rate 300 --seed 1`;

await ensureNode(fileURLToPath(import.meta.url));
await ensureDependencies();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '1000,100000,1000000' },
    messages: { type: 'string' },
    sends: { type: 'string', default: '25' },
    rate: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

const progress = (text) => console.error(`  … ${text}`);
const number = (name, text) => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name}: ${text} is not a positive whole number.\n\n${help}`);
  process.exit(1);
};
const sizes = values.sizes.split(',').map((text) => number('sizes', text));
const messages = (otherwise) => number('messages', values.messages ?? otherwise);
const sends = number('sends', values.sends);
const rate = number('rate', values.rate);
const seed = number('seed', values.seed);

const benches = {
  bundle: async () => (await import('./bundle.mjs')).benchBundle(),
  pool: async () => (await import('./pool.mjs')).benchPool({ sizes, progress }),
  send: async () => (await import('./send.mjs')).benchSend({ messages: messages('10000'), sends, progress }),
  faults: async () => (await import('./faults.mjs')).benchFaults({ messages: messages('20000'), rate, seed, progress }),
};
const unknown = positionals.find((name) => !(name in benches));
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`There is no bench "${unknown}".\n`);
  console.log(help);
  process.exit(values.help ? 0 : 1);
}

if (!(await build({ names: ['bundles', 'gateway'], onlyIfChanged: true }))) process.exit(1);
const chosen = positionals.length > 0 ? positionals : Object.keys(benches);
const [cpu] = cpus();
console.log(`npm run bench -- ${chosen.join(' ')}`);
console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpu?.model ?? 'unknown processor'}`);
let over = false;
for (const name of chosen) {
  const { title, rows, verdicts } = await benches[name]();
  console.log(`\n${title}`);
  console.table(rows);
  for (const { ok, text } of verdicts) {
    console.log(`${ok ? '✓' : '✗'} ${text}`);
    over ||= !ok;
  }
}
if (over) console.log('\nOver budget: see ✗ above.');
