// Whether the page around is dark, for `theme="host"`.
import type { ReactiveController } from 'lit';
import type { LitElement } from 'lit';

const isDark = (element: Element): boolean =>
  element.matches('.dark, [data-theme="dark"], [data-bs-theme="dark"]') ||
  getComputedStyle(element).colorScheme === 'dark';

/** Sets `data-dark` on its host while the root or the body of the page says that it is dark. */
export class HostTheme implements ReactiveController {
  readonly #host: LitElement;
  #observer: MutationObserver | undefined;

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  set active(active: boolean) {
    if (active === (this.#observer !== undefined)) return;
    if (!active) {
      this.hostDisconnected();
      return;
    }
    this.#observer = new MutationObserver(() => this.#look());
    for (const element of [document.documentElement, document.body])
      this.#observer.observe(element, { attributes: true });
    this.#look();
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  #look(): void {
    this.#host.toggleAttribute('data-dark', isDark(document.documentElement) || isDark(document.body));
  }
}
