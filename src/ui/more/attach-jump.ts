// To messages that are not here: to one that was quoted or found, and on from there, into what is missing around it.
import { LIMITS } from '../../protocol/limits.ts';
import type { KefuMessage } from '../kefu-message.ts';
import type { MoreHost } from './more-host.ts';
import { say } from './say.ts';
import { moreStrings } from './strings.ts';

/** A page that is under way may be another one. */
const TRIES = 3;
/** What could not be had is not asked for again at once. */
const AGAIN_MS = 3_000;

/** Loads the message with this seqid and what is around it, unless it is here. */
const load = async (host: MoreHost, seqid: number): Promise<void> => {
  const { conversation } = host;
  const isHere = (): boolean => (conversation?.messages$.value.indexOfSeqid(seqid) ?? -1) >= 0;
  for (let tries = 0; conversation && !isHere() && tries < TRIES; tries += 1)
    await conversation.loadOlder(seqid + LIMITS.historyPage / 2);
  if (!isHere()) say(host, moreStrings(host.strings?.lang ?? '').notHere);
  await host.updateComplete;
};

/** Brings the message into the middle of the view. */
export const jump = async (host: MoreHost, seqid: number): Promise<void> => {
  await load(host, seqid);
  host.shadowRoot?.querySelector('kefu-message-list')?.jumpTo(seqid);
};

export const attachJump = (host: MoreHost): void => {
  host.addEventListener('kefu-jump-request', (event) => {
    event.loading = load(host, event.seqid);
  });

  let asked = { before: 0, at: -Infinity };
  let frame = 0;
  /** The mark of a hole is in view: what is missing there comes, on the side from which the reader comes. */
  const look = (): void => {
    frame = 0;
    const rows = host.shadowRoot?.querySelector('kefu-message-list')?.shadowRoot;
    const marks = rows?.querySelectorAll('.missing') ?? [];
    if (!rows || marks.length === 0) return;
    const view = rows.host.getBoundingClientRect();
    const isSeen = (one: Element | null | undefined): boolean => {
      const box = one?.getBoundingClientRect();
      return box !== undefined && box.bottom > view.top && box.top < view.bottom;
    };
    for (const mark of marks) {
      if (!isSeen(mark)) continue;
      const rowIn = (box: Element | null | undefined): KefuMessage | null | undefined =>
        box?.querySelector('kefu-message');
      const above = rowIn(mark.parentElement?.previousElementSibling);
      const below = rowIn(mark.parentElement)?.message?.seqid;
      if (below === undefined) continue;
      const from = above?.message?.seqid;
      const before = from !== undefined && isSeen(above) ? Math.min(below, from + LIMITS.historyPage + 1) : below;
      const now = performance.now();
      if (before === asked.before && now < asked.at + AGAIN_MS) continue;
      asked = { before, at: now };
      void host.conversation?.loadOlder(before);
    }
  };
  const soon = (): void => {
    frame ||= requestAnimationFrame(look);
  };
  let known: Element | null | undefined;
  const hostUpdated = (): void => {
    const list = host.shadowRoot?.querySelector('kefu-message-list');
    if (list !== known) list?.shadowRoot?.addEventListener('scroll', soon, { capture: true, passive: true });
    known = list;
    soon();
  };
  host.addController({ hostUpdated });
  hostUpdated();
};
