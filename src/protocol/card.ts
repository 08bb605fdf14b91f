// Cards: a product or an order, as a page offers it and as a message carries it. Elsewhere it is its text.
import { pictureOf } from './address.ts';
import type { Span } from './drafty.ts';
import { graphemeLength } from './graphemes.ts';
import type { Json } from './json.ts';

/** Kefu's own entities, by what they are. */
export const CARDS = { product: 'x-kefu-product', order: 'x-kefu-order' } as const;

export type CardKind = keyof typeof CARDS;

export interface Card {
  /** Of the product; without it an order has its number for a title. */
  readonly title?: string;
  /** Number of the order, or whatever names the product in the shop. */
  readonly id?: string;
  /** A line more: a variant, what was ordered. */
  readonly note?: string;
  /** With its currency, as it is to be read: `¥129.00`. Of an order: the total. */
  readonly price?: string;
  /** Of an order: where it stands. */
  readonly status?: string;
  /** Addresses: of a picture, and of the page that a tap opens. */
  readonly picture?: string;
  readonly url?: string;
}

const FIELDS = ['title', 'id', 'note', 'price', 'status', 'picture', 'url'] as const;
/** A picture may be in it, if it is small. */
const FIELD_MOST = 16 * 1_024;

/** Reduced to what a card has, whoever made it. */
const reduced = (value: object): Card => {
  const card: { [K in (typeof FIELDS)[number]]?: string } = {};
  const given: { readonly [key: string]: unknown } = { ...value };
  for (const field of FIELDS) {
    const text = given[field];
    if (typeof text === 'string' && text !== '' && text.length <= FIELD_MOST) card[field] = text;
  }
  return card;
};

/** The content of a message that is the card. Undefined when there is nothing to call it by. */
export const cardContent = (kind: CardKind, value: object): Json | undefined => {
  const card = reduced(value);
  const { title, id, price, url } = card;
  const name = title ?? id;
  if (name === undefined) return undefined;
  const txt = [name, price, url].filter((part) => part !== undefined).join(' · ');
  return { txt, fmt: [{ at: 0, len: graphemeLength(txt), key: 0 }], ent: [{ tp: CARDS[kind], data: { ...card } }] };
};

/** What to show of a card in a message. */
export const cardOf = ({ data, text }: Span): Card => {
  const { picture, ...card } = reduced(data);
  const shown = pictureOf(picture);
  return { ...(card.id === undefined && { title: text }), ...card, ...(shown !== undefined && { picture: shown }) };
};
