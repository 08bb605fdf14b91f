// <kefu-desk>: where agents work. It holds the client of one agent and shows the login, or the inbox with one thread.
import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { createClient } from '../sdk/app/client.ts';
import type { Client, Conversation, LinkStatus, User } from '../sdk/app/model.ts';
import type { ClientOptions } from '../sdk/app/options.ts';
import { base } from '../ui/base.styles.ts';
import { systemClock } from '../ui/clock.ts';
import type { Clock } from '../ui/clock.ts';
import { Observe } from '../ui/controllers/observe.ts';
import { NO_DRAFT } from '../ui/draft.ts';
import type { Draft } from '../ui/draft.ts';
import { chatIcon, logoutIcon } from '../ui/icons.ts';
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
import { ring } from '../ui/add-more.ts';
import { tokens } from '../ui/tokens.styles.ts';
import { ObserveAll } from './controllers/observe-all.ts';
import { ShortcutKeys } from './controllers/shortcuts.ts';
import { DeskElement } from './desk-element.ts';
import { inSection, sectionOf } from './inbox-section.ts';
import type { Section } from './inbox-section.ts';
import { deskStyles } from './kefu-desk.styles.ts';
import type { SectionRequestEvent, SelectRequestEvent } from './kefu-inbox.ts';
import type { LoginRequestEvent } from './kefu-login.ts';
import type { KefuThread, ViewRequestEvent } from './kefu-thread.ts';
import { logo } from './logo.ts';

/** Room for inbox, thread and details side by side. */
const WIDE = '(min-width: 1100px)';

/**
 * @summary The page where an agent answers visitors. It fills its parent, and owns the title of the page.
 * @slot - shown until the element is there
 */
export class KefuDesk extends DeskElement {
  static override properties = {
    server: {},
    theme: { reflect: true },
    noSound: { type: Boolean, attribute: 'no-sound' },
    section: { state: true },
    selected: { state: true },
    details: { state: true },
    entering: { state: true },
  };
  static override styles = [base, tokens, deskStyles];

  /** Makes the client, and the sound of a message. Seams for tests, not part of the public interface. */
  static clientFactory: (options: ClientOptions) => Client = createClient;
  static ring: () => void = ring;

  /** The gateway's origin; the page's own if empty. */
  declare server: string;
  /** `auto` follows the system; `light`, `dark`. */
  declare theme: 'auto' | 'light' | 'dark';
  /** The attribute `no-sound`: messages come in silently. */
  declare noSound: boolean;
  declare private section: Section;
  declare private selected: Conversation | undefined;
  declare private details: boolean;
  /** An attempt to log in is under way: the form stays, whatever the link does meanwhile. */
  declare private entering: boolean;
  clock: Clock = systemClock;

  private client: Client | undefined;
  private stopEvents: (() => void) | undefined;
  private pageTitle = '';
  /** The section that the selected conversation stands in. */
  private standsIn: Section | undefined;
  private readonly drafts = new Map<string, Draft>();
  private readonly link = new Observe<LinkStatus>(this);
  private readonly me = new Observe<User | undefined>(this);
  private readonly conversations = new Observe<readonly Conversation[]>(this);
  private readonly infos = new ObserveAll(this);
  private readonly unread = new Observe<number>(this, undefined, (count) => this.showUnread(count));

  constructor() {
    super();
    this.server = '';
    this.theme = 'auto';
    this.noSound = false;
    this.section = 'open';
    this.details = matchMedia(WIDE).matches;
    this.entering = false;
    new ShortcutKeys(this, {
      'Alt+ArrowUp': () => this.step(-1),
      'Alt+ArrowDown': () => this.step(1),
      'Alt+KeyR': () => this.thread?.resolve(),
      'Alt+KeyT': () => this.thread?.take(),
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    setTimeout(() => {
      if (!this.isConnected) this.release();
    });
  }

  /** Ends the link and everything that runs, and takes the element off the page. */
  destroy(): void {
    this.release();
    this.remove();
  }

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot();
    for (const type of REQUEST_EVENTS) root.addEventListener(type, this.answer);
    return root;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('server')) this.release();
    if (this.isConnected) this.start();
    const conversations = this.conversations.value ?? [];
    this.infos.source = conversations;
    if (this.selected && !conversations.includes(this.selected)) this.selected = undefined;
    const now = this.selected && sectionOf(this.selected.info$.value);
    // A waiting conversation that was taken here goes on among the open ones, and the inbox with it.
    if (!changed.has('selected') && this.standsIn === 'waiting' && now === 'open' && this.section === 'waiting')
      this.section = 'open';
    this.standsIn = now;
  }

