// One message of the log: bubble, time, state, and what to do when it can't be sent.
import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { readDrafty } from '../protocol/drafty.ts';
import type { Node } from '../protocol/drafty.ts';
import type { Message, MessageState, User } from '../sdk/app/model.ts';
import { base } from './base.styles.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { isBare, renderNodes } from './content/content.ts';
import type { Resolve } from './content/context.ts';
import { contentStyles } from './content/content.styles.ts';
import { isFewEmoji } from './emoji.ts';
import { alertIcon, checkIcon, clockIcon, doubleCheckIcon } from './icons.ts';
import { fill } from './i18n/plural.ts';
import type { Strings } from './i18n/strings.ts';
import { KefuElement } from './kefu-element.ts';
import { messageStyles } from './kefu-message.styles.ts';
import { DiscardRequestEvent, RetryRequestEvent } from './request-events.ts';
import { timeText } from './time.ts';

/** Until then a message on its way looks like a sent one: most are, and a clock that flashes only worries. */
const CLOCK_AFTER_MS = 300;
/** From then on it says that it waits for the network. */
const WAITING_AFTER_MS = 10_000;

const isPending = (state: MessageState): boolean =>
  state === 'draft' || state === 'queued' || state === 'uploading' || state === 'sending';

const isFailed = (state: MessageState): boolean => state === 'refused' || state === 'expired';

/** How long a pending message may go on before it looks different; undefined when it won't. */
const nextLookMs = (ageMs: number): number | undefined =>
  ageMs < CLOCK_AFTER_MS ? CLOCK_AFTER_MS - ageMs : ageMs < WAITING_AFTER_MS ? WAITING_AFTER_MS - ageMs : undefined;

/**
 * @summary One message.
 * @fires kefu-send-request - The user has chosen a button in it.
 * @fires kefu-jump-request - The user wants to see what it answers.
 * @fires kefu-media-request - The user wants to see an image, or to have a file.
 * @fires kefu-retry-request - The user wants an expired message to be sent again.
 * @fires kefu-discard-request - The user wants a refused or expired message to be gone.
 * @csspart bubble - The bubble; also `own` or `failed`.
 * @csspart avatar - The sender's picture.
 * @csspart name - The sender's name.
 * @csspart time - The time in the bubble.
 * @csspart receipt - The state of an own message in the bubble; also `delivered` or `read`.
 * @csspart retry - The buttons under a message that was not sent.
 * @csspart link - A link in the text.
 * @csspart system - A line in place of a message.
 * @csspart card - A product or order; also `cards` for several, `card-media` for its picture.
 * @csspart quick-reply - A button in the message.
 * @csspart media - An image, video or voice message.
 * @csspart file - A file.
 * @csspart upload - How far the file of an own message is; calls it off.
 */
export class KefuMessage extends KefuElement {
  static override properties = {
    message: { attribute: false },
    state: { attribute: false },
    sender: { attribute: false },
    first: { attribute: false },
    last: { attribute: false },
    notice: { attribute: false },
    answered: { attribute: false },
    resolve: { attribute: false },
  };
  static override styles = [base, messageStyles, contentStyles];

  declare message: Message | undefined;
  /** What to show for it, receipts included. */
  declare state: MessageState | undefined;
  declare sender: User | undefined;
  /** First and last of a group by the same sender. */
  declare first: boolean;
  declare last: boolean;
  /** Shown as a line in place of the message. */
  declare notice: string | undefined;
  /** A form in it was answered, and can be answered once only. */
  declare answered: boolean;
  /** Where the files are that the message refers to. */
  declare resolve: Resolve | undefined;
  /** Set before the element is connected. */
  clock: Clock = systemClock;
  #stopWaiting: (() => void) | undefined;

