// An edit that did not get through, of a message that is gone: nobody can see it any more. Its author hears of it, and it goes.
import { GONE, recalledBy } from '../../protocol/content.ts';
import { attachToList } from './attach-tools.ts';
import type { MoreHost } from './more-host.ts';
import { say } from './say.ts';
import { moreStrings } from './strings.ts';

export const attachEdits = (host: MoreHost): void => {
  const dropped = new Set<string>();
  attachToList(host, (list) => {
    const look = (): void => {
      for (const { message } of list.shadowRoot?.querySelectorAll('kefu-message') ?? []) {
        const { edit, head, from } = message ?? {};
        if (!edit?.own || dropped.has(edit.key) || (edit.state !== 'refused' && edit.state !== 'expired')) continue;
        const by = recalledBy(head ?? {});
        if (by === undefined && edit.reason !== GONE) continue;
        dropped.add(edit.key);
        host.conversation?.discard(edit.key);
        // Who has taken it back knows.
        if (by !== from) say(host, moreStrings(host.strings?.lang ?? '').gone);
      }
    };
    // The rows come after the list.
    list.addController({ hostUpdated: () => void list.updateComplete.then(look) });
  });
};
