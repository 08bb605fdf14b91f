// Plant: puts a kill into a source of the gateway while it is loaded, in every thread. For `node --import`; what and where
// is in the environment, as JSON. The text must be there exactly once, or the process does not start.
import { registerHooks } from 'node:module';

export interface Planted {
  readonly name: string;
  /** Under src/gateway. */
  readonly file: string;
  readonly find: string;
  /** What takes its place; `KILL` in it is the kill, an expression. */
  readonly replace: string;
  /** The kill does nothing until it is reached for this time. */
  readonly hit: number;
}

/** What a process says before it dies at the planted kill. */
export const deathNote = ({ name, hit }: Pick<Planted, 'name' | 'hit'>): string => `killed at "${name}", hit ${hit}`;

const text = process.env['KEFU_PLANTED'];
if (text !== undefined && text !== '') {
  const planted = JSON.parse(text) as Planted;
  let hits = 0;
  const kill = (): void => {
    hits += 1;
    if (hits !== planted.hit) return;
    process.getBuiltinModule('node:fs').writeSync(2, `${deathNote(planted)}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  Object.assign(globalThis, { plantedKill: kill });
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/gateway/${planted.file}`)) return loaded;
      const source =
        typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
      const pieces = source.split(planted.find);
      if (pieces.length !== 2)
        throw new Error(`${planted.name}: its text is ${pieces.length - 1} times in ${planted.file}`);
      return { ...loaded, source: pieces.join(planted.replace.replaceAll('KILL', 'globalThis.plantedKill()')) };
    },
  });
}
