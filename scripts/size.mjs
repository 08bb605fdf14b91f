// The weight of the bundles. Exits with 1 when the widget is over its budget.
import { existsSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Bytes of dist/kefu.js after brotli 11. */
const budget = 30 * 1024;

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(10);
const brotli = (code) => brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

let widget;
console.log(`${' '.repeat(16)}       raw      gzip    brotli`);
for (const name of ['kefu.js', 'kefu.esm.js', 'kefu-desk.js']) {
  const file = new URL(`../dist/${name}`, import.meta.url);
  if (!existsSync(file)) {
    console.error(`There is no dist/${name}: run npm run build first.`);
    process.exit(1);
  }
  const code = readFileSync(file);
  const compressed = brotli(code);
  if (name === 'kefu.js') widget = compressed;
  console.log(`${name.padEnd(16)}${kb(code.length)}${kb(gzipSync(code, { level: 9 }).length)}${kb(compressed)}`);
}
const over = widget > budget;
console.log(
  `dist/kefu.js: ${widget} of ${budget} bytes with brotli, ${Math.abs(budget - widget)} ${over ? 'over the budget' : 'to spare'}`,
);
if (over) process.exit(1);
