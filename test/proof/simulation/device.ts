// Device: what the pages of one browser share: storage that takes its time to commit and sometimes fails, locks, and a
// channel on which they talk.
import { BehaviorSubject, Subject } from 'rxjs';
import { inSendOrder } from '../../../src/sdk/datalink/device-store.ts';
import type { DeviceStore, KeptTopic } from '../../../src/sdk/datalink/device-store.ts';
import { memoryStore } from '../../../src/sdk/datalink/key-value-store.ts';
import type { KeyValueStore } from '../../../src/sdk/datalink/key-value-store.ts';
import { isPending } from '../../../src/sdk/datalink/message-state.ts';
import type { Message } from '../../../src/sdk/datalink/message.ts';
import type { TabNews, Tabs } from '../../../src/sdk/datalink/tabs.ts';
import type { Happening } from '../history.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the device has to know of a page. */
export interface DevicePage {
  /** Runs what comes from outside: later when the page is frozen, never when it is gone. */
  deliver(act: () => void): void;
  readonly isGone: boolean;
  /** Until when transactions of a page that is gone are still committed. */
  readonly flushedAt: number;
  /** What was kept of a topic has been given to the page. */
  restored(seen: KeptTopic | undefined): void;
  /** The page has waited for that long enough. */
  notRestored(): void;
  /** How an own message stands that has no row, and that nobody else is told of. `isKept`: the device has it. */
  edited(message: Message, isKept: boolean): void;
  /** Another page has told it something. */
  told(news: TabNews): void;
}

export interface DeviceOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly witness: (event: Happening) => void;
  /** How likely a write fails, and how likely it takes very long. */
  readonly failing: () => number;
}

/** As in the SDK. */
const RESTORE_MS = 1_000;

interface Contender {
  readonly page: DevicePage;
  readonly leads$: BehaviorSubject<boolean>;
  readonly news$: Subject<TabNews>;
  isListening: boolean;
  /** When the newest word of the others arrives. */
  toldAt: number;
}

interface Errand {
  readonly page: DevicePage;
  readonly run: (done: () => void) => void;
}