  override render(): TemplateResult {
    const { words } = this;
    if (!this.me.value || this.entering) return this.renderEntrance();
    return html`
      <div class="desk" lang=${words.lang}>
        ${this.selected ? nothing : this.renderBanner()}
        <div class="shell ${this.selected ? 'reading' : ''}">
          ${this.renderRail(this.me.value)}
          <kefu-inbox
            role="navigation"
            aria-label=${words.inbox}
            .conversations=${this.conversations.value ?? []}
            .selected=${this.selected}
            .section=${this.section}
            .me=${this.me.value}
            .clock=${this.clock}
            .strings=${words}
            @kefu-select-request=${this.answerSelect}
            @kefu-section-request=${this.answerSection}
          ></kefu-inbox>
          <main @kefu-view-request=${this.answerView} @keydown=${this.leaveByEscape}>
            ${this.selected ? this.renderThread(this.selected) : this.renderNothing()}
          </main>
        </div>
      </div>
    `;
  }

  private renderBanner(): TemplateResult {
    return html`<kefu-link-banner .link=${this.link.value} .strings=${this.words}></kefu-link-banner>`;
  }

  private renderEntrance(): TemplateResult {
    const { words } = this;
    // Whether a login is remembered shows once the gateway has answered; without one it refuses the link.
    const refused = this.link.value?.state === 'refused' || this.link.value?.state === 'idle';
    return html`<main class="entrance" lang=${words.lang}>
      ${refused ? nothing : this.renderBanner()}
      ${
        !refused && !this.entering
          ? html`<span class="splash" role="status"><span class="sr">${words.connecting}</span>${logo}</span>`
          : html`<kefu-login .strings=${words} @kefu-login-request=${this.answerLogin}></kefu-login>`
      }
    </main>`;
  }

  private renderRail(me: User): TemplateResult {
    const { words } = this;
    return html`<header class="rail">
      <span class="logo" role="img" aria-label=${words.desk}>${logo}</span>
      <span class="me" title=${me.name ?? ''}>
        <kefu-avatar
          presence
          .user=${{ ...me, online: this.link.value?.state === 'online' }}
          .strings=${words}
        ></kefu-avatar>
        <span class="name">${me.name}</span>
      </span>
      <button type="button" aria-label=${words.logout} title=${words.logout} @click=${this.logout}>
        ${logoutIcon}
      </button>
    </header>`;
  }

  private renderThread(conversation: Conversation): TemplateResult {
    const { words, details } = this;
    return html`
      ${keyed(
        conversation,
        html`<kefu-thread
          .conversation=${conversation}
          .me=${this.me.value}
          .link=${this.link.value}
          .draft=${this.drafts.get(conversation.id) ?? NO_DRAFT}
          .details=${details}
          .clock=${this.clock}
          .strings=${words}
        ></kefu-thread>`,
      )}
      ${
        details
          ? html`<kefu-customer
              role="complementary"
              aria-label=${words.details}
              .conversation=${conversation}
              .me=${this.me.value}
              .clock=${this.clock}
              .strings=${words}
            ></kefu-customer>`
          : nothing
      }
    `;
  }

  private renderNothing(): TemplateResult {
    const { words } = this;
    return html`<div class="nothing">
      <span class="picture">${chatIcon}</span>
      <h2>${words.selectConversation}</h2>
      <p>${words.selectConversationHint}</p>
    </div>`;
  }

