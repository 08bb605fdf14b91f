// What opens only on demand (files, recording, the viewer, emoji) is a file of its own, which is asked for when somebody has opened a conversation.
import type * as More from './more/more.ts';
import type { MoreHost } from './more/more-host.ts';

const RETRY_AFTER_MS = 3_000;

let failures = 0;
let more: Promise<typeof More> | undefined;

/** The second file. A browser may remember by its address that a module could not be fetched, so each later try has another. */
export const load = (): Promise<typeof More> => {
  const tried = (more ??= failures > 0 ? import(`./more/more.ts?${failures}`) : import('./more/more.ts'));
  tried.catch(() => {
    if (more !== tried) return;
    more = undefined;
    failures += 1;
  });
  return tried;
};

/** Adds to the element that shows a conversation whatever opens there on demand. Until it is there, the chat is for text. */
export const addMore = (host: MoreHost): void => {
  load().then(
    ({ attachMore }) => {
      attachMore(host);
    },
    () => {
      setTimeout(() => {
        if (host.isConnected) addMore(host);
      }, RETRY_AFTER_MS * failures);
    },
  );
};

/** The sound of a message. */
export const ring = (): void => {
  load().then(
    ({ ring: sound }) => {
      sound();
    },
    () => undefined,
  );
};
