/** Only a test that fails waits so long, however slow and busy the machine. */
const DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 10;

const pause = (): Promise<unknown> =>
  new Promise((resolve) => {
    if ('requestAnimationFrame' in globalThis) requestAnimationFrame(resolve);
    else setTimeout(resolve, LOOK_EVERY_MS);
  });

type Found<T> = T | null | undefined | false;

/** Resolves with what `find` finds: frame by frame in a browser. Rejects with what it waited for. */
export const until = async <T>(
  what: string,
  find: () => Found<T> | Promise<Found<T>>,
  deadlineMs = DEADLINE_MS,
): Promise<T> => {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await pause();
  }
};
