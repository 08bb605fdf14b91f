// A device in memory: what it keeps outlives its pages, and its pages know of each other.
import { BehaviorSubject, Subject } from 'rxjs';
import { inSendOrder } from '../../src/sdk/datalink/device-store.ts';
import type { DeviceStore, KeptTopic } from '../../src/sdk/datalink/device-store.ts';
import { memoryStore } from '../../src/sdk/datalink/key-value-store.ts';
import type { Message } from '../../src/sdk/datalink/message.ts';
import type { TabNews, Tabs } from '../../src/sdk/datalink/tabs.ts';

interface Page {
  readonly leads$: BehaviorSubject<boolean>;
  readonly news$: Subject<TabNews>;
  isAsleep: boolean;
}

export class MemoryDevice {
  /** Own messages by topic and key. */
  readonly own = new Map<string, Map<string, Message>>();
  /** Their files, by key. */
  readonly files = new Map<string, Blob>();
  readonly seen = new Map<string, KeptTopic>();
  token: string | undefined;
  /** What localStorage would hold. */
  readonly values = memoryStore();
  /** The one that leads is the first. */
  private readonly pages: Page[] = [];
  private readonly queues = new Map<string, Promise<unknown>>();

  readonly store: DeviceStore = {
    load: async (topic) => ({
      own: inSendOrder([...(this.own.get(topic)?.values() ?? [])]),
      files: new Map(this.files),
      seen: this.seen.get(topic),
    }),
    put: async (topic, message, file) => {
      if (file) this.files.set(message.key, file);
      else this.files.delete(message.key);
      const messages = this.own.get(topic) ?? new Map<string, Message>();
      this.own.set(topic, messages.set(message.key, structuredClone(message)));
    },
    remove: async (topic, key) => {
      this.own.get(topic)?.delete(key);
      this.files.delete(key);
    },
    topics: async () => [...this.own].flatMap(([topic, messages]) => (messages.size > 0 ? [topic] : [])),
    see: async (topic, seen) => void this.seen.set(topic, structuredClone(seen)),
    token: async () => this.token,
    keepToken: async (token) => {
      this.token = token;
    },
    forget: async () => {
      this.seen.clear();
    },
    wipe: async () => {
      this.seen.clear();
      this.own.clear();
      this.files.clear();
      this.token = undefined;
    },
  };

  /** The page that was opened as the `index`th hears nothing until it wakes. It must not be the one that leads. */
  sleep(index: number, isAsleep: boolean): void {
    const page = this.pages[index];
    if (!page) return;
    page.isAsleep = isAsleep;
    if (!isAsleep) page.news$.next({ joined: true });
  }

  /** One more page; the first leads. */
  tabs(): Tabs {
    const page: Page = { leads$: new BehaviorSubject(this.pages.length === 0), news$: new Subject(), isAsleep: false };
    this.pages.push(page);
    const leadBy = (next: Page | undefined): void => {
      for (const one of this.pages) if (one !== next && one.leads$.value) one.leads$.next(false);
      if (next && !next.leads$.value) next.leads$.next(true);
    };
    return {
      leads$: page.leads$,
      lead: () => {
        leadBy(page);
      },
      tell: (news) => {
        for (const other of this.pages) if (other !== page && !other.isAsleep) other.news$.next(structuredClone(news));
      },
      news$: page.news$,
      alone: async (name, act) => {
        const before = this.queues.get(name) ?? Promise.resolve();
        const done = before.then(act, act);
        this.queues.set(
          name,
          done.catch(() => undefined),
        );
        return done;
      },
      close: () => {
        const led = page.leads$.value;
        this.pages.splice(this.pages.indexOf(page), 1);
        page.leads$.complete();
        page.news$.complete();
        if (led) leadBy(this.pages[0]);
      },
    };
  }
}
