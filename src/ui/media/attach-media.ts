// What the second file adds to a conversation on the screen: buttons that bring files, and what happens to files that are pasted, dropped and looked at.
import type { Conversation } from '../../sdk/app/model.ts';
import type { Strings } from '../i18n/strings.ts';
import { attachStyles } from './attach.styles.ts';
import { chooseFiles } from './choose-files.ts';
import type { FileRules } from './choose-files.ts';
import { addStyles, element, iconButton } from './dialog.ts';
import type { Prepared } from './prepare-file.ts';
import { recordVoice } from './record-voice.ts';
import { showMedia } from './show-media.ts';
import { mediaStrings } from './strings.ts';

/** The element that shows a conversation, with a composer in it, inside of a face. */
export interface MediaHost extends HTMLElement {
  readonly conversation: Conversation | undefined;
  readonly strings: Strings | undefined;
}

const CLIP = 'm20 11.5-8.2 8.2a5 5 0 0 1-7-7L13 4.4a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.2A1.7 1.7 0 0 1 7 15l7.5-7.5';
const MICROPHONE = 'M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3';

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

/** Adds the buttons to each composer that the host shows, and takes over what has to do with files. */
export const attachMedia = (host: MediaHost): void => {
  const place = host.getRootNode();
  const inside = host.shadowRoot;
  if (!(place instanceof ShadowRoot) || !inside) return;
  const face = place.host;
  addStyles(inside, attachStyles);

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
  const record = async (): Promise<void> => {
    const voice = await recordVoice(place, lang());
    if (voice) send(voice);
  };

  const look = (): void => {
    const composer = inside.querySelector('kefu-composer');
    const allowed = rules();
    const buttons = composer?.querySelectorAll('[data-media]') ?? [];
    if (!composer || !allowed) {
      for (const button of buttons) button.remove();
      return;
    }
    if (buttons.length > 0) return;
    const words = mediaStrings(lang());
    const input = element('input', { type: 'file', multiple: true, hidden: true, accept: allowed.accept });
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
    const tools: [HTMLElement, string, string][] = [
      [attach, 'start', 'attach'],
      [input, 'start', ''],
    ];
    if ('MediaRecorder' in window && isSecureContext)
      tools.push([iconButton(words.record, MICROPHONE, () => void record()), 'end', 'record']);
    for (const [tool, slot, part] of tools) {
      Object.assign(tool, { slot });
      if (part !== '') tool.setAttribute('part', part);
      tool.dataset['media'] = '';
      composer.append(tool);
    }
  };

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

  look();
  const watching = new MutationObserver(look);
  watching.observe(inside, { childList: true, subtree: true });
  watching.observe(face, { attributes: true, attributeFilter: ['no-upload'] });
};
