// Registers the shared elements, for the define file of a face. Importing this does nothing; calling it twice is fine.
import { KefuAvatar } from './kefu-avatar.ts';
import { KefuComposer } from './kefu-composer.ts';
import { define } from './kefu-element.ts';
import { KefuLinkBanner } from './kefu-link-banner.ts';
import { KefuMessageList } from './kefu-message-list.ts';
import { KefuMessage } from './kefu-message.ts';
import { KefuTyping } from './kefu-typing.ts';

export const defineElements = (): void => {
  define('kefu-avatar', KefuAvatar);
  define('kefu-composer', KefuComposer);
  define('kefu-link-banner', KefuLinkBanner);
  define('kefu-message', KefuMessage);
  define('kefu-message-list', KefuMessageList);
  define('kefu-typing', KefuTyping);
};

declare global {
  interface HTMLElementTagNameMap {
    'kefu-avatar': KefuAvatar;
    'kefu-composer': KefuComposer;
    'kefu-link-banner': KefuLinkBanner;
    'kefu-message': KefuMessage;
    'kefu-message-list': KefuMessageList;
    'kefu-typing': KefuTyping;
  }
}
