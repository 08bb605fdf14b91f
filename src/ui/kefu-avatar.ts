// A user's picture, or the initials on a colour of the user's own.
import { css, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { User } from '../sdk/app/model.ts';
import { base } from './base.styles.ts';
import { personIcon } from './icons.ts';
import { KefuElement } from './kefu-element.ts';

const styles = css`
  :host {
    position: relative;
    flex: none;
    inline-size: 32px;
    block-size: 32px;
    font-size: 13px;
    font-weight: 600;
    line-height: 1;
    user-select: none;
  }
  .face {
    display: grid;
    place-items: center;
    block-size: 100%;
    border-radius: 50%;
    overflow: hidden;
    background: var(--_light, hsl(var(--_hue, 226) 70% 92%)) var(--_dark, hsl(var(--_hue, 226) 28% 27%));
    color: var(--_light, hsl(var(--_hue, 226) 55% 30%)) var(--_dark, hsl(var(--_hue, 226) 65% 86%));
  }
  img {
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
  }
  svg {
    inline-size: 60%;
    block-size: 60%;
  }
  .online {
    position: absolute;
    inset-block-end: -1px;
    inset-inline-end: -1px;
    inline-size: 32%;
    block-size: 32%;
    max-inline-size: 12px;
    max-block-size: 12px;
    border: 2px solid var(--_bg);
    border-radius: 50%;
    background: var(--_online);
  }
`;

/** The first letters of the first and the last word; of a single word, such as a Chinese name, the first. */
const initials = (name: string): string => {
  const letters = name
    .trim()
    .split(/\s+/)
    .map((word) => [...word][0] ?? '');
  return (
    letters.length > 1 ? `${letters[0] ?? ''}${letters[letters.length - 1] ?? ''}` : letters.join('')
  ).toUpperCase();
};

/** One of twelve hues, the same for the same id. */
const hueOf = (id: string): number => {
  let hash = 7;
  for (let at = 0; at < id.length; at += 1) hash = (hash * 31 + id.charCodeAt(at)) >>> 0;
  return (hash % 12) * 30;
};

/**
 * @summary A user's face. Decorative: the name stands beside it. Sized by the style of whoever uses it (32px by default).
 * @csspart avatar - The round picture.
 */
export class KefuAvatar extends KefuElement {
  static override properties = { user: { attribute: false }, presence: { type: Boolean }, broken: { state: true } };
  static override styles = [base, styles];

  declare user: User | undefined;
  /** Shows a dot while the user is online. */
  declare presence: boolean;
  /** The picture that could not be loaded. */
  declare private broken: string | undefined;

  constructor() {
    super();
    this.presence = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('user') && this.user) this.style.setProperty('--_hue', String(hueOf(this.user.id)));
  }

  override render(): TemplateResult {
    const { user } = this;
    const name = user?.name;
    return html`<div class="face" part="avatar" aria-hidden="true">
        ${
          user?.avatar && user.avatar !== this.broken
            ? html`<img
                src=${user.avatar}
                alt=""
                loading="lazy"
                decoding="async"
                referrerpolicy="no-referrer"
                @error=${this.#onError}
              />`
            : name
              ? initials(name)
              : personIcon
        }
      </div>
      ${this.presence && user?.online ? html`<span class="online"></span>` : nothing}`;
  }

  #onError(): void {
    this.broken = this.user?.avatar;
  }
}
