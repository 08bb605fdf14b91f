// The date and time of a message in full, for whoever points at its time.
import { fullText } from '../time.ts';
import type { MoreHost } from './more-host.ts';

export const attachTimes = (host: MoreHost): void => {
  host.addEventListener('pointerover', (event) => {
    const [time] = event.composedPath();
    if (time instanceof HTMLTimeElement) time.title = fullText(host.strings?.lang ?? 'en', Date.parse(time.dateTime));
  });
};
