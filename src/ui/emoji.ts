// Tells a text that is nothing but a few emoji.

/** A picture with its skin tone, a flag, or several joined into one. */
const PICTURE =
  '(?:\\p{RI}{2}|(?:\\p{EPres}|\\p{ExtPict}\\uFE0F)\\p{EMod}?(?:\\u200D(?:\\p{EPres}|\\p{ExtPict}\\uFE0F?)\\p{EMod}?)*)';
const FEW = new RegExp(`^(?:${PICTURE}\\s?){1,3}$`, 'u');

/** True for one to three emoji and nothing else: those are shown large. */
export const isFewEmoji = (text: string): boolean => text.length <= 60 && FEW.test(text);
