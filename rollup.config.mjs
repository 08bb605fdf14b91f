// The browser bundles. Lit and RxJS are in them: a page needs one file.
import resolve from '@rollup/plugin-node-resolve';
import swc from '@swc/core';
import MagicString from 'magic-string';
import esbuild from 'rollup-plugin-esbuild';
import { shortInternalNames } from './scripts/internal-names.mjs';
import { errorTexts } from './scripts/error-texts.mjs';
import { literals } from './scripts/literals.mjs';
import { privateNames } from './scripts/private-names.mjs';
import { unusedLit } from './scripts/unused-lit.mjs';
import { unusedRxjs } from './scripts/unused-rxjs.mjs';

const minify = {
  name: 'minify',
  renderChunk: (code, _chunk, { format }) =>
    swc.minify(code, {
      ecma: 2021,
      module: format === 'es',
      toplevel: format === 'es', // in a script it would take the global name away
      compress: { passes: 3, ecma: 2021 },
      mangle: true,
      sourceMap: true,
      format: { comments: false },
    }),
};

/** Only the desk uses directives of Lit. */
const plugins = (usesDirectives) => [
  // RxJS as classes instead of ES5, Lit without its development checks
  resolve({ browser: true, extensions: ['.ts', '.js'], exportConditions: ['production', 'es2015'] }),
  unusedLit({ usesDirectives }),
  unusedRxjs(),
  errorTexts(),
  privateNames(),
  esbuild({ target: 'es2021', tsconfig: 'tsconfig.json', ...shortInternalNames }),
  literals(),
];

/** Sources are there for what they export: none does anything by being imported, apart from the entries. */
const treeshake = { moduleSideEffects: (id) => /\/node_modules\//.test(id) };

/** What rollup only warns about breaks bundles too. */
const onLog = (level, log, handle) => handle(level === 'warn' ? 'error' : level, log);

/** What only some need is a file of its own beside the bundles, which ask for it when they do. */
const SECOND = /\/ui\/more\/more\.ts$/;
const external = (id) => SECOND.test(id);
const paths = (id) => (SECOND.test(id) ? './kefu-more.js' : id);

/** The address of a later try, which is put together only then. Both are as long, so the source map stays right. */
const laterTry = {
  name: 'later-try',
  renderChunk: (code) => ({ code: code.replace('./more/more.ts?', './kefu-more.js?'), map: null }),
};

/** In a script of another origin than the page, what is relative is relative to nothing: it has to remember its address. */
const BESIDE = 'const script=document.currentScript?.src,beside=file=>script?new URL(file,script):file;';
const besideScript = {
  name: 'beside-script',
  resolveImportMeta: (property, { format }) =>
    format === 'iife' && property === 'url' ? '(script||document.baseURI)' : null,
  renderDynamicImport: ({ format }) => (format === 'iife' ? { left: 'import(beside(', right: '))' } : null),
};

/** In parentheses the function around a script is compiled with it, off the main thread; else when it is called, and parsed twice. */
const compiledAtOnce = {
  name: 'compiled-at-once',
  renderChunk(code, _chunk, { format }) {
    if (format !== 'iife') return null;
    const text = new MagicString(code);
    text.update(0, code.indexOf('{'), code.slice(0, code.indexOf('{')).replace('=function', '=(function'));
    text.appendLeft(code.lastIndexOf('}(') + 1, ')');
    return { code: text.toString(), map: text.generateMap({ hires: true }) };
  },
};

const output = (file, format, name) => ({
  file: `dist/${file}`,
  paths,
  format,
  ...(name && { name, intro: BESIDE }),
  sourcemap: true,
  plugins: [besideScript, laterTry, minify, compiledAtOnce],
});

/** @type {import('rollup').RollupOptions[]} */
export default [
  {
    input: 'src/widget/kefu.ts',
    plugins: plugins(false),
    treeshake,
    onLog,
    external,
    output: [output('kefu.js', 'iife', 'Kefu'), output('kefu.esm.js', 'es')],
  },
  {
    input: 'src/desk/desk.ts',
    plugins: plugins(true),
    treeshake,
    onLog,
    external,
    output: [output('kefu-desk.js', 'iife', 'KefuDesk')],
  },
  {
    input: 'src/ui/more/more.ts',
    plugins: plugins(false),
    treeshake,
    onLog,
    output: [output('kefu-more.js', 'es')],
  },
];
