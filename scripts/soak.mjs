// `npm run soak`: the promise at full length. --help lists the parts.
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';
import { become, ensureNode } from './ensure-node.mjs';

await ensureNode(fileURLToPath(import.meta.url));
await ensureDependencies();
become(process.execPath, ['--disable-warning=ExperimentalWarning', 'test/proof/soak.ts', ...process.argv.slice(2)]);
