// One conversation of the inbox.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ConversationInfo, User } from '../sdk/app/model.ts';
import { base } from '../ui/base.styles.ts';
import { fill, plural } from '../ui/i18n/plural.ts';
import { previewOf } from '../ui/content/preview.ts';
import { clockIcon } from '../ui/icons.ts';
import { DeskElement } from './desk-element.ts';
import { inboxRowStyles } from './kefu-inbox-row.styles.ts';
import { customerOf } from './customer.ts';
import { verifiedMark, verifiedStyles } from './verified.ts';

/** How long a visitor may wait before the desk says so in colour. */
export const LATE_MS = 120_000;

export class KefuInboxRow extends DeskElement {
  static override properties = {
    info: { attribute: false },
    me: { attribute: false },
    time: {},
    waiting: {},
    late: { type: Boolean, reflect: true },
  };
  static override styles = [base, verifiedStyles, inboxRowStyles];

  declare info: ConversationInfo | undefined;
  /** The agent at this desk. */
  declare me: User | undefined;
  /** When something last happened, in words. */
  declare time: string;
  /** How long the visitor has been waiting for an answer, in words; empty when not waiting. */
  declare waiting: string;
  declare late: boolean;

  constructor() {
    super();
    this.time = '';
    this.waiting = '';
    this.late = false;
  }

  override render(): TemplateResult | typeof nothing {
    const { info, words } = this;
    if (!info) return nothing;
    const customer = customerOf(info, words.nameless);
    return html`
      <kefu-avatar presence .user=${customer.user} .strings=${words}></kefu-avatar>
      <div class="text">
        <div class="line">
          <span class="name"><bdi>${customer.name}</bdi>${customer.verified ? verifiedMark(words) : nothing}</span>
          <span class="time">${this.time}</span>
        </div>
        <div class="line">
          <span class="preview"><bdi>${this.preview}</bdi></span>
          ${
            info.unread > 0
              ? html`<span class="unread" aria-hidden="true">${info.unread > 99 ? '99+' : info.unread}</span>
                  <span class="sr">${plural(words.lang, words.unread, info.unread)}</span>`
              : nothing
          }
        </div>
        ${this.renderNotes()}
      </div>
    `;
  }

  private renderNotes(): TemplateResult | typeof nothing {
    const { info, words } = this;
    const other = info?.phase === 'assigned' && info.agent && info.agent.id !== this.me?.id ? info.agent : undefined;
    if (!this.waiting && !other) return nothing;
    return html`<div class="notes">
      ${
        this.waiting
          ? html`<span class="waiting">${clockIcon}${fill(words.waiting, { duration: this.waiting })}</span>`
          : nothing
      }
      ${other ? html`<span>${fill(words.assignedTo, { name: other.name ?? words.nameless })}</span>` : nothing}
    </div>`;
  }

  private get preview(): string {
    const { info, words } = this;
    const newest = info?.newest;
    if (!newest) return words.previewEmpty;
    const text = previewOf((newest.edit ?? newest).content, words);
    return newest.own ? fill(words.previewOwn, { text }) : text;
  }
}
