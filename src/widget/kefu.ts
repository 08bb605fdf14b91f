// The entry of the one-script widget.
import { defineWidget } from './define.ts';

export { KefuChat, SendError } from './kefu-chat.ts';
export type { Sent } from './kefu-chat.ts';
export type { TokenProvider, TokenReason } from '../sdk/app/jwt-login.ts';
export type { KefuChatEventMap } from './page-events.ts';

defineWidget();
