// The round button in the corner, with the number of unread messages.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { base } from '../ui/base.styles.ts';
import { plural } from '../ui/i18n/plural.ts';
import { chatIcon, chevronDownIcon } from '../ui/icons.ts';
import { KefuElement } from '../ui/kefu-element.ts';
import { launcherStyles } from './kefu-launcher.styles.ts';

/**
 * @summary The button that opens and closes the chat. A click on it is a click on the element.
 * @csspart launcher - the button
 * @csspart badge - the number of unread messages
 */
export class KefuLauncher extends KefuElement {
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override properties = { opened: { type: Boolean, reflect: true }, unread: { type: Number } };
  static override styles = [base, launcherStyles];

  declare opened: boolean;
  declare unread: number;

  constructor() {
    super();
    this.opened = false;
    this.unread = 0;
  }

  override render(): TemplateResult {
    const { words } = this;
    const unread = this.opened ? 0 : this.unread;
    const unreadLabel = unread > 0 ? plural(words.lang, words.openChatUnread, unread) : '';
    return html`
      <button
        type="button"
        part="launcher"
        aria-haspopup="dialog"
        aria-expanded=${this.opened ? 'true' : 'false'}
        aria-label=${this.opened ? words.closeChat : unreadLabel || words.openChat}
      >
        ${chatIcon}${chevronDownIcon}
      </button>
      ${unread > 0 ? html`<span class="badge" part="badge" aria-hidden="true">${unread > 99 ? '99+' : unread}</span>` : nothing}
      <span class="sr" role="status">${unreadLabel}</span>
    `;
  }
}
