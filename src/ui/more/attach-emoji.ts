// Emoji to pick: a short list, drawn by the system's own font, in a panel above the text field.
import type { KefuComposer } from '../kefu-composer.ts';
import { attachTools } from './attach-tools.ts';
import { element, iconButton } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { moreStrings } from './strings.ts';

const SMILE = 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM8.5 14c1.7 2.4 5.3 2.4 7 0M9 9.5v.1m6-.1v.1';

/** Faces; hands; hearts and signs; things. */
const EMOJI =
  '😀😃😄😁😆😅😂🤣🙂😉😊😇😍😘😋😜🤔🤗😎🥳😏😐😒🙄😬😴🤒🥺😢😭😤😠😱😳😨😔😕😩' +
  '👍👎👌✌🤞🤙👏🙌🙏💪👋🤝👉👈👆👇' +
  '🧡💛💚💙💜🖤💔💯✅❌❓❗⭐🔥✨🎉' +
  '🎁📦🚚🛒💳💰📱💻📞📧📍⏰📅🔧☕🍵';

const COLUMNS = 8;
const STEPS: Readonly<Record<string, number>> = { ArrowUp: -COLUMNS, ArrowDown: COLUMNS, ArrowLeft: -1, ArrowRight: 1 };

/** A press leaves the focus, and on phones the keyboard, where it is. */
const keepFocus = (event: Event): void => {
  event.preventDefault();
};

const newPanel = (label: string, pick: (emoji: string) => void): HTMLElement => {
  const all = [...EMOJI].map((emoji, at) =>
    element('button', { type: 'button', tabIndex: at === 0 ? 0 : -1, onclick: () => pick(emoji) }, emoji),
  );
  const panel = element('div', { className: 'emoji', slot: 'above', onmousedown: keepFocus }, ...all);
  panel.setAttribute('part', 'emoji');
  panel.setAttribute('role', 'group');
  panel.setAttribute('aria-label', label);
  // Arrow keys go from one to the next, as in a grid.
  panel.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = all.findIndex((one) => one.matches(':focus'));
    all[at + (getComputedStyle(panel).direction === 'rtl' && Math.abs(step) === 1 ? -step : step)]?.focus();
  };
  return panel;
};

export const attachEmoji = (host: MoreHost): void => {
  attachTools(host, 'no-emoji', (composer: KefuComposer) => {
    const label = moreStrings(host.strings?.lang ?? '').emoji;
    let panel: HTMLElement | undefined;
    const close = (): void => {
      panel?.remove();
      panel = undefined;
      button.ariaExpanded = 'false';
    };
    const button = iconButton(label, SMILE, () => {
      if (panel) close();
      else {
        panel = newPanel(label, (emoji) => composer.insert(emoji));
        composer.append(panel);
        button.ariaExpanded = 'true';
      }
    });
    button.slot = 'end';
    button.onmousedown = keepFocus;
    button.ariaExpanded = 'false';
    button.setAttribute('part', 'emoji-button');
    composer.addEventListener('kefu-send-request', close);
    // Before what else Escape would leave.
    composer.addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape' || event.isComposing || !panel) return;
        event.preventDefault();
        close();
        composer.focus();
      },
      { capture: true },
    );
    return [button];
  });
};