export class Device {
  /** Tokens: written at once. */
  readonly values: KeyValueStore = memoryStore();
  /** What its clock is wrong by. */
  clockOffset = 0;
  readonly #options: DeviceOptions;
  readonly #own = new Map<string, Map<string, Message>>();
  /** Newer versions of messages, as the pages gave them to the device last. */
  readonly #edits = new Map<string, Message>();
  readonly #seen = new Map<string, KeptTopic>();
  #token: string | undefined;
  #committedAt = 0;
  /** The first one leads, the others wait. */
  #line: Contender[] = [];
  readonly #listeners = new Set<Contender>();
  readonly #errands = new Map<string, Errand[]>();

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  /** The storage, as one page has it. */
  storeOf(page: DevicePage): DeviceStore {
    const { time, random, witness, failing } = this.#options;
    /** One transaction: they are done one after the other. */
    const run = <T>(isWrite: boolean, act: () => T, isLost?: () => void): Promise<T> =>
      new Promise((resolve, reject) => {
        if (page.isGone) return;
        const isFailing = isWrite && random.chance(failing());
        const isSlow = !isFailing && isWrite && random.chance(failing());
        if (isFailing || isSlow) witness({ what: 'fault', fault: 'device-error' });
        const ms = isSlow
          ? random.between(300, 1_500)
          : random.chance(0.02)
            ? random.between(20, 110)
            : random.between(0.5, 4);
        this.#committedAt = Math.max(this.#committedAt, time.now + ms);
        time.after(this.#committedAt - time.now, () => {
          // A page that has ended takes its last transactions with it.
          const isTaken = page.isGone && time.now > page.flushedAt;
          if (isFailing || isTaken) isLost?.();
          if (isTaken) return;
          const result = isFailing ? undefined : act();
          page.deliver(() => {
            if (isFailing) reject(new DOMException('no room', 'QuotaExceededError'));
            else resolve(result as T);
          });
        });
      });
    /** What the page began with: later it only asks for own messages. */
    const restored = new Set<string>();
    return {
      load: async (topic) => {
        const isFirst = restored.size !== restored.add(topic).size;
        const askedAt = time.now;
        let readAt = Infinity;
        if (isFirst)
          time.after(RESTORE_MS, () => {
            if (readAt === Infinity) page.notRestored();
          });
        const kept = await run(false, () => {
          readAt = time.now;
          return { own: inSendOrder([...(this.#own.get(topic)?.values() ?? [])]), seen: this.#seen.get(topic) };
        });
        // A page does not wait for longer.
        if (isFirst && readAt - askedAt < RESTORE_MS) page.restored(kept.seen);
        return kept;
      },
      token: () => run(false, () => this.#token),
      keepToken: (token) =>
        run(true, () => {
          this.#token = token;
        }),
      put: (topic, message) => {
        const isEdit = message.head['replace'] !== undefined;
        if (isEdit) {
          this.#edits.set(message.key, message);
          page.edited(message, false);
        }
        return run(
          true,
          () => {
            const messages = this.#own.get(topic) ?? new Map<string, Message>();
            this.#own.set(topic, messages.set(message.key, message));
            // What has settled while it was being written is kept as that next, and has nothing before it.
            if (isPending(this.#edits.get(message.key)?.state ?? 'sent')) page.edited(message, true);
          },
          () => {
            if (!isPending(message.state)) witness({ what: 'unkept', msgid: message.key });
          },
        );
      },
      remove: (topic, key) => run(true, () => void this.#own.get(topic)?.delete(key)),
      topics: () => run(false, () => [...this.#own].flatMap(([topic, messages]) => (messages.size > 0 ? [topic] : []))),
      see: (topic, seen) => run(true, () => void this.#seen.set(topic, seen)),
      forget: () =>
        run(true, () => {
          this.#seen.clear();
        }),
      wipe: () =>
        run(true, () => {
          this.#seen.clear();
          this.#own.clear();
        }),
    };
  }

  /** Locks and the channel, as one page has them. `left` is called when the page goes to sleep, `back` when it is back. */
  tabsOf(page: DevicePage): { readonly tabs: Tabs; readonly left: () => void; readonly back: () => void } {
    const one: Contender = {
      page,
      leads$: new BehaviorSubject(false),
      news$: new Subject(),
      isListening: false,
      toldAt: 0,
    };
    let hasLeft = false;
    const back = (): void => {
      if (one.isListening) return;
      one.isListening = true;
      this.#listeners.add(one);
      this.#line.push(one);
      this.#appoint();
      if (hasLeft) one.news$.next({ joined: true });
    };
    const left = (): void => {
      one.isListening = false;
      hasLeft = true;
      this.#listeners.delete(one);
      this.#resign(one);
      one.leads$.next(false);
    };
    back();
    const tabs: Tabs = {
      leads$: one.leads$,
      lead: () => {
        if (one.leads$.value || !one.isListening) return;
        this.#line = [one, ...this.#line.filter((other) => other !== one)];
        this.#appoint();
      },
      tell: (news) => {
        if (!one.isListening) return;
        const { time, random } = this.#options;
        for (const other of this.#listeners) {
          if (other === one) continue;
          // A channel keeps the order.
          other.toldAt = Math.max(other.toldAt, time.now + random.between(0.2, 5));
          time.after(other.toldAt - time.now, () => {
            other.page.deliver(() => {
              if (!other.isListening) return;
              other.page.told(news);
              other.news$.next(news);
            });
          });
        }
      },
      news$: one.news$,
      alone: (name, act) => this.#alone(name, page, act),
      close: () => {
        left();
        one.leads$.complete();
        one.news$.complete();
      },
    };
    return { tabs, left, back };
  }

  /** The system has found that the page is gone: its locks are free. */
  released(page: DevicePage): void {
    for (const one of this.#line) if (one.page === page) this.#resign(one);
    for (const one of this.#listeners) if (one.page === page) this.#listeners.delete(one);
    for (const [name, errands] of this.#errands) {
      const wasFirst = errands[0]?.page === page;
      const left = errands.filter((errand) => errand.page !== page);
      this.#errands.set(name, left);
      if (wasFirst) this.#nextErrand(name);
    }
  }

  #resign(one: Contender): void {
    this.#line = this.#line.filter((other) => other !== one);
    this.#appoint();
  }

  /** The first in line leads; it hears of that a little later, and so does the one that led before. */
  #appoint(): void {
    for (const one of this.#line) {
      const leads = one === this.#line[0];
      if (one.leads$.value === leads) continue;
      this.#soon(one.page, () => {
        const isFirst = this.#line[0] === one;
        if (one.leads$.value !== isFirst) one.leads$.next(isFirst);
      });
    }
  }

  #alone<T>(name: string, page: DevicePage, act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const errands = this.#errands.get(name) ?? [];
      this.#errands.set(name, errands);
      errands.push({
        page,
        run: (done) => {
          act().then(
            (value) => {
              done();
              resolve(value);
            },
            (error: unknown) => {
              done();
              reject(error instanceof Error ? error : new Error(String(error)));
            },
          );
        },
      });
      if (errands.length === 1) this.#nextErrand(name);
    });
  }

  #nextErrand(name: string): void {
    const errand = this.#errands.get(name)?.[0];
    if (!errand) return;
    this.#soon(errand.page, () => {
      errand.run(() => {
        const errands = this.#errands.get(name);
        if (errands?.[0] !== errand) return;
        errands.shift();
        this.#nextErrand(name);
      });
    });
  }

  #soon(page: DevicePage, act: () => void): void {
    const { time, random } = this.#options;
    time.after(random.between(0.2, 5), () => {
      page.deliver(act);
    });
  }
}
