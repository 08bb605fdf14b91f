// Texts with places to fill, and with forms for numbers.
import type { Plural } from './strings.ts';

/** Fills the places `{name}` of a text. A place without a value stays as it is. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));

/** The form for `n` by the rules of the language, with `{n}` filled. */
export const plural = (lang: string, forms: Plural, n: number): string => {
  const form = new Intl.PluralRules(lang).select(n) === 'one' ? forms.one : undefined;
  return fill(form ?? forms.other, { n: new Intl.NumberFormat(lang).format(n) });
};
