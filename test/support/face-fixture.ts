// A face for one element: the tokens, a size, and the requests that come up.
import { fixture, html } from '@open-wc/testing';
import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { defineElements } from '../../src/ui/define-elements.ts';
import { define } from '../../src/ui/kefu-element.ts';
import { REQUEST_EVENTS } from '../../src/ui/request-events.ts';
import { tokens } from '../../src/ui/tokens.styles.ts';

class TestFace extends LitElement {
  readonly requests: Event[] = [];

  constructor() {
    super();
    for (const type of REQUEST_EVENTS) this.addEventListener(type, (event) => this.requests.push(event));
  }

  static override styles = [
    tokens,
    css`
      :host {
        display: flex;
        flex-direction: column;
        inline-size: 360px;
        block-size: 560px;
        background: var(--_bg);
      }
      ::slotted(kefu-message-list) {
        flex: 1;
      }
    `,
  ];

  override render(): TemplateResult {
    return html`<slot></slot>`;
  }
}

defineElements();
define('test-face', TestFace);

interface Face<E> {
  readonly element: E;
  /** Request events that came up, oldest first. */
  readonly requests: readonly Event[];
  /** The types of them. */
  readonly asked: () => readonly string[];
  readonly forget: () => void;
}

/** Puts the element into a face of 360 × 560 px. */
export const inFace = async <E extends Element>(
  content: TemplateResult,
  theme: 'light' | 'dark' = 'light',
): Promise<Face<E>> => {
  const face = await fixture<TestFace>(html`<test-face lang="en" theme=${theme}>${content}</test-face>`);
  const { requests } = face;
  const element = face.firstElementChild as unknown as E & LitElement;
  await element.updateComplete;
  return {
    element,
    requests,
    asked: () => requests.map(({ type }) => type),
    forget: () => void requests.splice(0),
  };
};

/** The element inside the shadow root; fails where there is none. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the form of querySelector
export const inside = <E extends Element = HTMLElement>(host: Element, selector: string): E => {
  const found = host.shadowRoot?.querySelector<E>(selector);
  if (!found) throw new Error(`no ${selector} in ${host.localName}`);
  return found;
};

/** Text as it is read: without the white space of templates. */
export const shownTextOf = (element: Element | null | undefined): string =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();

/** Resolves when the next frame has been painted. */
export const nextPaint = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
