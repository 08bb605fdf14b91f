// `npm run gateway -- …`: the built gateway and its commands, on a Node that can run them.
import { fileURLToPath } from 'node:url';
import { become, ensureNode } from './ensure-node.mjs';

await ensureNode(fileURLToPath(import.meta.url));
become(process.execPath, [
  '--disable-warning=ExperimentalWarning',
  'dist/node/gateway/main.js',
  ...process.argv.slice(2),
]);
