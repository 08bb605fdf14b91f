// What can be done with one message: a menu, by right click, long press, or keyboard.
import { recalledBy } from '../../protocol/content.ts';
import { readDrafty } from '../../protocol/drafty.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { writeShorthand } from '../../protocol/shorthand.ts';
import type { Message } from '../../sdk/app/model.ts';
import { previewOf } from '../content/preview.ts';
import type { KefuMessage } from '../kefu-message.ts';
import { element, icon, openDialog } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { say } from './say.ts';
import { moreStrings } from './strings.ts';

const COPY = 'M9 9h10v11H9ZM5 15V4h10v2';
const REPLY = 'M9.5 6 4 11.5 9.5 17M4.5 11.5H14c4 0 6 2.5 6 6.5';
const PEN = 'M4.5 19.5 6 14.5 16 4.5l3.5 3.5-10 10Z';
const UNDO = 'M8 5 4 9l4 4M4.5 9H14a5.5 5.5 0 0 1 0 11H8';
const AGAIN = 'M19 12a7 7 0 1 1-2-5l2 2M19 4.5V9h-4.5';
const BIN = 'M5 7h14M9.5 7V4.5h5V7M7 7l1 12.5h8L17 7';

/** A finger that stays so long, and moves no further. */
const PRESS_MS = 500;
const PRESS_PX = 10;
/** A tap's click comes within this time. */
const LIFT_MS = 100;
/** From the edge of the window, in pixels. */
const EDGE_PX = 8;

interface Act {
  readonly label: string;
  readonly picture: string;
  readonly act: () => unknown;
}

/** Texts, and nothing that would be lost if somebody wrote them anew. */
const isText = (content: Message['content']): boolean =>
  readDrafty(content).every((node) => typeof node === 'string' || /^(?:ST|EM|DL|CO|HL|LN|BR|QQ)$/.test(node.tp));

const actsOn = (host: MoreHost, row: KefuMessage): readonly Act[] => {
  const { message } = row;
  const { conversation, strings } = host;
  const composer = host.shadowRoot?.querySelector('kefu-composer');
  const words = moreStrings(strings?.lang ?? '');
  if (!message || !conversation || !strings || row.notice !== undefined || recalledBy(message.head) !== undefined)
    return [];
  const { own, key, seqid, at } = message;
  const shown = message.edit ?? message;
  const text = writeShorthand(shown.content);
  const acts: Act[] = [];
  const write = (kind: 'reply' | 'edit', of: number): void => {
    if (!composer) return;
    const { target, value } = composer;
    const typed = target?.kind === 'edit' ? (target.before ?? '') : value;
    const name = row.sender?.name ?? (own ? words.visitor : strings.nameless);
    const about = { seqid: of, kind, name, excerpt: previewOf(shown.content, strings) };
    if (kind === 'reply') composer.change(typed, about);
    else composer.change(text, { ...about, before: typed });
    composer.focus();
  };
  if (own && shown.state === 'expired')
    acts.push({ label: strings.retry, picture: AGAIN, act: () => conversation.retry(shown.key) });
  if (composer && seqid !== undefined)
    acts.push({ label: words.reply, picture: REPLY, act: () => write('reply', seqid) });
  // Elsewhere a page may not write there.
  if (text && isSecureContext)
    acts.push({
      label: words.copy,
      picture: COPY,
      act: () =>
        navigator.clipboard.writeText(text).then(
          () => say(host, words.copied),
          () => say(host, words.notNow),
        ),
    });
  if (composer && own && seqid !== undefined && text && isText(shown.content))
    acts.push({ label: words.edit, picture: PEN, act: () => write('edit', seqid) });
  if (own && seqid !== undefined && Date.now() - at < LIMITS.recallMs)
    acts.push({
      label: words.recall,
      picture: UNDO,
      act: () =>
        conversation.recall(key).catch((error: unknown) => {
          const isLate = error instanceof Error && error.name === 'RefusedError';
          say(host, isLate ? words.tooLate : words.notNow);
        }),
    });
  if (own && (shown.state === 'expired' || shown.state === 'refused'))
    acts.push({ label: strings.discard, picture: BIN, act: () => conversation.discard(shown.key) });
  return acts;
};

/** The message that an event is about. */
const rowIn = (event: Event): KefuMessage | undefined =>
  event.composedPath().find((one): one is KefuMessage => one instanceof Element && one.localName === 'kefu-message');

const bubbleOf = (row: KefuMessage): HTMLElement | null | undefined =>
  row.shadowRoot?.querySelector<HTMLElement>('.bubble, .notice');

