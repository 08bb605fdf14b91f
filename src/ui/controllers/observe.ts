// A value that changes, followed by an element while it is connected.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** What can be followed: `subscribe` calls with the current value at once, then with each new one. */
export interface Observable<T> {
  readonly value: T;
  subscribe(next: (value: T) => void): { unsubscribe(): void };
}

/**
 * Updates its host with every new value of `source`, and calls `changed` first where there is one. Subscribes when the
 * host is connected, lets go when it is not, and can be given another source at any time.
 */
export class Observe<T> implements ReactiveController {
  readonly #host: ReactiveControllerHost & { readonly isConnected: boolean };
  readonly #changed: ((value: T) => void) | undefined;
  #from: Observable<T> | undefined;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(
    host: ReactiveControllerHost & { readonly isConnected: boolean },
    source?: Observable<T>,
    changed?: (value: T) => void,
  ) {
    this.#host = host;
    this.#from = source;
    this.#changed = changed;
    host.addController(this);
  }

  get source(): Observable<T> | undefined {
    return this.#from;
  }

  set source(source: Observable<T> | undefined) {
    if (source === this.#from) return;
    this.hostDisconnected();
    this.#from = source;
    this.#host.requestUpdate();
    if (this.#host.isConnected) this.hostConnected();
  }

  /** The current value; undefined without a source. */
  get value(): T | undefined {
    return this.#from?.value;
  }

  hostConnected(): void {
    this.#subscription ??= this.#from?.subscribe((value) => {
      this.#changed?.(value);
      this.#host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }
}
