// What a visitor is called who has given no name: the same word for the same user, everywhere on the desk.
import type { User } from '../sdk/app/model.ts';

/** Four hex digits of an FNV-1a hash: enough to tell apart the visitors of an inbox. */
export const shortId = (id: string): string => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return (hash % 0x10000).toString(16).toUpperCase().padStart(4, '0');
};

/** The visitor with a name to show: their own, or "Visitor 7F3A". */
export const named = (visitor: User, nameless: string): User =>
  visitor.name ? visitor : { ...visitor, name: `${nameless} ${shortId(visitor.id)}` };
