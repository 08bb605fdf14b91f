// The catalogue of the desk that suits a language.
import { deskEn } from './desk-en.ts';
import type { DeskStrings } from './desk-strings.ts';
import { deskZhCn } from './desk-zh-cn.ts';
import { pick } from './strings-for.ts';

const chosen = new Map<string, DeskStrings>();

/** The words of the desk in the language, the same object for the same language. */
export const deskStringsFor = (lang: string): DeskStrings => {
  let strings = chosen.get(lang);
  if (!strings) chosen.set(lang, (strings = pick(lang, deskEn, deskZhCn)));
  return strings;
};
