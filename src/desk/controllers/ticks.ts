// A clock that moves on the screen.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Clock } from '../../ui/clock.ts';

/** Updates its host every `everyMs` while `active` and connected. */
export class Ticks implements ReactiveController {
  private readonly host: ReactiveControllerHost & { readonly clock: Clock; readonly isConnected: boolean };
  private readonly everyMs: number;
  private stop: (() => void) | undefined;

  constructor(host: ReactiveControllerHost & { readonly clock: Clock; readonly isConnected: boolean }, everyMs = 1000) {
    this.host = host;
    this.everyMs = everyMs;
    host.addController(this);
  }

  set active(active: boolean) {
    if (!active) this.hostDisconnected();
    else if (!this.stop && this.host.isConnected) this.next();
  }

  hostDisconnected(): void {
    this.stop?.();
    this.stop = undefined;
  }

  private next(): void {
    this.stop = this.host.clock.after(this.everyMs, () => {
      this.next();
      this.host.requestUpdate();
    });
  }
}
