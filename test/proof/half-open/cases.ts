// What is played on half-open links, and what is promised of it (P10).
import { seededRandom } from '../wire/seeded-random.ts';

/** What P10 says, in ms. */
export const DEADLINES = {
  foundMs: 36_000,
  foundAfterWakeMs: 3_500,
  /** Once there is a path again, and the page hears of it, or the user acts where the link is known to be dead. */
  recoveredMs: 3_000,
  /** The network is back and nobody says so: the longest back-off, an attempt that began too early, and the way back. */
  recoveredUntoldMs: 30_000,
} as const;

export interface Case {
  readonly name: string;
  /** What is dropped, as the visitor sees it. */
  readonly way: 'both' | 'up' | 'down';
  readonly dropMs: number;
  /** The page is woken so long after the drop began: the doubt is to be found from then. */
  readonly wakeAfterMs?: number;
  /** What the page hears or does when the path is back. */
  readonly back: 'network' | 'wake' | 'send' | 'nothing';
  /** The visitor writes into the void. */
  readonly writes: boolean;
  /** `seeded`: times vary as they do in pages. `even`: they are the middle ones, which leaves room for a loaded machine. */
  readonly random: 'even' | 'seeded';
  /** Instead of a drop: a way that cuts links which are silent for so long, and silence for `dropMs`. */
  readonly idleCutMs?: number;
  /** Instead of a drop: so many messages of 1 KB from each side, on a slow link. */
  readonly messages?: number;
}

export interface Outcome {
  readonly name: string;
  /** Since the drop, or the wake. */
  readonly foundMs?: number;
  /** Since the path is back. */
  readonly recoveredMs?: number;
  /** The page heard of the path, or acted on a link that it knew to be dead. */
  readonly isTold?: boolean;
  /** How many links it took, where that is told. */
  readonly links?: number;
  readonly failures: readonly string[];
}

const WAYS = ['both', 'up', 'down'] as const;

const halfOpen = (one: Omit<Case, 'name'>): Case => ({
  ...one,
  name:
    `${one.way === 'both' ? 'both ways' : `${one.way} only`} dropped for ${(one.dropMs / 1000).toFixed(1)} s` +
    (one.wakeAfterMs === undefined ? '' : `, woken after ${(one.wakeAfterMs / 1000).toFixed(1)} s`) +
    `${one.writes ? ', written into' : ''}; then ${one.back}`,
});

export const idleCut = (idleCutMs: number, silentMs: number): Case => ({
  name: `silent for ${silentMs / 1000} s on a way that cuts what is silent for ${idleCutMs / 1000} s`,
  way: 'both',
  dropMs: silentMs,
  back: 'nothing',
  writes: false,
  random: 'even',
  idleCutMs,
});

export const slow = (messages: number): Case => ({
  name: `${messages} messages of 1 KB from each side at 32 kbit/s`,
  way: 'both',
  dropMs: 0,
  back: 'nothing',
  writes: true,
  random: 'even',
  messages,
});

/** A few of each kind, played at the same time: three quarters of a minute. */
export const SHORT_CASES: readonly Case[] = [
  ...WAYS.map((way) => halfOpen({ way, dropMs: 40_000, back: 'network', writes: false, random: 'even' })),
  ...WAYS.map((way) =>
    halfOpen({ way, dropMs: 9_000, wakeAfterMs: 4_000, back: 'wake', writes: false, random: 'even' }),
  ),
  ...WAYS.map((way) => halfOpen({ way, dropMs: 12_000, back: 'network', writes: true, random: 'even' })),
  halfOpen({ way: 'both', dropMs: 40_000, back: 'send', writes: true, random: 'even' }),
  halfOpen({ way: 'both', dropMs: 20_000, back: 'nothing', writes: true, random: 'even' }),
];

/** `count` cases of 10 to 60 s with everything drawn from the seed. */
export function drawnCases(count: number, seed: number): readonly Case[] {
  const random = seededRandom(seed, 7);
  const pick = <T>(items: readonly T[], index: number): T => items[index % items.length] as T;
  return Array.from({ length: count }, (_, index) => {
    const dropMs = Math.round(10_000 + random() * 50_000);
    const isWoken = random() < 0.3;
    return halfOpen({
      way: pick(WAYS, index),
      dropMs,
      back: pick(['network', 'wake', 'send', 'nothing'] as const, Math.floor(random() * 4)),
      writes: random() < 0.5,
      random: 'seeded',
      ...(isWoken && { wakeAfterMs: Math.round(2_000 + random() * (dropMs - 6_000)) }),
    });
  });
}
