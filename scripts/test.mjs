// `npm test`: everything from a fresh clone to a last line "N passed, N failed". --help lists the steps.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './ensure-chromium.mjs';
import { ensureDependencies } from './ensure-dependencies.mjs';
import { ensureNats } from './ensure-nats.mjs';
import { ensureNode } from './ensure-node.mjs';
import { ensurePostgres } from './ensure-postgres.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A step that takes longer than this hangs. */
const stepDeadlineMs = 15 * 60_000;

const nodeTests = ['--disable-warning=ExperimentalWarning', 'scripts/node-tests.mjs'];
const tsc = 'node_modules/typescript/bin/tsc';

// Static steps count as one test each and run two at a time; steps with files count their tests and run alone, after the others.
const steps = {
  build: { about: 'bundles, gateway and declarations', commands: [['scripts/build.mjs']] },
  types: {
    about: 'the TypeScript programs: browser, gateway, node tests',
    commands: [
      [tsc, '-p', 'tsconfig.json'],
      [tsc, '-p', 'src/gateway/tsconfig.json'],
      [tsc, '-p', 'test/tsconfig.node.json'],
    ],
  },
  lint: { about: 'eslint', commands: [['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']] },
  format: { about: 'prettier', commands: [['node_modules/prettier/bin/prettier.cjs', '--check', '.']] },
  layers: {
    about: 'who may import whom (dependency-cruiser)',
    commands: [
      ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.cjs', 'src'],
    ],
  },
  unused: {
    about: 'files, exports and dependencies without a use (knip)',
    commands: [['node_modules/knip/bin/knip.js']],
  },
  size: { about: 'the bundles against their budget', commands: [['scripts/size.mjs']], after: 'build' },
  node: {
    about: 'test/**/*.node.test.ts, but for the proof',
    files: (file) => file.endsWith('.node.test.ts') && !file.startsWith('test/proof/'),
    command: (files) => [...nodeTests, ...files],
  },
  proof: {
    about: 'test/proof/**: the promise, by fault injection (npm run soak for more of it)',
    files: (file) => file.endsWith('.node.test.ts') && file.startsWith('test/proof/'),
    command: (files) => [...nodeTests, '--isolated', ...files],
  },
  browser: {
    about: 'the other test/**/*.test.ts, in Chromium (BROWSERS=chromium,firefox for more)',
    chromium: true,
    files: (file) => file.endsWith('.test.ts') && !file.endsWith('.node.test.ts') && !file.startsWith('test/e2e/'),
    command: () => ['node_modules/@web/test-runner/dist/bin.js', '--config', 'web-test-runner.config.mjs'],
  },
  e2e: {
    about: 'test/e2e/*.e2e.ts: gateway, widget and desk together',
    chromium: true,
    after: 'build',
    files: (file) => file.startsWith('test/e2e/') && file.endsWith('.e2e.ts'),
    command: (files) => [...nodeTests, '--isolated', ...files],
  },
};

const help = `npm test                      everything
npm test -- node              only that step; several may be named
npm test -- browser composer  only files whose path has the word
npm test -- node --verbose    with the name of every test

Steps:
${Object.entries(steps)
  .map(([name, { about }]) => `  ${name.padEnd(9)}${about}`)
  .join('\n')}

The last line is "N passed, N failed"; the exit code is 1 when anything failed or nothing ran.`;

function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

const running = new Set();
let stopped = false;
function stopAll() {
  for (const child of running) {
    // The whole group: browsers and gateways that a runner has started go with it.
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  }
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])
  process.on(signal, () => {
    stopped = true;
    stopAll();
    process.exit(code);
  });

/** Runs Node with these arguments; resolves with whether it succeeded, and its output if it was not to be shown as it comes. */
function run(args, { env = {}, show = false } = {}) {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      detached: process.platform !== 'win32',
    });
    running.add(child);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    const deadline = setTimeout(() => {
      output += `\nstopped after ${stepDeadlineMs / 60_000} minutes`;
      if (show) console.error(output);
      stopAll();
    }, stepDeadlineMs);
    child.on('error', (error) => (output += String(error)));
    child.on('close', (code) => {
      clearTimeout(deadline);
      running.delete(child);
      done({ ok: code === 0, output: output.trim() });
    });
  });
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const line = (ok, name, since, note = '') =>
  console.log(`${ok ? '✓' : '✗'} ${name.padEnd(9)}${seconds(since).padStart(8)}${note && `  ${note}`}`);

