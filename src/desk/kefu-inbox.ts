// The inbox: the agent's conversations in sections, chosen by click or keys.
import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Conversation, User } from '../sdk/app/model.ts';
import { base } from '../ui/base.styles.ts';
import { systemClock } from '../ui/clock.ts';
import type { Clock } from '../ui/clock.ts';
import { plural } from '../ui/i18n/plural.ts';
import { inboxIcon } from '../ui/icons.ts';
import { ObserveAll } from './controllers/observe-all.ts';
import { altKey } from './controllers/shortcuts.ts';
import { Ticks } from './controllers/ticks.ts';
import { DeskElement } from './desk-element.ts';
import { inSection, SECTIONS, todoIn } from './inbox-section.ts';
import type { Section } from './inbox-section.ts';
import { LATE_MS } from './kefu-inbox-row.ts';
import { inboxStyles } from './kefu-inbox.styles.ts';
import { duration, shortTime } from './when.ts';

/** The agent wants to see this conversation. */
export class SelectRequestEvent extends Event {
  readonly conversation: Conversation;
  constructor(conversation: Conversation) {
    super('kefu-select-request', { bubbles: true, composed: true });
    this.conversation = conversation;
  }
}

/** The agent wants to see another section of the inbox. */
export class SectionRequestEvent extends Event {
  readonly section: Section;
  constructor(section: Section) {
    super('kefu-section-request', { bubbles: true, composed: true });
    this.section = section;
  }
}

/**
 * @fires kefu-select-request
 * @fires kefu-section-request
 */
export class KefuInbox extends DeskElement {
  static override properties = {
    conversations: { attribute: false },
    selected: { attribute: false },
    section: {},
    me: { attribute: false },
    cursor: { state: true },
  };
  static override styles = [base, inboxStyles];

  declare conversations: readonly Conversation[];
  declare selected: Conversation | undefined;
  declare section: Section;
  declare me: User | undefined;
  /** The row that Tab leads to, by the id of its conversation. */
  declare private cursor: string | undefined;
  clock: Clock = systemClock;
  private readonly infos = new ObserveAll(this);
  private readonly ticks = new Ticks(this);

