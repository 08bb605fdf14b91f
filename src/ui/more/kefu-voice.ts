// A voice message to listen to: a button, its loudness over time, and how far it is. Until this is there, the browser's own player is.
import type { JsonObject } from '../../protocol/json.ts';
import { addStyles, element, icon, iconButton } from './dialog.ts';
import { moreStrings } from './strings.ts';

const PLAY = 'M8 5.5v13l10.5-6.5L8 5.5Z';
const PAUSE = 'M8 5.5v13M16 5.5v13';
/** Bars of what has none. */
const FLAT = 32;
const BARS_MOST = 64;

const styles = `
:host {
  align-items: center;
  gap: 8px;
}
button {
  flex: none;
  display: grid;
  place-items: center;
  inline-size: 36px;
  block-size: 36px;
  padding: 0;
  border: 0;
  border-radius: 50%;
  color: inherit;
  background: rgb(128 128 128 / 22%);
  cursor: pointer;
}
button svg {
  inline-size: 20px;
  block-size: 20px;
  fill: none;
  stroke: currentColor;
  stroke-width: 2;
  stroke-linejoin: round;
  stroke-linecap: round;
}
:focus-visible {
  outline: 2px solid;
  outline-offset: 2px;
}
.wave {
  flex: 1;
  position: relative;
  block-size: 32px;
}
.wave svg {
  position: absolute;
  inline-size: 100%;
  block-size: 100%;
  stroke: currentColor;
  opacity: 0.35;
}
.rtl svg {
  transform: scaleX(-1);
}
.wave svg + svg {
  opacity: 1;
}
input {
  position: absolute;
  inset: 0;
  inline-size: 100%;
  block-size: 100%;
  margin: 0;
  opacity: 0;
  cursor: pointer;
}
.wave:focus-within {
  outline: 2px solid;
  border-radius: 4px;
}
span {
  min-inline-size: 32px;
  font-size: 12px;
  font-variant-numeric: tabular-nums;
}
`;

const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60))}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`;

/** The bars of a preview: base64 of a byte for each. */
export const barsOf = (preview: unknown): readonly number[] => {
  try {
    if (typeof preview === 'string' && preview !== '')
      return Array.from(atob(preview).slice(0, BARS_MOST), (bar) => bar.charCodeAt(0) / 255);
  } catch {
    // not base64
  }
  return new Array<number>(FLAT).fill(0);
};

const wave = (bars: readonly number[]): SVGElement => {
  const drawing = icon(
    bars
      .map((bar, at) => {
        const half = 1 + bar * 11;
        return `M${String(at * 3 + 1.5)} ${(12 - half).toFixed(1)}v${(2 * half).toFixed(1)}`;
      })
      .join(''),
  );
  drawing.setAttribute('viewBox', `0 0 ${String(bars.length * 3)} 24`);
  drawing.setAttribute('preserveAspectRatio', 'none');
  return drawing;
};

/** One speaks at a time. */
let speaking: HTMLAudioElement | undefined;

/** Its child is the audio element; `data` is what the message says of it. */
export class KefuVoice extends HTMLElement {
  declare data: JsonObject | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    addStyles(root, styles);
    const slot = element('slot', { hidden: true });
    slot.onslotchange = () => {
      const [audio] = slot.assignedElements();
      if (!(audio instanceof HTMLAudioElement)) return;
      slot.onslotchange = null;
      root.append(...this.#player(audio));
    };
    root.append(slot);
  }

  #player(audio: HTMLAudioElement): readonly HTMLElement[] {
    const words = moreStrings(this.lang);
    const { duration, preview } = this.data ?? {};
    const said = typeof duration === 'number' && duration > 0 ? duration / 1000 : 0;
    const bars = barsOf(preview);
    const played = wave(bars);
    const place = element('input', { type: 'range', min: '0', max: '1000', value: '0' });
    const label = audio.getAttribute('aria-label') ?? '';
    place.setAttribute('aria-label', label);
    const time = element('span', {}, clock(said));
    const button = iconButton(words.play, PLAY, () => {
      if (audio.paused) void audio.play().catch(() => undefined);
      else audio.pause();
    });
    const seconds = (): number => (Number.isFinite(audio.duration) ? audio.duration : said);
    const look = (): void => {
      const done = Math.min(1, audio.currentTime / (seconds() || 1));
      played.style.clipPath = `inset(0 ${String(100 - 100 * done)}% 0 0)`;
      place.value = String(Math.round(done * 1000));
      place.ariaValueText = `${clock(audio.currentTime)} / ${clock(seconds())}`;
      time.textContent = clock(audio.paused && done === 0 ? seconds() : audio.currentTime);
    };
    const turn = (): void => {
      button.replaceChildren(icon(audio.paused ? PLAY : PAUSE));
      const name = audio.paused ? words.play : words.pause;
      button.title = name;
      button.setAttribute('aria-label', name);
      look();
    };
    place.oninput = () => {
      audio.currentTime = (Number(place.value) / 1000) * seconds();
      look();
    };
    audio.addEventListener('play', () => {
      if (speaking !== audio) speaking?.pause();
      speaking = audio;
      turn();
    });
    audio.addEventListener('pause', turn);
    audio.addEventListener('ended', () => {
      audio.currentTime = 0;
      turn();
    });
    for (const type of ['timeupdate', 'loadedmetadata']) audio.addEventListener(type, look);
    const isRtl = getComputedStyle(this).direction === 'rtl';
    look();
    return [button, element('div', { className: isRtl ? 'wave rtl' : 'wave' }, wave(bars), played, place), time];
  }
}
