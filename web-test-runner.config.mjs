// The browser tests. BROWSERS=chromium,firefox chooses engines; TEST_FILES (a JSON array) narrows the files; TEST_COUNTS names a file for the totals.
import { existsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import { a11ySnapshotPlugin } from '@web/test-runner-commands/plugins';
import { build } from 'esbuild';
import { ensureChromium } from './scripts/ensure-chromium.mjs';
import { unusedLit } from './scripts/unused-lit.mjs';

const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const engines = {
  chromium: async () =>
    chromeLauncher({ launchOptions: { executablePath: await ensureChromium(), args: chromiumArguments } }),
  firefox: () =>
    chromeLauncher({
      launchOptions: {
        browser: 'firefox',
        executablePath: process.env.FIREFOX_PATH ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync),
        headless: true,
      },
    }),
};

/** One request per library instead of some 250 for every test page. */
const vendors = {
  lit: 'lit',
  'lit/directive.js': 'lit-directive',
  'lit/async-directive.js': 'lit-async-directive',
  'lit/directives/class-map.js': 'lit-class-map',
  'lit/directives/guard.js': 'lit-guard',
  'lit/directives/if-defined.js': 'lit-if-defined',
  'lit/directives/keyed.js': 'lit-keyed',
  'lit/directives/live.js': 'lit-live',
  'lit/directives/ref.js': 'lit-ref',
  'lit/directives/repeat.js': 'lit-repeat',
  'lit/directives/until.js': 'lit-until',
  'lit/static-html.js': 'lit-static-html',
  rxjs: 'rxjs',
  'fast-check': 'fast-check',
  '@open-wc/testing': 'open-wc-testing',
};

/** Lit as it is in the bundles: without what nothing here uses, which tests might miss. */
const litOfBundles = {
  name: 'lit-of-bundles',
  setup({ onLoad }) {
    const { transform } = unusedLit({ usesDirectives: true });
    const error = (message) => {
      throw new Error(message);
    };
    // css`` is no longer there in the bundles, but in the sources.
    onLoad(
      { filter: /\/node_modules\/(?:@lit\/reactive-element\/reactive-element|lit-element\/.*|lit-html\/.*)\.js$/ },
      async ({ path }) => {
        const code = await readFile(path, 'utf8');
        return { contents: transform.call({ error }, code, path)?.code ?? code };
      },
    );
  },
};

const prebundle = {
  name: 'prebundle',
  serverStart: () =>
    build({
      entryPoints: Object.entries(vendors).map(([name, out]) => ({ in: name, out })),
      bundle: true,
      splitting: true,
      format: 'esm',
      outdir: '.cache/vendor',
      conditions: ['production'],
      plugins: [litOfBundles],
      logLevel: 'error',
    }),
  resolveImport({ source }) {
    if (vendors[source]) return `/.cache/vendor/${vendors[source]}.js`;
    // A second copy of Lit on the page does not know the first one's directives.
    if (/^(lit|@lit)\//.test(source))
      throw new Error(`${source} is missing in the vendors of web-test-runner.config.mjs`);
    return undefined;
  },
};

/** `executeServerCommand('cdp:Some.method', parameters)`: the DevTools protocol, which only Chromium answers. */
const cdp = {
  name: 'cdp',
  async executeCommand({ command, payload, session }) {
    if (!command.startsWith('cdp:')) return undefined;
    const page = session.browser.getPage(session.id);
    await page.bringToFront();
    page.kefuCdp ??= await page.createCDPSession();
    return (await page.kefuCdp.send(command.slice('cdp:'.length), payload)) ?? true;
  },
};

/** Adds up the tests of a run and writes the totals to the file that TEST_COUNTS names. */
function countReporter() {
  const countSuite = (suite, counts) => {
    for (const test of suite.tests) counts[test.skipped ? 'skipped' : test.passed ? 'passed' : 'failed'] += 1;
    for (const inner of suite.suites) countSuite(inner, counts);
  };
  return {
    onTestRunFinished({ sessions }) {
      const counts = { passed: 0, failed: 0, skipped: 0 };
      for (const session of sessions) {
        const before = counts.failed;
        if (session.testResults) countSuite(session.testResults, counts);
        // a page that did not load, or an error outside of any test
        if (!session.passed && counts.failed === before) counts.failed += 1;
      }
      if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts));
    },
  };
}

const chosen = (process.env.BROWSERS ?? 'chromium').split(',');

/** @type {import('@web/test-runner').TestRunnerConfig} */
export default {
  files: process.env.TEST_FILES
    ? JSON.parse(process.env.TEST_FILES)
    : ['test/**/*.test.ts', '!test/**/*.node.test.ts', '!test/e2e/**'],
  hostname: '127.0.0.1',
  nodeResolve: { exportConditions: ['production', 'es2015'] },
  // Focus and input methods only work in the tab that is in front.
  concurrency: 1,
  concurrentBrowsers: 2,
  plugins: [
    prebundle,
    cdp,
    a11ySnapshotPlugin(),
    esbuildPlugin({ ts: true, tsconfig: fileURLToPath(new URL('./tsconfig.json', import.meta.url)) }),
  ],
  browsers: await Promise.all(
    chosen.map((name) => {
      if (!engines[name]) throw new Error(`BROWSERS knows ${Object.keys(engines).join(', ')}, not ${name}`);
      return engines[name]();
    }),
  ),
  reporters: [defaultReporter({ reportTestProgress: process.stdout.isTTY === true }), countReporter()],
  // More than a test waits for anything, which says what was not to be had.
  testFramework: { config: { timeout: 60_000 } },
};