  constructor() {
    super();
    this.conversations = [];
    this.section = 'open';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('conversations')) this.infos.source = this.conversations;
    if (changed.has('selected')) this.cursor = this.selected?.id ?? this.cursor;
    this.ticks.active = this.shown.some(({ info$ }) => info$.value.waitingSince !== undefined);
  }

  override render(): TemplateResult {
    const { words, shown } = this;
    return html`
      <div class="head">
        <h1>${words.inbox}</h1>
        <span class="count">${plural(words.lang, words.conversations, shown.length)}</span>
      </div>
      <div class="tabs" role="tablist" aria-label=${words.inbox} @keydown=${this.moveTab}>
        ${SECTIONS.map((section) => this.renderTab(section))}
      </div>
      <div class="panel" id="panel" role="tabpanel" aria-labelledby=${`tab-${this.section}`}>
        ${
          shown.length > 0
            ? html`<div class="rows" role="listbox" aria-label=${this.labelOf(this.section)} @keydown=${this.moveRow}>
                ${repeat(shown, ({ id }) => id, this.renderRow)}
              </div>`
            : html`<div class="empty">
                <span class="picture">${inboxIcon}</span>
                <b>${words.inboxEmpty}</b>
                ${words.inboxEmptyHint}
              </div>`
        }
      </div>
      <div class="keys">
        <span><kbd>${altKey()}↑↓</kbd>${words.keysNext}</span>
        <span><kbd>${altKey()}R</kbd>${words.resolve}</span>
        <span><kbd>${altKey()}T</kbd>${words.take}</span>
      </div>
    `;
  }

  /** Moves the focus to the row of the selected conversation, or the first, or to the tabs. */
  override focus(options?: FocusOptions): void {
    const rowOrTab = ['kefu-inbox-row', '[role="tab"]'].map((one) =>
      this.renderRoot.querySelector<HTMLElement>(`${one}[tabindex="0"]`),
    );
    rowOrTab.find((one) => one !== null)?.focus(options);
  }

  private renderTab(section: Section): TemplateResult {
    const active = section === this.section;
    const todo = todoIn(this.conversations, section);
    return html`<button
      type="button"
      role="tab"
      id=${`tab-${section}`}
      aria-selected=${active ? 'true' : 'false'}
      aria-controls="panel"
      tabindex=${active ? 0 : -1}
      @click=${() => this.dispatchEvent(new SectionRequestEvent(section))}
    >
      ${this.labelOf(section)}${todo > 0 ? html`<span class="todo">${todo}</span>` : nothing}
    </button>`;
  }

  private readonly renderRow = (conversation: Conversation, index: number): TemplateResult => {
    const { words } = this;
    const info = conversation.info$.value;
    const now = this.clock.now();
    const waitedMs = info.waitingSince === undefined ? undefined : now - info.waitingSince;
    const inTabOrder = this.shown.some(({ id }) => id === this.cursor) ? conversation.id === this.cursor : index === 0;
    return html`<kefu-inbox-row
      role="option"
      aria-selected=${conversation === this.selected ? 'true' : 'false'}
      tabindex=${inTabOrder ? 0 : -1}
      .info=${info}
      .me=${this.me}
      .time=${shortTime(words.lang, info.touched, now)}
      .waiting=${waitedMs === undefined ? '' : duration(words.lang, waitedMs)}
      .late=${waitedMs !== undefined && waitedMs >= LATE_MS}
      .strings=${words}
      @click=${() => this.select(conversation)}
    ></kefu-inbox-row>`;
  };

  private get shown(): readonly Conversation[] {
    return inSection(this.conversations, this.section);
  }

  private labelOf(section: Section): string {
    const { words } = this;
    return section === 'open' ? words.filterOpen : section === 'waiting' ? words.filterQueued : words.filterResolved;
  }

  private select(conversation: Conversation): void {
    this.cursor = conversation.id;
    this.dispatchEvent(new SelectRequestEvent(conversation));
  }

  private moveRow(event: KeyboardEvent): void {
    const rows = [...this.renderRoot.querySelectorAll('kefu-inbox-row')];
    const at = rows.findIndex((row) => row === event.target);
    const to = target(event, at, rows.length, 'ArrowUp', 'ArrowDown');
    const conversation = this.shown[to ?? at];
    if (event.key === 'Enter' || event.key === ' ') {
      if (conversation) this.select(conversation);
    } else if (to !== undefined) {
      this.cursor = conversation?.id;
      rows[to]?.focus();
    } else return;
    event.preventDefault();
  }

  private moveTab(event: KeyboardEvent): void {
    const tabs = [...this.renderRoot.querySelectorAll<HTMLElement>('[role="tab"]')];
    const rtl = getComputedStyle(this).direction === 'rtl';
    const at = SECTIONS.indexOf(this.section);
    const to = target(event, at, tabs.length, rtl ? 'ArrowRight' : 'ArrowLeft', rtl ? 'ArrowLeft' : 'ArrowRight');
    const section = to === undefined ? undefined : SECTIONS[to];
    if (to === undefined || !section) return;
    event.preventDefault();
    tabs[to]?.focus();
    this.dispatchEvent(new SectionRequestEvent(section));
  }
}

/** Where a key leads in a row of things, or undefined when it does not lead anywhere. */
const target = (event: KeyboardEvent, at: number, count: number, back: string, forth: string): number | undefined => {
  if (event.altKey || event.ctrlKey || event.metaKey) return undefined;
  if (event.key === back) return Math.max(0, at - 1);
  if (event.key === forth) return Math.min(count - 1, at + 1);
  if (event.key === 'Home') return 0;
  if (event.key === 'End') return count - 1;
  return undefined;
};

declare global {
  interface HTMLElementEventMap {
    'kefu-select-request': SelectRequestEvent;
    'kefu-section-request': SectionRequestEvent;
  }
}
