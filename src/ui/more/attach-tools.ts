// Where the second file puts its parts: what it makes for the composer, and what it does with the list.
import type { KefuComposer } from '../kefu-composer.ts';
import type { KefuMessageList } from '../kefu-message-list.ts';
import type { MoreHost } from './more-host.ts';

/** Keeps what `make` makes in the host's composer, as long as there is one and the face does not have the attribute `unwanted`. */
export const attachTools = (
  host: MoreHost,
  unwanted: string | undefined,
  make: (composer: KefuComposer) => readonly HTMLElement[],
): void => {
  const inside = host.shadowRoot;
  const place = host.getRootNode();
  if (!inside || !(place instanceof ShadowRoot)) return;
  const face = place.host;
  let of: KefuComposer | null | undefined;
  let tools: readonly HTMLElement[] = [];
  const look = (): void => {
    const composer =
      unwanted !== undefined && face.hasAttribute(unwanted) ? undefined : inside.querySelector('kefu-composer');
    if (composer === of) return;
    of = composer;
    for (const tool of tools) tool.remove();
    tools = composer ? make(composer) : [];
    composer?.append(...tools);
  };
  look();
  const watching = new MutationObserver(look);
  watching.observe(inside, { childList: true, subtree: true });
  if (unwanted !== undefined) watching.observe(face, { attributes: true, attributeFilter: [unwanted] });
};

/** Calls `add` with the host's list, and with each one that takes its place. */
export const attachToList = (host: MoreHost, add: (list: KefuMessageList) => void): void => {
  let known: KefuMessageList | null | undefined;
  const hostUpdated = (): void => {
    const list = host.shadowRoot?.querySelector('kefu-message-list');
    if (list === known) return;
    known = list;
    if (list) add(list);
  };
  host.addController({ hostUpdated });
  hostUpdated();
};
