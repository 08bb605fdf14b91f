// Kinds: what becomes of pages and browsers while their visitor writes, and how often each has to happen.
import assert from 'node:assert/strict';
import { until } from '../../support/until.ts';
import type { Keeping } from './engine.ts';
import type { Scene, Tab } from './scene.ts';

export interface Kind {
  /** Rounds of a full run, in each engine. */
  readonly rounds: number;
  readonly keeping?: Keeping;
  readonly act: (scene: Scene, rounds: number) => Promise<void>;
}

const DAY_MS = 24 * 3_600_000;

const handed = ['queued', 'sending', 'sent'] as const;

/** A few messages in changing weather; then the moment that the round is about has come. */
const writeSome = async (scene: Scene, tab: Tab): Promise<void> => {
  scene.weather();
  let text = '';
  for (let count = 1 + Math.floor(scene.random() * 4); count > 0; count -= 1) {
    text = await tab.write();
    if (scene.random() < 0.3) scene.answer();
  }
  // At once, or when the last one is on its way.
  if (scene.random() < 0.5) await tab.becomes(text, ...handed);
};

/** One visitor in one tab, to whom the same thing happens again and again. */
const often = async (
  scene: Scene,
  rounds: number,
  act: (tab: Tab, round: number) => Promise<void>,
  first = 'sent',
): Promise<void> => {
  const tab = await scene.open('tab');
  await tab.becomes(await tab.write(), ...(first === 'sent' ? ['sent'] : handed));
  for (let round = 0; round < rounds; round += 1) {
    await act(tab, round);
    await scene.calm();
    if (scene.random() < 0.3) await scene.quiet();
  }
};

