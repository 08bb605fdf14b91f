// `npm run soak -- PART`: one part of the proof at full length, with progress while it runs. --help lists the parts.
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';
import { ensureNode } from './ensure-node.mjs';

/** Each is a module with `help`, its options for people, and `soak(args)`, which resolves with whether the promise held. */
const parts = {
  wire: 'real processes and sockets, faults on every connection, a gateway that is killed every ten seconds',
  kills: 'the gateway dies at every point where something is half done; torn logs, orderly stops, a full disk',
  'half-open': 'links that are dead and say nothing, links that are silent, links that are slow',
};

await ensureNode(fileURLToPath(import.meta.url));
await ensureDependencies();

const [name = '--help', ...args] = process.argv.slice(2);
if (!(name in parts)) {
  if (name !== '--help') console.error(`There is no part "${name}".\n`);
  console.log('npm run soak -- PART [--help]\n');
  for (const [part, about] of Object.entries(parts)) console.log(`  ${part.padEnd(12)}${about}`);
  process.exit(name === '--help' ? 0 : 1);
}
const { help, soak } = await import(`../test/proof/${name}/soak.ts`);
if (args.includes('--help')) console.log(help);
else {
  console.log(`npm run soak -- ${[name, ...args].join(' ')}`);
  const isGood = await soak(args);
  console.log(isGood ? '✓ the promise held' : '✗ the promise was broken: see above');
  process.exitCode = isGood ? 0 : 1;
}
