// Registers what is inside of the chat window: not before there is one to show.
import { defineElements } from '../ui/define-elements.ts';
import { define } from '../ui/kefu-element.ts';
import { KefuWindow } from './kefu-window.ts';

export const defineWindow = (): void => {
  defineElements();
  define('kefu-window', KefuWindow);
};

declare global {
  interface HTMLElementTagNameMap {
    'kefu-window': KefuWindow;
  }
}
