// A rollup plugin: makes plain properties of #names. ES2021 has no private fields, and what stands in for them (WeakMaps) is slow and large.
import { transform } from 'esbuild';
import MagicString from 'magic-string';

/** What the names look like until all modules are together and each can get a short one. */
const privateProperty = /\b_\w+\$p\d+\b/g;

/**
 * A name for each, the shortest for the most frequent, that nothing else in the code has. Of equals the first in the code:
 * the numbers of modules follow from which was read first, and the same sources must be the same bundle.
 */
function shortNames(code) {
  const uses = new Map();
  for (const [name] of code.matchAll(privateProperty)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const names = [...uses].sort(([, m], [, n]) => n - m).map(([name]) => name);
  let n = 0;
  const next = () => {
    let name = `_${(n++).toString(36)}`;
    while (new RegExp(`\\b${name}\\b`).test(code)) name = `_${(n++).toString(36)}`;
    return name;
  };
  return new Map(names.map((name) => [name, next()]));
}

function privateIdentifiers(tree) {
  const found = [];
  let classes = 0;
  // A #name belongs to the innermost class around it that declares it.
  const visit = (node, scope) => {
    if (!node || typeof node !== 'object') return;
    if (Array.isArray(node)) {
      for (const inner of node) visit(inner, scope);
      return;
    }
    let inside = scope;
    if (node.type === 'ClassBody') {
      const own = new Map();
      classes += 1;
      for (const { key } of node.body) if (key?.type === 'PrivateIdentifier') own.set(key.name, classes);
      inside = { own, outer: scope };
    }
    if (node.type === 'PrivateIdentifier') {
      let at = scope;
      while (at && !at.own.has(node.name)) at = at.outer;
      found.push({ node, owner: at?.own.get(node.name) });
    }
    for (const key in node) if (key !== 'type' && typeof node[key] === 'object') visit(node[key], inside);
  };
  visit(tree, undefined);
  return found;
}

/** To be put before the plugin that lowers class fields. Subclasses may use a name again: each class has its own number. */
export const privateNames = () => {
  /** module → its number, so that two modules' classes differ */
  const modules = new Map();
  return {
    name: 'private-names',
    async transform(source, id) {
      if (id.includes('node_modules') || !id.endsWith('.ts') || !/#\w/.test(source)) return null;
      const { code, map } = await transform(source, {
        loader: 'ts',
        target: 'esnext',
        sourcefile: id,
        sourcemap: 'external',
        tsconfigRaw: { compilerOptions: { useDefineForClassFields: true, verbatimModuleSyntax: true } },
      });
      const found = privateIdentifiers(this.parse(code));
      if (found.length === 0) return null;
      if (!modules.has(id)) modules.set(id, modules.size + 1);
      const text = new MagicString(code);
      for (const { node, owner } of found) {
        const name = `_${node.name}$p${modules.get(id)}0${owner}`;
        // `#name in object` asks for a string
        const isCheck = /^\s+in\b/.test(code.slice(node.end));
        text.overwrite(node.start, node.end, isCheck ? `'${name}'` : name);
      }
      // Lines stay where esbuild put them, and names are the only change: its own map is good to the line.
      return { code: text.toString(), map };
    },
    renderChunk(code) {
      const names = shortNames(code);
      if (names.size === 0) return null;
      const text = new MagicString(code);
      for (const match of code.matchAll(privateProperty))
        text.overwrite(match.index, match.index + match[0].length, names.get(match[0]));
      return { code: text.toString(), map: text.generateMap({ hires: true }) };
    },
  };
};
