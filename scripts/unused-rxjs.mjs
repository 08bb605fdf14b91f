// A rollup plugin: leaves out the methods of RxJS's classes that nothing here calls. Bundlers keep every method of a class.
import MagicString from 'magic-string';

const unused = new Set(['lift', 'forEach', 'pipe', 'toPromise', 'asObservable', 'observed', 'create']);

const isUnused = ({ type, key, computed }) =>
  type === 'MethodDefinition' && (computed ? key.name === 'Symbol_observable' : unused.has(key.name));

/** `Subject.create = …` */
const isUnusedStatic = ({ type, expression }) =>
  type === 'ExpressionStatement' &&
  expression.type === 'AssignmentExpression' &&
  expression.left.type === 'MemberExpression' &&
  unused.has(expression.left.property.name);

export const unusedRxjs = () => ({
  name: 'unused-rxjs',
  transform(code, id) {
    if (!/\/node_modules\//.test(id)) {
      // forEach is also a method of lists
      const call = /\.(?:pipe|toPromise|asObservable|observed)\b/.exec(code);
      if (call) this.error(`${call[0]} is left out of the bundles by scripts/unused-rxjs.mjs`);
      return null;
    }
    if (!/\/rxjs\/dist\/.*\/(?:Observable|Subject|Subscriber)\.js$/.test(id)) return null;
    const text = new MagicString(code);
    for (const statement of this.parse(code).body) {
      const { body } = statement.declaration?.body ?? {};
      for (const part of [statement, ...(body ?? [])])
        if (isUnused(part) || isUnusedStatic(part)) text.remove(part.start, part.end);
    }
    return { code: text.toString(), map: text.generateMap({ hires: true }) };
  },
});
