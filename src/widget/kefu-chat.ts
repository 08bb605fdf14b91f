// <kefu-chat>: the chat on a merchant's page.
import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { Card } from '../protocol/card.ts';
import { subjectOf } from '../protocol/jwt.ts';
import { createClient, hasUnsent } from '../sdk/app/client.ts';
import type { TokenProvider, TokenReason } from '../sdk/app/jwt-login.ts';
import type { Client, ClientEvent, Conversation, LinkStatus, LinkStatusState, Message } from '../sdk/app/model.ts';
import type { ClientOptions } from '../sdk/app/options.ts';
import { base } from '../ui/base.styles.ts';
import { load, ring } from '../ui/add-more.ts';
import { Observe } from '../ui/controllers/observe.ts';
import { NO_DRAFT } from '../ui/draft.ts';
import type { Offer } from '../ui/draft.ts';
import { KefuElement } from '../ui/kefu-element.ts';
import type { KnownVisitor } from '../ui/more/known-visitor.ts';
import {
  DiscardRequestEvent,
  DraftEvent,
  LoadOlderRequestEvent,
  ReadEvent,
  REQUEST_EVENTS,
  RetryRequestEvent,
  SendRequestEvent,
  TypingEvent,
} from '../ui/request-events.ts';
import { tokens } from '../ui/tokens.styles.ts';
import { modeOf, persistOf, serverOf } from './attributes.ts';
import type { Actor, Mode, Persist, Placement, Theme } from './attributes.ts';
import { defineWindow } from './define-window.ts';
import { loadDraft, saveDraft } from './draft-store.ts';
import { HostTheme } from './host-theme.ts';
import { chatStyles } from './kefu-chat.styles.ts';
import { PARTS } from './kefu-window.ts';
import { announce } from './page-events.ts';
import { VERSION } from './version.ts';
import { VisibleArea } from './visible-area.ts';

/** Phones, upright and on their side. */
const SMALL = '(max-width: 480px), (max-height: 420px)';

/** After this long the second file is asked for again. */
const RETRY_AFTER_MS = 3_000;

/** What `send` resolves with. `seq` is undefined when the gateway has taken the message without a number. */
export interface Sent {
  readonly msgid: string | undefined;
  readonly seq: number | undefined;
}

/** A message that will not be sent: why is in `reason`, where the gateway said so. */
export class SendError extends Error {
  readonly reason: string | undefined;
  constructor(reason: string | undefined) {
    super(`The message was not sent${reason ? `: ${reason}` : '.'}`);
    this.name = 'SendError';
    this.reason = reason;
  }
}

type Open = (options?: { readonly text?: string; readonly product?: Card; readonly order?: Card }) => void;

/**
 * @summary The chat of a page: nothing is stored, asked for or connected to before it is opened, or has unsent messages of an earlier page.
 *
 * Attributes may change at any time; only another `server`, `channel` or visitor begins another conversation. The
 * element may be moved within the page. Several are independent of each other.
 *
 * @attr {boolean} no-emoji - no emoji to pick from
 * @attr {boolean} no-upload - the visitor can't send files
 * @attr {string} accept - kinds of files that the visitor may send, as a file input has them
 * @attr {number} max-file-size - of one file, in MiB (20)
 * @attr {number} max-image-edge - larger images are made smaller, in pixels (2048)
 * @fires kefu-ready - {version}
 * @fires kefu-open - {by}
 * @fires kefu-close - {by}
 * @fires kefu-unread - {count}
 * @fires kefu-state - {state, since, stale}
 * @fires kefu-message - {message, own, msgid, seq}
 * @fires kefu-status - {msgid, status, reason}
 * @fires kefu-upload - {msgid, loaded, total}
 * @fires kefu-token-needed - {reason}
 * @slot - shown until the element is there, and when its script is blocked: a link to a contact page
 * @csspart launcher - the round button
 * @csspart window - the chat window
 * @cssprop --kefu-width - of the floating window (400px)
 * @cssprop --kefu-height - of the floating window (704px), of the inline chat (600px)
 * @cssprop --kefu-offset-x - from the side of the page (20px)
 * @cssprop --kefu-offset-y - from the bottom of the page (20px)
 * @cssprop --kefu-launcher-size - of the round button (60px)
 * @cssprop --kefu-z - stacking (2147483000)
 * @cssprop --kefu-safe-bottom - what an app's own bar covers at the bottom (0px)
 */
