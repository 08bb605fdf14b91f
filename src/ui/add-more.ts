// What opens only on demand (files, recording, the viewer, emoji) is a file of its own, which is asked for when somebody has opened a conversation.
import type { MoreHost } from './more/more-host.ts';

/** Adds to the element that shows a conversation whatever opens there on demand. Until it is there, the chat is for text. */
export const addMore = (host: MoreHost): void => {
  import('./more/more.ts').then(
    ({ attachMore }) => {
      attachMore(host);
    },
    () => {
      addEventListener('online', () => addMore(host), { once: true });
    },
  );
};

/** The sound of a message. */
export const ring = (): void => {
  import('./more/more.ts').then(
    (more) => {
      more.ring();
    },
    () => undefined,
  );
};
