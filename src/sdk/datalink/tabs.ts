// Tabs: the pages of one device that show the same conversations. One of them leads: it sends what waits, and rings.
import { BehaviorSubject, NEVER, Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { WakeSignal } from '../network/wake.ts';
import type { Message } from './message.ts';

/**
 * What a page tells the others: an own message as it now stands; that one was discarded; all own messages without a seqid
 * that it knows of, having just come or woken, so that who knows better answers; that the user has left.
 */
export type TabNews =
  | { readonly topic: string; readonly message: Message; readonly file?: Blob | undefined }
  | { readonly topic: string; readonly discarded: string; readonly n: number }
  | { readonly topic: string; readonly mine: readonly Message[] }
  | { readonly loggedOut: true }
  /** Told by the page to itself: it hears the others again, and has missed what they said meanwhile. */
  | { readonly joined: true };

export interface Tabs {
  /** Whether this page leads. */
  readonly leads$: Observable<boolean> & { readonly value: boolean };
  /** The user acts here: this page leads from now on. */
  lead(): void;
  tell(news: TabNews): void;
  readonly news$: Observable<TabNews>;
  /** Runs `act` while no other page runs something under the same name. */
  alone<T>(name: string, act: () => Promise<T>): Promise<T>;
  close(): void;
}

/** A page that knows of no others: it leads, and what they send twice the store takes once. */
export const loneTab = (): Tabs => ({
  leads$: new BehaviorSubject(true),
  lead: () => undefined,
  tell: () => undefined,
  news$: NEVER,
  alone: (_, act) => act(),
  close: () => undefined,
});

/**
 * The tabs of this browser, by Web Locks and a BroadcastChannel; what a browser or an insecure page has not got is done
 * without. Leadership follows the user: a page in the background may be frozen with the lock in its hand, so whoever is
 * acted in takes it. A page that sleeps lets go, also because a held lock keeps it out of the back/forward cache.
 */
export const browserTabs = (name: string, wake$: Observable<WakeSignal>): Tabs => {
  let locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined);
  const leads$ = new BehaviorSubject(!locks);
  const news$ = new Subject<TabNews>();
  let channel: BroadcastChannel | undefined;
  let letGo = (): void => undefined;
  let isClosed = false;

  const stand = (steal: boolean): void => {
    if (!locks || isClosed) return;
    letGo();
    const leaving = new AbortController();
    const held = new Promise<void>((resolve) => {
      letGo = () => {
        leaving.abort();
        resolve();
      };
    });
    const granted = (): Promise<void> => {
      if (leaving.signal.aborted) return held;
      leads$.next(true);
      return held;
    };
    // A request that steals can't be aborted, and need not be.
    locks.request(name, steal ? { steal } : { signal: leaving.signal }, granted).catch((error: unknown) => {
      // Aborted by ourselves.
      if (leaving.signal.aborted || isClosed) return;
      const isStolen = error instanceof DOMException && error.name === 'AbortError';
      // Refused, as all storage is: it would be refused again.
      if (!isStolen) locks = undefined;
      leads$.next(!isStolen);
      stand(false);
    });
  };

  const listen = (): void => {
    if (channel || typeof BroadcastChannel === 'undefined') return;
    try {
      channel = new BroadcastChannel(name);
    } catch {
      // Refused, as all storage is.
      return;
    }
    channel.onmessage = ({ data }: MessageEvent<TabNews>) => {
      news$.next(data);
    };
  };
  const leave = (): void => {
    letGo();
    channel?.close();
    channel = undefined;
    if (locks) leads$.next(false);
  };
  let isAsleep = false;
  const watching = wake$.subscribe((signal) => {
    const slept = isAsleep;
    isAsleep = signal === 'sleep';
    if (isAsleep) leave();
    else if (slept) {
      listen();
      stand(false);
      news$.next({ joined: true });
    }
  });
  listen();
  stand(false);

  return {
    leads$,
    lead() {
      if (!leads$.value) stand(true);
    },
    tell(news) {
      channel?.postMessage(news);
    },
    news$,
    async alone(of, act) {
      let acted: ReturnType<typeof act> | undefined;
      // Refused: it can't be made sure of.
      await locks?.request(`${name} ${of}`, () => (acted = act())).catch(() => undefined);
      return acted ?? act();
    },
    close() {
      isClosed = true;
      watching.unsubscribe();
      leave();
      leads$.complete();
      news$.complete();
    },
  };
};
