// A rollup plugin: leaves out the parts of RxJS that nothing here uses. Bundlers keep every method of a class.
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

const inContext = [/errorContext\(\(\) => (\{[^]*?\n {8}\})\);/g, '$1'];
const throwIfClosed = [/\bthis\._throwIfClosed\(\);/g, ''];

/** What stands in these files, and what is there instead. */
const parts = {
  'Observable.js': [
    inContext,
    [/operator\s*\?[^:]*:\s*source\s*\?[^:]*:\s*this\._trySubscribe/, 'this._subscribe'],
    // a subscribe() that throws
    [/\n {4}_trySubscribe\(sink\) \{[^]*?\n {4}\}/, ''],
    ['const { operator, source } = this;', ''],
    [/var _a;\s*return \(_a = this\.source\).*/, ''],
    // other libraries' observables and observers
    [
      'isSubscriber(observerOrNext) ? observerOrNext : new SafeSubscriber(observerOrNext, error, complete)',
      'new SafeSubscriber(observerOrNext)',
    ],
    ['subscribe(observerOrNext, error, complete)', 'subscribe(observerOrNext)'],
    [/function isObserver[^]*?\n}\nfunction isSubscriber[^]*?\n}/, ''],
  ],
  'Subject.js': [
    inContext,
    // Subject.unsubscribe() and what comes after it
    [/\n {4}unsubscribe\(\) \{[^]*?\n {4}\}/, ''],
    [/\n {4}_throwIfClosed\(\) \{[^]*?\n {4}\}/, ''],
    [/\n {4}_trySubscribe\(subscriber\) \{[^]*?\n {4}\}/, ''],
    throwIfClosed,
    ['this.closed = false;', ''],
    // errors: no stream here has any
    [/\n {4}error\(err\) \{[^]*?\n {4}\}(?=\n {4}complete)/, ''],
    ['this.hasError = false;', ''],
    ['this.thrownError = null;', ''],
    [/hasError, thrownError, (isStopped \} = this;)\s*if \(hasError\) \{[^}]*\}\s*else/, '$1'],
    ['const { hasError, isStopped, observers } = this;', 'const { isStopped, observers } = this;'],
    ['hasError || isStopped', 'isStopped'],
  ],
  'BehaviorSubject.js': [
    [/return this\.getValue\(\);/, 'return this._value;'],
    [/\n {4}getValue\(\) \{[^]*?\n {4}\}(?=\n {4}next)/, ''],
  ],
  'Subscriber.js': [
    // operators
    ['constructor(destination)', 'constructor()'],
    [/if \(destination\) \{[^]*?\n {8}else \{[^]*?\n {8}\}/, ''],
    // observers that are nothing, or several functions
    ['isFunction(observerOrNext) || !observerOrNext', 'isFunction(observerOrNext)'],
    ['(observerOrNext !== null && observerOrNext !== void 0 ? observerOrNext : undefined)', 'observerOrNext'],
    ['complete: complete !== null && complete !== void 0 ? complete : undefined,', ''],
    ['constructor(observerOrNext, error, complete)', 'constructor(observerOrNext)'],
    // errors
    [/\n {4}error\(err\) \{[^]*?\n {4}\}(?=\n {4}complete)/g, ''],
    [/\n {4}_error\(err\) \{[^]*?\n {4}\}/, ''],
    ['error: error !== null && error !== void 0 ? error : undefined,', ''],
    [/function defaultErrorHandler[^]*?\n}/, ''],
    ['error: defaultErrorHandler,', ''],
    // what comes after the end
    [/handleStoppedNotification\([^;]*, this\);/g, ''],
    [/function handleStoppedNotification[^]*?\n}/, ''],
    // a context of its own for observers
    [/let context;\s*if \(this && config[^]*?\n {12}\}\s*else \{\s*(partialObserver = observerOrNext;)\s*\}/, '$1'],
    // errors at the place of the call
    [
      /if \(config\.useDeprecatedSynchronousErrorHandling\) \{[^}]*\}\s*else \{\s*(reportUnhandledError\(error\);)\s*\}/,
      '$1',
    ],
  ],
  'Subscription.js': [
    ['(_a = this._finalizers) !== null && _a !== void 0 ? _a : []', 'this._finalizers ?? []'],
    ['var _a;', ''],
    ['errors = errors !== null && errors !== void 0 ? errors : [];', 'errors ??= [];'],
    // all that has gone wrong, in one error: the first does
    ['e instanceof UnsubscriptionError ? e.errors : [e]', '[e]'],
    [/if \(err instanceof UnsubscriptionError\) \{[^}]*\}\s*else \{\s*(errors\.push\(err\);)\s*\}/, '$1'],
    ['throw new UnsubscriptionError(errors);', 'throw errors[0];'],
    // other libraries' subscriptions
    [/return \(value instanceof Subscription \|\|[^;]*;/, 'return value instanceof Subscription;'],
  ],
  // its only use is gone
  'UnsubscriptionError.js': [['createErrorClass((', '/* @__PURE__ */ createErrorClass((']],
  'ObjectUnsubscribedError.js': [['createErrorClass((', '/* @__PURE__ */ createErrorClass((']],
  'reportUnhandledError.js': [[/timeoutProvider\.setTimeout[^]*?\n {4}\}\);/, 'setTimeout(() => { throw err; });']],
};

/** Names that only RxJS itself uses, and short ones instead. */
const internal = [
  '_parentage',
  '_finalizers',
  '_hasParent',
  '_addParent',
  '_removeParent',
  '_subscribe',
  '_innerSubscribe',
  '_checkFinalizedStatuses',
  'initialTeardown',
  'currentObservers',
  'observers',
  'isStopped',
  'partialObserver',
  'destination',
];

export const unusedRxjs = () => ({
  name: 'unused-rxjs',
  transform(code, id) {
    if (!/\/node_modules\//.test(id)) {
      // forEach is also a method of lists
      const call = /\.(?:pipe|toPromise|asObservable|observed|getValue|subscribe\((?=\)|subscriber\)))\b/.exec(code);
      if (call) this.error(`${call[0]} is left out of the bundles by scripts/unused-rxjs.mjs`);
      return null;
    }
    if (!/\/rxjs\/dist\//.test(id)) return null;
    const file = id.slice(id.lastIndexOf('/') + 1);
    const text = new MagicString(code);
    if (/^(?:Observable|Subject|Subscriber)\.js$/.test(file)) {
      for (const statement of this.parse(code).body) {
        const { body } = statement.declaration?.body ?? {};
        for (const part of [statement, ...(body ?? [])])
          if (isUnused(part) || isUnusedStatic(part)) text.remove(part.start, part.end);
      }
    }
    let rest = text.toString();
    for (const [part, instead] of parts[file] ?? []) {
      const shorter = rest.replace(part, instead);
      // Another version of RxJS: what is left out has to be looked up anew.
      if (shorter === rest) this.error(`${file} has no ${String(part)}: see scripts/unused-rxjs.mjs`);
      rest = shorter;
    }
    internal.forEach((name, n) => {
      rest = rest.replace(new RegExp(`\\b${name}\\b`, 'g'), `_$r${n.toString(36)}`);
    });
    return { code: rest, map: { mappings: '' } };
  },
});
