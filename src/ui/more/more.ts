// The entry of the second file, `kefu-more.js`: what opens only on demand, where a conversation is on the screen.
import { attachMedia } from './attach-media.ts';
import { addStyles } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { moreStyles } from './more.styles.ts';

/** Each part listens to what happens in the host, and opens by itself. */
export const attachMore = (host: MoreHost): void => {
  if (host.shadowRoot) addStyles(host.shadowRoot, moreStyles);
  attachMedia(host);
};
