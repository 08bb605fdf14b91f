// The sections of the inbox: which conversations stand in which, in what order.
import type { Conversation, ConversationInfo } from '../sdk/app/model.ts';

/** `open`: an agent has it; `waiting`: nobody has it; `resolved`: closed. */
export type Section = 'open' | 'waiting' | 'resolved';

export const SECTIONS: readonly Section[] = ['open', 'waiting', 'resolved'];

/** Undefined for a conversation in which nobody has written yet. */
export const sectionOf = ({ phase }: ConversationInfo): Section | undefined =>
  phase === 'assigned' ? 'open' : phase === 'queued' ? 'waiting' : phase === 'resolved' ? 'resolved' : undefined;

/** The conversations of a section: who waits longest stands first in the queue, elsewhere the newest activity. */
export const inSection = (conversations: readonly Conversation[], section: Section): readonly Conversation[] => {
  const found = conversations.filter((one) => sectionOf(one.info$.value) === section);
  return section === 'waiting' ? found.sort((a, b) => waitingSince(a) - waitingSince(b)) : found;
};

const waitingSince = ({ info$ }: Conversation): number => info$.value.waitingSince ?? info$.value.touched;

/** Conversations of the section that have something to do in them: all of the queue, else those with unread messages. */
export const todoIn = (conversations: readonly Conversation[], section: Section): number =>
  conversations.filter(
    ({ info$ }) => sectionOf(info$.value) === section && (section === 'waiting' || info$.value.unread > 0),
  ).length;
