// What comes with files (to bring, record and look at them) is a file of its own, which is asked for when a conversation is on the screen.
import type { MediaHost } from './media/media.ts';

/** Adds to the element that shows a conversation whatever has to do with files. Without a way to get it, it does without. */
export const addMedia = (host: MediaHost): void => {
  import('./media/media.ts').then(
    ({ attachMedia }) => {
      attachMedia(host);
    },
    () => undefined,
  );
};
