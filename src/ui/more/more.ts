// The entry of the second file, `kefu-more.js`: what opens only on demand, where a conversation is on the screen.
import { attachAnnouncer } from './attach-announcer.ts';
import { attachDate } from './attach-date.ts';
import { attachEdits } from './attach-edits.ts';
import { attachEmoji } from './attach-emoji.ts';
import { attachJump } from './attach-jump.ts';
import { attachMedia } from './attach-media.ts';
import { attachMenu } from './attach-menu.ts';
import { attachOffer } from './attach-offer.ts';
import { attachSearch } from './attach-search.ts';
import { attachTimes } from './attach-times.ts';
import { attachWriting } from './attach-writing.ts';
import { addStyles } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { KefuVoice } from './kefu-voice.ts';
import { moreStyles } from './more.styles.ts';
import { attachSay } from './say.ts';

export { knownVisitor } from './known-visitor.ts';
export { ring } from './ring.ts';

/** What counts characters loads its tables at its first use: long before the first formatted message, and in nobody's way. */
const warmUp = (): void => {
  if ('Segmenter' in Intl) new Intl.Segmenter().segment('');
};

/** Each part listens to what happens in the host, and opens by itself. */
export const attachMore = (host: MoreHost): void => {
  if (host.shadowRoot) addStyles(host.shadowRoot, moreStyles);
  if (!customElements.get('kefu-voice')) customElements.define('kefu-voice', KefuVoice);
  attachAnnouncer(host);
  attachSay(host);
  attachDate(host);
  attachEdits(host);
  attachEmoji(host);
  attachJump(host);
  attachMedia(host);
  attachMenu(host);
  attachSearch(host);
  attachTimes(host);
  attachWriting(host);
  attachOffer(host);
  if ('requestIdleCallback' in window) requestIdleCallback(warmUp);
};
