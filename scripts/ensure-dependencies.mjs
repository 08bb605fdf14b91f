// The dependencies as the lock file wants them: `npm ci`, but only when node_modules does not match the lock file.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNode, npm } from './ensure-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.kefu-lock');

/** Resolves when node_modules holds what package-lock.json says; ends the process when that cannot be had. */
export async function ensureDependencies() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const startedAt = Date.now();
  console.log('Installing dependencies (npm ci, about half a minute) …');
  const { code, output } = await npm(['ci']);
  if (code !== 0) {
    console.error(output.trim());
    console.error('\nnpm ci failed: see above.');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  console.log(`Installing dependencies: done in ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // An old one leaves out what asks for a newer one and is optional.
  await ensureNode(fileURLToPath(import.meta.url));
  await ensureDependencies();
}
