// A button in a message: a quick reply, or a way to a page.
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Span } from '../../protocol/drafty.ts';
import { answerContent, choiceOf } from '../../protocol/form.ts';
import { SendRequestEvent } from '../request-events.ts';
import type { ContentContext } from './context.ts';

/** The page gets what was chosen, and nothing of who chose it. */
const pageOf = (span: Span, href: string, seqid: number | undefined): string => {
  const { name, value } = choiceOf(span);
  const url = new URL(href);
  if (name !== undefined) url.searchParams.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  if (seqid !== undefined) url.searchParams.set('seq', String(seqid));
  return url.href;
};

export const renderButton = (span: Span, { message, answered, ask }: ContentContext): TemplateResult => {
  const { seqid, own } = message;
  const { text, href } = span;
  if (href !== undefined)
    return html`<a
      class="choice"
      part="quick-reply"
      href=${pageOf(span, href, seqid)}
      target="_blank"
      rel="noopener noreferrer"
      >${text}</a
    >`;
  const choose = (): void => {
    if (seqid !== undefined) ask(new SendRequestEvent(answerContent(seqid, text, choiceOf(span))));
  };
  const may = !own && !answered && seqid !== undefined && span.data['act'] === 'pub';
  return html`<button class="choice" part="quick-reply" type="button" ?disabled=${!may} @click=${choose}>
    ${text}
  </button>`;
};
