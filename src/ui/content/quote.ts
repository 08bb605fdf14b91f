// A quote: what a message answers. A tap leads there.
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { repliesTo } from '../../protocol/content.ts';
import { JumpRequestEvent } from '../request-events.ts';
import type { ContentContext, Rendered } from './context.ts';

export const renderQuote = (content: Rendered, { message, words, ask }: ContentContext): TemplateResult => {
  const seqid = repliesTo(message.head);
  return seqid === undefined
    ? html`<blockquote dir="auto">${content}</blockquote>`
    : html`<button
        class="quote"
        type="button"
        title=${words.showQuoted}
        @click=${() => ask(new JumpRequestEvent(seqid))}
      >
        <blockquote dir="auto">${content}</blockquote>
      </button>`;
};
