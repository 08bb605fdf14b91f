// A Chromium for the browser tests: CHROME_PATH, an installed one, Debian's, or one from npm in .cache/chromium. Prints its path.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installFromDebian, programNamed } from './debian.mjs';
import { npm } from './ensure-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const home = join(root, '.cache', 'chromium');
const fromNpm = '@sparticuz/chromium@153.0.0';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  `${process.env.ProgramFiles}\\Google\\Chrome\\Application\\chrome.exe`,
  `${process.env['ProgramFiles(x86)']}\\Google\\Chrome\\Application\\chrome.exe`,
];

const installed = () => programNamed(names) ?? elsewhere.find((path) => existsSync(path));

async function fromDebian() {
  return (await installFromDebian('chromium', 'Chromium')) ? installed() : undefined;
}

async function fromRegistry() {
  if (process.platform !== 'linux') return;
  const entry = join(home, 'node_modules', '@sparticuz', 'chromium', 'build', 'index.js');
  mkdirSync(home, { recursive: true });
  if (!existsSync(entry)) {
    console.error('Fetching Chromium from npm into .cache/chromium (about ten seconds) …');
    const { code, output } = await npm([
      'install',
      '--prefix',
      '.cache/chromium',
      fromNpm,
      '--ignore-scripts',
      '--no-save',
    ]);
    if (code !== 0) console.error(output.trim());
    if (!existsSync(entry)) return;
  }
  process.env.TMPDIR = home; // where it unpacks to, so that it is done once
  const { default: chromium } = await import(pathToFileURL(entry).href);
  return chromium.executablePath();
}

function runs(path) {
  return path !== undefined && spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

/** Resolves with the path of a Chromium that starts; ends the process when there is none to be had. */
export async function ensureChromium() {
  const given = process.env.CHROME_PATH;
  if (given) {
    if (existsSync(given)) return given;
    console.error(`CHROME_PATH is ${given}, but there is no such file.`);
    process.exit(1);
  }
  // On Windows chrome.exe --version opens a window instead of answering.
  const found = installed();
  if (found && (process.platform === 'win32' || runs(found))) return found;
  for (const source of [fromDebian, fromRegistry]) {
    const path = await source();
    if (runs(path)) return path;
  }
  console.error('No Chromium found and none could be installed: install Chromium or Chrome, or set CHROME_PATH.');
  process.exit(1);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) console.log(await ensureChromium());
