// Says to a screen reader what arrives, and only that: rows that come by scrolling, and history, are no news. Hence no live region of rows.
import type { Message } from '../../sdk/app/model.ts';
import { noticeOf } from '../content/notice.ts';
import { previewOf } from '../content/preview.ts';
import { fill, plural } from '../i18n/plural.ts';
import { attachToList } from './attach-tools.ts';
import type { MoreHost } from './more-host.ts';

/** More than this at once are told as a number. */
const SPOKEN_MOST = 3;

export const attachAnnouncer = (host: MoreHost): void => {
  attachToList(host, (list) => {
    const status = list.shadowRoot?.querySelector('.sr[role=status]');
    const textOf = (message: Message): string => {
      const words = list.strings;
      if (!words) return '';
      const { from, content } = message;
      const name = (from === undefined ? undefined : list.user(from)?.name) ?? words.nameless;
      return noticeOf(message, list.user, words) ?? fill(words.arrived, { name, text: previewOf(content, words) });
    };
    list.addEventListener('kefu-arrived', ({ detail: arrived }) => {
      const words = list.strings;
      if (!status || !words) return;
      const text =
        arrived.length > SPOKEN_MOST
          ? plural(words.lang, words.newMessages, arrived.length)
          : arrived.map(textOf).join('\n');
      // the same words twice in a row are two announcements
      status.textContent = text === status.textContent ? `${text}\u200b` : text;
    });
  });
};
