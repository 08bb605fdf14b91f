// What the widget weighs, beside the floor: the same bundler and the same names of Lit and RxJS, with nothing of Kefu around them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import config from '../rollup.config.mjs';
import { budgets, weigh, weighBundle } from '../scripts/size.mjs';

const src = fileURLToPath(new URL('../src', import.meta.url));
const libraryImport = /^import \{([^}]*)\} from '((?:lit|rxjs)[^']*)'/gm;

/** A module that exports every value which the widget imports from a library. */
function floorModule() {
  const names = new Map();
  for (const folder of ['protocol', 'sdk', 'ui', 'widget'])
    for (const file of readdirSync(join(src, folder), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      for (const [, list, library] of readFileSync(join(src, folder, file), 'utf8').matchAll(libraryImport)) {
        const found = names.get(library) ?? new Set();
        for (const name of list.split(',')) if (name.trim()) found.add(name.trim());
        names.set(library, found);
      }
    }
  return [...names].map(([library, found]) => `export { ${[...found].join(', ')} } from '${library}';`).join('\n');
}

/** Lit and RxJS as the widget uses them, as one script. */
export async function floorScript() {
  const [{ plugins, output: outputs }] = config;
  const entry = join(src, 'floor.js');
  const floor = {
    name: 'floor',
    resolveId: (id) => (id === entry ? id : null),
    load: (id) => (id === entry ? floorModule() : null),
  };
  const bundle = await rollup({ input: entry, plugins: [floor, ...plugins] });
  const { output } = await bundle.generate({ format: 'iife', name: 'Floor', plugins: outputs[0].plugins });
  await bundle.close();
  return output[0].code;
}

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const row = (name, { raw, gzip, brotli }) => ({ bundle: name, raw: kb(raw), gzip: kb(gzip), 'brotli 11': kb(brotli) });

export async function benchBundle() {
  const widget = weighBundle('kefu.js');
  const floor = weigh(Buffer.from(await floorScript()));
  return {
    title: 'Bundle',
    rows: [
      row('dist/kefu.js', widget),
      row('Lit + RxJS alone', floor),
      row('dist/kefu-desk.js', weighBundle('kefu-desk.js')),
    ],
    verdicts: [
      {
        ok: widget.brotli <= budgets['kefu.js'],
        text: `kefu.js: ${widget.brotli} of ${budgets['kefu.js']} bytes with brotli, ${(widget.brotli / floor.brotli).toFixed(2)} × the floor`,
      },
    ],
  };
}
