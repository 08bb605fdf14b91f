// Bundle: the worker of the simulation in one file, from the sources as they are or with one text replaced.
import { mkdir, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A change of one source file: `find` must be there exactly once. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The source with its patch; throws when the text is not there, or not only once. */
export function patched(source: string, { file, find, replace }: Patch): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} has this text ${parts.length - 1} times, not once:\n${find}`);
  return parts.join(replace);
}

const patching = (patch: Patch, onUse: () => void): Plugin => ({
  name: 'patch',
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (relative(root, path) !== patch.file) return undefined;
      onUse();
      return { contents: patched(await readFile(path, 'utf8'), patch), loader: 'ts' };
    });
  },
});

/** Resolves with the path of the bundle. */
export async function bundle(name: string, patch?: Patch): Promise<string> {
  const folder = `${root}/.cache/proof`;
  await mkdir(folder, { recursive: true });
  const outfile = `${folder}/${name}-${process.pid}.mjs`;
  let isUsed = patch === undefined;
  await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'error',
    plugins: patch ? [patching(patch, () => (isUsed = true))] : [],
  });
  if (!isUsed) throw new Error(`${patch?.file ?? ''} is no part of the simulation`);
  return outfile;
}
