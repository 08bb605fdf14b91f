// Registers the elements of the widget. A page that loads the script twice keeps the first.
import { defineElements } from '../ui/define-elements.ts';
import { define } from '../ui/kefu-element.ts';
import { KefuChat } from './kefu-chat.ts';
import { KefuLauncher } from './kefu-launcher.ts';
import { KefuWindow } from './kefu-window.ts';

export const defineWidget = (): void => {
  defineElements();
  define('kefu-launcher', KefuLauncher);
  define('kefu-window', KefuWindow);
  define('kefu-chat', KefuChat);
};

declare global {
  interface HTMLElementTagNameMap {
    'kefu-chat': KefuChat;
    'kefu-launcher': KefuLauncher;
    'kefu-window': KefuWindow;
  }
}
