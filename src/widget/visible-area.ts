// The part of the page that a phone really shows: without the keyboard, which the layout viewport ignores on iOS.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/**
 * Keeps `--_area-top` and `--_area-height` of its host at the visual viewport while `active`. Without a visual viewport,
 * or while the page is zoomed by hand, the properties stay as they are or absent, and the styles fall back to the window.
 */
export class VisibleArea implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #following = false;
  #frame = 0;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  set active(active: boolean) {
    if (active === this.#following) return;
    if (active) this.#follow();
    else this.hostDisconnected();
  }

  hostDisconnected(): void {
    if (!this.#following) return;
    this.#following = false;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    visualViewport?.removeEventListener('resize', this.#schedule);
    visualViewport?.removeEventListener('scroll', this.#schedule);
    this.#host.style.removeProperty('--_area-top');
    this.#host.style.removeProperty('--_area-height');
  }

  #follow(): void {
    if (!this.#host.isConnected) return;
    this.#following = true;
    visualViewport?.addEventListener('resize', this.#schedule);
    visualViewport?.addEventListener('scroll', this.#schedule);
    this.#measure();
  }

  readonly #schedule = (): void => {
    this.#frame ||= requestAnimationFrame(this.#measure);
  };

  readonly #measure = (): void => {
    this.#frame = 0;
    const area = visualViewport;
    if (!area || Math.abs(area.scale - 1) > 0.01) return;
    this.#host.style.setProperty('--_area-top', `${area.offsetTop}px`);
    this.#host.style.setProperty('--_area-height', `${area.height}px`);
  };
}
