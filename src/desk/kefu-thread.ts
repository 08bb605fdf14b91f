// One conversation on the desk: who it is with, what was said, and the reply.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Conversation, ConversationInfo, LinkStatus, MessageList, User } from '../sdk/app/model.ts';
import { base } from '../ui/base.styles.ts';
import { systemClock } from '../ui/clock.ts';
import type { Clock } from '../ui/clock.ts';
import type { Resolve } from '../ui/content/context.ts';
import { addMore } from '../ui/add-more.ts';
import { Observe } from '../ui/controllers/observe.ts';
import { NO_DRAFT } from '../ui/draft.ts';
import type { Draft } from '../ui/draft.ts';
import { fill } from '../ui/i18n/plural.ts';
import { backIcon, checkIcon, personIcon } from '../ui/icons.ts';
import { altKey } from './controllers/shortcuts.ts';
import { Ticks } from './controllers/ticks.ts';
import { DeskElement } from './desk-element.ts';
import { threadStyles } from './kefu-thread.styles.ts';
import { customerOf } from './customer.ts';
import { verifiedMark, verifiedStyles } from './verified.ts';
import { duration } from './when.ts';

/** Between the facts of the line below the name. */
const BETWEEN = ' · ';

/** The agent wants something of the desk: `back` to the inbox, or the `details` shown or hidden. */
export class ViewRequestEvent extends Event {
  readonly view: 'back' | 'details';
  constructor(view: 'back' | 'details') {
    super('kefu-view-request', { bubbles: true, composed: true });
    this.view = view;
  }
}

/** @fires kefu-view-request */
export class KefuThread extends DeskElement {
  static override properties = {
    conversation: { attribute: false },
    me: { attribute: false },
    link: { attribute: false },
    draft: { attribute: false },
    details: { type: Boolean },
    doing: { state: true },
    failed: { state: true },
  };
  static override styles = [base, verifiedStyles, threadStyles];

  declare conversation: Conversation | undefined;
  declare me: User | undefined;
  declare link: LinkStatus | undefined;
  declare draft: Draft;
  /** The details are shown beside. */
  declare details: boolean;
  declare private doing: 'resolve' | 'take' | undefined;
  declare private failed: boolean;
  clock: Clock = systemClock;
  private readonly messages = new Observe<MessageList>(this);
  private readonly info = new Observe<ConversationInfo>(this);
  private readonly typing = new Observe<readonly User[]>(this);
  private readonly links = new Observe<Resolve>(this);
  private readonly ticks = new Ticks(this);

  constructor() {
    super();
    this.draft = NO_DRAFT;
    this.details = false;
    this.failed = false;
  }

  protected override willUpdate(): void {
    const { conversation } = this;
    if (conversation?.info$ !== this.info.source) {
      this.doing = undefined;
      this.failed = false;
    }
    this.messages.source = conversation?.messages$;
    this.info.source = conversation?.info$;
    this.typing.source = conversation?.typing$;
    this.links.source = conversation?.resolve$;
    this.ticks.active = this.info.value?.waitingSince !== undefined;
  }

  protected override firstUpdated(): void {
    addMore(this);
  }

  override render(): TemplateResult | typeof nothing {
    const { conversation, words } = this;
    const info = this.info.value;
    if (!conversation || !info) return nothing;
    return html`
      ${this.renderHeader(info)}
      <kefu-link-banner .link=${this.link} .strings=${words}></kefu-link-banner>
      <kefu-message-list
        .messages=${this.messages.value}
        .typing=${this.typing.value ?? []}
        .user=${this.userOf}
        .resolve=${this.links.value}
        .strings=${words}
      ></kefu-message-list>
      <p class="failed" role="alert">${this.failed ? words.actionFailed : nothing}</p>
      ${
        this.mayWrite
          ? html`${
                info.phase === 'resolved'
                  ? html`<p class="hint">${checkIcon}<b>${words.resolved}</b> ${words.resolvedHint}</p>`
                  : nothing
              }
              <kefu-composer
                .value=${this.draft.text}
                .target=${this.draft.target}
                .placeholder=${words.replyPlaceholder}
                .strings=${words}
              ></kefu-composer>`
          : this.renderTake(info)
      }
    `;
  }

