// What `<kefu-chat>` tells the page: CustomEvents that bubble and cross shadow roots.
import type { TokenReason } from '../sdk/app/jwt-login.ts';
import type { LinkStatus, Message } from '../sdk/app/model.ts';
import type { Actor } from './attributes.ts';

export interface KefuChatEventMap {
  /** The element is on the page and can be spoken to. */
  'kefu-ready': CustomEvent<{ version: string }>;
  'kefu-open': CustomEvent<{ by: Actor }>;
  'kefu-close': CustomEvent<{ by: Actor }>;
  /** The number of unread messages has changed. */
  'kefu-unread': CustomEvent<{ count: number }>;
  /** The link to the gateway has changed: since when (milliseconds since 1970), and whether messages may be missing. */
  'kefu-state': CustomEvent<LinkStatus>;
  /** A message was sent here or has arrived live. `seq` is undefined while the gateway has not numbered it. */
  'kefu-message': CustomEvent<{ message: Message; own: boolean; msgid: string | undefined; seq: number | undefined }>;
  /** An own message has changed its state. */
  'kefu-status': CustomEvent<{ msgid: string | undefined; status: string; reason: string | undefined }>;
  /** The file of an own message is on its way: bytes. */
  'kefu-upload': CustomEvent<{ msgid: string | undefined; loaded: number; total: number }>;
  /** The gateway wants a token, or another one than it was given: set one, and it is tried at once. */
  'kefu-token-needed': CustomEvent<{ reason: TokenReason }>;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the way to add to a map
  interface HTMLElementEventMap extends KefuChatEventMap {}
}

type Detail<K extends keyof KefuChatEventMap> = KefuChatEventMap[K]['detail'];

export const announce = <K extends keyof KefuChatEventMap>(element: HTMLElement, type: K, detail: Detail<K>): void => {
  element.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
};
