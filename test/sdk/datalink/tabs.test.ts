// The pages of one device, by the browser's own Web Locks and BroadcastChannel: who leads, and what they hear.
import { expect } from '@open-wc/testing';
import { Subject } from 'rxjs';
import { browserTabs } from '../../../src/sdk/datalink/tabs.ts';
import type { TabNews, Tabs } from '../../../src/sdk/datalink/tabs.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { newDraft } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

interface Page {
  readonly tabs: Tabs;
  readonly wake$: Subject<WakeSignal>;
  readonly heard: TabNews[];
}

const NEWS: TabNews = { topic: 'newweb', message: newDraft('a') };
let name: string;
let count = 0;
let pages: Page[];

const open = (): Page => {
  const wake$ = new Subject<WakeSignal>();
  const tabs = browserTabs(name, wake$);
  const heard: TabNews[] = [];
  tabs.news$.subscribe((news) => heard.push(news));
  const page = { tabs, wake$, heard };
  pages.push(page);
  return page;
};

const leads = (...expected: boolean[]): Promise<boolean> =>
  until(expected.join(), () => pages.every(({ tabs }, index) => tabs.leads$.value === expected[index]));

/** Everything that was told before is heard: a channel keeps the order. */
const told = async (): Promise<void> => {
  const [from, to] = [new BroadcastChannel(name), new BroadcastChannel(name)];
  const heard = new Promise((resolve) => (to.onmessage = resolve));
  from.postMessage({ topic: 'probe', discarded: '', n: 1 } satisfies TabNews);
  await heard;
  from.close();
  to.close();
};

const heardBy = ({ heard }: Page): TabNews[] => heard.filter((news) => !('topic' in news && news.topic === 'probe'));

/** Locks that are held or waited for under the name. */
const locks = async (): Promise<number> => {
  const { held = [], pending = [] } = await navigator.locks.query();
  return [...held, ...pending].filter((lock) => lock.name?.startsWith(name)).length;
};

