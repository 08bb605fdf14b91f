// Moderation: what a visitor writes is looked at before it is stored.
import { readFileSync } from 'node:fs';

/**
 * - `pass`: stored and numbered.
 * - `refuse`: the sender is told; `reason` is for the sender's eyes.
 * - `hide`: the sender sees it as accepted, nobody else ever sees it.
 */
export type Verdict =
  { readonly verdict: 'pass' } | { readonly verdict: 'hide' } | { readonly verdict: 'refuse'; readonly reason: string };

export type Moderate = (text: string) => Verdict;

export const PASS: Verdict = { verdict: 'pass' };

const plain = (text: string): string => text.normalize('NFKC').toLowerCase();

/**
 * A word list: one word or phrase a line, found anywhere in the text, whatever its case. A text with one of them is
 * refused; with one from a line that starts with `hide:` it is accepted without a number. `#` starts a comment.
 */
export function moderateByWords(list: string): Moderate {
  const refused: string[] = [];
  const hidden: string[] = [];
  for (const line of list.split('\n')) {
    const word = plain(line.replace(/#.*/, '').trim());
    if (word === '') continue;
    if (word.startsWith('hide:')) hidden.push(word.slice('hide:'.length).trim());
    else refused.push(word);
  }
  return (text) => {
    const wanted = plain(text);
    if (refused.some((word) => wanted.includes(word))) return { verdict: 'refuse', reason: 'words' };
    if (hidden.some((word) => word !== '' && wanted.includes(word))) return { verdict: 'hide' };
    return PASS;
  };
}

/** The word list in a file. Throws when it can't be read. */
export const moderateByFile = (file: string): Moderate => moderateByWords(readFileSync(file, 'utf8'));

export const letPass: Moderate = () => PASS;
