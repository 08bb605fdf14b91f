// What a message carries, as it is shown: text with its formats, and blocks in their order.
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Node, Span } from '../../protocol/drafty.ts';
import { linkify } from '../../protocol/linkify.ts';
import { renderButton } from './button.ts';
import { renderCards } from './card.ts';
import type { ContentContext, Rendered } from './context.ts';
import { renderMedia } from './media.ts';
import { renderQuote } from './quote.ts';

const isCard = ({ tp }: Span): boolean => tp.startsWith('x-');

/** Stands on lines of its own. */
const isBlock = (node: Node | undefined): boolean =>
  typeof node === 'object' && (isCard(node) || /^(QQ|IM|VD|AU|EX|FM)$/.test(node.tp));

const isBlank = (node: Node): boolean => (typeof node === 'string' ? node.trim() === '' : node.tp === 'BR');

/** True when there is nothing but pictures and cards, which need no bubble around them. */
export const isBare = (nodes: readonly Node[]): boolean =>
  nodes.length > 0 &&
  nodes.every((node) => isBlank(node) || (typeof node === 'object' && (isCard(node) || node.tp === 'IM')));

export const renderNodes = (nodes: readonly Node[], context: ContentContext): Rendered => {
  const parts: Rendered[] = [];
  let cards: Span[] = [];
  const end = (): void => {
    if (cards.length > 0) parts.push(renderCards(cards, context));
    cards = [];
  };
  for (const [at, node] of nodes.entries()) {
    // what separates blocks in plain text would be empty lines
    if (isBlank(node) && (isBlock(nodes[at - 1]) || isBlock(nodes[at + 1]))) continue;
    if (typeof node === 'object' && isCard(node)) {
      cards.push(node);
      continue;
    }
    end();
    parts.push(renderNode(node, context));
  }
  end();
  return parts;
};

const renderText = (text: string): Rendered =>
  linkify(text).map(({ text: piece, href }) => (href === undefined ? piece : renderLink(piece, href)));

export const renderLink = (content: Rendered, href: string): TemplateResult =>
  html`<a part="link" href=${href} target="_blank" rel="noopener noreferrer">${content}</a>`;

const renderNode = (node: Node, context: ContentContext): Rendered => {
  if (typeof node === 'string') return renderText(node);
  const { tp, nodes, href } = node;
  if (tp === 'BR') return `\n${node.text.slice(1)}`;
  if (tp === 'BN') return renderButton(node, context);
  if (tp === 'QQ') return renderQuote(renderNodes(nodes, context), context);
  if (tp === 'IM' || tp === 'VD' || tp === 'AU' || tp === 'EX') return renderMedia(node, context);
  if (tp === 'LN' && href !== undefined) return renderLink(node.text, href);
  const inner = renderNodes(nodes, context);
  if (tp === 'ST') return html`<b>${inner}</b>`;
  if (tp === 'EM') return html`<i>${inner}</i>`;
  if (tp === 'DL') return html`<s>${inner}</s>`;
  if (tp === 'CO') return html`<code>${inner}</code>`;
  if (tp === 'HL') return html`<mark>${inner}</mark>`;
  if (tp === 'FM') return html`<div class="form" role="group">${inner}</div>`;
  return inner;
};
