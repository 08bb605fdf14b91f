// Lint. What the type checker and the formatter see is left to them.
import js from '@eslint/js';
import lit from 'eslint-plugin-lit';
import litA11y from 'eslint-plugin-lit-a11y';
import rxjs from 'eslint-plugin-rxjs-x';
import { configs as wc } from 'eslint-plugin-wc';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const elements = ['src/ui/**/*.ts', 'src/widget/**/*.ts', 'src/desk/**/*.ts'];

const defaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'A name that is the same everywhere can be searched for: export it by name.',
};
const enumeration = {
  selector: 'TSEnumDeclaration',
  message: 'Node strips types only: use a const object or a union.',
};
const inlineStyle = {
  selector:
    'TaggedTemplateExpression[tag.name=/^(html|svg)$/] TemplateElement[value.raw=/(^|[\\s"\'])style\\s*=|<style[\\s>]/i]',
  message: 'A strict content security policy blocks inline styles: use a class, `.style=` or style.setProperty.',
};
const markupFromText = {
  selector:
    'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|parseHTMLUnsafe|srcdoc)$/]',
  message: 'Markup from text is how scripts get in: use a template.',
};
const markupBinding = {
  selector:
    'TaggedTemplateExpression[tag.name=/^(html|svg)$/] TemplateElement[value.raw=/[.](innerHTML|outerHTML|srcdoc)\\s*=/]',
  message: 'Markup from text is how scripts get in: use a template.',
};
const restricted = [defaultExport, enumeration, inlineStyle, markupFromText, markupBinding];

const unsafe = 'Markup or style from text gets past the policy of the page.';
const restrictedImports = {
  patterns: [
    { regex: '^lit(-html)?/directives/(unsafe-html|unsafe-svg|unsafe-mathml|style-map)(\\.js)?$', message: unsafe },
    { regex: '^lit(-html)?/static-html', importNames: ['unsafeStatic'], message: unsafe },
    { regex: '^rxjs/(internal|operators)', message: 'Everything is in rxjs itself.' },
  ],
};

/** node:test waits for what its functions return. */
const nodeTest = {
  from: 'package',
  package: 'node:test',
  name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
};

/** chai's equal, which the plugin that compares DOM trees declares as a promise: it never is one. */
const chaiEqual = [
  { from: 'package', package: 'chai', name: 'Equal' },
  { from: 'package', package: '@open-wc/semantic-dom-diff', name: 'Equal' },
];

export default defineConfig(
  globalIgnores(['dist', '.cache', '.data', 'coverage', 'node_modules']),
  {
    files: ['**/*.mjs', '**/*.cjs', 'demo/**/*.js'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'src/gateway/tsconfig.json', 'test/tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', ...restricted],
      '@typescript-eslint/no-restricted-imports': ['error', restrictedImports],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unsafe-type-assertion': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // numbers read well in messages; the rest stays forbidden
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [nodeTest, ...chaiEqual] }],
      // code points are what texts are measured and cut by
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // control characters are looked for on purpose
      'no-control-regex': 'off',
      // the compiler reports these, with the same exceptions everywhere
      '@typescript-eslint/no-unused-vars': 'off',
      // an async function without await is how an interface of promises is met
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // guards are where unknown becomes something
    files: ['src/protocol/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-type-assertion': 'off' },
  },
  {
    files: ['src/sdk/**/*.ts'],
    extends: [rxjs.configs.recommended],
    rules: {
      'rxjs-x/no-exposed-subjects': 'error',
      'rxjs-x/no-floating-observables': 'error',
      'rxjs-x/no-misused-observables': 'error',
      'rxjs-x/no-subclass': 'error',
    },
  },
  {
    files: elements,
    extends: [lit.configs['flat/all'], wc['flat/recommended'], wc['flat/best-practice'], litA11y.configs.recommended],
    settings: {
      lit: { elementBaseClasses: ['LitElement', 'KefuElement'] },
      wc: { elementBaseClasses: ['LitElement', 'KefuElement'] },
      litHtmlSources: true,
    },
    rules: {
      'lit/ban-attributes': ['error', 'style', 'onclick', 'onload', 'onerror'],
      // lang, title and hidden are ours to reflect
      'lit/no-native-attributes': 'off',
      // short arrow functions and maps in templates cost nothing that a measurement shows
      'lit/no-template-arrow': 'off',
      'lit/no-template-map': 'off',
      // there are no decorators here
      'lit/prefer-query-decorators': 'off',
      // Lit's base class has every life-cycle callback
      'wc/guard-super-call': 'off',
      // Lit binds the listeners of a template to their host
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['src/gateway/main.ts', 'src/gateway/log.ts', 'bench/**', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // expect(x).to.be.true
      '@typescript-eslint/no-unused-expressions': 'off',
      // a test fails where its assumption does
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-type-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // tests look at what an element has rendered, and hand in hostile markup
      'no-restricted-syntax': ['error', enumeration],
    },
  },
);
