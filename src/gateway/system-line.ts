// System line: what has happened to a conversation, written into it as a message, so that everybody sees it in the same place.
import { SYSTEM_HEAD } from '../protocol/content.ts';
import type { SystemLine } from '../protocol/content.ts';
import { nameOf } from '../protocol/conversation.ts';
import type { Clock } from './clock.ts';
import type { Hub } from './hub.ts';
import { errorText, topicHash } from './log.ts';
import type { Log } from './log.ts';
import type { NewMessage, Store } from './store/store.ts';

/** For clients that do not know such lines: ours have words in their own language. */
const TEXTS: { readonly [K in SystemLine['act']]: (name: string, other: string) => string } = {
  joined: (name) => `${name} joined`,
  transferred: (name, other) => `${other} handed over to ${name}`,
  left: (name) => `${name} left`,
  resolved: (name) => `${name} closed the conversation`,
};

export interface SystemLineSurroundings {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes the line, about something that `from` did. What has happened has happened without it too: it never rejects. */
export async function writeSystemLine(
  { store, hub, clock, log }: SystemLineSurroundings,
  name: string,
  from: string,
  line: SystemLine,
): Promise<void> {
  try {
    const topic = await hub.topic(name);
    if (!topic) return;
    const called = (user: string): string => nameOf(topic.members.get(user)?.public) ?? 'An agent';
    const message: NewMessage = {
      topic: name,
      from,
      msgid: undefined,
      head: JSON.stringify({ [SYSTEM_HEAD]: line }),
      content: JSON.stringify(TEXTS[line.act](called(line.user), called(from))),
      note: false,
      system: true,
      at: clock.now(),
    };
    topic.pending += 1;
    try {
      const { seq, at } = await store.append(message);
      const stored = { ...message, seq, at, deleted: false };
      topic.stored(stored);
      hub.announceMessage(topic, stored);
    } finally {
      topic.pending -= 1;
    }
  } catch (error) {
    log.warn('system-line', { topic: topicHash(name), error: errorText(error) });
  }
}
