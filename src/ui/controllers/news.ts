// What is new in a list since the last look: messages of others that nobody has seen here yet.
import type { Message, MessageList } from '../../sdk/app/model.ts';

/** How far back to look: more at once is a history, not news. */
const MOST = 500;

export class News {
  /** Newest seqid of somebody else. */
  othersSeq = 0;
  /** Newest seqid of all; -1 before the first messages. */
  #newestSeq = -1;

  /** True until there were messages: the first ones are no news. */
  get isFirst(): boolean {
    return this.#newestSeq < 0;
  }

  /** The messages of others that are newer than any before, oldest first. */
  take(list: MessageList): readonly Message[] {
    const arrived: Message[] = [];
    const { isFirst } = this;
    const newestSeq = this.#newestSeq;
    for (let index = list.length - 1; index >= Math.max(0, list.length - MOST); index -= 1) {
      const message = list.at(index);
      if (message?.seqid === undefined) continue;
      if (message.seqid <= newestSeq) break;
      this.#newestSeq = Math.max(this.#newestSeq, message.seqid);
      if (message.own) continue;
      this.othersSeq = Math.max(this.othersSeq, message.seqid);
      // at first only the newest of somebody else is of interest
      if (isFirst) break;
      arrived.unshift(message);
    }
    if (list.length > 0) this.#newestSeq = Math.max(this.#newestSeq, 0);
    return arrived;
  }
}