  constructor() {
    super();
    this.first = true;
    this.last = true;
    this.answered = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopWaiting?.();
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    this.#stopWaiting?.();
    const { message } = this;
    const waitMs = message && isPending(this.#shownState(message)) ? nextLookMs(this.#ageMs(message)) : undefined;
    if (waitMs !== undefined) this.#stopWaiting = this.clock.after(waitMs, () => this.requestUpdate());
  }

  override render(): TemplateResult | typeof nothing {
    const { message, words, first, last, notice } = this;
    if (!message) return nothing;
    if (notice !== undefined) return html`<div class="notice" part="system" dir="auto">${notice}</div>`;
    const { own } = message;
    const state = this.#shownState(message);
    const failed = own && isFailed(state);
    const nodes = readDrafty((message.edit ?? message).content);
    const [text] = nodes;
    const looks =
      typeof text === 'string' && nodes.length === 1 && isFewEmoji(text) ? 'emoji' : isBare(nodes) ? 'bare' : '';
    const kind = `${own ? 'own' : ''} ${failed ? 'failed' : ''} ${looks}`;
    return html`<div class="row ${kind} ${first ? 'first' : ''}">
      ${
        own
          ? isPending(state) && this.#ageMs(message) >= WAITING_AFTER_MS
            ? html`<span class="waiting">${message.volatile ? words.stateVolatile : words.stateWaiting}</span>`
            : nothing
          : last
            ? html`<kefu-avatar exportparts="avatar" .user=${this.sender}></kefu-avatar>`
            : html`<span class="gap"></span>`
      }
      <div class="stack">
        ${first ? this.#renderName(words, own) : nothing}
        <div class="bubble" part="bubble ${kind}" dir="auto">
          ${this.#renderContent(message, nodes, words)}<span class="meta"
            >${message.edit ? words.edited : nothing}
            <time part="time" dir="auto" datetime=${new Date(message.at).toISOString()}
              >${timeText(words.lang, message.at)}</time
            >${own && !failed ? this.#renderTick(message, state, words) : nothing}
          </span>
        </div>
        ${failed ? this.#renderFailure(message.edit ?? message, state, words) : nothing}
      </div>
    </div>`;
  }

  #renderName(words: Strings, own: boolean): TemplateResult {
    return own
      ? html`<span class="sr">${words.you}</span>`
      : html`<div class="name" part="name" dir="auto">${this.sender?.name ?? words.nameless}</div>`;
  }

  #renderContent(message: Message, nodes: readonly Node[], words: Strings): TemplateResult {
    if (nodes.length === 0) return html`<span class="odd">${words.unsupported}</span>`;
    const { resolve, answered } = this;
    const ask = (event: Event): boolean => this.dispatchEvent(event);
    return html`<span class="text">${renderNodes(nodes, { message, words, resolve, answered, ask })}</span>`;
  }

  #renderTick(message: Message, state: MessageState, words: Strings): TemplateResult {
    if (state === 'delivered' || state === 'read') {
      return html`<span class="tick ${state}" part="receipt ${state}"
        >${doubleCheckIcon}<span class="sr">${state === 'read' ? words.stateRead : words.stateDelivered}</span></span
      >`;
    }
    if (!isPending(state)) {
      return html`<span class="tick" part="receipt">${checkIcon}<span class="sr">${words.stateSent}</span></span>`;
    }
    const ageMs = this.#ageMs(message);
    if (ageMs < CLOCK_AFTER_MS) return html`<span class="tick clock"></span>`;
    // Who waits says so beside the bubble.
    const word = ageMs < WAITING_AFTER_MS ? html`<span class="sr">${words.stateSending}</span>` : nothing;
    return html`<span class="tick clock" part="receipt">${clockIcon}${word}</span>`;
  }

  #renderFailure(message: Message, state: MessageState, words: Strings): TemplateResult {
    const { reason } = message;
    const refused = reason
      ? fill(words.refusedBecause, { reason: words.reasons[reason] ?? reason })
      : words.stateRefused;
    return html`<div class="failure" part="retry">
      ${alertIcon}
      <span>${state === 'expired' ? words.stateExpired : refused}</span>
      ${
        state === 'expired'
          ? html`<button type="button" @click=${() => this.dispatchEvent(new RetryRequestEvent(message.key))}>
              ${words.retry}
            </button>`
          : nothing
      }
      <button type="button" @click=${() => this.dispatchEvent(new DiscardRequestEvent(message.key))}>
        ${words.discard}
      </button>
    </div>`;
  }

  #shownState({ edit, state }: Message): MessageState {
    return edit && edit.seqid === undefined ? edit.state : (this.state ?? state);
  }

  #ageMs(message: Message): number {
    return this.clock.now() - message.at;
  }
}
