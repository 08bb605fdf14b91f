// The weight of the bundles. Exits with 1 when one is over its budget.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Bytes after brotli 11. `kefu.js` is what a page loads, `kefu-more.js` what comes when the visitor opens the chat. */
export const budgets = { 'kefu.js': 42 * 1024, 'kefu-more.js': 17 * 1024 };

/** Bytes of the code: as it is, after gzip 9 and after brotli 11. */
export const weigh = (code) => ({
  raw: code.length,
  gzip: gzipSync(code, { level: 9 }).length,
  brotli: brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
});

/** The weight of a file in dist; ends the process when there is none. */
export function weighBundle(name) {
  const file = new URL(`../dist/${name}`, import.meta.url);
  if (!existsSync(file)) {
    console.error(`There is no dist/${name}: run npm run build first.`);
    process.exit(1);
  }
  return weigh(readFileSync(file));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(10);
  const weights = {};
  console.log(`${' '.repeat(16)}       raw      gzip    brotli`);
  for (const name of ['kefu.js', 'kefu.esm.js', 'kefu-desk.js', 'kefu-more.js']) {
    const { raw, gzip, brotli } = weighBundle(name);
    weights[name] = brotli;
    console.log(`${name.padEnd(16)}${kb(raw)}${kb(gzip)}${kb(brotli)}`);
  }
  for (const [name, budget] of Object.entries(budgets)) {
    const spare = budget - weights[name];
    console.log(
      `dist/${name}: ${weights[name]} of ${budget} bytes with brotli, ${Math.abs(spare)} ${spare < 0 ? 'over the budget' : 'to spare'}`,
    );
    if (spare < 0) process.exitCode = 1;
  }
}
