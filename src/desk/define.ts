// Registers the elements of the desk.
import { defineElements } from '../ui/define-elements.ts';
import { define } from '../ui/kefu-element.ts';
import { KefuCustomer } from './kefu-customer.ts';
import { KefuDesk } from './kefu-desk.ts';
import { KefuInboxRow } from './kefu-inbox-row.ts';
import { KefuInbox } from './kefu-inbox.ts';
import { KefuLogin } from './kefu-login.ts';
import { KefuThread } from './kefu-thread.ts';

export const defineDesk = (): void => {
  defineElements();
  define('kefu-login', KefuLogin);
  define('kefu-inbox-row', KefuInboxRow);
  define('kefu-inbox', KefuInbox);
  define('kefu-thread', KefuThread);
  define('kefu-customer', KefuCustomer);
  define('kefu-desk', KefuDesk);
};

declare global {
  interface HTMLElementTagNameMap {
    'kefu-desk': KefuDesk;
    'kefu-login': KefuLogin;
    'kefu-inbox': KefuInbox;
    'kefu-inbox-row': KefuInboxRow;
    'kefu-thread': KefuThread;
    'kefu-customer': KefuCustomer;
  }
}
