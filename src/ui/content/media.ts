// Images, videos, audio and files. What is inside of the message is shown from there, what it refers to by its address.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { pictureOf } from '../../protocol/address.ts';
import type { Span } from '../../protocol/drafty.ts';
import { isAnswer } from '../../protocol/form.ts';
import type { Message } from '../../sdk/app/model.ts';
import { closeIcon, fileIcon } from '../icons.ts';
import { fill } from '../i18n/plural.ts';
import type { Strings } from '../i18n/strings.ts';
import { DiscardRequestEvent, MediaRequestEvent } from '../request-events.ts';
import { sizeText } from '../size-text.ts';
import type { ContentContext, Rendered } from './context.ts';

const textIn = (span: Span, key: string): string | undefined => {
  const value = span.data[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const countIn = (span: Span, key: string): number | undefined => {
  const value = span.data[key];
  return typeof value === 'number' && value > 0 && value < 1e9 ? Math.round(value) : undefined;
};

/** How far the file of an own message is, and the way to call it off. */
const renderUpload = ({ key, upload }: Message, words: Strings, ask: ContentContext['ask']): Rendered => {
  if (!upload) return nothing;
  const percent = Math.round((100 * upload.loaded) / (upload.total || 1));
  return html`<button
    class="upload"
    part="upload"
    type="button"
    aria-label=${fill(words.cancelUpload, { percent: String(percent) })}
    @click=${() => ask(new DiscardRequestEvent(key))}
  >
    ${closeIcon}<svg viewBox="0 0 40 40">
      <circle r="18" cx="20" cy="20" pathLength="100" stroke-dasharray="${percent} 100" />
    </svg>
  </button>`;
};

/** A picture that the document itself contains. */
const inlinePicture = (span: Span, mime: string, value: string): string | undefined =>
  pictureOf(`data:${textIn(span, mime) ?? 'image/jpeg'};base64,${textIn(span, value) ?? ''}`);

export const renderMedia = (span: Span, context: ContentContext): TemplateResult | typeof nothing =>
  isAnswer(span)
    ? nothing
    : html`<span class="frame"
        >${renderFile(span, context)}${renderUpload(context.message, context.words, context.ask)}</span
      >`;

const renderFile = (span: Span, context: ContentContext): TemplateResult => {
  const { words, resolve, ask, message } = context;
  const { tp } = span;
  const ref = textIn(span, 'ref');
  const address = ref === undefined ? undefined : resolve?.(ref);
  const name = textIn(span, 'name');
  const size = countIn(span, 'size');
  const open = (): void => ask(new MediaRequestEvent(message.key, span));
  if (tp === 'IM') {
    const picture = address ?? (span.data['val'] === undefined ? undefined : inlinePicture(span, 'mime', 'val'));
    return html`<button class="media" part="media" type="button" aria-label=${name ?? words.kinds.IM} @click=${open}>
      <img
        src=${picture ?? nothing}
        alt=""
        width=${countIn(span, 'width') ?? nothing}
        height=${countIn(span, 'height') ?? nothing}
        loading="lazy"
        decoding="async"
      />
    </button>`;
  }
  if (tp === 'VD')
    return html`<video
      class="media"
      part="media"
      src=${address ?? nothing}
      poster=${(span.data['preview'] === undefined ? undefined : inlinePicture(span, 'premime', 'preview')) ?? nothing}
      width=${countIn(span, 'width') ?? nothing}
      height=${countIn(span, 'height') ?? nothing}
      aria-label=${name ?? words.kinds.VD}
      controls
      playsinline
      preload="metadata"
    ></video>`;
  if (tp === 'AU')
    // The second file makes a player of it, with the waveform.
    return html`<kefu-voice part="media" lang=${words.lang} .data=${span.data}
      ><audio src=${address ?? nothing} aria-label=${words.kinds.AU} controls preload="none"></audio
    ></kefu-voice>`;
  return html`<button class="file" part="file" type="button" @click=${open}>
    ${fileIcon}
    <span class="about"
      ><b>${name ?? words.kinds.EX}</b
      >${size === undefined ? nothing : html`<span class="note">${sizeText(words.lang, size)}</span>`}</span
    >
  </button>`;
};
