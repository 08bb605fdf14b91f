// The day of the messages that are seen, over them while one scrolls.
import { dayText } from '../time.ts';
import { attachToList } from './attach-tools.ts';
import { element } from './dialog.ts';
import type { MoreHost } from './more-host.ts';

/** So long after the last scroll it goes. */
const STAYS_MS = 1_000;
/** Whoever is so near to the end knows what day it is. */
const END_PX = 24;

export const attachDate = (host: MoreHost): void => {
  const text = element('span');
  const date = element('div', { className: 'date', ariaHidden: 'true' }, text);
  text.setAttribute('part', 'date');
  let going = 0;
  let frame = 0;
  const look = (): void => {
    frame = 0;
    const list = host.shadowRoot?.querySelector('kefu-message-list');
    const scroller = list?.shadowRoot?.querySelector('.scroller');
    if (!list || !scroller || scroller.scrollTop > -END_PX) {
      date.classList.remove('shown');
      return;
    }
    if (date.nextElementSibling !== list) list.before(date);
    const top = scroller.getBoundingClientRect().top + 1;
    // There are never more rows than some screens show.
    const row = [...scroller.querySelectorAll('kefu-message')].find((one) => one.getBoundingClientRect().bottom > top);
    const at = row?.message?.at;
    // Where the name of the day itself is seen, it is enough.
    const day = row?.parentElement?.querySelector('.day')?.getBoundingClientRect();
    if (at === undefined || (day && day.bottom > top)) {
      date.classList.remove('shown');
      return;
    }
    text.textContent = dayText(host.strings?.lang ?? 'en', at, Date.now());
    date.classList.add('shown');
    clearTimeout(going);
    going = window.setTimeout(() => date.classList.remove('shown'), STAYS_MS);
  };
  const soon = (): void => {
    frame ||= requestAnimationFrame(look);
  };
  attachToList(host, (list) => {
    // Scrolls neither bubble nor leave the list.
    list.shadowRoot?.addEventListener('scroll', soon, { capture: true, passive: true });
  });
};
