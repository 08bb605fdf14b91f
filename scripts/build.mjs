// Builds dist: the browser bundles (rollup), the gateway (tsc) and the declarations (tsc). A part is skipped, if asked so, when nothing it is made of has changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';
import { ensureNode } from './ensure-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = ['node_modules/typescript/bin/tsc', '-p'];
const common = ['package-lock.json', 'package.json', 'tsconfig.json'];
const browser = ['protocol', 'sdk', 'ui', 'widget', 'desk'].map((folder) => `src/${folder}`);

const parts = {
  bundles: {
    from: [
      ...common,
      'rollup.config.mjs',
      'scripts/internal-names.mjs',
      'scripts/error-texts.mjs',
      'scripts/literals.mjs',
      'scripts/private-names.mjs',
      'scripts/unused-lit.mjs',
      'scripts/unused-rxjs.mjs',
      ...browser,
    ],
    makes: ['dist/kefu.js', 'dist/kefu.esm.js', 'dist/kefu-desk.js', 'dist/kefu-more.js'],
    command: ['node_modules/rollup/dist/bin/rollup', '--config', 'rollup.config.mjs', '--silent'],
  },
  gateway: {
    from: [...common, 'src/gateway', 'src/protocol'],
    makes: ['dist/node/gateway/main.js'],
    clean: 'dist/node',
    command: [...tsc, 'src/gateway/tsconfig.build.json'],
  },
  declarations: {
    from: [...common, 'tsconfig.types.json', ...browser],
    makes: ['dist/types/widget/kefu.d.ts'],
    clean: 'dist/types',
    command: [...tsc, 'tsconfig.types.json'],
  },
};

function* filesIn(path) {
  const entries = existsSync(path) ? readdirSync(path, { withFileTypes: true }) : [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) yield* filesIn(inside);
    else yield inside;
  }
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.map((name) => join(root, name)))
    for (const file of /\.\w+$/.test(path) ? [path] : filesIn(path))
      hash.update(file).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}

function run(args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => done(false));
    child.on('close', (code) => done(code === 0));
  });
}

async function make(name, onlyIfChanged) {
  const { from, makes, clean, command } = parts[name];
  const stamp = join(root, '.cache', 'build', name);
  const hash = hashOf(from);
  const missing = () => makes.find((file) => !existsSync(join(root, file)));
  if (onlyIfChanged && !missing() && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  const startedAt = Date.now();
  console.log(`Building ${name} …`);
  if (clean) rmSync(join(root, clean), { recursive: true, force: true });
  rmSync(stamp, { force: true });
  if (!(await run(command))) {
    console.error(`Building ${name} failed.`);
    // What stands there is of an older state and would be taken for the new one.
    for (const file of makes) rmSync(join(root, file), { force: true });
    return false;
  }
  if (missing()) {
    console.error(`Building ${name} made no ${missing()}.`);
    return false;
  }
  mkdirSync(join(root, '.cache', 'build'), { recursive: true });
  writeFileSync(stamp, hash);
  console.log(`Building ${name}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return true;
}

/** Builds the named parts (default: all), two at a time; resolves with whether all went well. */
export async function build({ names = Object.keys(parts), onlyIfChanged = false } = {}) {
  const waiting = [...names];
  let ok = true;
  const worker = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) ok = (await make(name, onlyIfChanged)) && ok;
  };
  await Promise.all([worker(), worker()]);
  return ok;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await ensureNode(fileURLToPath(import.meta.url));
  await ensureDependencies();
  const given = process.argv.slice(2);
  const names = given.filter((word) => word in parts);
  const onlyIfChanged = given.includes('--if-changed');
  process.exitCode = (await build({ ...(names.length > 0 && { names }), onlyIfChanged })) ? 0 : 1;
}
