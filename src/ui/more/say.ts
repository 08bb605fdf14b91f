// What has to be said in words for a moment: at the foot of the messages, and to screen readers.
import { element } from './dialog.ts';
import type { MoreHost } from './more-host.ts';

const STAYS_MS = 4_000;

const places = new WeakMap<MoreHost, { readonly place: HTMLElement; going: number }>();

/** Prepares the place: a screen reader says what changes in one that it knows. */
export const attachSay = (host: MoreHost): void => {
  const place = element('div', { className: 'said' });
  place.setAttribute('role', 'status');
  places.set(host, { place, going: 0 });
  host.shadowRoot?.append(place);
};

export const say = (host: MoreHost, text: string): void => {
  const said = places.get(host);
  if (!said) return;
  clearTimeout(said.going);
  said.place.textContent = text;
  said.going = window.setTimeout(() => said.place.replaceChildren(), STAYS_MS);
};
