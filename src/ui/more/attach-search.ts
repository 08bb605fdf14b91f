// Search within a conversation: the gateway finds, a jump shows.
import { findsOf } from '../../protocol/find.ts';
import type { Find } from '../../protocol/find.ts';
import { jump } from './attach-jump.ts';
import { addStyles, CROSS, element, iconButton } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { moreStrings } from './strings.ts';

const LENS = 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM15.3 15.3 20 20';
const UP = 'm6 15 6-6 6 6';
const DOWN = 'm6 9 6 6 6-6';

/** Who stops typing for so long wants to see what is there. */
const PAUSE_MS = 400;
const LIT = 'kefu-found';

const isLit = new WeakSet<ShadowRoot>();

/** Marks the text wherever it stands in the messages of the list, as far as the browser can; an empty text: nowhere. */
const light = (list: Element | null | undefined, query: string): void => {
  if (!('highlights' in CSS)) return;
  CSS.highlights.delete(LIT);
  const wanted = query.toLowerCase();
  if (!wanted) return;
  const ranges: Range[] = [];
  for (const { shadowRoot } of list?.shadowRoot?.querySelectorAll('kefu-message') ?? []) {
    const text = shadowRoot?.querySelector('.text');
    if (!shadowRoot || !text) continue;
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const within = (node.nodeValue ?? '').toLowerCase();
      for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, Math.min(at + wanted.length, node.nodeValue?.length ?? 0));
        ranges.push(range);
      }
    }
    if (ranges.length > 0 && !isLit.has(shadowRoot)) {
      isLit.add(shadowRoot);
      addStyles(shadowRoot, `::highlight(${LIT}) { background: #ffd54a; color: #16181d; }`);
    }
  }
  CSS.highlights.set(LIT, new Highlight(...ranges));
};

export const attachSearch = (host: MoreHost): void => {
  const inside = host.shadowRoot;
  if (!inside) return;
  const words = moreStrings(host.strings?.lang ?? '');
  let hits: readonly Find[] = [];
  /** There may be more before this seqid. */
  let before: number | undefined;
  let at = 0;
  let query = '';
  let pause = 0;

  const list = (): Element | null => inside.querySelector('kefu-message-list');
  const input = element('input', { type: 'search', placeholder: words.search, maxLength: 100, enterKeyHint: 'search' });
  input.setAttribute('aria-label', words.search);
  const status = element('span', { className: 'count' });
  status.setAttribute('role', 'status');
  const step = async (by: number): Promise<void> => {
    const of = query;
    if (at + by >= hits.length && before !== undefined) {
      const more = findsOf(await host.conversation?.find(of, before));
      if (of !== query) return;
      hits = [...hits, ...more.hits];
      before = more.before;
    }
    at = Math.max(0, Math.min(hits.length - 1, at + by));
    await show();
  };
  const show = async (): Promise<void> => {
    const hit = hits[at];
    const more = before === undefined ? '' : '+';
    status.textContent = hit ? `${at + 1}/${hits.length}${more}` : query && words.nothing;
    older.disabled = !hit || (at === hits.length - 1 && before === undefined);
    newer.disabled = !hit || at === 0;
    if (hit) await jump(host, hit.seq);
    look();
  };
  const failed = (): void => {
    status.textContent = words.notNow;
  };
  const find = async (): Promise<void> => {
    clearTimeout(pause);
    const wanted = input.value.trim();
    if (wanted === query) return;
    query = wanted;
    [hits, before, at] = [[], undefined, 0];
    const found = wanted ? findsOf(await host.conversation?.find(wanted)) : { hits: [] };
    if (wanted !== query) return;
    hits = found.hits;
    before = found.before;
    await show();
  };
  const go = (by: number): void => {
    step(by).catch(failed);
  };
  const start = (): void => {
    find().catch(() => {
      query = '';
      failed();
    });
  };
  const older = iconButton(words.before, UP, () => go(1));
  const newer = iconButton(words.after, DOWN, () => go(-1));
  const bar = element('div', { className: 'search' }, input, status, older, newer);
  bar.setAttribute('role', 'search');
  const leave = (): void => {
    bar.remove();
    opener.ariaExpanded = 'false';
    clearTimeout(pause);
    input.value = query = '';
    light(undefined, '');
    opener.focus();
  };
  bar.append(iconButton(words.close, CROSS, leave));
  input.oninput = () => {
    clearTimeout(pause);
    pause = window.setTimeout(start, PAUSE_MS);
  };
  bar.onkeydown = (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') leave();
    else if (event.target !== input) return;
    else if (event.key === 'ArrowUp') go(1);
    else if (event.key === 'ArrowDown') go(-1);
    else if (event.key === 'Enter' && input.value.trim() === query) go(event.shiftKey ? -1 : 1);
    else if (event.key === 'Enter') start();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  let frame = 0;
  const look = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (query) light(list(), query);
    });
  };
  const opener = iconButton(words.search, LENS, () => {
    if (bar.isConnected) {
      leave();
      return;
    }
    [hits, before, at] = [[], undefined, 0];
    older.disabled = newer.disabled = true;
    status.textContent = '';
    inside.querySelector('kefu-link-banner')?.before(bar);
    opener.ariaExpanded = 'true';
    input.focus();
  });
  opener.ariaExpanded = 'false';
  let known: Element | null | undefined;
  const hostUpdated = (): void => {
    if (!opener.isConnected) inside.querySelector('.who')?.after(opener);
    if (list() !== known) {
      known = list();
      known?.shadowRoot?.addEventListener('scroll', look, { capture: true, passive: true });
    }
    look();
  };
  host.addController({ hostUpdated });
  hostUpdated();
};
