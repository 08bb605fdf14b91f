// What the desk knows of a visitor and of their conversation.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Conversation, ConversationInfo, User } from '../sdk/app/model.ts';
import { base } from '../ui/base.styles.ts';
import { systemClock } from '../ui/clock.ts';
import type { Clock } from '../ui/clock.ts';
import { Observe } from '../ui/controllers/observe.ts';
import { fill } from '../ui/i18n/plural.ts';
import { closeIcon, linkIcon } from '../ui/icons.ts';
import { Ticks } from './controllers/ticks.ts';
import { DeskElement } from './desk-element.ts';
import { customerStyles } from './kefu-customer.styles.ts';
import { ViewRequestEvent } from './kefu-thread.ts';
import { customerOf } from './customer.ts';
import { verifiedMark, verifiedStyles } from './verified.ts';
import { duration, longTime } from './when.ts';

/** The address when it is one of a web page; a visitor's side may say anything. */
const webAddress = (url: string): URL | undefined => {
  try {
    const address = new URL(url);
    return address.protocol === 'https:' || address.protocol === 'http:' ? address : undefined;
  } catch {
    return undefined;
  }
};

/** @fires kefu-view-request */
export class KefuCustomer extends DeskElement {
  static override properties = { conversation: { attribute: false }, me: { attribute: false } };
  static override styles = [base, verifiedStyles, customerStyles];

  declare conversation: Conversation | undefined;
  declare me: User | undefined;
  clock: Clock = systemClock;
  private readonly info = new Observe<ConversationInfo>(this);
  private readonly ticks = new Ticks(this);

  protected override willUpdate(): void {
    this.info.source = this.conversation?.info$;
    this.ticks.active = this.info.value?.waitingSince !== undefined;
  }

  override render(): TemplateResult | typeof nothing {
    const { words } = this;
    const info = this.info.value;
    if (!info) return nothing;
    const customer = customerOf(info, words.nameless);
    return html`
      <button
        type="button"
        class="close"
        aria-label=${words.closeDetails}
        @click=${() => this.dispatchEvent(new ViewRequestEvent('details'))}
      >
        ${closeIcon}
      </button>
      <div class="who">
        <kefu-avatar .user=${customer.user} .strings=${words}></kefu-avatar>
        <h2>${customer.name}${customer.verified ? verifiedMark(words) : nothing}</h2>
        <p>${info.visitor?.online ? words.visitorOnline : words.visitorOffline}</p>
      </div>
      <dl>
        ${customer.id ? this.renderFact(words.customerId, html`<bdi>${customer.id}</bdi>`) : nothing}
        ${customer.email ? this.renderFact(words.email, html`<bdi>${customer.email}</bdi>`) : nothing}
        ${this.renderPage(info)} ${info.channel ? this.renderFact(words.channel, info.channel) : nothing}
        ${this.renderFact(words.status, this.statusOf(info))}
        ${
          info.waitingSince === undefined
            ? nothing
            : this.renderFact(
                words.waitingSince,
                `${longTime(words.lang, info.waitingSince)} (${duration(words.lang, this.clock.now() - info.waitingSince)})`,
              )
        }
        ${this.renderFact(words.started, longTime(words.lang, info.touched))}
      </dl>
    `;
  }

  private renderFact(name: string, value: string | TemplateResult): TemplateResult {
    return html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  }

  private renderPage({ page }: ConversationInfo): TemplateResult | typeof nothing {
    if (!page) return nothing;
    const { words } = this;
    const address = webAddress(page.url);
    if (!address) return this.renderFact(words.page, page.title);
    return this.renderFact(
      words.page,
      html`<a href=${address.href} target="_blank" rel="noopener noreferrer">
        <span class="title" dir="auto">${page.title || address.host}</span>
        <span class="address" dir="ltr">${address.host}${address.pathname}</span>
        ${linkIcon}
      </a>`,
    );
  }

  private statusOf({ phase, agent }: ConversationInfo): string {
    const { words } = this;
    if (phase === 'queued') return words.phaseQueued;
    if (phase === 'resolved') return words.phaseResolved;
    if (phase === 'new' || !agent) return words.phaseNew;
    return agent.id === this.me?.id
      ? words.assignedToYou
      : fill(words.assignedTo, { name: agent.name ?? words.nameless });
  }
}
