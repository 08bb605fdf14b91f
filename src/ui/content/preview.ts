// A message in one line: for lists of conversations, quotes and screen readers.
import { readDrafty } from '../../protocol/drafty.ts';
import type { Node } from '../../protocol/drafty.ts';
import { isAnswer } from '../../protocol/form.ts';
import type { Json } from '../../protocol/json.ts';
import type { Strings } from '../i18n/strings.ts';

/** The text without what it quotes; the name of its kind for a message that is no text. */
export const previewOf = (content: Json, words: Strings): string => {
  const textIn = (nodes: readonly Node[]): string =>
    nodes
      .map((node) => {
        if (typeof node === 'string') return node;
        const { tp } = node;
        if (tp === 'QQ') return '';
        if (tp === 'BR') return ' ';
        const kind = words.kinds[tp];
        if (kind === undefined) return textIn(node.nodes);
        if (isAnswer(node)) return '';
        const name = tp.startsWith('x-') ? node.text : node.data['name'];
        return `[${kind}] ${typeof name === 'string' && tp !== 'IM' ? name : ''}`;
      })
      .join('');
  return textIn(readDrafty(content)).replace(/\s+/g, ' ').trim() || words.unsupported;
};
