// The states of a message as its sender sees it, and every way from one to another.

/**
 * - `draft`: in the list, not yet in the outbox.
 * - `queued`: in the outbox, and kept on this device unless it is marked volatile.
 * - `uploading`: its file is on the way.
 * - `sending`: handed to the link, not yet answered.
 * - `sent`: stored by the gateway, or taken without a seqid.
 * - `delivered`, `read`: another member has it, has seen it. They follow from receipts and are never stored.
 * - `refused`: the gateway will never take it.
 * - `expired`: too old to be sent without asking.
 */
export type MessageState =
  'draft' | 'queued' | 'uploading' | 'sending' | 'sent' | 'delivered' | 'read' | 'refused' | 'expired';

/** A lost link leads from `sending` back to `queued`: a timeout is "unknown", never "failed". */
export const MESSAGE_TRANSITIONS: { readonly [S in MessageState]: readonly MessageState[] } = {
  // Refused by this device: the outbox is full.
  draft: ['queued', 'uploading', 'refused'],
  uploading: ['queued', 'refused', 'expired'],
  queued: ['sending', 'sent', 'refused', 'expired'],
  sending: ['queued', 'sent', 'refused'],
  sent: ['delivered', 'read'],
  delivered: ['read'],
  read: [],
  refused: [],
  // A late answer, or its echo in the history, may still say that it had been stored.
  expired: ['queued', 'uploading', 'sent'],
};

export const canBecome = (from: MessageState, to: MessageState): boolean => MESSAGE_TRANSITIONS[from].includes(to);

/** True while the message is on its way to the gateway and can still get a seqid by itself. */
export const isPending = (state: MessageState): boolean =>
  state === 'draft' || state === 'queued' || state === 'uploading' || state === 'sending';
