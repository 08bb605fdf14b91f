// What the page offers to send: a product or an order, above the text field, with one tap.
import { cardContent } from '../../protocol/card.ts';
import type { Card } from '../../protocol/card.ts';
import { DRAFTY_MIME } from '../../protocol/drafty.ts';
import type { Offer } from '../draft.ts';
import { fill } from '../i18n/plural.ts';
import { attachTools } from './attach-tools.ts';
import { CROSS, element, iconButton } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { moreStrings } from './strings.ts';

/** The card with its addresses in full: they are those of the page. */
const withAddresses = (card: Card): Card => {
  const full = (address: string): string => {
    try {
      return new URL(address, document.baseURI).href;
    } catch {
      return '';
    }
  };
  const { picture, url } = card;
  return { ...card, ...(picture && { picture: full(picture) }), ...(url && { url: full(url) }) };
};

export const attachOffer = (host: MoreHost): void => {
  attachTools(host, undefined, (composer) => {
    const words = moreStrings(host.strings?.lang ?? '');
    const bar = element('div', { className: 'offer', slot: 'above', hidden: true });
    bar.setAttribute('part', 'offer');
    let shown: Offer | undefined;
    const show = ({ kind, card }: Offer): void => {
      const given = withAddresses(card);
      const content = cardContent(kind, given);
      bar.hidden = content === undefined;
      if (content === undefined) return;
      const end = (): void => {
        bar.hidden = true;
        composer.focus();
      };
      const send = element('button', { type: 'button', className: 'send' }, words.sendCard);
      send.setAttribute('part', 'offer-send');
      send.onclick = () => {
        host.conversation?.send(content, { mime: DRAFTY_MIME });
        end();
      };
      const { id, title, price, picture } = given;
      const name = title ?? (kind === 'order' ? fill(words.order, { id: id ?? '' }) : id);
      bar.replaceChildren(
        ...(picture ? [element('img', { src: picture, alt: '' })] : []),
        element('div', {}, element('b', { dir: 'auto' }, name ?? ''), element('span', { dir: 'auto' }, price ?? '')),
        send,
        iconButton(words.cancel, CROSS, end),
      );
    };
    const hostUpdated = (): void => {
      const { offer } = host;
      if (offer === shown) return;
      shown = offer;
      bar.hidden = true;
      if (offer) show(offer);
    };
    host.addController({ hostUpdated });
    hostUpdated();
    return [bar];
  });
};
