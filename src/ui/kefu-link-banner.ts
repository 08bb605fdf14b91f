// The state of the link, said honestly, once trouble has lasted a second.
import { css, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { LinkStatus } from '../sdk/app/model.ts';
import { base } from './base.styles.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { KefuElement } from './kefu-element.ts';

/** Shorter trouble is nobody's business. */
const PATIENCE_MS = 1_000;

const styles = css`
  /* floats over what follows, so that nothing jumps when it comes and goes */
  :host {
    position: relative;
    z-index: 2;
    block-size: 0;
  }
  div {
    position: absolute;
    inset-inline: 0;
    inset-block-start: 8px;
    display: flex;
    justify-content: center;
    padding-inline: 12px;
    pointer-events: none;
    visibility: hidden;
    opacity: 0;
    transform: translateY(-6px);
    transition:
      opacity var(--_duration),
      transform var(--_duration) var(--_ease),
      visibility 0s var(--_duration);
  }
  .shown {
    visibility: visible;
    opacity: 1;
    transform: none;
    transition-delay: 0s;
  }
  span {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 7px 14px 7px 12px;
    border-radius: 18px;
    background: var(--_light, #fff8e6) var(--_dark, #3a3120);
    color: var(--_light, #6b4a00) var(--_dark, #ffdf9c);
    box-shadow: var(--_raised);
    font-size: 13px;
    font-weight: 500;
    line-height: 1.35;
  }
  span::before {
    content: '';
    flex: none;
    inline-size: 8px;
    block-size: 8px;
    border-radius: 50%;
    background: currentColor;
  }
  .busy span::before {
    inline-size: 12px;
    block-size: 12px;
    background: none;
    border: 2px solid currentColor;
    border-inline-end-color: transparent;
    /* half a minute: without a network for hours it would cost a battery, or a whole core where there is no GPU */
    animation: turn 0.9s linear 33;
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .busy span::before {
      animation-duration: 3s;
    }
  }
  @media (forced-colors: active) {
    span {
      border: 1px solid;
    }
  }
`;

/**
 * @summary Says when what is shown may be stale. Takes no room: it floats over what stands below it.
 * @csspart banner - The pill.
 */
export class KefuLinkBanner extends KefuElement {
  static override properties = { link: { attribute: false }, shown: { state: true } };
  static override styles = [base, styles];

  declare link: LinkStatus | undefined;
  declare private shown: boolean;
  /** Set before the element is connected. */
  clock: Clock = systemClock;
  #stopWaiting: (() => void) | undefined;
  /** Stays while the banner fades. */
  #text = '';

  constructor() {
    super();
    this.shown = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#calm();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate('link');
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('link')) return;
    const state = this.link?.state ?? 'idle';
    if (state === 'online' || state === 'idle') this.#calm();
    else if (state === 'refused') this.shown = true;
    else if (!this.shown) {
      this.#stopWaiting ??= this.clock.after(PATIENCE_MS, () => {
        this.shown = true;
      });
    }
  }

  protected override update(changed: PropertyValues<this>): void {
    const state = this.link?.state ?? 'idle';
    // the words come with the sign, or a screen reader would say them too early
    if (this.shown && state !== 'online' && state !== 'idle') this.#text = this.words[state];
    super.update(changed);
  }

  override render(): TemplateResult {
    const state = this.link?.state ?? 'idle';
    const busy = state === 'connecting' || state === 'retrying';
    return html`<div role="status" class="${this.shown ? 'shown' : ''} ${busy ? 'busy' : ''}">
      ${this.#text && html`<span part="banner">${this.#text}</span>`}
    </div>`;
  }

  #calm(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.shown = false;
  }
}
