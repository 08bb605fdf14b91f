// A rollup plugin: minifies css`` and `const styles = ``` (by esbuild, which also lowers nesting) and collapses white space in html`` and svg``.
// What is left of css`` is a call of unsafeCSS: Lit's css only adds checks for mistakes that these literals don't make.
import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import MagicString from 'magic-string';

/** esbuild leaves the values of custom properties alone. An empty one needs its space, and so does a + around its operands. */
const tightenProperties = (code) =>
  code.replace(
    /(--[\w-]+:) (?!;)([^;}]*)/g,
    (_, name, value) => name + value.replace(/([(,])\s+/g, '$1').replace(/\s+([,)])/g, '$1'),
  );

/** The static parts of a css literal, minified; undefined when it cannot be done safely. */
async function minifyCss(parts, target) {
  const source = parts.reduce((text, part, i) => text + (i ? `var(--kefuhole${i - 1}x)` : '') + part, '');
  if (!source.includes('{')) return undefined; // a bare value
  const { code } = await transform(source, { loader: 'css', minify: true, target });
  const minified = tightenProperties(code.trim()).split(/var\(--kefuhole\d+x\)/);
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

/** The nodes of a tree for which `wanted` is true, in order. */
function nodesOf(tree, wanted) {
  const found = [];
  const visit = (node) => {
    if (!node || typeof node !== 'object') return;
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    if (wanted(node)) found.push(node);
    for (const key in node) if (key !== 'type' && typeof node[key] === 'object') visit(node[key]);
  };
  visit(tree);
  return found;
}

const isLiteral = ({ type, tag }) =>
  type === 'TaggedTemplateExpression' && tag.type === 'Identifier' && /^(css|html|svg)$/.test(tag.name);

/** Where Lit is not: `const styles = `…``, and names that end like that. */
const isPlainStyles = ({ type, id, init }) =>
  type === 'VariableDeclarator' && /^(?:\w+S|s)tyles$/.test(id.name) && init?.type === 'TemplateLiteral';

/** The `css` of `import { css } from 'lit'`. */
function cssImports(tree) {
  return tree.body
    .filter(({ type, source }) => type === 'ImportDeclaration' && source.value === 'lit')
    .flatMap(({ specifiers }) => specifiers.filter(({ imported }) => imported?.name === 'css'));
}

/** True for `const name = unsafeCSS(`…{…}`)` without expressions, whatever the function is called by now. */
const isStyles = ({ type, declarations }) => {
  const call = type === 'VariableDeclaration' && declarations.length === 1 ? declarations[0].init : undefined;
  const literal = call?.type === 'CallExpression' && call.arguments.length === 1 ? call.arguments[0] : undefined;
  return (
    literal?.type === 'TemplateLiteral' &&
    literal.quasis.length === 1 &&
    /^[^;]*\{.+\}\s*$/s.test(literal.quasis[0].value.raw)
  );
};

/** What the faces define for all that is inside of them, also for what comes from another bundle: the same names in each. */
const tokens = new Set(
  readFileSync(new URL('../src/ui/tokens.styles.ts', import.meta.url), 'utf8').match(/--_[\w-]+(?=:)/g),
);

/** Short names for the custom properties `--_name`, which are private by convention. The most frequent gets the shortest. */
function shortenProperties(code, text) {
  const pattern = /--_[\w-]+/g;
  const uses = new Map();
  for (const [name] of code.matchAll(pattern)) if (!tokens.has(name)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const others = [...uses].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
  const names = [...tokens, ...others];
  for (const { 0: name, index } of code.matchAll(pattern))
    text.overwrite(index, index + name.length, `--_${names.indexOf(name).toString(36)}`);
}

export const literals = ({ target = ['safari15', 'chrome90'] } = {}) => ({
  name: 'literals',
  async transform(code, id) {
    if (id.includes('node_modules') || !/\b(?:(?:css|html|svg)|\w*[sS]tyles =\s*)`/.test(code)) return null;
    const text = new MagicString(code);
    const tree = this.parse(code);
    for (const { start, end, local } of cssImports(tree)) text.overwrite(start, end, `unsafeCSS as ${local.name}`);
    const literals = [
      ...nodesOf(tree, isLiteral).map(({ tag, quasi }) => ({ kind: tag.name, quasi })),
      ...nodesOf(tree, isPlainStyles).map(({ init }) => ({ kind: 'styles', quasi: init })),
    ];
    for (const { kind, quasi } of literals) {
      const parts = quasi.quasis.map((part) => part.value.cooked);
      const isCss = kind === 'css' || kind === 'styles';
      const minified = isCss ? await minifyCss(parts, target) : minifyMarkup(parts);
      if (kind === 'css') text.appendLeft(quasi.start, '(').appendRight(quasi.end, ')');
      if (!minified) continue;
      quasi.quasis.forEach((part, i) => {
        if (part.end > part.start) text.overwrite(part.start, part.end, minified[i].replace(/[\\`]|\$\{/g, '\\$&'));
      });
    }
    return { code: text.toString(), map: text.generateMap({ hires: true }) };
  },
  /** Puts all styles together: like beside like compresses better. */
  renderChunk(code) {
    const text = new MagicString(code);
    const [first, ...others] = nodesOf(this.parse(code), isStyles);
    shortenProperties(code, text);
    for (const { start, end } of others) text.move(start, end, first.end);
    return { code: text.toString(), map: text.generateMap({ hires: true }) };
  },
});
