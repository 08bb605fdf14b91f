// Who is typing: three dots in a bubble, and words for those who don't see it.
import { css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { User } from '../sdk/app/model.ts';
import { base } from './base.styles.ts';
import { fill } from './i18n/plural.ts';
import { KefuElement } from './kefu-element.ts';

const styles = css`
  .bubble {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 13px 14px;
    border-radius: var(--_radius);
    border-end-start-radius: 5px;
    background: var(--_bubble);
    color: var(--_muted);
  }
  i {
    inline-size: 6px;
    block-size: 6px;
    border-radius: 50%;
    background: currentColor;
    opacity: 0.45;
  }
  @media (prefers-reduced-motion: no-preference) {
    i {
      animation: breathe 1.2s ease-in-out infinite;
    }
    i:nth-of-type(2) {
      animation-delay: 0.16s;
    }
    i:nth-of-type(3) {
      animation-delay: 0.32s;
    }
  }
  @keyframes breathe {
    30% {
      opacity: 1;
      transform: translateY(-2px);
    }
    60% {
      opacity: 0.45;
      transform: none;
    }
  }
`;

/**
 * @summary Shows that somebody is typing; nothing while nobody is.
 * @csspart typing - The bubble.
 */
export class KefuTyping extends KefuElement {
  static override properties = { users: { attribute: false } };
  static override styles = [base, styles];

  declare users: readonly User[];

  constructor() {
    super();
    this.users = [];
  }

  override render(): TemplateResult | typeof nothing {
    const [first, second] = this.users;
    if (!first) return nothing;
    const words = this.words;
    return html`<div class="bubble" part="typing">
      <span class="sr">
        ${second ? words.typingMany : fill(words.typingOne, { name: first.name ?? words.nameless })}
      </span>
      <i></i><i></i><i></i>
    </div>`;
  }
}
