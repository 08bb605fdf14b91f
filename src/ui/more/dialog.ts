// Dialogs of the second file: plain DOM in a shadow root of its own, inside of the face, whose looks it takes over.
import { dialogStyles } from './dialog.styles.ts';

type Child = Node | string;

/** Makes an element. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
};

/** A drawing: a path on 24 × 24. */
export const icon = (path: string): SVGElement => {
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  drawing.append(line);
  return drawing;
};

/** A button that is its drawing. */
export const iconButton = (label: string, path: string, onclick: () => void): HTMLButtonElement => {
  const button = element('button', { type: 'button', className: 'icon', title: label, onclick }, icon(path));
  button.setAttribute('aria-label', label);
  return button;
};

export const CROSS = 'm6 6 12 12M18 6 6 18';

export interface Opened {
  readonly dialog: HTMLDialogElement;
  /** Closes it, and resolves `closed`. */
  close(): void;
  /** The user has left it: by a button, Escape, the back button, or a click beside it. */
  readonly closed: Promise<void>;
}

/** Where browsers do not close dialogs by the back button themselves, phones get an entry in the history for it. */
const needsHistory = (): boolean => !('CloseWatcher' in window) && matchMedia('(pointer: coarse)').matches;

/** Adds a style sheet, as a policy allows it. */
export const addStyles = (root: ShadowRoot, styles: string): void => {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    // Older browsers: as Lit does it.
    const style = element('style', {}, styles);
    if ('litNonce' in window) style.setAttribute('nonce', String(window.litNonce));
    root.append(style);
  }
};

/** Opens a dialog with this content over the page. The browser keeps the focus inside, and gives it back afterwards. */
export const openDialog = (place: ShadowRoot, kind: string, label: string, ...content: readonly Child[]): Opened => {
  const host = element('div');
  const root = host.attachShadow({ mode: 'open' });
  addStyles(root, dialogStyles);
  const dialog = element('dialog', { className: kind }, ...content);
  dialog.setAttribute('aria-label', label);
  root.append(dialog);
  place.append(host);
  const usesHistory = needsHistory();
  const back = (): void => {
    dialog.close();
  };
  const closed = new Promise<void>((resolve) => {
    dialog.addEventListener('close', () => {
      removeEventListener('popstate', back);
      host.remove();
      resolve();
    });
  });
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close();
  });
  // Shortcuts of the page are not meant here.
  for (const type of ['keydown', 'keyup', 'keypress', 'paste'] as const)
    dialog.addEventListener(type, (event) => {
      event.stopPropagation();
    });
  if (usesHistory) {
    history.pushState(history.state, '');
    addEventListener('popstate', back);
    void closed.then(() => {
      if (history.state === entry) history.back();
    });
  }
  const entry: unknown = history.state;
  dialog.showModal();
  return {
    dialog,
    closed,
    close: () => {
      dialog.close();
    },
  };
};
