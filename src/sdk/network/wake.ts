// Wake: what the page says about being seen, shown again, frozen, and on the network. Hints all of them, never a gate.
import { Observable } from 'rxjs';
import type { Clock } from './clock.ts';

declare global {
  interface Navigator {
    /** Network Information API: not every browser has it, and few tell the type. */
    readonly connection?: EventTarget & { readonly type?: string };
  }
}

/**
 * - `wake`: the page may have slept; try now, and doubt what seems alive.
 * - `network`: the same, on a network that is another one or new: what was open is probably lost.
 * - `sleep`: the page is being left or frozen, or nobody has looked at it for long.
 */
export type WakeSignal = 'wake' | 'network' | 'sleep';

/** A phone or webview that is hidden this long keeps no socket: the system would cut it without a word. */
export const HIDDEN_MS = 5 * 60_000;

/** A desktop tab stays live when it is hidden, for sound and badge; what is held in a hand does not. */
const isHandheld = (): boolean => matchMedia('(hover: none) and (pointer: coarse)').matches;

/** The signals of this page; silent where there is no page. */
export const wakeSignals = (clock: Pick<Clock, 'after'>, sleepsHidden = isHandheld): Observable<WakeSignal> =>
  new Observable((subscriber) => {
    if (typeof window === 'undefined') return;
    const { connection } = navigator;
    let networkType = connection?.type;
    let stopWaiting: (() => void) | undefined;
    const waitHidden = (): void => {
      stopWaiting?.();
      if (document.visibilityState === 'hidden' && sleepsHidden()) {
        stopWaiting = clock.after(HIDDEN_MS, () => {
          subscriber.next('sleep');
        });
      }
    };
    const on = (target: EventTarget | undefined, type: string, signal: (event: Event) => WakeSignal | false): void => {
      const listener = (event: Event): void => {
        waitHidden();
        const what = signal(event);
        if (what) subscriber.next(what);
      };
      target?.addEventListener(type, listener);
      subscriber.add(() => target?.removeEventListener(type, listener));
    };
    subscriber.add(() => stopWaiting?.());

    const isVisible = (): boolean => document.visibilityState === 'visible';
    on(window, 'online', () => 'network');
    // There is nothing to try, but something to doubt.
    on(window, 'offline', () => isVisible() && 'wake');
    on(window, 'focus', () => 'wake');
    // The first pageshow of a page belongs to its load; one from the back/forward cache wakes a page that slept.
    on(window, 'pageshow', (event) => event instanceof PageTransitionEvent && event.persisted && 'wake');
    on(window, 'pagehide', () => 'sleep');
    on(document, 'freeze', () => 'sleep');
    on(document, 'resume', () => 'wake');
    on(document, 'visibilitychange', () => isVisible() && 'wake');
    // The estimates of speed change all the time and mean nothing: Wi-Fi or cellular is the question.
    on(connection, 'change', () => {
      const before = networkType;
      networkType = connection?.type;
      return networkType !== before && 'network';
    });
  });
