// Runs the node:test files named as arguments; --isolated gives each a process of its own, one after the other. Prints failures and totals.
import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { isolated: { type: 'boolean', default: false }, verbose: { type: 'boolean', default: false } },
});

const counts = { passed: 0, failed: 0, skipped: 0 };
const stream = run({
  files,
  concurrency: 1,
  ...(values.isolated ? { isolation: 'process' } : { isolation: 'none' }),
});

// A suite is not a test, and neither is the wrapper that a file of its own gets.
const isTest = ({ details, name, file }) => details.type !== 'suite' && resolve(name) !== file;
const place = (file) => (file ? relative(process.cwd(), file) : '');
stream.on('test:pass', (event) => {
  if (!isTest(event)) return;
  if (event.skip !== undefined || event.todo !== undefined) counts.skipped += 1;
  else counts.passed += 1;
});
stream.on('test:fail', (event) => {
  if (event.todo !== undefined) {
    counts.skipped += 1;
    return;
  }
  process.exitCode = 1;
  const { error } = event.details;
  if (error?.failureType === 'subtestsFailed') return; // those are counted themselves
  counts.failed += 1;
  if (values.verbose) return;
  console.error(`✖ ${place(event.file)}:${event.line} › ${event.name}`);
  console.error(String(error?.cause?.stack ?? error?.cause ?? error).replace(/^/gm, '    '));
});
if (values.verbose) stream.compose(spec).pipe(process.stdout);
else {
  stream.on('test:stdout', ({ message }) => process.stdout.write(message));
  stream.on('test:stderr', ({ message }) => process.stderr.write(message));
  stream.on('test:diagnostic', () => {}); // keeps the stream flowing
}

process.on('exit', () => {
  if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts));
});