describe('browser tabs', () => {
  beforeEach(() => {
    name = `kefu:tabs:${(count += 1)}`;
    pages = [];
  });
  afterEach(async () => {
    for (const { tabs } of pages) tabs.close();
    await until('no lock is left behind', async () => (await locks()) === 0);
  });

  it('has one that leads; the next in line leads when it closes', async () => {
    for (let n = 0; n < 3; n += 1) open();
    await leads(true, false, false);
    pages[0]!.tabs.close();
    pages.shift();
    await leads(true, false);
    pages[0]!.tabs.close();
    pages.shift();
    await leads(true);
  });

  it('follows the user, however often', async () => {
    for (let n = 0; n < 3; n += 1) open();
    await leads(true, false, false);
    pages[2]!.tabs.lead();
    await leads(false, false, true);
    pages[1]!.tabs.lead();
    await leads(false, true, false);
    for (let n = 0; n < 10; n += 1) for (const { tabs } of pages) tabs.lead();
    pages[0]!.tabs.lead();
    await leads(true, false, false);
    expect(await locks(), 'each stands in line once').to.equal(3);
    pages[0]!.tabs.close();
    pages.shift();
    await until('one of them leads', () => pages.filter(({ tabs }) => tabs.leads$.value).length === 1);
  });

  it('says it once when it begins and once when it ends', async () => {
    const first = open();
    await leads(true);
    const states: boolean[] = [];
    first.tabs.leads$.subscribe((state) => states.push(state));
    open().tabs.lead();
    await leads(false, true);
    first.tabs.lead();
    await leads(true, false);
    expect(states).to.deep.equal([true, false, true]);
  });

  it('lets go while it sleeps, and stands in line again when it wakes', async () => {
    const [first] = [open(), open()];
    await leads(true, false);
    first.wake$.next('sleep');
    await leads(false, true);
    expect(await locks()).to.equal(1);
    first.wake$.next('wake');
    await until('it is in line again', async () => (await locks()) === 2);
    first.wake$.next('wake');
    first.wake$.next('wake');
    await leads(false, true);
    pages[1]!.tabs.close();
    pages.pop();
    await leads(true);
    expect(await locks()).to.equal(1);
  });

  it('lets go for good when it falls asleep before it was its turn', async () => {
    const page = open();
    page.wake$.next('sleep');
    await until('nothing is held', async () => (await locks()) === 0);
    expect(page.tabs.leads$.value).to.equal(false);
  });

  it('tells the others and not itself; who sleeps or is closed hears nothing', async () => {
    const [first, second, third] = [open(), open(), open()];
    first.tabs.tell(NEWS);
    await told();
    expect([heardBy(first), heardBy(second), heardBy(third)]).to.deep.equal([[], [NEWS], [NEWS]]);
    second.wake$.next('sleep');
    third.tabs.close();
    pages.pop();
    first.tabs.tell({ loggedOut: true });
    second.tabs.tell(NEWS);
    await told();
    expect([heardBy(first), heardBy(second), heardBy(third)]).to.deep.equal([[], [NEWS], [NEWS]]);
    second.wake$.next('wake');
    first.tabs.tell({ loggedOut: true });
    await told();
    expect(heardBy(second)).to.deep.equal([NEWS, { joined: true }, { loggedOut: true }]);
  });

  it('runs alone what must not run twice at once', async () => {
    const [first, second] = [open(), open()];
    const order: string[] = [];
    const act = (who: string) => async () => {
      order.push(`${who} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${who} ends`);
      if (who === 'b') throw new Error('b fails');
      return who;
    };
    const done = await Promise.allSettled([
      first.tabs.alone('login', act('a')),
      second.tabs.alone('login', act('b')),
      first.tabs.alone('login', act('c')),
    ]);
    expect(order).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(done.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
  });

  describe('where the browser has less', () => {
    const without = (target: object, property: string, value: unknown): void => {
      const own = Object.getOwnPropertyDescriptor(target, property);
      Object.defineProperty(target, property, { value, configurable: true, writable: true });
      restore.push(() => {
        if (own) Object.defineProperty(target, property, own);
        else Reflect.deleteProperty(target, property);
      });
    };
    const restore: (() => void)[] = [];
    afterEach(() => {
      for (const undo of restore.splice(0)) undo();
    });

    const everyPageLeads = async (): Promise<void> => {
      const [first] = [open(), open()];
      await leads(true, true);
      first.wake$.next('sleep');
      first.wake$.next('wake');
      first.tabs.lead();
      await leads(true, true);
      expect(await first.tabs.alone('login', () => Promise.resolve(1))).to.equal(1);
      let count = 0;
      const failing = (): Promise<never> => Promise.reject(new Error(`failure ${(count += 1)}`));
      expect(await first.tabs.alone('login', failing).catch((error: unknown) => String(error))).to.equal(
        'Error: failure 1',
      );
    };

    it('every page leads: no locks', async () => {
      without(navigator, 'locks', undefined);
      await everyPageLeads();
    });

    it('every page leads: locks are refused together with storage', async () => {
      let requests = 0;
      const request = () => {
        requests += 1;
        return Promise.reject(new DOMException('The request was denied.', 'SecurityError'));
      };
      without(navigator, 'locks', { request, query: () => Promise.resolve({}) });
      await everyPageLeads();
      expect(requests, 'they are not asked for again and again').to.equal(2);
      // Before the refusal is known.
      expect(await open().tabs.alone('login', () => Promise.resolve(1))).to.equal(1);
    });

    it('hears nothing of the others: the channel is refused together with storage', async () => {
      without(globalThis, 'BroadcastChannel', function () {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      });
      const [first, second] = [open(), open()];
      await leads(true, false);
      first.tabs.tell(NEWS);
      first.wake$.next('sleep');
      await leads(false, true);
      first.wake$.next('wake');
      await until('it is in line again', async () => (await locks()) === 2);
      second.wake$.next('wake');
      await locks();
      await locks();
      await leads(false, true);
    });
  });
});