export const KINDS = {
  /** The page is loaded again in the middle of it. */
  reload: {
    rounds: 50,
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        await writeSome(scene, tab);
        scene.fault('reload');
        await tab.reload();
      }),
  },
  /** The process of the page is killed. */
  'page-crash': {
    rounds: 20,
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        await writeSome(scene, tab);
        scene.fault('page-crash');
        await scene.engine.crash(tab.page);
        await scene.open(tab.name);
      }),
  },
  /** The browser is killed, and started again with what it has kept. */
  'browser-crash': {
    rounds: 10,
    act: (scene, rounds) =>
      often(
        scene,
        rounds,
        async (tab) => {
          await writeSome(scene, tab);
          scene.fault('page-crash');
          await scene.engine.kill();
          await scene.engine.start();
          await scene.open(tab.name);
        },
        'handed',
      ),
  },
  /** The visitor goes to another page, writes there, and comes back to this one as it was left. */
  'back-forward': {
    rounds: 10,
    act: async (scene, rounds) => {
      await often(scene, rounds, async (tab) => {
        await writeSome(scene, tab);
        scene.fault('sleep');
        await tab.visit('/other');
        if (scene.random() < 0.7) await writeSome(scene, tab);
        if (scene.random() < 0.5) await scene.calm();
        await tab.back('/');
      });
      // One that is left while it writes to its device may be loaded again; so is each with a WebSocket in Firefox.
      if (scene.engine.name === 'chromium' && rounds >= 10)
        assert.ok(scene.restored > 0, 'pages come back as they were left');
    },
  },
  /** Two to four tabs write at once; some are closed, others opened. */
  tabs: {
    rounds: 20,
    act: async (scene, rounds) => {
      const first = await scene.open('tab 1');
      await first.becomes(await first.write(), 'sent');
      await scene.open('tab 2');
      for (let round = 0; round < rounds; round += 1) {
        scene.weather();
        const front = scene.pick(scene.tabs);
        await front.page.bringToFront();
        await Promise.all(
          scene.tabs.map(async (tab) => {
            for (let count = Math.floor(scene.random() * 4); count > 0; count -= 1)
              await (tab === front ? tab.write() : tab.say());
          }),
        );
        if (scene.random() < 0.5) scene.answer();
        if (scene.tabs.length < 4 && scene.random() < 0.3) await scene.open(`tab ${scene.tabs.length + 1}`);
        else if (scene.random() < 0.3) {
          scene.fault('page-crash');
          const tab = scene.pick(scene.tabs);
          await tab.page.close();
          await scene.open(tab.name);
        }
        await scene.calm();
        if (scene.random() < 0.3) await scene.quiet();
      }
    },
  },
  /** The system stops a page that nobody looks at; another one goes on. */
  freeze: {
    rounds: 10,
    act: async (scene, rounds) => {
      const other = await scene.open('other');
      await often(scene, rounds, async (tab) => {
        await tab.page.bringToFront();
        await writeSome(scene, tab);
        scene.fault('sleep');
        await other.page.bringToFront();
        await scene.engine.freeze(tab.page);
        scene.answer();
        if (scene.engine.name === 'chromium') await other.becomes(await other.write(), ...handed);
        await scene.engine.thaw(tab.page);
      });
    },
  },
  /** The browser keeps nothing for the page: what is sent stays in memory, and says so. */
  denied: {
    rounds: 10,
    keeping: 'denied',
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        scene.fault('device-error');
        scene.weather('gone');
        const text = await tab.write();
        await tab.becomes(text, 'queued');
        assert.ok((await tab.rows()).at(-1)?.volatile, `${text} is marked as not kept`);
        await writeSome(scene, tab);
      }),
  },
  /** There is less room than the conversation takes: what was seen gives way to what is sent. */
  quota: {
    rounds: 10,
    keeping: 'scarce',
    act: async (scene, rounds) => {
      await often(scene, rounds, async (tab) => {
        scene.fault('device-error');
        // Who does not know the conversation yet answers nothing.
        await scene.quiet();
        for (let count = 0; count < 40; count += 1) scene.answer(4_000);
        await scene.quiet();
        await until('there is too little room', () => scene.traces('storage: QuotaExceededError') > 0);
        await writeSome(scene, tab);
        scene.fault('reload');
        await tab.reload();
      });
    },
  },
  /** A private window keeps until it is closed. */
  private: {
    rounds: 10,
    keeping: 'private',
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        await writeSome(scene, tab);
        scene.fault('reload');
        await tab.reload();
      }),
  },
  /** What was kept is wiped under the page. */
  'storage-lost': {
    rounds: 10,
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        await writeSome(scene, tab);
        scene.fault('device-error');
        await scene.engine.wipe(tab.page, scene.shopUrl);
        await writeSome(scene, tab);
        await scene.calm();
        await scene.quiet();
        // And is kept again.
        scene.weather('gone');
        const text = await tab.write();
        await tab.becomes(text, 'queued');
        assert.ok(!(await tab.rows()).at(-1)?.volatile, `${text} is kept`);
        scene.fault('reload');
        await tab.reload();
      }),
  },
  /** The network goes and comes. */
  offline: {
    rounds: 20,
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        if (scene.random() < 0.5) await tab.write();
        scene.weather('gone');
        await tab.write();
        if (scene.random() < 0.5) await scene.calm();
        scene.answer();
        await tab.write();
      }),
  },
  /** The device's clock jumps by a day, to and fro. */
  clock: {
    rounds: 5,
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        await writeSome(scene, tab);
        scene.fault('clock-jump');
        scene.skewMs = scene.pick([-DAY_MS - 60_000, 0, DAY_MS + 60_000]);
        if (scene.random() < 0.5) await tab.skew();
        else await scene.open(tab.name);
        await tab.write();
        await scene.calm();
        await scene.settled();
        await tab.retryExpired();
      }),
  },
  /** The gateway is killed, and is there again soon after. */
  gateway: {
    rounds: 10,
    act: (scene, rounds) =>
      often(scene, rounds, async (tab) => {
        await tab.write();
        scene.answer();
        await tab.write();
        await scene.killGateway();
        await tab.write();
        if (scene.random() < 0.5) {
          scene.fault('reload');
          await tab.reload();
          await tab.write();
        }
        await scene.startGateway();
      }),
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
