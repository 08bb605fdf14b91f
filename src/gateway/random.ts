// Randomness as the gateway sees it: one seam, so that a simulation can run the same way again.
import { randomBytes } from 'node:crypto';

export interface Random {
  /** A number in [0, 1): to spread things out, never a secret. */
  fraction(): number;
  /** Bytes that nobody can guess. */
  bytes(count: number): Buffer;
}

/** The machine's randomness. */
export const systemRandom: Random = { fraction: Math.random, bytes: randomBytes };
