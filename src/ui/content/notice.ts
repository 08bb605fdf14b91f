// A line in place of a message: something has happened, or a message was taken back.
import { recalledBy, systemLineOf } from '../../protocol/content.ts';
import type { Message, User } from '../../sdk/app/model.ts';
import { fill } from '../i18n/plural.ts';
import type { Strings } from '../i18n/strings.ts';

/** What the line says; undefined for a message of somebody. */
export const noticeOf = (
  { head, from, own }: Message,
  user: (id: string) => User | undefined,
  words: Strings,
): string | undefined => {
  const nameOf = (id: string): string => user(id)?.name ?? words.nameless;
  const by = recalledBy(head);
  if (by !== undefined)
    return by !== from
      ? fill(words.removed, { name: nameOf(by) })
      : own
        ? words.recalledOwn
        : fill(words.recalled, { name: nameOf(by) });
  const line = systemLineOf(head);
  if (!line) return undefined;
  const text = line.act === 'resolved' ? words.resolvedBy : words[line.act];
  return fill(text, { name: nameOf(line.user), other: nameOf(from ?? '') });
};
