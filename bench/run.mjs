// `npm run bench`: what the budgets say, measured. --help lists the options. Numbers from other machines don't compare; ratios do.
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { ensureDependencies } from '../scripts/ensure-dependencies.mjs';
import { ensureNode } from '../scripts/ensure-node.mjs';

const help = `npm run bench                          everything, about fifteen minutes
npm run bench -- pool send             only these: bundle, load, pool, send, list, faults, gateway
npm run bench -- pool --sizes 1000,50000
npm run bench -- list --sizes 1000,1000000
npm run bench -- send --messages 100000 --sends 50
npm run bench -- faults --messages 20000 --rate 300 --seed 1
npm run bench -- gateway --rounds 5 --seconds 3 --idle 2000 --systems relay,journal,socketio,ejabberd,kefu,postgres
                                       0 seconds, 0 idle: not that part; --profile FOLDER: where the servers' CPU profiles go`;

await ensureNode(fileURLToPath(import.meta.url));
await ensureDependencies();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string' },
    messages: { type: 'string' },
    sends: { type: 'string', default: '25' },
    rate: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    idle: { type: 'string', default: '2000' },
    systems: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const progress = (text) => console.error(`  … ${text}`);
const number = (name, text, least = 1) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  console.error(`--${name}: ${text} is no whole number from ${least} on.\n\n${help}`);
  process.exit(1);
};
const sizes = (otherwise) => (values.sizes ?? otherwise).split(',').map((text) => number('sizes', text));
const messages = (otherwise) => number('messages', values.messages ?? otherwise);
const sends = number('sends', values.sends);
const rate = number('rate', values.rate);
const seed = number('seed', values.seed);
const rounds = number('rounds', values.rounds);
const seconds = number('seconds', values.seconds, 0);
const idle = number('idle', values.idle, 0);

const benches = {
  bundle: async () => (await import('./bundle.mjs')).benchBundle(),
  load: async () => (await import('./load.mjs')).benchLoad({ rounds, progress }),
  pool: async () => (await import('./pool.mjs')).benchPool({ sizes: sizes('1000,100000,1000000'), progress }),
  send: async () => (await import('./send.mjs')).benchSend({ messages: messages('10000'), sends, progress }),
  list: async () => (await import('./list.mjs')).benchList({ sizes: sizes('1000,10000,100000,1000000'), progress }),
  faults: async () => (await import('./faults.mjs')).benchFaults({ messages: messages('20000'), rate, seed, progress }),
  gateway: async () => {
    const { benchGateway, GATEWAY_SYSTEMS } = await import('./gateway.mjs');
    const systems = values.systems?.split(',') ?? GATEWAY_SYSTEMS;
    return benchGateway({ systems, rounds, seconds, idle, profile: values.profile, progress });
  },
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
