// The chat window: header, state of the link, messages, composer of one conversation.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Conversation, ConversationInfo, LinkStatus, MessageList, User } from '../sdk/app/model.ts';
import { base } from '../ui/base.styles.ts';
import type { Resolve } from '../ui/content/context.ts';
import { Observe } from '../ui/controllers/observe.ts';
import { NO_DRAFT } from '../ui/draft.ts';
import type { Draft, Offer } from '../ui/draft.ts';
import { chatIcon, closeIcon } from '../ui/icons.ts';
import { addMore } from '../ui/add-more.ts';
import { KefuElement } from '../ui/kefu-element.ts';
import { MESSAGE_PARTS } from '../ui/kefu-message-list.ts';
import { windowStyles } from './kefu-window.styles.ts';

/** What the elements inside let a page style. */
export const PARTS = `header, title, status, close, list, log, day, date, unread, missing, greeting, jump, ${MESSAGE_PARTS}, typing, offer, offer-send, target, emoji, emoji-button, attach, record, composer, box, input, send`;

/**
 * @summary One conversation to read and write in; above it who answers and whether they are there.
 * @fires kefu-close-request - the visitor is done with the window
 * @csspart header - the top of the window
 * @csspart title - the name of the agent, the heading while there is none
 * @csspart status - the line below it
 * @csspart close - the close button
 * @csspart list - the messages
 * @csspart date - the day of the messages that are seen, while one scrolls
 * @csspart offer - the card that the page offers to send; `offer-send` is its button
 * @csspart target - what the text answers or replaces
 * @csspart attach - the button that brings files; also `record`, `emoji-button` and `emoji`
 * @csspart composer - the place to write
 */
export class KefuWindow extends KefuElement {
  static override properties = {
    conversation: { attribute: false },
    link: { attribute: false },
    heading: {},
    greeting: {},
    placeholder: {},
    draft: { attribute: false },
    offer: { attribute: false },
    closable: { type: Boolean },
  };
  static override styles = [base, windowStyles];

  /** Undefined until the visitor has opened the chat. */
  declare conversation: Conversation | undefined;
  declare link: LinkStatus | undefined;
  declare heading: string;
  declare greeting: string;
  declare placeholder: string;
  declare draft: Draft;
  /** A card that the page offers to send. */
  declare offer: Offer | undefined;
  declare closable: boolean;
  readonly #messages = new Observe<MessageList>(this);
  readonly #info = new Observe<ConversationInfo>(this);
  readonly #typing = new Observe<readonly User[]>(this);
  readonly #links = new Observe<Resolve>(this);
  #hasMore = false;

  constructor() {
    super();
    this.heading = '';
    this.greeting = '';
    this.placeholder = '';
    this.draft = NO_DRAFT;
    this.closable = false;
  }

  override willUpdate(): void {
    const { conversation } = this;
    this.#messages.source = conversation?.messages$;
    this.#info.source = conversation?.info$;
    this.#typing.source = conversation?.typing$;
    this.#links.source = conversation?.resolve$;
  }

  protected override updated(): void {
    if (!this.conversation || this.#hasMore) return;
    this.#hasMore = true;
    addMore(this);
  }

  override render(): TemplateResult {
    const { words } = this;
    return html`
      ${this.#renderHeader()}
      <kefu-link-banner .link=${this.link} .strings=${words}></kefu-link-banner>
      <kefu-message-list
        part="list"
        exportparts=${PARTS}
        .messages=${this.#messages.value}
        .typing=${this.#typing.value ?? []}
        .user=${this.#userOf}
        .greeting=${this.greeting}
        .resolve=${this.#links.value}
        .strings=${words}
      ></kefu-message-list>
      <kefu-composer
        part="composer"
        exportparts=${PARTS}
        .value=${this.draft.text}
        .target=${this.draft.target}
        .placeholder=${this.placeholder}
        .strings=${words}
      ></kefu-composer>
    `;
  }

  /** The composer is there to be focused. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const done = await super.getUpdateComplete();
    await this.renderRoot.querySelector('kefu-composer')?.updateComplete;
    return done;
  }

  /** Moves the focus to where the visitor writes. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('kefu-composer')?.focus(options);
  }

  /** The window has come into sight: the list looks again at what can be seen. */
  look(): void {
    this.renderRoot.querySelector('kefu-message-list')?.requestUpdate();
  }

  #renderHeader(): TemplateResult {
    const { words } = this;
    const { agent, phase } = this.#info.value ?? {};
    const heading = this.heading || words.heading;
    const presence = agent?.online ? words.online : words.away;
    const status = agent
      ? `${presence} · ${heading}`
      : phase === 'queued'
        ? words.waitingForAgent
        : phase === 'resolved'
          ? words.closedHint
          : '';
    return html`<div class="head" part="header">
      ${
        agent
          ? html`<kefu-avatar presence exportparts="avatar" .user=${agent} .strings=${words}></kefu-avatar>`
          : html`<span class="sign">${chatIcon}</span>`
      }
      <div class="who">
        <h2 part="title">${agent ? (agent.name ?? words.nameless) : heading}</h2>
        <p part="status">${status}</p>
      </div>
      ${
        this.closable
          ? html`<button type="button" part="close" aria-label=${words.closeChat} @click=${this.#requestClose}>
              ${closeIcon}
            </button>`
          : nothing
      }
    </div>`;
  }

  #requestClose(): void {
    this.dispatchEvent(new Event('kefu-close-request'));
  }

  readonly #userOf = (id: string): User | undefined => this.conversation?.user(id);
}
