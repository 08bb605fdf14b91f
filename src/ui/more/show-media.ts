// Shows the images of a conversation full screen, and saves files.
import { asObject } from '../../protocol/json.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { MessageList } from '../../sdk/app/model.ts';
import { fill } from '../i18n/plural.ts';
import { sizeText } from '../size-text.ts';
import { CROSS, element, iconButton, openDialog } from './dialog.ts';
import { moreStrings } from './strings.ts';

const ARROW = 'M12 4v12m-6-6 6 6 6-6M5 20h14';
const LENS = 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM15.5 15.5 20 20M10.5 8v5M8 10.5h5';
const BACK = 'm14.5 5-7 7 7 7';
const ON = 'm9.5 5 7 7-7 7';
/** Images on either side of the one that was tapped. */
const AROUND = 100;
const ZOOM = 2.5;

export interface Shown {
  /** Of the message in question. */
  readonly key: string;
  /** What it says of its image or file. */
  readonly data: JsonObject;
  readonly messages: MessageList;
  readonly resolve: (ref: string) => string | undefined;
}

interface Picture {
  readonly data: JsonObject;
  readonly url: string;
}

const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** The images of the messages around this one, in their order, and which of them it is. */
const picturesAround = ({ key, data, messages, resolve }: Shown): { pictures: Picture[]; at: number } => {
  const pictures: Picture[] = [];
  let at = 0;
  const middle = messages.indexOf(key);
  for (let index = Math.max(0, middle - AROUND); index < Math.min(messages.length, middle + AROUND); index += 1) {
    const entities = asObject(messages.at(index)?.content)?.['ent'];
    for (const entity of (Array.isArray(entities) ? entities : []) as readonly Json[]) {
      const about = asObject(asObject(entity)?.['data']);
      if (asObject(entity)?.['tp'] !== 'IM' || !about) continue;
      const url = addressOf(about, resolve);
      if (index === middle && about === data) at = pictures.length;
      if (url !== undefined) pictures.push({ data: about, url });
    }
  }
  return { pictures, at };
};

const addressOf = (data: JsonObject, resolve: Shown['resolve']): string | undefined => {
  const ref = textOf(data['ref']);
  if (ref !== undefined) return resolve(ref);
  const [mime, value] = [textOf(data['mime']), textOf(data['val'])];
  return value !== undefined && /^image\/(png|jpeg|gif|webp)$/.test(mime ?? '')
    ? `data:${mime ?? ''};base64,${value}`
    : undefined;
};

/** Saves what is at the address. */
const save = (url: string, name: string | undefined): void => {
  const isOurs = /^https?:/.test(url);
  const link = element('a', { href: isOurs ? `${url}&asatt=1` : url, download: name ?? '', rel: 'noopener' });
  document.body.append(link);
  link.click();
  link.remove();
};

/** Opens an image, with those around it; saves anything else. */
export const showMedia = async (place: ShadowRoot, shown: Shown, lang: string): Promise<void> => {
  const { pictures, at } = picturesAround(shown);
  if (pictures[at]?.data !== shown.data) {
    const url = addressOf(shown.data, shown.resolve);
    if (url !== undefined) save(url, textOf(shown.data['name']));
    return;
  }
  const words = moreStrings(lang);
  const name = element('bdi');
  const note = element('span', { dir: 'auto' });
  const current = (): number => Math.round(Math.abs(track.scrollLeft) / Math.max(1, track.clientWidth));
  const go = (index: number, behavior: ScrollBehavior = 'auto'): void => {
    track.children[index]?.scrollIntoView({ behavior, inline: 'center', block: 'nearest' });
  };
  const motion = (): ScrollBehavior => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth');
  const step = (by: number): void => {
    if (!dialog.classList.contains('zoomed')) go(current() + by, motion());
  };
  const zoom = (image: HTMLImageElement, x = 0.5, y = 0.5): void => {
    const width = image.clientWidth;
    const isIn = dialog.classList.toggle('zoomed');
    dialog.style.setProperty('--zoom', `${String(Math.max(width * ZOOM, Math.min(image.naturalWidth, width * 4)))}px`);
    const slide = image.parentElement;
    if (isIn && slide) {
      slide.scrollLeft = x * slide.scrollWidth - slide.clientWidth / 2;
      slide.scrollTop = y * slide.scrollHeight - slide.clientHeight / 2;
    }
  };
  const track = element(
    'div',
    { className: 'track', tabIndex: -1 },
    ...pictures.map(({ data, url }) => {
      const alt = textOf(data['name']) ?? words.image;
      const image = element('img', { alt, loading: 'lazy', decoding: 'async', draggable: false, src: url });
      image.onclick = ({ offsetX, offsetY }) => {
        zoom(image, offsetX / image.clientWidth, offsetY / image.clientHeight);
      };
      return element('div', { className: 'slide' }, image);
    }),
  );
  const imageAt = (index: number): HTMLImageElement | null | undefined => track.children[index]?.querySelector('img');
  const before = iconButton(words.before, BACK, () => step(-1));
  const after = iconButton(words.after, ON, () => step(1));
  before.className += ' side before';
  after.className += ' side after';
  const look = (): void => {
    const index = current();
    const picture = pictures[index];
    if (!picture) return;
    const size = picture.data['size'];
    name.textContent = textOf(picture.data['name']) ?? words.image;
    note.textContent = [
      pictures.length > 1 && fill(words.place, { n: String(index + 1), of: String(pictures.length) }),
      typeof size === 'number' && size > 0 && sizeText(lang, size),
    ]
      .filter((part) => part !== false)
      .join(' · ');
    before.disabled = index === 0;
    after.disabled = index === pictures.length - 1;
  };
  track.onscroll = look;
  const about = element('div', { className: 'about' }, element('b', {}, name), note);
  about.setAttribute('role', 'status');
  const toggle = (): void => {
    const image = imageAt(current());
    if (image) zoom(image);
  };
  const load = (): void => {
    const picture = pictures[current()];
    if (picture) save(picture.url, textOf(picture.data['name']));
  };
  const leave = iconButton(words.close, CROSS, () => close());
  const bar = element(
    'div',
    { className: 'bar' },
    about,
    iconButton(words.zoom, LENS, toggle),
    iconButton(words.download, ARROW, load),
    leave,
  );
  const { dialog, close, closed } = openDialog(place, 'viewer', words.image, bar, before, track, after);
  dialog.addEventListener('keydown', ({ key }) => {
    const forward = getComputedStyle(dialog).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    if (key === 'ArrowLeft' || key === 'ArrowRight') step(key === forward ? 1 : -1);
    else if (key === '+' || key === '-') toggle();
  });
  go(at);
  look();
  leave.focus();
  await closed;
};
