// The top of the chat window: who answers, whether they are there, and the way out.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { User } from '../sdk/app/model.ts';
import { base } from '../ui/base.styles.ts';
import { chatIcon, chevronDownIcon } from '../ui/icons.ts';
import { KefuElement } from '../ui/kefu-element.ts';
import { headerStyles } from './kefu-header.styles.ts';

/** The visitor is done with the window. */
export class CloseRequestEvent extends Event {
  constructor() {
    super('kefu-close-request', { bubbles: true, composed: true });
  }
}

/**
 * @summary Name, picture and presence of the agent; the heading while there is none.
 * @fires kefu-close-request
 * @csspart title - the name or heading
 * @csspart status - the line below it
 * @csspart close - the close button
 */
export class KefuHeader extends KefuElement {
  static override properties = {
    agent: { attribute: false },
    heading: {},
    status: {},
    closable: { type: Boolean },
  };
  static override styles = [base, headerStyles];

  declare agent: User | undefined;
  declare heading: string;
  /** The line below the heading while there is no agent. */
  declare status: string;
  declare closable: boolean;

  constructor() {
    super();
    this.heading = '';
    this.status = '';
    this.closable = false;
  }

  override render(): TemplateResult {
    const { agent, words } = this;
    const heading = this.heading || words.heading;
    const status = agent ? (agent.online ? words.online : words.away) : this.status;
    return html`
      ${agent
        ? html`<kefu-avatar presence .user=${agent} .strings=${words}></kefu-avatar>`
        : html`<span class="sign">${chatIcon}</span>`}
      <div class="who">
        <h2 part="title">${agent ? (agent.name ?? words.nameless) : heading}</h2>
        ${status ? html`<p part="status">${agent?.name ? `${status} · ${heading}` : status}</p>` : nothing}
      </div>
      ${this.closable
        ? html`<button type="button" part="close" aria-label=${words.closeChat} @click=${this.requestClose}>
            ${chevronDownIcon}
          </button>`
        : nothing}
    `;
  }

  private requestClose(): void {
    this.dispatchEvent(new CloseRequestEvent());
  }
}

declare global {
  interface HTMLElementEventMap {
    'kefu-close-request': CloseRequestEvent;
  }
}
