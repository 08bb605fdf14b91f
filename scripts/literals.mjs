// A rollup plugin: minifies css`` (by esbuild, which also lowers nesting) and collapses white space in html`` and svg``.
import { transform } from 'esbuild';
import MagicString from 'magic-string';

/** The static parts of a css literal, minified; undefined when it cannot be done safely. */
async function minifyCss(parts, target) {
  const source = parts.reduce((text, part, i) => text + (i ? `var(--kefuhole${i - 1}x)` : '') + part, '');
  if (!source.includes('{')) return undefined; // a bare value
  const { code } = await transform(source, { loader: 'css', minify: true, target });
  const minified = code.trim().split(/var\(--kefuhole\d+x\)/);
  return minified.length === parts.length ? minified : undefined; // else an expression went missing
}

/** The static parts of an html or svg literal, without comments and needless white space; undefined where white space matters. */
function minifyMarkup(parts) {
  if (parts.some((part) => /<(pre|textarea)\b[^>]*>[^<]*\n/i.test(part))) return undefined;
  return parts
    .map((part) =>
      part
        .replace(/<!--(?!\?|lit)[\s\S]*?-->/g, '')
        .replace(/\s*\n\s*/g, '\n')
        .replace(/>\n</g, '><')
        .replace(/\n/g, ' ')
        .replace(/\s+(\/?>)/g, '$1'),
    )
    .map((part, i, all) => {
      const start = i === 0 ? part.trimStart() : part;
      return i === all.length - 1 ? start.trimEnd() : start;
    });
}

function taggedTemplates(tree) {
  const found = [];
  const visit = (node) => {
    if (!node || typeof node !== 'object') return;
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    if (
      node.type === 'TaggedTemplateExpression' &&
      node.tag.type === 'Identifier' &&
      /^(css|html|svg)$/.test(node.tag.name)
    )
      found.push(node);
    for (const key in node) if (key !== 'type' && typeof node[key] === 'object') visit(node[key]);
  };
  visit(tree);
  return found;
}

export const literals = ({ target = ['safari15', 'chrome90'] } = {}) => ({
  name: 'literals',
  async transform(code, id) {
    if (id.includes('node_modules') || !/\b(css|html|svg)`/.test(code)) return null;
    const text = new MagicString(code);
    for (const { tag, quasi } of taggedTemplates(this.parse(code))) {
      const parts = quasi.quasis.map((part) => part.value.cooked);
      const minified = tag.name === 'css' ? await minifyCss(parts, target) : minifyMarkup(parts);
      if (!minified) continue;
      quasi.quasis.forEach((part, i) => {
        if (part.end > part.start) text.overwrite(part.start, part.end, minified[i].replace(/[\\`]|\$\{/g, '\\$&'));
      });
    }
    return { code: text.toString(), map: text.generateMap({ hires: true }) };
  },
});
