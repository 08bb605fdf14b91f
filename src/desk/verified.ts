// The mark beside a name that the merchant has signed.
import { css, html } from 'lit';
import type { TemplateResult } from 'lit';
import type { DeskStrings } from '../ui/i18n/desk-strings.ts';
import { verifiedIcon } from '../ui/icons.ts';

export const verifiedStyles = css`
  .verified {
    display: inline-block;
    flex: none;
    block-size: 1.1em;
    inline-size: 1.1em;
    margin-inline-start: 4px;
    vertical-align: -0.18em;
    color: var(--_link);
  }
  .verified svg {
    display: block;
    inline-size: 100%;
    block-size: 100%;
  }
`;

export const verifiedMark = (words: DeskStrings): TemplateResult =>
  html`<span class="verified" role="img" aria-label=${words.verified} title=${words.verified}>${verifiedIcon}</span>`;