async function runStatic(name, { commands }, verbose) {
  const since = Date.now();
  const failures = [];
  let last = '';
  for (const command of commands) {
    const { ok, output } = await run(command);
    if (!ok) failures.push(output);
    last = output;
  }
  if (stopped) return { passed: 0, failed: 0 };
  line(failures.length === 0, name, since, name === 'size' && failures.length === 0 ? last.split('\n').at(-1) : '');
  if (failures.length > 0) console.log(failures.join('\n').replace(/^/gm, '    '));
  else if (verbose && last) console.log(last.replace(/^/gm, '    '));
  return failures.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runFiles(name, { command }, files, verbose) {
  const since = Date.now();
  const countsFile = join(root, '.cache', `counts-${name}-${process.pid}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(countsFile, { force: true });
  console.log(`… ${name}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
  const env = { TEST_COUNTS: countsFile, TEST_FILES: JSON.stringify(files) };
  const { ok } = await run([...command(files), ...(verbose && name !== 'browser' ? ['--verbose'] : [])], {
    env,
    show: true,
  });
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0 };
  rmSync(countsFile, { force: true });
  // A runner that stumbled over something else than a test, or ran none of the files' tests, has failed too.
  if (counts.failed === 0 && (!ok || counts.passed === 0)) counts.failed = 1;
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  line(counts.failed === 0, name, since, `${counts.passed} passed, ${counts.failed} failed${skipped}`);
  return counts;
}

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const flags = process.argv.slice(2).filter((word) => word.startsWith('--'));
const unknown = flags.find((flag) => !['--help', '--verbose'].includes(flag));
if (unknown || flags.includes('--help')) {
  console.log(unknown ? `There is no option ${unknown}.\n\n${help}` : help);
  process.exit(unknown ? 1 : 0);
}

await ensureNode(fileURLToPath(import.meta.url));
await ensureDependencies();

const verbose = flags.includes('--verbose');
const named = words.filter((word) => word in steps);
const filters = words.filter((word) => !(word in steps));
// Words that name files and no step mean the steps that have files.
const chosen = Object.keys(steps).filter((name) =>
  named.length > 0 ? named.includes(name) : filters.length === 0 || 'files' in steps[name],
);

const tests = filesUnder('test');
const filesOf = (name) =>
  tests.filter(
    (file) => steps[name].files(file) && (filters.length === 0 || filters.some((word) => file.includes(word))),
  );

const startedAt = Date.now();
const failedSteps = new Set();
const totals = { passed: 0, failed: 0 };
const add = (name, { passed, failed }) => {
  if (failed > 0) failedSteps.add(name);
  totals.passed += passed;
  totals.failed += failed;
};

if (chosen.some((name) => steps[name].chromium && filesOf(name).length > 0))
  process.env.CHROME_PATH = await ensureChromium();

/** Tests that need a server take its address from one of these, and are not there without it. */
const servers = [
  { variable: 'TEST_DATABASE_URL', given: 'DATABASE_URL', what: 'PostgreSQL', ensure: ensurePostgres },
  { variable: 'TEST_NATS_URL', given: 'NATS_URL', what: 'NATS', ensure: ensureNats },
];
const started = [];
const missing = [];
const files = chosen.flatMap((name) => (steps[name].files ? filesOf(name) : []));
for (const { variable, given, what, ensure } of servers) {
  if (!files.some((file) => readFileSync(join(root, file), 'utf8').includes(variable))) continue;
  const server = await ensure();
  // The gateways of the other tests are to run without.
  delete process.env[given];
  if (server) {
    process.env[variable] = server.url;
    started.push(server);
  } else missing.push(what);
}

const statics = chosen.filter((name) => steps[name].commands && !steps[name].after);
const worker = async () => {
  for (let name = statics.shift(); name; name = statics.shift()) add(name, await runStatic(name, steps[name], verbose));
};
await Promise.all([worker(), worker()]);

for (const name of chosen) {
  const step = steps[name];
  const files = step.files ? filesOf(name) : [];
  if (step.files && files.length === 0) {
    if (named.includes(name)) console.log(`  ${name.padEnd(9)}no such file`);
    continue;
  }
  if (step.after) {
    // What looks at the build output must not look at last week's.
    const since = Date.now();
    const built = chosen.includes(step.after)
      ? !failedSteps.has(step.after)
      : (await run(['scripts/build.mjs', '--if-changed'], { show: true })).ok;
    if (!built) {
      line(false, name, since, `not run: ${step.after} failed`);
      add(name, { passed: 0, failed: 1 });
      continue;
    }
  }
  if (step.files) add(name, await runFiles(name, step, files, verbose));
  else if (step.after) add(name, await runStatic(name, step, verbose));
}

await Promise.all(started.map((server) => server.stop()));
for (const what of missing)
  console.log(
    `\n!!! NOT TESTED: whatever needs ${what}, which is not installed and could not be. Clusters of gateways are unproven.`,
  );

console.log(`\nin ${seconds(startedAt)}`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
