// `npm start`: everything from a fresh clone to a running gateway with the demo. Further arguments go to the gateway.
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { ensureDependencies } from './ensure-dependencies.mjs';
import { become, ensureNode } from './ensure-node.mjs';

await ensureNode(fileURLToPath(import.meta.url));
await ensureDependencies();
if (!(await build({ names: ['bundles', 'gateway'], onlyIfChanged: true }))) process.exit(1);
become(process.execPath, [
  '--disable-warning=ExperimentalWarning',
  'dist/node/gateway/main.js',
  'serve',
  '--demo',
  ...process.argv.slice(2),
]);
