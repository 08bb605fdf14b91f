// Seeded random: the same numbers for the same seed, and independent ones for each stream of it.

/** Numbers in [0, 1): mulberry32, begun where a hash of seed and stream says. */
export const seededRandom = (seed: number, stream = 0): (() => number) => {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};
