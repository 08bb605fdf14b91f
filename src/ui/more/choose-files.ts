// The sheet that shows files before they are sent.
import { fill } from '../i18n/plural.ts';
import { sizeText } from '../size-text.ts';
import { CROSS, element, icon, iconButton, openDialog } from './dialog.ts';
import { prepareFile, UnreadableError } from './prepare-file.ts';
import type { Prepared } from './prepare-file.ts';
import { moreStrings } from './strings.ts';

/** What may be sent. */
export interface FileRules {
  /** As the attribute `accept` of a file input; empty: anything. */
  readonly accept: string;
  /** In bytes. */
  readonly maxBytes: number;
  /** Larger images are made smaller, in pixels. */
  readonly maxEdge: number;
}

const FILES_MOST = 20;
/** What the sheet returns when its files are to be sent. */
const SENT = 'sent';
const SHEET = 'M6 3.5h8l4.5 4.5v12.5H6v-17Zm8 0V8h4.5';

/** Whether the list of an `accept` attribute has a place for the file. */
export const isAccepted = ({ name, type }: Pick<File, 'name' | 'type'>, accept: string): boolean => {
  const wanted = accept
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '');
  return (
    wanted.length === 0 ||
    wanted.some((one) =>
      one.startsWith('.')
        ? name.toLowerCase().endsWith(one)
        : one.endsWith('/*')
          ? type.startsWith(one.slice(0, -1))
          : type === one,
    )
  );
};

/** Prepares the files, shows them, and resolves with those that the user sends: none when they leave. */
export const chooseFiles = async (
  place: ShadowRoot,
  files: readonly File[],
  lang: string,
  { accept, maxBytes, maxEdge }: FileRules,
): Promise<readonly Prepared[]> => {
  const words = moreStrings(lang);
  const chosen = new Map<File, Prepared | undefined>();
  const urls: string[] = [];
  const title = element('h2');
  const list = element('ul');
  const send = element('button', { type: 'button', className: 'act main' }, words.send);
  const cancel = element('button', { type: 'button', className: 'act' }, words.cancel);
  const refresh = (): void => {
    title.textContent = chosen.size === 1 ? words.sendOne : fill(words.sendMany, { n: String(chosen.size) });
    list.className = list.childElementCount === 1 ? 'only' : '';
    send.disabled = chosen.size === 0 || [...chosen.values()].includes(undefined);
    if (list.childElementCount === 0) close();
  };
  const add = async (file: File): Promise<void> => {
    const about = element('span', { dir: 'auto' }, words.preparing);
    const thumb = element('span', { className: 'thumb' }, icon(SHEET));
    const remove = iconButton(fill(words.remove, { name: file.name }), CROSS, () => {
      chosen.delete(file);
      row.remove();
      refresh();
      if (dialog.open) (send.disabled ? cancel : send).focus();
    });
    const name = element('b', {}, element('bdi', {}, file.name));
    const row = element('li', {}, thumb, element('div', { className: 'about' }, name, about), remove);
    list.append(row);
    chosen.set(file, undefined);
    refresh();
    const refuse = (why: string): void => {
      chosen.delete(file);
      about.className = 'wrong';
      about.textContent = why;
    };
    if (isAccepted(file, accept)) {
      try {
        const prepared = await prepareFile(file, maxEdge);
        if (!chosen.has(file)) return;
        if (prepared.file.size > maxBytes) refuse(fill(words.tooLarge, { size: sizeText(lang, maxBytes) }));
        else {
          chosen.set(file, prepared);
          about.textContent = sizeText(lang, prepared.file.size);
          if (/^image\//.test(prepared.file.type)) {
            const src = URL.createObjectURL(prepared.file);
            urls.push(src);
            thumb.replaceWith(element('img', { className: 'thumb', src, alt: '' }));
          }
        }
      } catch (error) {
        refuse(error instanceof UnreadableError ? words.unreadable : words.notAllowed);
      }
    } else refuse(words.notAllowed);
    refresh();
  };
  const acts = element('div', { className: 'acts' }, cancel, send);
  const { dialog, close, closed } = openDialog(place, 'sheet', words.send, title, list, acts);
  cancel.onclick = close;
  send.onclick = () => {
    dialog.close(SENT);
  };
  // One after the other: each image takes a lot of memory while it is drawn.
  const adding = (async () => {
    for (const file of files.slice(0, FILES_MOST)) if (dialog.open) await add(file);
  })();
  send.focus();
  await closed;
  await adding;
  for (const url of urls) URL.revokeObjectURL(url);
  return dialog.returnValue === SENT ? [...chosen.values()].filter((prepared) => prepared !== undefined) : [];
};
