// Where what the reader has not seen begins: a line stands there until they write, or have been away and come back.
import type { Message, MessageList } from '../../sdk/app/model.ts';

export class UnreadLine {
  /** The line stands before the first message with a greater seqid. */
  #after = Infinity;
  /** Newest seqid when the conversation came on the screen: what comes up to it is no news. */
  #known = 0;
  /** Newest seqid so far. */
  #newest = 0;

  /** The first messages of the conversation are here. */
  begin({ myRead, newestSeq }: MessageList): void {
    this.#after = myRead || Infinity;
    this.#known = this.#newest = newestSeq;
  }

  /** Messages of others have come. `isSeen`: while somebody looked; `wasRead`: all before them was read. */
  arrived(messages: readonly Message[], isSeen: boolean, wasRead: boolean): void {
    const seqid = messages.find((message) => (message.seqid ?? 0) > this.#known)?.seqid;
    const newest = messages.at(-1)?.seqid ?? 0;
    const isThere = this.#newest > this.#after;
    if (seqid !== undefined && (!isThere || (wasRead && !isSeen))) this.#after = isSeen ? newest : seqid - 1;
    this.#newest = Math.max(this.#newest, newest);
  }

  /** The user has written. */
  remove(): void {
    this.#after = Infinity;
  }

  isBetween(before: Message | undefined, message: Message): boolean {
    return !message.own && before !== undefined && isAfter(message, this.#after) && !isAfter(before, this.#after);
  }
}

const isAfter = ({ seqid }: Message, after: number): boolean => seqid !== undefined && seqid > after;
