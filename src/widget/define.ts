// Registers what a page shows before the chat is opened. A page that loads the script twice keeps the first.
import { define } from '../ui/kefu-element.ts';
import { KefuChat } from './kefu-chat.ts';
import { KefuLauncher } from './kefu-launcher.ts';

export const defineWidget = (): void => {
  define('kefu-launcher', KefuLauncher);
  define('kefu-chat', KefuChat);
};

declare global {
  interface HTMLElementTagNameMap {
    'kefu-chat': KefuChat;
    'kefu-launcher': KefuLauncher;
  }
}
