// The entry of the second file, `kefu-more.js`: what opens only on demand, where a conversation is on the screen.
import { attachAnnouncer } from './attach-announcer.ts';
import { attachDate } from './attach-date.ts';
import { attachEmoji } from './attach-emoji.ts';
import { attachMedia } from './attach-media.ts';
import { attachOffer } from './attach-offer.ts';
import { attachTimes } from './attach-times.ts';
import { attachWriting } from './attach-writing.ts';
import { addStyles } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { KefuVoice } from './kefu-voice.ts';
import { moreStyles } from './more.styles.ts';

export { ring } from './ring.ts';

/** Each part listens to what happens in the host, and opens by itself. */
export const attachMore = (host: MoreHost): void => {
  if (host.shadowRoot) addStyles(host.shadowRoot, moreStyles);
  if (!customElements.get('kefu-voice')) customElements.define('kefu-voice', KefuVoice);
  attachAnnouncer(host);
  attachDate(host);
  attachEmoji(host);
  attachMedia(host);
  attachTimes(host);
  attachWriting(host);
  attachOffer(host);
};