  private get thread(): KefuThread | null {
    return this.renderRoot.querySelector('kefu-thread');
  }

  private start(): void {
    if (this.client) return;
    const client = KefuDesk.clientFactory({
      server: new URL(this.server || '/', document.baseURI).origin,
      role: 'agent',
      lang: this.words.lang,
      persist: 'local',
    });
    this.client = client;
    this.pageTitle = document.title;
    this.link.source = client.link$;
    this.me.source = client.me$;
    this.conversations.source = client.conversations$;
    this.unread.source = client.unread$;
    // Of several pages one rings, and only while the agent looks elsewhere.
    this.stopEvents = client.on(({ type, message }) => {
      if (type === 'message' && !message.own && !this.noSound && !document.hasFocus() && client.leads$.value)
        KefuDesk.ring();
    });
    client.connect();
  }

  private release(): void {
    const { client } = this;
    if (!client) return;
    this.forget();
    this.client = undefined;
    this.stopEvents?.();
    for (const observed of [this.link, this.me, this.conversations, this.unread]) observed.source = undefined;
    client.destroy();
    document.title = this.pageTitle;
  }

  private forget(): void {
    this.selected = undefined;
    this.section = 'open';
    this.drafts.clear();
  }

  private showUnread(count: number): void {
    document.title = count > 0 ? `(${count}) ${this.pageTitle}` : this.pageTitle;
  }

  private async select(conversation: Conversation, focus: boolean): Promise<void> {
    conversation.open();
    this.selected = conversation;
    if (!matchMedia(WIDE).matches) this.details = false;
    if (!focus || matchMedia('(pointer: coarse)').matches) return;
    await this.updateComplete;
    await this.thread?.updateComplete;
    this.thread?.focus({ preventScroll: true });
  }

  /** To the next or previous conversation of the section. */
  private step(by: number): void {
    const shown = inSection(this.conversations.value ?? [], this.section);
    const at = this.selected ? shown.indexOf(this.selected) : -1;
    const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) void this.select(next, true);
  }

  private async back(): Promise<void> {
    const inbox = this.renderRoot.querySelector('kefu-inbox');
    this.selected = undefined;
    await this.updateComplete;
    await inbox?.updateComplete;
    inbox?.focus();
  }

  private readonly answerLogin = (event: LoginRequestEvent): void => {
    event.stopPropagation();
    const { client } = this;
    if (!client) return;
    this.entering = true;
    const attempt = client.login(event.name, event.password);
    event.answer(attempt);
    const over = (): void => {
      this.entering = false;
    };
    attempt.then(over, over);
  };

  private logout(): void {
    this.forget();
    this.client?.logout();
  }

  private answerSelect(event: SelectRequestEvent): void {
    event.stopPropagation();
    void this.select(event.conversation, true);
  }

  private answerSection(event: SectionRequestEvent): void {
    event.stopPropagation();
    this.section = event.section;
  }

  private answerView(event: ViewRequestEvent): void {
    event.stopPropagation();
    if (event.view === 'details') this.details = !this.details;
    else void this.back();
  }

  private leaveByEscape(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    if (this.details && !matchMedia(WIDE).matches) this.details = false;
    else this.renderRoot.querySelector('kefu-inbox')?.focus();
  }

  /** Does what the elements of the thread ask for. */
  private readonly answer = (event: Event): void => {
    event.stopPropagation();
    const conversation = this.selected;
    if (!conversation) return;
    if (event instanceof SendRequestEvent) conversation.send(event.content, event.head);
    else if (event instanceof RetryRequestEvent) conversation.retry(event.key);
    else if (event instanceof DiscardRequestEvent) conversation.discard(event.key);
    else if (event instanceof DraftEvent) this.drafts.set(conversation.id, event.draft);
    else if (event instanceof LoadOlderRequestEvent) void conversation.loadOlder();
    else if (event instanceof TypingEvent) conversation.typing();
    else if (event instanceof ReadEvent) conversation.markRead();
  };
}
