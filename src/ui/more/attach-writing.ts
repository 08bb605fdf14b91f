// How texts are written: shorthand becomes formats, an answer quotes. A bar says what a text answers or replaces.
import { quoting } from '../../protocol/drafty-writer.ts';
import { readDrafty } from '../../protocol/drafty.ts';
import type { Node } from '../../protocol/drafty.ts';
import { readShorthand } from '../../protocol/shorthand.ts';
import { attachTools } from './attach-tools.ts';
import { CROSS, element, icon, iconButton } from './dialog.ts';
import type { MoreHost } from './more-host.ts';
import { moreStrings } from './strings.ts';

const REPLY = 'M9.5 6 4 11.5 9.5 17M4.5 11.5H14c4 0 6 2.5 6 6.5';
const PEN = 'M4.5 19.5 6 14.5 16 4.5l3.5 3.5-10 10Z';

const textOfNodes = (nodes: readonly Node[]): string =>
  nodes.map((node) => (typeof node === 'string' ? node : node.tp === 'BR' ? '\n' : textOfNodes(node.nodes))).join('');

export const attachWriting = (host: MoreHost): void => {
  attachTools(host, undefined, (composer) => {
    const words = moreStrings(host.strings?.lang ?? '');
    composer.write = (text, target) => {
      const content = readShorthand(text);
      if (target?.kind === 'reply') return quoting(target.name, target.excerpt, content);
      // A newer version answers what the first one did.
      const list = host.conversation?.messages$.value;
      const first = target && list?.at(list.indexOfSeqid(target.seqid))?.content;
      const quote = readDrafty(first ?? null).find((node) => typeof node !== 'string' && node.tp === 'QQ');
      if (!quote || typeof quote === 'string') return content;
      const [name, ...excerpt] = textOfNodes(quote.nodes).split('\n');
      return quoting(name ?? '', excerpt.join(' '), content);
    };
    const leave = (): void => {
      const { target, value } = composer;
      // What was typed to replace a message is nothing without it.
      composer.change(target?.kind === 'edit' ? (target.before ?? '') : value, undefined);
      composer.focus();
    };
    composer.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented || !composer.target) return;
      event.preventDefault();
      leave();
    });
    const bar = element('div', { className: 'target', slot: 'above', hidden: true });
    bar.setAttribute('part', 'target');
    let shown: typeof composer.target;
    const hostUpdated = (): void => {
      const { target } = composer;
      if (target === shown) return;
      shown = target;
      bar.hidden = !target;
      if (!target) return;
      const isEdit = target.kind === 'edit';
      const name = element('b', {}, isEdit ? words.editing : target.name);
      bar.replaceChildren(
        icon(isEdit ? PEN : REPLY),
        element('div', { dir: 'auto' }, name, element('span', {}, target.excerpt)),
        iconButton(words.cancel, CROSS, leave),
      );
    };
    composer.addController({ hostUpdated });
    hostUpdated();
    return [bar];
  });
};
