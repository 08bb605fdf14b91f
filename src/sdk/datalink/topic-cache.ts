// Topic cache: a topic as it was last seen, kept on this device a moment after it changes, shown by the next page at once.
import { LIMITS } from '../../protocol/limits.ts';
import type { Clock } from '../network/clock.ts';
import type { DeviceStore, KeptTopic } from './device-store.ts';
import type { History } from './history.ts';
import type { MessageFilter } from './incoming.ts';
import type { Members } from './members.ts';
import type { MessagePool } from './message-pool.ts';
import type { Message } from './message.ts';

/** What changes is kept this much later, together with what follows. */
const DELAY_MS = 500;
/** Messages of a topic that are kept on this device. */
const MESSAGES = 2 * LIMITS.historyPage;

/** Where a topic stands: what is kept of it besides its messages and members. */
export type TopicStanding = Omit<KeptTopic, 'low' | 'messages' | 'members'>;

export interface TopicCacheSurroundings {
  readonly clock: Clock;
  readonly device: DeviceStore;
  readonly showable: MessageFilter;
  /** What this device calls the topic. */
  readonly local: string;
  readonly pool: MessagePool;
  readonly members: Members;
  readonly history: History;
  /** Undefined while there is nothing of the topic to keep. */
  readonly standing: () => TopicStanding | undefined;
}

export class TopicCache {
  readonly #around: TopicCacheSurroundings;
  #cancel: (() => void) | undefined;

  constructor(around: TopicCacheSurroundings) {
    this.#around = around;
  }

  /** Puts the messages and the members back; the topic stands where it stood. */
  show({ low, contiguous, messages, members }: KeptTopic): void {
    const { history, showable, pool } = this.#around;
    history.restore(low, contiguous);
    for (const message of messages) if (showable(message)) pool.upsert(message);
    for (const member of members) this.#around.members.put({ ...member, online: false });
  }

  /** Something has changed. */
  keepSoon(): void {
    this.#cancel ??= this.#around.clock.after(DELAY_MS, () => {
      this.keep();
    });
  }

  /** Keeps the topic as it is now. */
  keep(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const { device, local, pool, members, history } = this.#around;
    const standing = this.#around.standing();
    if (!standing) return;
    const { contiguous } = standing;
    const messages: Message[] = [];
    for (let index = pool.length - 1; index >= 0 && messages.length < MESSAGES; index -= 1) {
      const message = pool.at(index);
      if (message?.seqid !== undefined && message.seqid <= contiguous) messages.push(message);
    }
    // Up to the oldest that is kept, or as far as everything is here.
    const low = messages.length < MESSAGES ? history.oldest : (messages.at(-1)?.seqid ?? 1);
    // With a hole in it, or before the first page has come, what was kept before is better.
    if (low === Infinity || history.isMissing(low, contiguous + 1)) return;
    for (const version of pool.versions())
      if (version.seqid !== undefined && version.seqid >= low && version.seqid <= contiguous) messages.push(version);
    device
      .see(local, { ...standing, low, messages: messages.reverse(), members: members.all() })
      .catch(() => undefined);
  }
}
