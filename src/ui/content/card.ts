// Product and order cards; several in a row can be leafed through.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { CARDS, cardOf } from '../../protocol/card.ts';
import type { Card } from '../../protocol/card.ts';
import type { Span } from '../../protocol/drafty.ts';
import { fill } from '../i18n/plural.ts';
import type { Strings } from '../i18n/strings.ts';
import type { ContentContext } from './context.ts';

export const renderCards = (spans: readonly Span[], { words }: ContentContext): TemplateResult => {
  const cards = spans.map((span) => renderCard(cardOf(span), span.tp === CARDS.order, span.href, words));
  return cards.length > 1
    ? html`<div class="cards" part="cards" role="group" tabindex="0" aria-label=${words.cards}>${cards}</div>`
    : html`${cards}`;
};

export const renderCard = (card: Card, isOrder: boolean, href: string | undefined, words: Strings): TemplateResult => {
  const { id, title, note, price, status, picture } = card;
  const order = isOrder && id !== undefined ? fill(words.order, { id }) : undefined;
  return html`<a class="card" part="card" href=${href ?? nothing} target="_blank" rel="noopener noreferrer">
    ${picture === undefined ? nothing : html`<img part="card-media" src=${picture} alt="" loading="lazy" />`}
    <span class="about">
      ${order === undefined ? nothing : html`<span class="order">${order}</span>`}
      ${title === undefined ? nothing : html`<b dir="auto">${title}</b>`}
      ${note === undefined ? nothing : html`<span class="note" dir="auto">${note}</span>`}
      <span class="price">${price}${status === undefined ? nothing : html`<span class="status">${status}</span>`}</span>
    </span>
  </a>`;
};
