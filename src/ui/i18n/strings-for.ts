// The catalogue that suits a language.
import { en } from './en.ts';
import type { Strings } from './strings.ts';
import { zhCn } from './zh-cn.ts';

/**
 * The one of two catalogues that suits a BCP 47 language: every Chinese gets the simplified words, everything unknown the
 * English ones. `en-GB` and the like keep their region, which has its own way to write dates.
 */
export const pick = <S extends Strings>(lang: string, english: S, chinese: S): S =>
  /^zh\b/i.test(lang) ? chinese : /^en-[a-z]{2}$/i.test(lang) ? { ...english, lang } : english;

const chosen = new Map<string, Strings>();

/** The words of the widget in the language, the same object for the same language. */
export const stringsFor = (lang: string): Strings => {
  let strings = chosen.get(lang);
  if (!strings) chosen.set(lang, (strings = pick(lang, en, zhCn)));
  return strings;
};
