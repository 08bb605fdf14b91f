// Find: where a text stands in a conversation.

export interface Find {
  /** Of the message, or of the one that it is a newer version of. */
  readonly seq: number;
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly ts: string;
  /** What stands around the text. */
  readonly text: string;
}
