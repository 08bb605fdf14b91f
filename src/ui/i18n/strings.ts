// The catalogue: every word that the widget shows, typed so that a missing one does not compile.
import type { SpanType } from '../../protocol/drafty.ts';

/** The forms of a countable text by `Intl.PluralRules` category; `{n}` is the number. */
export interface Plural {
  readonly one?: string;
  readonly other: string;
}

/** The words of the widget, and of the elements that the desk shares with it. `{…}` are places to fill. */
export interface Strings {
  /** The language of the words, for `lang` and for dates and numbers, BCP 47. */
  readonly lang: string;

  /** Launcher and window. */
  readonly openChat: string;
  readonly closeChat: string;
  readonly openChatUnread: Plural;
  readonly heading: string;
  readonly online: string;
  readonly away: string;
  /** Below the heading while nobody has the conversation, and after an agent has closed it. */
  readonly waitingForAgent: string;
  readonly closedHint: string;

  /** The link. */
  readonly connecting: string;
  readonly retrying: string;
  readonly offline: string;
  readonly refused: string;

  /** The message list. */
  readonly messages: string;
  readonly you: string;
  readonly nameless: string;
  /** What a screen reader says when one message arrives: `{name}`, `{text}`. */
  readonly arrived: string;
  readonly newMessages: Plural;
  /** Stands above what is unread. */
  readonly unreadLine: string;
  readonly jumpToNewest: string;
  readonly loadOlder: string;
  readonly loadingOlder: string;
  /** Between two messages, while those between them are being loaded. */
  readonly missing: string;
  readonly unsupported: string;
  /** Beside the time of a message that stands in a newer version. */
  readonly edited: string;
  /** What a message is that is no text, by its type in Drafty. */
  readonly kinds: Readonly<Partial<Record<SpanType, string>>> & {
    readonly IM: string;
    readonly VD: string;
    readonly AU: string;
    readonly EX: string;
  };
  /** Several cards in a row. */
  readonly cards: string;
  /** `{id}` is its number. */
  readonly order: string;
  readonly showQuoted: string;
  /** Lines in place of a message: `{name}` and `{other}` are people. */
  readonly recalled: string;
  readonly recalledOwn: string;
  readonly removed: string;
  readonly joined: string;
  readonly transferred: string;
  readonly left: string;
  readonly resolvedBy: string;
  readonly typingOne: string;
  readonly typingMany: string;

  /** The state of an own message. */
  readonly stateSending: string;
  readonly stateWaiting: string;
  /** Waiting, and this device could not keep the message. */
  readonly stateVolatile: string;
  readonly stateSent: string;
  readonly stateDelivered: string;
  readonly stateRead: string;
  readonly stateRefused: string;
  /** With a reason: `{reason}`. */
  readonly refusedBecause: string;
  readonly stateExpired: string;
  readonly retry: string;
  readonly discard: string;

  /** The composer. */
  readonly composerLabel: string;
  readonly placeholder: string;
  readonly send: string;
  /** On the file of an own message: `{percent}` of it has gone. */
  readonly cancelUpload: string;
  readonly charactersLeft: Plural;
  readonly tooLong: Plural;

  /** Why the gateway refused a message, by the reason that it gives. */
  readonly reasons: Readonly<Record<string, string>>;
}