export class KefuChat extends KefuElement {
  static override properties = {
    server: {},
    channel: {},
    opened: { type: Boolean, attribute: 'open', reflect: true },
    mode: { reflect: true },
    placement: { reflect: true },
    theme: { reflect: true },
    heading: {},
    greeting: {},
    placeholder: {},
    persist: {},
    noSound: { type: Boolean, attribute: 'no-sound' },
    product: { type: Object },
    order: { type: Object },
    token: { attribute: false },
    tokenProvider: { attribute: false },
  };
  static override styles = [base, tokens, chatStyles];

  /** Makes the client, and the sound of a message. Seams for tests, not part of the public interface. */
  static clientFactory: (options: ClientOptions) => Client = createClient;
  static ring: () => void = ring;

  /** The gateway's origin; where the script came from if empty. */
  declare server: string;
  /** Where the page's conversations arrive, as the gateway knows it. */
  declare channel: string;
  /** The attribute `open`. */
  declare opened: boolean;
  /** `float`, `inline` or `full`. */
  declare mode: Mode;
  declare placement: Placement;
  declare theme: Theme;
  /** The title while no agent is there. */
  declare heading: string;
  /** What the visitor reads before the first message. */
  declare greeting: string;
  declare placeholder: string;
  /** What this device keeps of the visitor: `local`, `session` (the life of the tab) or `none`. Read when the chat opens. */
  declare persist: Persist;
  /** The attribute `no-sound`: messages come in silently. */
  declare noSound: boolean;

  /** What the visitor looks at, offered to be sent with one tap. As an attribute: JSON. */
  declare product: Card | null | undefined;
  declare order: Card | null | undefined;

  /**
   * Who the visitor is, signed by the page's own server: a JWT. One for somebody else ends everything of the former at
   * once; another one for the same is for the next login, which is tried at once when one is due.
   */
  declare token: string | undefined;
  /** Gives a fresh token for each login. It is asked once the chat is opened, and may take 5 s. */
  declare tokenProvider: TokenProvider | undefined;
  /** Whom the page names without a token. */
  #user: string | undefined;
  #known: KnownVisitor | undefined;

  #offer: Offer | undefined;
  #client: Client | undefined;
  #conversation: Conversation | undefined;
  #draft = NO_DRAFT;
  #actor: Actor = 'page';
  #focusWanted = false;
  /** The window has been open, so it is there and keeps its place. */
  #visited = false;
  #announcedState: LinkStatusState = 'idle';
  #announcedStale = false;
  #announcedUnread = 0;
  #stopEvents: (() => void) | undefined;
  /** The calls of `send` that still wait for the gateway, by the keys of their messages. */
  readonly #unsettled = new Map<string, (message?: Message) => void>();
  readonly #link = new Observe<LinkStatus>(this, undefined, (link) => this.#announceLink(link));
  readonly #unreadCount = new Observe<number>(this, undefined, (count) => this.#announceUnread(count));
  readonly #hostTheme = new HostTheme(this);
  readonly #area = new VisibleArea(this);
  readonly #small = matchMedia(SMALL);

