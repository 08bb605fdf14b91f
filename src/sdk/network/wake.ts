// Wake: what the page says about being seen, shown again and on the network.
import { Observable } from 'rxjs';

/** `wake`: try now, and doubt what seems alive. `sleep`: the page is being left or frozen; nothing runs from here on. */
export type WakeSignal = 'wake' | 'sleep';

/** The signals of this page; silent where there is no page. */
export const wake$: Observable<WakeSignal> = new Observable((subscriber) => {
  if (typeof window === 'undefined') return;
  const wake = (): void => {
    subscriber.next('wake');
  };
  const sleep = (): void => {
    subscriber.next('sleep');
  };
  const visible = (): void => {
    if (document.visibilityState === 'visible') wake();
  };
  const shown = (event: PageTransitionEvent): void => {
    // The first pageshow of a page belongs to its load; one from the back/forward cache wakes a page that slept.
    if (event.persisted) wake();
  };
  addEventListener('online', wake);
  addEventListener('pageshow', shown);
  addEventListener('pagehide', sleep);
  document.addEventListener('visibilitychange', visible);
  return () => {
    removeEventListener('online', wake);
    removeEventListener('pageshow', shown);
    removeEventListener('pagehide', sleep);
    document.removeEventListener('visibilitychange', visible);
  };
});
