// What the parts of a message are shown with.
import type { nothing, TemplateResult } from 'lit';
import type { Message } from '../../sdk/app/model.ts';
import type { Strings } from '../i18n/strings.ts';

/** The address of a file that a message refers to; undefined while it is not known. */
export type Resolve = (ref: string) => string | undefined;

/** What the parts of a message need to know of it, and of the element that shows it. */
export interface ContentContext {
  readonly message: Message;
  readonly words: Strings;
  /** Undefined: nothing is known of files. */
  readonly resolve: Resolve | undefined;
  /** A form of it can't be answered (any more). */
  readonly answered: boolean;
  readonly ask: (event: Event) => void;
}

/** What a part of a message looks like. */
export type Rendered = TemplateResult | typeof nothing | string | readonly Rendered[];
