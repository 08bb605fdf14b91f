// One kind of happening in one engine, from an empty gateway to the verdict.
import { Engine } from './engine.ts';
import type { EngineName } from './engine.ts';
import { KINDS } from './kinds.ts';
import type { Kind, KindName } from './kinds.ts';
import { Scene } from './scene.ts';
import type { Outcome } from './scene.ts';

const errorText = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

export const perform = async (engine: EngineName, name: KindName, rounds: number, seed: number): Promise<Outcome> => {
  const kind: Kind = KINDS[name];
  const scene = await Scene.begin(`${name} in ${engine}`, new Engine(engine, kind.keeping), seed);
  try {
    // What hinders the rounds is told together with the state that they were left in.
    const hindrance = await kind.act(scene, rounds).then(() => '', errorText);
    return await scene.judge(hindrance);
  } finally {
    await scene.dispose();
  }
};
