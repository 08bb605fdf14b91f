// A rollup plugin: leaves out what errors say and are called. It is for whoever develops Kefu: a page tells them by their class.
import MagicString from 'magic-string';

const texts = [
  /(?<=new (?:Protocol|RequestTimeout|LinkLost)?Error\()(?:'[^'\n]*'|`[^`\n]*`)(?=[,)])/g,
  /(?<=super\()`(?:refused|busy)[^`\n]*`(?=\))/g,
];
const names = /override readonly name = '\w+Error';/g;

/** To be put before whatever changes the sources. */
export const errorTexts = () => ({
  name: 'error-texts',
  transform(source, id) {
    if (!/\/src\/(?:protocol|sdk|ui)\//.test(id)) return null;
    const code = new MagicString(source);
    for (const text of texts)
      for (const { 0: found, index } of source.matchAll(text)) code.overwrite(index, index + found.length, "''");
    for (const { 0: found, index } of source.matchAll(names)) code.remove(index, index + found.length);
    return code.hasChanged() ? { code: code.toString(), map: code.generateMap({ hires: true }) } : null;
  },
});
