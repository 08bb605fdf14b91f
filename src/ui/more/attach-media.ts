// Files in a conversation: buttons that bring them, and what happens to those that are pasted, dropped and looked at.
import { chooseFiles } from './choose-files.ts';
import type { FileRules } from './choose-files.ts';
import { attachTools } from './attach-tools.ts';
import { element, iconButton } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import type { Prepared } from './prepare-file.ts';
import { recordVoice } from './record-voice.ts';
import { showMedia } from './show-media.ts';
import { moreStrings } from './strings.ts';

const CLIP = 'm20 11.5-8.2 8.2a5 5 0 0 1-7-7L13 4.4a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.2A1.7 1.7 0 0 1 7 15l7.5-7.5';
const MICROPHONE = 'M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3';

/** Held for so long the button records until it is let go. */
const HOLD_MS = 300;
/** Let go this far away, nothing is sent. */
const AWAY_PX = 80;

const MIB = 1024 * 1024;
const MIB_MOST = 20;
const EDGE_MOST = 2048;

/** What the attributes of the face allow; undefined: no files. */
const rulesOf = (face: Element | undefined): FileRules | undefined => {
  if (face?.hasAttribute('no-upload')) return undefined;
  const number = (name: string, otherwise: number): number => Number(face?.getAttribute(name)) || otherwise;
  return {
    accept: face?.getAttribute('accept') ?? '',
    maxBytes: number('max-file-size', MIB_MOST) * MIB,
    maxEdge: number('max-image-edge', EDGE_MOST),
  };
};

/** Calls `tap`, or `hold` with what becomes of it: whether the button was let go where it was pressed. */
const onTapOrHold = (button: HTMLElement, tap: () => void, hold: (released: Promise<boolean>) => void): void => {
  let isHeld = false;
  button.onclick = () => {
    if (!isHeld) tap();
    isHeld = false;
  };
  button.oncontextmenu = (event) => {
    event.preventDefault();
  };
  button.onpointerdown = ({ button: which, clientX, clientY }) => {
    if (which !== 0) return;
    isHeld = false;
    const released = new Promise<boolean>((resolve) => {
      const end = (event: PointerEvent): void => {
        clearTimeout(timer);
        for (const type of ['pointerup', 'pointercancel'] as const) removeEventListener(type, end, true);
        const away = Math.hypot(event.clientX - clientX, event.clientY - clientY);
        resolve(event.type === 'pointerup' && away < AWAY_PX);
      };
      // Over the whole page: the dialog is over the button by then.
      for (const type of ['pointerup', 'pointercancel'] as const) addEventListener(type, end, true);
    });
    const timer = setTimeout(() => {
      isHeld = true;
      hold(released);
    }, HOLD_MS);
  };
};

/** Adds the buttons to each composer that the host shows, and takes over what has to do with files. */
export const attachMedia = (host: MoreHost): void => {
  const place = host.getRootNode();
  const inside = host.shadowRoot;
  if (!(place instanceof ShadowRoot) || !inside) return;
  const face = place.host;

  const lang = (): string => host.strings?.lang ?? '';
  /** Files can be sent: there is somewhere to write, and the page allows it. */
  const rules = (): FileRules | undefined => (inside.querySelector('kefu-composer') ? rulesOf(face) : undefined);
  const send = ({ file, about }: Prepared): void => {
    host.conversation?.sendFile(file, about);
  };
  const choose = async (files: Iterable<File> | null | undefined): Promise<void> => {
    const list = [...(files ?? [])];
    const allowed = rules();
    if (list.length > 0 && allowed) for (const one of await chooseFiles(place, list, lang(), allowed)) send(one);
  };
  const record = async (released?: Promise<boolean>): Promise<void> => {
    const voice = await recordVoice(place, lang(), released);
    if (voice) send(voice);
  };

  attachTools(host, 'no-upload', () => {
    const words = moreStrings(lang());
    const input = element('input', { type: 'file', multiple: true, hidden: true, slot: 'start' });
    input.onchange = () => {
      void choose(input.files);
      // The same file again is another change.
      input.value = '';
    };
    // In the tap itself, which webviews insist on.
    const attach = iconButton(words.attach, CLIP, () => {
      input.accept = rules()?.accept ?? '';
      input.click();
    });
    attach.slot = 'start';
    attach.setAttribute('part', 'attach');
    if (!('MediaRecorder' in window && isSecureContext)) return [attach, input];
    const voice = iconButton(words.record, MICROPHONE, () => undefined);
    onTapOrHold(
      voice,
      () => void record(),
      (released) => void record(released),
    );
    voice.slot = 'end';
    voice.setAttribute('part', 'record');
    return [attach, input, voice];
  });

  host.addEventListener('paste', (event) => {
    const { types = [], files } = event.clipboardData ?? {};
    // Texts of an office come with a picture of themselves.
    if (!rules() || types.includes('text/plain') || !types.includes('Files')) return;
    event.preventDefault();
    void choose(files);
  });
  for (const type of ['dragover', 'dragleave', 'drop'] as const)
    host.addEventListener(type, (event) => {
      if (!rules() || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      host.toggleAttribute('dropping', type === 'dragover');
      if (type === 'drop') void choose(event.dataTransfer.files);
    });
  host.addEventListener('kefu-media-request', (event) => {
    event.stopPropagation();
    const { conversation } = host;
    if (!conversation) return;
    const { key, span } = event;
    const shown = {
      key,
      data: span.data,
      messages: conversation.messages$.value,
      resolve: conversation.resolve$.value,
    };
    void showMedia(place, shown, lang());
  });
};
