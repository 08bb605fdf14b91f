// The words that only the desk shows, apart from those of the widget so that they do not weigh on it.
import type { Plural, Strings } from './strings.ts';

export interface DeskStrings extends Strings {
  /** Log in. */
  readonly desk: string;
  readonly loginHeading: string;
  readonly loginName: string;
  readonly loginPassword: string;
  readonly login: string;
  readonly loggingIn: string;
  readonly loginWrong: string;
  readonly loginTimeout: string;
  readonly loginFailed: string;
  readonly logout: string;

  /** The inbox. */
  readonly inbox: string;
  readonly inboxEmpty: string;
  readonly inboxEmptyHint: string;
  readonly conversations: Plural;
  readonly filterOpen: string;
  readonly filterQueued: string;
  readonly filterResolved: string;
  readonly unread: Plural;
  /** Before the text of an own message in a preview: `{text}`. */
  readonly previewOwn: string;
  readonly previewEmpty: string;
  /** How long the visitor has been waiting: `{duration}`. */
  readonly waiting: string;

  /** The phases of a conversation. */
  readonly phaseNew: string;
  readonly phaseQueued: string;
  readonly phaseResolved: string;

  /** The thread. */
  readonly selectConversation: string;
  readonly selectConversationHint: string;
  readonly back: string;
  readonly resolve: string;
  readonly resolving: string;
  readonly resolved: string;
  readonly resolvedHint: string;
  readonly take: string;
  readonly taking: string;
  readonly assignedTo: string;
  readonly assignedToYou: string;
  readonly actionFailed: string;
  readonly replyPlaceholder: string;

  /** About the visitor. */
  readonly visitorOnline: string;
  readonly visitorOffline: string;
  readonly page: string;
  readonly channel: string;
  readonly details: string;
  readonly started: string;
  readonly status: string;
  readonly waitingSince: string;
  readonly closeDetails: string;
  /** The name of the visitor is signed by the merchant. */
  readonly verified: string;
  readonly customerId: string;
  readonly email: string;

  /** What the keys below the inbox do: from conversation to conversation. */
  readonly keysNext: string;
}