  constructor() {
    super();
    this.server = '';
    this.channel = '';
    this.opened = false;
    this.mode = 'float';
    this.placement = 'bottom-end';
    this.theme = 'auto';
    this.heading = '';
    this.greeting = '';
    this.placeholder = '';
    this.persist = 'local';
    this.noSound = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#small.addEventListener('change', this.#refresh);
    addEventListener('pagehide', this.#keepDraft);
    document.addEventListener('visibilitychange', this.#keepDraft);
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#small.removeEventListener('change', this.#refresh);
    removeEventListener('pagehide', this.#keepDraft);
    document.removeEventListener('visibilitychange', this.#keepDraft);
    // A move takes the element out and puts it in again within one task.
    setTimeout(() => {
      if (!this.isConnected) this.#release();
    });
  }

  /** What the link to the gateway is doing; `idle` before the chat was opened. */
  get state(): LinkStatusState {
    return this.#link.value?.state ?? 'idle';
  }

  /** Messages that the visitor has not read. */
  get unread(): number {
    return this.#unreadCount.value ?? 0;
  }

  get version(): string {
    return VERSION;
  }

  /**
   * Opens the window. `text` is put into an empty composer, or below what the visitor has typed already; `product` or
   * `order` is offered to be sent. Assigning a boolean is the attribute `open`: what frameworks do with it.
   */
  get open(): Open {
    return ({ text = '', product, order } = {}) => {
      if (product) this.setProduct(product);
      if (order) this.setOrder(order);
      if (text) {
        this.#recallDraft();
        const typed = this.#draft.text;
        if (!typed.includes(text)) this.#draft = { ...this.#draft, text: typed ? `${typed}\n${text}` : text };
      }
      this.requestUpdate();
      // The click on a button of the page is the visitor's as well.
      this.#turn(true, 'page', 'userActivation' in navigator && navigator.userActivation.isActive);
    };
  }

  set open(opened: Open | boolean) {
    this.opened = opened === true;
  }

  /** Offers a product to be sent with one tap; without one, nothing is offered any more. */
  setProduct(product?: Card): void {
    this.product = product;
  }

  /** The same for an order. */
  setOrder(order?: Card): void {
    this.order = order;
  }

  /**
   * Who the visitor is at the page's own server: the id is the `sub` of its tokens; without a user, nobody that is known.
   * With a `tokenProvider` no token is needed here.
   */
  setUser(user?: { readonly id: string } | null, token?: string): void {
    this.#user = user?.id;
    if (!user) this.tokenProvider = undefined;
    this.token = token;
    this.#identify();
  }

  close(): void {
    this.#turn(false, 'page', false);
  }

  toggle(force = !this.opened): void {
    if (force) this.open();
    else this.close();
  }

  /**
   * Sends a text as the visitor. The window may be closed; the link is opened if need be. Resolves when the gateway has
   * the message, however long that takes; rejects with {@link SendError} when it never will.
   */
  send(text: string): Promise<Sent> {
    const sent = this.#sent(text);
    sent.catch(() => {}); // a page that does not wait must not get an unhandled rejection
    return sent;
  }

  /**
   * The visitor leaves this device: login, unsent and kept messages and draft are wiped, on every page of the origin. Whoever
   * opens the chat next is somebody else.
   */
  logout(): void {
    this.#draft = NO_DRAFT;
    saveDraft(this.#place, NO_DRAFT);
    const client = this.#client ?? this.#newClient({ subject: this.#subject });
    client?.logout();
    this.#known?.end(true);
    if (this.#client) this.#release();
    else client?.destroy();
    this.setUser();
    saveDraft(this.#place, NO_DRAFT);
    this.requestUpdate();
  }

  /** Ends the link and everything that runs, and takes the element off the page. */
  destroy(): void {
    this.#release();
    this.remove();
  }

  /** Moves the focus to the composer, or to the launcher while the window is closed. */
  override focus(options?: FocusOptions): void {
    const target = this.#layout === 'float' && !this.opened ? 'kefu-launcher' : 'kefu-window';
    this.renderRoot.querySelector<HTMLElement>(target)?.focus(options);
  }

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot();
    for (const type of REQUEST_EVENTS) root.addEventListener(type, this.#answer);
    // Outside, a key in the composer looks like a key on the page, which may have shortcuts.
    for (const type of ['keydown', 'keypress', 'keyup']) root.addEventListener(type, this.#keepTyping);
    return root;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.#client && (changed.has('server') || changed.has('channel'))) this.#release();
    if (changed.has('token') || changed.has('tokenProvider')) this.#identify();
    if (this.opened && this.isConnected) {
      this.#visited = true;
      this.#start();
    }
    if (this.#hasWindow) defineWindow();
    for (const kind of ['product', 'order'] as const)
      if (changed.has(kind)) this.#offer = this[kind] ? { kind, card: this[kind] } : undefined;
    this.#hostTheme.active = this.theme === 'host' && this.isConnected;
  }

  override render(): TemplateResult {
    const { words } = this;
    const layout = this.#layout;
    const floats = layout === 'float';
    return html`
      <div class="root ${layout} ${this.#fills ? 'fill' : ''}" lang=${words.lang}>
        ${
          this.#hasWindow
            ? html`<kefu-window
                part="window"
                exportparts=${PARTS}
                role=${floats ? 'dialog' : 'region'}
                aria-label=${this.heading || words.heading}
                tabindex="-1"
                ?hidden=${floats && !this.opened}
                .conversation=${this.#conversation}
                .link=${this.#shownLink}
                .heading=${this.heading}
                .greeting=${this.greeting}
                .placeholder=${this.placeholder}
                .draft=${this.#draft}
                .offer=${this.#offer}
                .closable=${floats}
                .strings=${words}
                @kefu-close-request=${this.#closeByHand}
                @keydown=${this.#closeByEscape}
                @focusin=${this.#openByUse}
                @pointerdown=${this.#openByUse}
              ></kefu-window>`
            : nothing
        }
        ${
          floats
            ? html`<kefu-launcher
                exportparts="launcher, badge"
                .opened=${this.opened}
                .unread=${this.unread}
                .strings=${words}
                @click=${this.#toggleByHand}
              ></kefu-launcher>`
            : nothing
        }
      </div>
    `;
  }

  protected override firstUpdated(): void {
    announce(this, 'kefu-ready', { version: VERSION });
    void this.#sendWhatWaits();
  }

  protected override updated(changed: PropertyValues<this>): void {
    this.#area.active = this.#layout === 'full' || (this.#fills && this.opened);
    if (!changed.has('opened') || this.opened === (changed.get('opened') ?? false)) return;
    const actor = this.#actor;
    const focusWanted = this.#focusWanted;
    this.#actor = 'page';
    this.#focusWanted = false;
    if (focusWanted) void this.#moveFocus();
    if (!this.opened) this.#keepDraft();
    // What came while the window was closed is seen now.
    if (this.opened) this.renderRoot.querySelector('kefu-window')?.look();
    announce(this, this.opened ? 'kefu-open' : 'kefu-close', { by: actor });
  }

  get #layout(): Mode {
    return modeOf(this.mode);
  }

  /** A floating window is made when it is opened first. */
  get #hasWindow(): boolean {
    return this.#visited || this.#layout !== 'float';
  }

  /** On phones the floating window takes the whole of what is visible. */
  get #fills(): boolean {
    return this.#layout === 'float' && this.#small.matches;
  }

  /** Without a gateway to speak to, the window says so. */
  get #shownLink(): LinkStatus | undefined {
    return this.#link.value ?? (this.opened && !this.#client ? { state: 'refused', since: 0, stale: true } : undefined);
  }

  /** Names the conversation among those of the page's origin. */
  get #place(): string {
    return `${serverOf(this.server) ?? ''} ${this.channel} ${this.#subject ?? ''}`;
  }

  /** Whom the page names, as far as that is known. */
  get #subject(): string | undefined {
    return subjectOf(this.token) ?? this.#user;
  }

  #turn(opened: boolean, actor: Actor, focusWanted: boolean): void {
    // Focus that was inside must not be lost on the way out.
    this.#focusWanted =
      focusWanted || (!opened && this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement !== null);
    this.#actor = actor;
    this.opened = opened;
  }

  /** On phones the keyboard would cover what there is to read, so there the window itself takes the focus. */
  async #moveFocus(): Promise<void> {
    const chatWindow = this.renderRoot.querySelector('kefu-window');
    await chatWindow?.updateComplete;
    if (chatWindow && this.opened && matchMedia('(pointer: coarse)').matches)
      HTMLElement.prototype.focus.call(chatWindow, { preventScroll: true });
    else this.focus({ preventScroll: true });
  }

  /** Undefined without a gateway. */
  get #clientOptions(): ClientOptions | undefined {
    const server = serverOf(this.server);
    return server === undefined
      ? undefined
      : {
          server,
          role: 'visitor',
          ...(this.channel && { channel: this.channel }),
          lang: this.words.lang,
          page: () => ({ title: document.title, url: location.href }),
          persist: persistOf(this.persist),
        };
  }

  /** A client of an anonymous visitor, or with `more` of another. */
  #newClient(more?: Partial<ClientOptions>): Client | undefined {
    const options = this.#clientOptions;
    const client: Client | undefined =
      options &&
      KefuChat.clientFactory({
        ...options,
        ...more,
        ended: (reason) => {
          if (reason === 'identity') this.#needToken(reason);
          if (reason !== 'left' || client !== this.#client) return;
          if (more) this.setUser();
          this.#restart();
        },
      });
    return client;
  }

  /** What an earlier page has left unsent goes, whether or not the visitor opens the chat again. */
  async #sendWhatWaits(): Promise<void> {
    const options = this.#clientOptions;
    const subject = this.#subject;
    // What an anonymous visitor has left is that of who is named.
    if (
      options &&
      ((await hasUnsent(options)) || (subject && (await hasUnsent({ ...options, subject })))) &&
      this.isConnected
    )
      this.#start();
  }

  /** Whether the page names the visitor, or has: then the second file sees to it that it is they who are here. */
  #identify(): boolean {
    if (this.#known) this.#known.changed();
    else if (this.token || this.tokenProvider || this.#user) {
      if (this.#client)
        load().then(
          ({ knownVisitor }) => {
            this.#known ??= knownVisitor({
              host: this,
              subjectOf,
              needed: (reason) => this.#needToken(reason),
              subject: () => this.#subject,
              shown: () => this.#client,
              make: (more) => this.#newClient(more),
              show: (...what) => this.#show(...what),
              restart: () => this.#restart(),
            });
            this.#known.changed();
          },
          () => setTimeout(() => this.#identify(), RETRY_AFTER_MS),
        );
    } else return false;
    return true;
  }

  #needToken(reason: TokenReason): void {
    announce(this, 'kefu-token-needed', { reason });
  }

  /** Whoever goes on here is somebody else. */
  #restart(): void {
    this.#draft = NO_DRAFT;
    this.#release();
    this.#start();
  }

  #start(): void {
    if (this.#client) {
      this.#known?.changed();
      return;
    }
    const client = this.#newClient();
    if (!client) return;
    this.#show(client);
    this.#recallDraft();
    if (!this.#identify()) client.connect();
  }

  #show(client: Client, link$ = client.link$): void {
    this.#stopEvents?.();
    this.#client = client;
    this.#conversation = client.current();
    this.#conversation.open();
    this.#stopEvents = client.on((event) => this.#announceMessage(event));
    this.#link.source = link$;
    this.#unreadCount.source = client.unread$;
  }

  /** Lets go of the client and everything that belongs to it. */
  #release(): void {
    const client = this.#client;
    if (!client) return;
    this.#keepDraft();
    this.#draft = NO_DRAFT;
    this.#stopEvents?.();
    for (const settle of this.#unsettled.values()) settle();
    this.#link.source = undefined;
    this.#unreadCount.source = undefined;
    this.#known?.end();
    this.#client = undefined;
    this.#conversation = undefined;
    client.destroy();
    this.#announceLink({ state: 'idle', since: Date.now(), stale: false });
    this.#announceUnread(0);
  }

  #sent(text: string): Promise<Sent> {
    this.#start();
    const conversation = this.#conversation;
    if (!conversation || !text.trim()) return Promise.reject(new SendError(undefined));
    const { key } = conversation.send(text);
    return new Promise((resolve, reject) => {
      this.#unsettled.set(key, (message) => {
        if (message?.state === 'sent') resolve({ msgid: message.msgid, seq: message.seqid });
        else if (!message || message.state === 'refused' || message.state === 'expired')
          reject(new SendError(message?.reason));
        else return;
        this.#unsettled.delete(key);
      });
    });
  }

  #announceLink({ state, since, stale }: LinkStatus): void {
    if (state === this.#announcedState && stale === this.#announcedStale) return;
    this.#announcedState = state;
    this.#announcedStale = stale;
    announce(this, 'kefu-state', { state, since, stale });
  }

  #announceUnread(count: number): void {
    if (count === this.#announcedUnread) return;
    this.#announcedUnread = count;
    announce(this, 'kefu-unread', { count });
  }

  #announceMessage(event: ClientEvent): void {
    const { message } = event;
    const { msgid, own, seqid, reason } = message;
    if (event.type === 'message') {
      const isSeen = this.opened && document.visibilityState === 'visible' && document.hasFocus();
      if (!own && !isSeen && !this.noSound && this.#client?.leads$.value) KefuChat.ring();
      announce(this, 'kefu-message', { message, own, msgid, seq: seqid });
    } else if (event.type === 'status') {
      this.#unsettled.get(message.key)?.(message);
      announce(this, 'kefu-status', { msgid, status: event.state, reason });
    } else announce(this, 'kefu-upload', { msgid, loaded: event.loaded, total: event.total });
  }

  readonly #refresh = (): void => this.requestUpdate();

  /** Only what the visitor has opened may leave a trace. */
  readonly #keepDraft = (): void => {
    if (this.#client && persistOf(this.persist) !== 'none') saveDraft(this.#place, this.#draft);
  };

  #recallDraft(): void {
    if (this.#draft === NO_DRAFT) this.#draft = loadDraft(this.#place);
  }

  readonly #keepTyping = (event: Event): void => {
    const [target] = event.composedPath();
    if (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) event.stopPropagation();
  };

  #toggleByHand(): void {
    this.#turn(!this.opened, 'user', true);
  }

  #closeByHand(): void {
    this.#turn(false, 'user', true);
  }

  #closeByEscape(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented || this.#layout !== 'float') return;
    event.stopPropagation();
    this.#turn(false, 'user', true);
  }

  /** Inline there is no launcher: the first touch of the chat opens it. */
  #openByUse(): void {
    if (!this.opened && this.#layout !== 'float') this.#turn(true, 'user', false);
  }

  /** Does what the elements inside ask for. The page does not hear of it. */
  readonly #answer = (event: Event): void => {
    event.stopPropagation();
    if (event instanceof SendRequestEvent) {
      this.#start();
      if (this.#conversation) this.#conversation.send(event.content, event.head);
      else event.preventDefault();
    } else if (event instanceof RetryRequestEvent) this.#conversation?.retry(event.key);
    else if (event instanceof DiscardRequestEvent) {
      this.#conversation?.discard(event.key);
      this.#unsettled.get(event.key)?.();
    } else if (event instanceof DraftEvent) this.#draft = event.draft;
    else if (event instanceof LoadOlderRequestEvent) void this.#conversation?.loadOlder();
    else if (event instanceof TypingEvent) this.#conversation?.typing();
    else if (event instanceof ReadEvent) this.#conversation?.markRead();
  };
}
