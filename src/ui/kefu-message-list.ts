// The messages of a conversation: a log of which only the rows near the viewport exist.
import { html, nothing, render } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { isNotice } from '../protocol/content.ts';
import { answeredBy, isSingleUse } from '../protocol/form.ts';
import type { Message, MessageList, User } from '../sdk/app/model.ts';
import { base } from './base.styles.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { Resolve } from './content/context.ts';
import { noticeOf } from './content/notice.ts';
import { News } from './controllers/news.ts';
import { ReadingPlace } from './controllers/reading-place.ts';
import { MOST, RowWindow } from './controllers/row-window.ts';
import { UnreadLine } from './controllers/unread-line.ts';
import { arrowDownIcon } from './icons.ts';
import { plural } from './i18n/plural.ts';
import type { Strings } from './i18n/strings.ts';
import { KefuElement } from './kefu-element.ts';
import type { KefuMessage } from './kefu-message.ts';
import { messageListStyles } from './kefu-message-list.styles.ts';
import { LoadOlderRequestEvent, ReadEvent } from './request-events.ts';
import type { JumpRequestEvent } from './request-events.ts';
import { dayNumber, dayText } from './time.ts';

/** So near to the end counts as being there. */
const END_PX = 24;
/** Rows are made, and older messages asked for, this long before the reader gets there. */
const EDGE_PX = 700;
/** From here the way back is offered. */
const AWAY_PX = 400;
const GROUP_MS = 5 * 60_000;
/** A scroll that has been still for this long is over. */
const IDLE_MS = 150;
/** A message that was looked for is lit up for so long. */
const LIT_MS = 1_600;
/** So many messages after a form its answer is looked for. */
const ANSWER_WITHIN = 200;

/** What a message lets a page style. */
export const MESSAGE_PARTS =
  'bubble, own, failed, avatar, name, time, receipt, read, delivered, retry, link, system, card, cards, card-media, quick-reply, media, file, upload';

/** Messages never change: their days are worked out once. */
const days = new WeakMap<Message, number>();

const dayOf = (message: Message): number => {
  let day = days.get(message);
  if (day === undefined) days.set(message, (day = dayNumber(message.at)));
  return day;
};

