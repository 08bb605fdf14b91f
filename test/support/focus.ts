// Where the focus is, through all shadow roots.
import { executeServerCommand } from '@web/test-runner-commands';

/** The page has the focus, as far as it can tell. Only Chromium can be told so. */
export const focusPage = (): Promise<unknown> =>
  executeServerCommand('cdp:Emulation.setFocusEmulationEnabled', { enabled: true });

export const focused = (): Element | null => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
};

const nameOf = (element: Element | null | undefined): string =>
  element ? `${element.localName}${element.id && `#${element.id}`}` : 'nothing';

/** Not an assertion on elements: a failing one would try to print them. */
export const expectFocus = (element: Element | null | undefined): void => {
  if (focused() !== element) throw new Error(`the focus is on ${nameOf(focused())}, not on ${nameOf(element)}`);
};
