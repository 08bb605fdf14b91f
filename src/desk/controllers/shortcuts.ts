// Keys that work wherever the focus is on the desk, also while a reply is being written.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** By the place of the key, so that layouts and the signs that Option makes on a Mac do not matter: `Alt+KeyR`. */
export type Shortcuts = Readonly<Record<string, () => void>>;

export class ShortcutKeys implements ReactiveController {
  private readonly shortcuts: Shortcuts;

  constructor(host: ReactiveControllerHost, shortcuts: Shortcuts) {
    this.shortcuts = shortcuts;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener('keydown', this.press);
  }

  hostDisconnected(): void {
    document.removeEventListener('keydown', this.press);
  }

  private readonly press = (event: KeyboardEvent): void => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    const act = this.shortcuts[`Alt+${event.code}`];
    if (!act) return;
    event.preventDefault();
    act();
  };
}

/** How the modifier is written on this machine's keyboard. */
export const altKey = (): string => (/mac|iphone|ipad/i.test(navigator.userAgent) ? '⌥' : 'Alt ');
