// The catalogue that suits a language.
import { en } from './en.ts';
import type { Strings } from './strings.ts';
import { zhCn } from './zh-cn.ts';

/** Every Chinese gets the simplified words, everything unknown the English ones. */
const isChinese = (lang: string): boolean => /^zh\b/i.test(lang);

/**
 * The one of two catalogues that suits a BCP 47 language, with its `lang` narrowed to the region that was asked for
 * (`en-GB` keeps its own way to write dates).
 */
export const pick = <S extends Strings>(lang: string, english: S, chinese: S): S => {
  const strings = isChinese(lang) ? chinese : english;
  return /^en-|^zh-(hans-)?(cn|sg)/i.test(lang) && isKnown(lang) ? { ...strings, lang } : strings;
};

const isKnown = (lang: string): boolean => {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(lang).length > 0;
  } catch {
    return false;
  }
};

const chosen = new Map<string, Strings>();

/** The words of the widget in the language, the same object for the same language. */
export const stringsFor = (lang: string): Strings => {
  let strings = chosen.get(lang);
  if (!strings) chosen.set(lang, (strings = pick(lang, en, zhCn)));
  return strings;
};
