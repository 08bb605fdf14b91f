/** Resolves with what `find` finds, frame by frame. */
export const until = async <T>(what: string, find: () => T | null | undefined | false): Promise<T> => {
  const deadline = performance.now() + 4_000;
  for (;;) {
    const found = find();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`in vain: ${what}`);
    await new Promise((next) => requestAnimationFrame(next));
  }
};