const isGrouped = (a: Message | undefined, b: Message | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  !isNotice(a) &&
  !isNotice(b) &&
  a.own === b.own &&
  a.from === b.from &&
  Math.abs(b.at - a.at) < GROUP_MS &&
  dayOf(a) === dayOf(b);

/** The message has a form that can be answered once, and was: the answer is looked for among those that follow. */
const isAnswered = (list: MessageList, { content, seqid }: Message, index: number): boolean => {
  if (!isSingleUse(content)) return false;
  for (let next = index + 1; next <= index + ANSWER_WITHIN && next < list.length; next += 1) {
    const answer = list.at(next);
    if (answer?.own && answeredBy(answer.content) === seqid) return true;
  }
  return false;
};

/**
 * @summary The messages of one conversation. Give it a height; it scrolls inside.
 * @fires kefu-load-older-request - The reader comes near the oldest message and the server has more.
 * @fires kefu-read - The newest message is on the screen of a visible, focused page.
 * @fires kefu-arrived - `detail` are messages of others that have come. Neither bubbles nor leaves: for who announces them.
 * @fires kefu-jump-request - The reader wants to see a message that is not here.
 * @fires kefu-send-request - From a message.
 * @fires kefu-media-request - From a message.
 * @fires kefu-retry-request - From a message.
 * @fires kefu-discard-request - From a message.
 * @csspart day - The name of a day between messages.
 * @csspart unread - Stands above what is new to the reader.
 * @csspart missing - Stands where messages are not here yet.
 * @csspart greeting - The first bubble, which is no message.
 * @csspart jump - The way back to the newest message.
 */
export class KefuMessageList extends KefuElement {
  static override properties = {
    messages: { attribute: false },
    user: { attribute: false },
    typing: { attribute: false },
    greeting: {},
    resolve: { attribute: false },
    away: { state: true },
  };
  static override styles = [base, messageListStyles];

  declare messages: MessageList | undefined;
  /** Who a user id is; also asked for the sender's name and picture. */
  declare user: (id: string) => User | undefined;
  declare typing: readonly User[];
  /** Stands above the first message of a conversation, and alone where there is none. */
  declare greeting: string;
  /** Where the files are that messages refer to. */
  declare resolve: Resolve | undefined;
  /** True while the end is out of sight. */
  declare private away: boolean;
  /** Set before the element is connected. */
  clock: Clock = systemClock;

  readonly #window = new RowWindow();
  /** The boxes of the rows, by the key of the message. */
  readonly #boxes = new Map<string, HTMLElement>();
  #place: ReadingPlace | undefined;
  #scroller: HTMLElement | undefined;
  readonly #resizes = new ResizeObserver((entries) => this.#onResize(entries));
  /** Resolves when the rows of the last change are in place; undefined when they are. */
  #settling: Promise<void> | undefined;
  #toEnd = true;
  #scrolling = false;
  #stopIdle: (() => void) | undefined;

  #news = new News();
  #unreadLine = new UnreadLine();
  /** Newest seqid of somebody else that was reported as read. */
  #readSeq = 0;
  #newestOwnKey = '';
  /** Key of the message that is to be seen after the next update. */
  #target = '';
  #unseen = 0;
  #askedFor = '';
  #mayAskAgain = false;
  /** Keys of rows that come in with a little movement. */
  readonly #entering = new Set<string>();

  constructor() {
    super();
    this.user = () => undefined;
    this.typing = [];
    this.greeting = '';
    this.away = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#reportRead);
    globalThis.addEventListener('focus', this.#reportRead);
    if (this.#scroller) {
      this.#watch();
      this.requestUpdate();
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#reportRead);
    globalThis.removeEventListener('focus', this.#reportRead);
    this.#resizes.disconnect();
    this.#stopIdle?.();
    this.#scrolling = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // the scroll event may be yet to come
    if (!this.#settling && !this.#isScrolledToEnd()) this.#toEnd = false;
    const list = this.messages;
    if (list && changed.has('messages')) this.#follow(list);
    if (!this.#settling && !this.#toEnd) this.#place?.remember();
  }

  protected override firstUpdated(): void {
    const [scroller, box] = this.renderRoot.querySelectorAll<HTMLElement>('.scroller, .messages');
    if (!scroller || !box) return;
    this.#scroller = scroller;
    this.#place = new ReadingPlace(scroller, () => this.#rows(), box);
    this.#watch();
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    this.#renderRows();
    this.#settling ??= this.#settle();
  }

  protected override async getUpdateComplete(): Promise<boolean> {
    const done = await super.getUpdateComplete();
    await this.#settling;
    return done;
  }

  override render(): TemplateResult {
    const words = this.words;
    return html`<div
        class="scroller"
        part="log"
        role="log"
        aria-live="off"
        aria-label=${words.messages}
        tabindex="0"
        @scroll=${this.#onScroll}
        @kefu-jump-request=${this.#onJumpRequest}
        @keydown=${this.#onKeydown}
      >
        <div class="rows">
          ${this.#renderTop(words)}
          <div class="messages"></div>
          <kefu-typing exportparts="typing" .users=${this.typing} .strings=${words}></kefu-typing>
        </div>
      </div>
      ${this.away ? this.#renderJump(words) : nothing}
      <div class="sr" role="status"></div>`;
  }

  /** Shows the newest message. */
  jumpToNewest(): void {
    const { messages } = this;
    const scroller = this.#scroller;
    if (!messages || !scroller) return;
    const near = !this.#isTailAway() && -scroller.scrollTop < 3 * scroller.clientHeight;
    if (near && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
      scroller.scrollTo({ top: 0, behavior: 'smooth' });
      return;
    }
    if (this.#isTailAway()) this.#window.toEnd(messages);
    this.#toEnd = true;
    scroller.scrollTop = 0;
    this.requestUpdate();
  }

  /** Brings the message with this seqid into the middle of the view. False when it is not here. */
  jumpTo(seqid: number): boolean {
    const { messages } = this;
    const index = messages?.indexOfSeqid(seqid) ?? -1;
    const message = messages?.at(index);
    if (!messages || !message) return false;
    if (index < this.#window.start || index >= this.#window.end) this.#window.around(messages, index);
    this.#toEnd = false;
    this.#target = message.key;
    this.requestUpdate();
    return true;
  }

  #renderTop(words: Strings): TemplateResult | typeof nothing {
    const { messages } = this;
    if (messages && (this.#window.start > 0 || messages.hasOlder)) {
      // one height in all three cases, so that nothing moves when it changes
      return html`<div class="older">
        ${
          this.#window.start > 0
            ? nothing
            : messages.loadingOlder
              ? html`<span class="spinner"></span><span class="sr">${words.loadingOlder}</span>`
              : html`<button type="button" @click=${this.#requestOlder}>${words.loadOlder}</button>`
        }
      </div>`;
    }
    return this.greeting
      ? html`<div class="greeting" part="greeting">
          <kefu-avatar exportparts="avatar"></kefu-avatar>
          <p dir="auto">${this.greeting}</p>
        </div>`
      : nothing;
  }

  /** Each message of the window has a box of its own. What stays in the window is neither made anew nor moved. */
  #renderRows(): void {
    const { messages, words } = this;
    const boxes = this.#boxes;
    const { start, end } = this.#window;
    const parent = this.renderRoot.querySelector('.messages');
    for (const [key, box] of boxes) {
      const index = messages?.indexOf(key) ?? -1;
      if (index >= start && index < end) continue;
      box.remove();
      boxes.delete(key);
    }
    let next: Element | null = null;
    for (let index = end - 1; index >= start; index -= 1) {
      const message = messages?.at(index);
      if (!messages || !message) continue;
      const box: HTMLElement = boxes.get(message.key) ?? document.createElement('div');
      boxes.set(message.key, box);
      render(this.#renderRow(messages, message, index, words), box);
      if (box.parentNode !== parent || box.nextSibling !== next) parent?.insertBefore(box, next);
      next = box;
    }
  }

  #renderRow(list: MessageList, message: Message, index: number, words: Strings): TemplateResult {
    const before = index > 0 ? list.at(index - 1) : undefined;
    const newDay = !before || dayOf(before) !== dayOf(message);
    return html`${
        newDay ? html`<div class="day" part="day">${dayText(words.lang, message.at, this.clock.now())}</div>` : nothing
      }${
        list.isMissingBefore(index)
          ? html`<div class="missing" part="missing"><span class="spinner"></span>${words.missing}</div>`
          : nothing
      }${
        this.#unreadLine.isBetween(before, message)
          ? html`<div class="unread" part="unread">${words.unreadLine}</div>`
          : nothing
      }<kefu-message
        exportparts=${MESSAGE_PARTS}
        .clock=${this.clock}
        .message=${message}
        .state=${list.stateOf(message)}
        .sender=${message.from === undefined ? undefined : this.user(message.from)}
        .first=${!isGrouped(before, message)}
        .last=${!isGrouped(message, list.at(index + 1))}
        .notice=${noticeOf(message, this.user, words)}
        .answered=${isAnswered(list, message, index)}
        .resolve=${this.resolve}
        .strings=${words}
      ></kefu-message>`;
  }

  #renderJump(words: Strings): TemplateResult {
    return this.#unseen > 0
      ? html`<button class="jump new" part="jump" type="button" @click=${this.jumpToNewest}>
          ${plural(words.lang, words.newMessages, this.#unseen)}${arrowDownIcon}
        </button>`
      : html`<button
          class="jump"
          part="jump"
          type="button"
          aria-label=${words.jumpToNewest}
          title=${words.jumpToNewest}
          @click=${this.jumpToNewest}
        >
          ${arrowDownIcon}
        </button>`;
  }

  #rows(): NodeListOf<KefuMessage> {
    return this.renderRoot.querySelectorAll('kefu-message');
  }

  /** The list has changed: moves the window with it, and sees what is new. */
  #follow(list: MessageList): void {
    if (this.#window.isForeign(list)) this.#startOver();
    const first = this.#news.isFirst;
    const newest = list.at(list.length - 1);
    const ownSend = newest?.own === true && newest.seqid === undefined && newest.key !== this.#newestOwnKey;
    const isSeen = this.#toEnd && this.#isSeen();
    const wasRead = this.#news.othersSeq <= this.#readSeq;
    this.#toEnd ||= first || ownSend;
    const arrived = this.#news.take(list);
    if (ownSend) this.#unreadLine.remove();
    if (first) this.#unreadLine.begin(list);
    else {
      this.#unreadLine.arrived(arrived, isSeen, wasRead);
      if (ownSend) this.#entering.add(newest.key);
      if (this.#toEnd) for (const message of arrived) this.#entering.add(message.key);
      else this.#unseen += arrived.filter((message) => !isNotice(message)).length;
      if (arrived.length > 0) this.dispatchEvent(new CustomEvent('kefu-arrived', { detail: arrived }));
    }
    if (newest?.own) this.#newestOwnKey = newest.key;
    if (ownSend && this.#window.end < list.length - 1) this.#window.toEnd(list);
    else this.#followWindow(list);
  }

  #followWindow(list: MessageList): void {
    const window = this.#window;
    const atTop = window.start === 0 && window.size > 0;
    window.follow(list, this.#toEnd);
    // in the same update: the first row loses name and day to those above it, and the scroller must not end there
    if (atTop && window.start > 0 && !this.#toEnd) window.growUp(list);
  }

  /** Another conversation. */
  #startOver(): void {
    this.#window.start = this.#window.end = 0;
    this.#news = new News();
    this.#unreadLine = new UnreadLine();
    this.#readSeq = this.#unseen = 0;
    this.#newestOwnKey = this.#askedFor = '';
    this.#toEnd = true;
    this.away = false;
    this.#place?.forget();
  }

  /** After the rows have rendered and before the frame is painted: puts the reader back. */
  async #settle(): Promise<void> {
    // at least one turn, so that the caller has noted that this goes on
    do await Promise.all(this.#pendingRows());
    while (this.#pendingRows().length > 0);
    this.#settling = undefined;
    const scroller = this.#scroller;
    const place = this.#place;
    if (!scroller || !place || !this.isConnected) return;
    if (this.#toEnd) {
      place.forget();
      if (scroller.scrollTop !== 0) scroller.scrollTop = 0;
    } else if (this.#target) {
      place.forget();
      this.#show(this.#target);
      this.#target = '';
    } else {
      place.restore(this.#isTailAway());
    }
    this.#enter();
    this.#look();
  }

  /** Scrolls the row into the middle, and lets it light up. */
  #show(key: string): void {
    const scroller = this.#scroller;
    const box = this.#boxes.get(key);
    if (!scroller || !box) return;
    const [row, view] = [box.getBoundingClientRect(), scroller.getBoundingClientRect()];
    scroller.scrollTop += (row.top + row.bottom - view.top - view.bottom) / 2;
    box.animate({ backgroundColor: ['var(--_lit)', 'transparent'] }, LIT_MS);
  }

  #pendingRows(): readonly Promise<boolean>[] {
    // rows that were never in the page do not render
    if (!this.isConnected) return [];
    return Array.from(this.#rows())
      .filter((row) => row.isUpdatePending)
      .map((row) => row.updateComplete);
  }

  #enter(): void {
    if (this.#entering.size === 0) return;
    const rows = this.#rows();
    for (let index = rows.length - 1; index >= 0 && this.#entering.size > 0; index -= 1) {
      const row = rows[index];
      if (row?.message && this.#entering.delete(row.message.key)) row.classList.add('enter');
    }
    this.#entering.clear();
  }

  /** Looks where the reader is now: makes rows, asks for older messages, reports what was read. */
  #look(): void {
    const { messages } = this;
    const scroller = this.#scroller;
    const place = this.#place;
    if (!scroller || !place) return;
    this.#toEnd = !this.#isTailAway() && this.#isScrolledToEnd();
    if (this.#toEnd) {
      this.#unseen = 0;
      place.forget();
    } else {
      place.remember();
    }
    const above = scroller.scrollHeight - scroller.clientHeight + scroller.scrollTop;
    const below = -scroller.scrollTop - place.room;
    this.away = !this.#toEnd && (this.#unseen > 0 || below > AWAY_PX || this.#isTailAway());
    if (!messages || scroller.clientHeight === 0) return;
    this.#moveWindow(messages, above, below);
    if (above < EDGE_PX && this.#window.start === 0) this.#askForOlder(messages);
    this.#reportRead();
  }

  #moveWindow(list: MessageList, above: number, below: number): void {
    const window = this.#window;
    const { start, end } = window;
    if (above < EDGE_PX && start > 0) window.growUp(list);
    if (below < EDGE_PX && end < list.length) window.growDown(list);
    if (window.size > MOST) window.trim(list, above > below ? 'top' : 'bottom');
    if (window.start !== start || window.end !== end) this.requestUpdate();
  }

  /** Once per oldest message; the next scroll asks again, should the last request have come to nothing. */
  #askForOlder(list: MessageList): void {
    const oldest = list.at(0)?.key ?? '';
    if (!list.hasOlder || list.loadingOlder || (oldest === this.#askedFor && !this.#mayAskAgain)) return;
    this.#mayAskAgain = false;
    this.#askedFor = oldest;
    this.#requestOlder();
  }

  #requestOlder(): void {
    this.dispatchEvent(new LoadOlderRequestEvent());
  }

  readonly #reportRead = (): void => {
    const { othersSeq } = this.#news;
    if (othersSeq <= this.#readSeq || !this.#toEnd || !this.#isSeen()) return;
    this.#readSeq = othersSeq;
    this.dispatchEvent(new ReadEvent());
  };

  #isSeen(): boolean {
    const scroller = this.#scroller;
    return (
      scroller !== undefined &&
      scroller.clientHeight > 0 &&
      getComputedStyle(this).visibility === 'visible' &&
      document.visibilityState === 'visible' &&
      document.hasFocus()
    );
  }

  #isScrolledToEnd(): boolean {
    return !this.#scroller || this.#scroller.scrollTop > -END_PX;
  }

  #isTailAway(): boolean {
    return this.#window.end < (this.messages?.length ?? 0);
  }

  #watch(): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    this.#resizes.observe(scroller);
    if (scroller.firstElementChild) this.#resizes.observe(scroller.firstElementChild);
  }

  #onResize(entries: readonly ResizeObserverEntry[]): void {
    if (this.#settling) return;
    if (entries.some((entry) => entry.target !== this.#scroller) && !this.#toEnd)
      this.#place?.restore(this.#isTailAway());
    this.#look();
  }

  #onScroll(): void {
    this.#mayAskAgain ||= !this.#scrolling;
    this.#scrolling = true;
    this.#stopIdle?.();
    this.#stopIdle = this.clock.after(IDLE_MS, () => {
      this.#scrolling = false;
      this.#look();
    });
    if (!this.#settling) this.#look();
  }

  async #onJumpRequest(event: JumpRequestEvent): Promise<void> {
    if (this.jumpTo(event.seqid)) {
      event.stopPropagation();
      return;
    }
    // the face hears of it after this
    await Promise.resolve();
    await event.loading;
    this.jumpTo(event.seqid);
  }

  #onKeydown(event: KeyboardEvent): void {
    if (event.key === 'End' && this.#isTailAway()) {
      event.preventDefault();
      this.jumpToNewest();
    }
  }
}

declare global {
  interface HTMLElementEventMap {
    'kefu-arrived': CustomEvent<readonly Message[]>;
  }
}
