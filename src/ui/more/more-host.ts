// What the parts of the second file work on.
import type { ReactiveControllerHost } from 'lit';
import type { Conversation } from '../../sdk/app/model.ts';
import type { Offer } from '../draft.ts';
import type { Strings } from '../i18n/strings.ts';

/** The element that shows a conversation, with a composer in it, inside of a face. */
export interface MoreHost extends HTMLElement, ReactiveControllerHost {
  readonly conversation: Conversation | undefined;
  readonly strings: Strings | undefined;
  readonly offer?: Offer | undefined;
}
