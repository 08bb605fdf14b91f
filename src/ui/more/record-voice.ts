// Records a voice message.
import { element, openDialog } from './dialog.ts';
import type { Prepared } from './prepare-file.ts';
import { moreStrings } from './strings.ts';

const EVERY_MS = 80;
const LONGEST_MS = 5 * 60_000;
/** Shorter ones are slips of the finger. */
const SHORTEST_MS = 500;
/** Bars that a receiver draws, and that are drawn meanwhile. */
const BARS = 48;
const BARS_SHOWN = 120;

const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

const clock = (ms: number): string =>
  `${String(Math.floor(ms / 60_000))}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

/** The loudness over time as so many bytes, in base64. */
export const previewOf = (levels: readonly number[]): string => {
  const count = Math.min(BARS, levels.length);
  const at = (bar: number): number => Math.floor((bar * levels.length) / count);
  const bars = Array.from({ length: count }, (_, bar) => Math.max(...levels.slice(at(bar), at(bar + 1))));
  const loudest = Math.max(0.01, ...bars);
  return btoa(String.fromCharCode(...bars.map((level) => Math.round((level / loudest) * 255))));
};

/**
 * Resolves with the recording, or undefined when there is none to send. `released`: the button that began it is held, and
 * letting it go sends or leaves, unless that was before the recording began.
 */
export const recordVoice = async (
  place: ShadowRoot,
  lang: string,
  released?: Promise<boolean>,
): Promise<Prepared | undefined> => {
  let isHeld = released !== undefined;
  void released?.then(() => (isHeld = false));
  const words = moreStrings(lang);
  const time = element('span', {}, clock(0));
  const bars = element('div', { className: 'bars' });
  const meter = element('div', { className: 'meter' }, bars, time);
  const cancel = element('button', { type: 'button', className: 'act' }, words.cancel);
  const send = element('button', { type: 'button', className: 'act main', disabled: true }, words.send);
  const acts = element('div', { className: 'acts' }, cancel, send);
  const title = element('h2', {}, isHeld ? words.release : words.recording);
  const { dialog, close, closed } = openDialog(place, 'sheet', words.recording, title, meter, acts);
  cancel.onclick = close;
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    meter.replaceWith(element('ul', {}, element('li', {}, words.noMicrophone)));
    await closed;
    return undefined;
  }
  const listening = new AudioContext();
  let timer = 0;
  try {
    if (!dialog.open) return undefined;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType });
    const pieces: Blob[] = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    const ended = new Promise((resolve) => (recorder.onstop = resolve));
    const analyser = listening.createAnalyser();
    listening.createMediaStreamSource(stream).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const levels: number[] = [];
    const since = performance.now();
    recorder.start();
    send.focus();
    const look = (): void => {
      analyser.getFloatTimeDomainData(wave);
      const level = Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / wave.length);
      levels.push(level);
      const bar = element('i');
      bar.style.blockSize = `${String(Math.round(10 + Math.min(1, level * 4) * 90))}%`;
      bars.append(bar);
      if (bars.childElementCount > BARS_SHOWN) bars.firstChild?.remove();
      const ms = performance.now() - since;
      time.textContent = clock(ms);
      send.disabled = ms < SHORTEST_MS;
      if (ms > LONGEST_MS) send.click();
    };
    timer = window.setInterval(look, EVERY_MS);
    if (isHeld)
      void released?.then((isSent) => {
        if (isSent && !send.disabled) send.click();
        else close();
      });
    else title.textContent = words.recording;
    let duration = 0;
    send.onclick = () => {
      duration = Math.round(performance.now() - since);
      close();
    };
    await closed;
    if (recorder.state !== 'inactive') recorder.stop();
    await ended;
    if (duration === 0) return undefined;
    const type = (recorder.mimeType || 'audio/webm').split(';', 1)[0] ?? '';
    const name = `${words.voice}.${type.endsWith('webm') ? 'weba' : type.endsWith('ogg') ? 'ogg' : 'm4a'}`;
    return { file: new Blob(pieces, { type }), about: { name, duration, preview: previewOf(levels) } };
  } finally {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    void listening.close();
  }
};
