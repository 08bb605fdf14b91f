// The layers: protocol <- sdk/network <- sdk/datalink <- sdk/app <- ui <- widget | desk, and protocol <- gateway. Imports point left only.

/** A rule that lets the files of one place import only what matches, besides built-in names that other rules are about. */
const only = (name, from, to, why) => ({
  name,
  severity: 'error',
  comment: why,
  from: { path: from },
  to: { path: '^src/', pathNot: to },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that leads nowhere.',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    only('protocol', '^src/protocol/', '^src/protocol/', 'The protocol is pure and knows nothing of its users.'),
    only('network', '^src/sdk/network/', '^src/(protocol|sdk/network)/', 'The network sees only the protocol.'),
    only(
      'datalink',
      '^src/sdk/datalink/',
      '^src/(protocol|sdk/network|sdk/datalink)/',
      'The datalink sees the network and the protocol.',
    ),
    {
      ...only(
        'app',
        '^src/sdk/app/',
        '^src/(protocol|sdk/datalink|sdk/app)/',
        'The app sees the datalink and the protocol; only client.ts, which puts the layers together, sees the network.',
      ),
      from: { path: '^src/sdk/app/', pathNot: '^src/sdk/app/client[.]ts$' },
    },
    only(
      'client',
      '^src/sdk/app/client[.]ts$',
      '^src/(protocol|sdk)/',
      'The composition root sees every layer of the SDK.',
    ),
    only('ui', '^src/ui/', '^src/(protocol|sdk/app|ui)/', 'The elements see the app, never datalink or network.'),
    only(
      'widget',
      '^src/widget/',
      '^src/(protocol|sdk/app|ui|widget)/',
      'The widget holds a client; it does not know the desk.',
    ),
    only(
      'desk',
      '^src/desk/',
      '^src/(protocol|sdk/app|ui|desk)/',
      'The desk holds a client; it does not know the widget.',
    ),
    only('gateway', '^src/gateway/', '^src/(protocol|gateway)/', 'The gateway shares nothing but the protocol.'),
    {
      name: 'in-a-layer',
      severity: 'error',
      comment: 'Every source file belongs to a layer.',
      from: { path: '^src/', pathNot: '^src/(protocol|sdk/(network|datalink|app)|ui|widget|desk|gateway)/' },
      to: {},
    },
    {
      name: 'src-alone',
      severity: 'error',
      comment: 'Sources import sources and packages, never tests, tools or what was built.',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|demo|dist|[.]cache)/' },
    },
    {
      name: 'rxjs-in-the-sdk',
      severity: 'error',
      comment: 'RxJS stops at the door of the SDK.',
      from: { path: '^src/', pathNot: '^src/sdk/' },
      to: { path: '^(node_modules/)?rxjs(/|$)' },
    },
    {
      name: 'lit-in-the-elements',
      severity: 'error',
      comment: 'Only elements render.',
      from: { path: '^src/', pathNot: '^src/(ui|widget|desk)/' },
      to: { path: '^(node_modules/)?(lit|lit-html|lit-element|@lit)(/|$)' },
    },
    {
      name: 'node-in-the-gateway',
      severity: 'error',
      comment: 'Only the gateway runs on Node.',
      from: { path: '^src/', pathNot: '^src/gateway/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'packages-of-src',
      severity: 'error',
      comment: 'Published code needs only published dependencies: these.',
      from: { path: '^src/' },
      to: {
        path: '^node_modules/',
        pathNot:
          '^node_modules/(lit|lit-html|lit-element|@lit/[^/]+|rxjs|ws|@fastify/busboy|pg|pg-[^/]+|prom-client|jose|@nats-io/[^/]+|@types/(ws|node|pg))/',
      },
    },
    {
      name: 'packages-of-the-gateway',
      severity: 'error',
      comment: 'Browsers have a WebSocket and forms of their own, and verify nothing.',
      from: { path: '^src/', pathNot: '^src/gateway/' },
      to: { path: '^node_modules/((@types/)?ws|@fastify/busboy|jose)/' },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
    detectProcessBuiltinModuleCalls: true,
    cache: false,
  },
};