export const attachMenu = (host: MoreHost): void => {
  const place = host.getRootNode();
  if (!(place instanceof ShadowRoot)) return;
  let isOpen = false;

  /** False when there is nothing to do with the message. */
  const open = (row: KefuMessage, x: number, y: number): boolean => {
    const acts = actsOn(host, row);
    if (isOpen || acts.length === 0) return false;
    isOpen = true;
    const items = acts.map((one) => {
      const item = element('button', { type: 'button', tabIndex: -1 }, icon(one.picture), one.label);
      item.setAttribute('role', 'menuitem');
      item.onclick = () => {
        close();
        one.act();
      };
      return item;
    });
    const menu = element('div', {}, ...items);
    menu.setAttribute('role', 'menu');
    const label = moreStrings(host.strings?.lang ?? '').menu;
    menu.setAttribute('aria-label', label);
    const { dialog, close, closed } = openDialog(place, 'menu', label, menu);
    dialog.addEventListener('keydown', (event) => {
      const at = items.findIndex((one) => one.matches(':focus'));
      const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
      if (event.key === 'Tab') close();
      else if (to === undefined) return;
      else items.at(to % items.length)?.focus();
      event.preventDefault();
    });
    const inlineSize = dialog.offsetWidth;
    const isRtl = getComputedStyle(dialog).direction === 'rtl';
    const left = isRtl ? x - inlineSize : x;
    const within = (at: number, size: number, room: number): string =>
      `${Math.max(EDGE_PX, Math.min(at, room - size - EDGE_PX))}px`;
    dialog.style.left = within(left, inlineSize, innerWidth);
    dialog.style.top = within(y, dialog.offsetHeight, innerHeight);
    items[0]?.focus();
    void closed.then(() => {
      isOpen = false;
    });
    return true;
  };

  const openAt = (row: KefuMessage): boolean => {
    const box = (bubbleOf(row) ?? row).getBoundingClientRect();
    const isRtl = getComputedStyle(row).direction === 'rtl';
    return open(row, isRtl ? box.right : box.left, Math.min(box.bottom + 4, innerHeight));
  };

  host.addEventListener('contextmenu', (event) => {
    const row = rowIn(event);
    if (!row) return;
    const isTouch = 'pointerType' in event && event.pointerType === 'touch';
    const hasOwn = event
      .composedPath()
      .some((one) => one instanceof Element && /^(?:a|video|audio)$/.test(one.localName));
    // What is selected, and links, have a menu of the browser's.
    if (!isTouch && (hasOwn || String(getSelection()) !== '')) return;
    if (isOpen || open(row, event.clientX, event.clientY)) event.preventDefault();
  });

  // Where a long press makes no such event.
  let stopPress: (() => void) | undefined;
  host.addEventListener('pointerdown', (event) => {
    const row = rowIn(event);
    stopPress?.();
    if (!row || event.pointerType !== 'touch') return;
    const { clientX, clientY } = event;
    const ending = new AbortController();
    const { signal } = ending;
    stopPress = () => {
      clearTimeout(timer);
      ending.abort();
    };
    const timer = setTimeout(() => {
      if (!open(row, clientX, clientY)) return;
      // The finger is still there: lifting it is no tap on what is below.
      const swallow = (click: Event): void => {
        click.preventDefault();
        click.stopPropagation();
      };
      addEventListener('click', swallow, { capture: true });
      const lifted = (): void => {
        setTimeout(() => removeEventListener('click', swallow, { capture: true }), LIFT_MS);
      };
      addEventListener('pointerup', lifted, { once: true });
      addEventListener('pointercancel', lifted, { once: true });
    }, PRESS_MS);
    const end = (): void => stopPress?.();
    addEventListener('pointerup', end, { signal });
    addEventListener('pointercancel', end, { signal });
    addEventListener(
      'pointermove',
      (move) => {
        if (Math.hypot(move.clientX - clientX, move.clientY - clientY) > PRESS_PX) end();
      },
      { signal },
    );
  });

  host.addEventListener('keydown', (event) => {
    const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
    const [target] = event.composedPath();
    const row = rowIn(event);
    if (event.defaultPrevented || ctrlKey || altKey || metaKey || !(target instanceof HTMLElement)) return;
    if (
      row &&
      (key === 'ContextMenu' || (key === 'F10' && shiftKey) || (key === 'Enter' && target === bubbleOf(row)))
    ) {
      if (openAt(row)) event.preventDefault();
    } else if ((key === 'ArrowUp' || key === 'ArrowDown') && !shiftKey) {
      const isLog = target.classList.contains('scroller');
      if (!isLog && !(row && target === bubbleOf(row))) return;
      const list = host.shadowRoot?.querySelector('kefu-message-list');
      const rows = [...(list?.shadowRoot?.querySelectorAll('kefu-message') ?? [])];
      const bottom = list?.getBoundingClientRect().bottom ?? 0;
      const at = row
        ? rows.indexOf(row) + (key === 'ArrowUp' ? -1 : 1)
        : rows.filter((one) => one.getBoundingClientRect().top < bottom).length - 1;
      const next = rows[at];
      const bubble = next && bubbleOf(next);
      if (!bubble) return;
      event.preventDefault();
      bubble.tabIndex = -1;
      bubble.focus();
    }
  });
};