  /** The composer is there to be focused. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const done = await super.getUpdateComplete();
    await this.renderRoot.querySelector('kefu-composer')?.updateComplete;
    return done;
  }

  /** Moves the focus to where the agent writes. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('kefu-composer, .take button')?.focus(options);
  }

  /** Closes the conversation, where that makes sense. */
  resolve(): void {
    if (this.info.value?.phase === 'assigned' && this.isMine) void this.act('resolve');
  }

  /** Takes the conversation, where that makes sense. */
  take(): void {
    if (!this.mayWrite) void this.act('take');
  }

  private renderHeader(info: ConversationInfo): TemplateResult {
    const { words } = this;
    const customer = customerOf(info, words.nameless);
    return html`<header>
      <button type="button" class="icon back" aria-label=${words.back} @click=${() => this.ask('back')}>
        ${backIcon}
      </button>
      <kefu-avatar presence .user=${customer.user} .strings=${words}></kefu-avatar>
      <div class="who">
        <h2><bdi>${customer.name}</bdi>${customer.verified ? verifiedMark(words) : nothing}</h2>
        <p>
          ${this.situation(info)}${[customer.id, customer.email].map((one) => (one ? html`${BETWEEN}<bdi>${one}</bdi>` : nothing))}
        </p>
      </div>
      ${
        info.phase === 'assigned' && this.isMine
          ? html`<button
              type="button"
              class="action"
              title=${`${words.resolve} (${altKey()}R)`}
              aria-keyshortcuts="Alt+R"
              aria-disabled=${this.doing ? 'true' : 'false'}
              @click=${this.resolve}
            >
              ${checkIcon}<span>${this.doing === 'resolve' ? words.resolving : words.resolve}</span>
            </button>`
          : nothing
      }
      <button
        type="button"
        class="icon"
        aria-label=${words.details}
        aria-pressed=${this.details ? 'true' : 'false'}
        @click=${() => this.ask('details')}
      >
        ${personIcon}
      </button>
    </header>`;
  }

  private renderTake(info: ConversationInfo): TemplateResult {
    const { words } = this;
    return html`<div class="take">
      <p>
        ${
          info.phase === 'assigned' && info.agent
            ? fill(words.assignedTo, { name: info.agent.name ?? words.nameless })
            : this.situation(info)
        }
      </p>
      <button
        type="button"
        class="action main"
        title=${`${words.take} (${altKey()}T)`}
        aria-keyshortcuts="Alt+T"
        aria-disabled=${this.doing ? 'true' : 'false'}
        @click=${this.take}
      >
        ${this.doing === 'take' ? words.taking : words.take}
      </button>
    </div>`;
  }

  /** The line below the name: how long they wait, or whether they are there. */
  private situation({ waitingSince, visitor }: ConversationInfo): string {
    const { words } = this;
    const presence = visitor?.online ? words.visitorOnline : words.visitorOffline;
    if (waitingSince === undefined) return presence;
    return `${fill(words.waiting, { duration: duration(words.lang, this.clock.now() - waitingSince) })}${BETWEEN}${presence}`;
  }

  private get isMine(): boolean {
    const agent = this.info.value?.agent;
    return !agent || agent.id === this.me?.id;
  }

  /** Whoever waits in the queue, or talks with somebody else, is taken first. */
  private get mayWrite(): boolean {
    return this.info.value?.phase !== 'queued' && (this.isMine || this.info.value?.phase === 'resolved');
  }

  private ask(view: 'back' | 'details'): void {
    this.dispatchEvent(new ViewRequestEvent(view));
  }

  private async act(what: 'resolve' | 'take'): Promise<void> {
    const { conversation } = this;
    if (!conversation || this.doing) return;
    this.doing = what;
    this.failed = false;
    let failed = false;
    try {
      await (what === 'take' ? conversation.take() : conversation.resolve());
    } catch {
      failed = true;
    }
    if (conversation !== this.conversation) return;
    this.doing = undefined;
    this.failed = failed;
    if (failed || what !== 'take') return;
    await this.updateComplete;
    this.focus();
  }

  private readonly userOf = (id: string): User | undefined => {
    const info = this.info.value;
    return info && id === info.visitor?.id ? customerOf(info, this.words.nameless).user : this.conversation?.user(id);
  };
}

declare global {
  interface HTMLElementEventMap {
    'kefu-view-request': ViewRequestEvent;
  }
}
