// A draft: what was typed and not sent, and what it is about; and what a page offers to send.
import type { Card, CardKind } from '../protocol/card.ts';

/** The message that a draft answers, or is to take the place of. */
export interface DraftTarget {
  readonly seqid: number;
  /** `edit`: of the writer's own message. */
  readonly kind: 'reply' | 'edit';
  /** Who wrote it, and what, in one line. */
  readonly name: string;
  readonly excerpt: string;
  /** What had been typed when an edit began: it goes on after it. */
  readonly before?: string;
}

export interface Draft {
  readonly text: string;
  readonly target: DraftTarget | undefined;
}

export const NO_DRAFT: Draft = { text: '', target: undefined };

/** A card that a page offers to be sent with one tap. */
export interface Offer {
  readonly kind: CardKind;
  readonly card: Card;
}
