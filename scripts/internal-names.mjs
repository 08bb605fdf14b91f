// Names of properties that only our own code uses, inside of the bundles: not on the wire, in storage, in a page or in a template. Bundles have short ones instead.

const NAMES = [
  'abandon',
  'afterPaint',
  'allGone',
  'areWaiting',
  'awaitToken',
  'bySeqid',
  'cancelTimer',
  'catchingUp',
  'disown',
  'growDown',
  'growUp',
  'hurry',
  'isBetween',
  'isFirst',
  'isForeign',
  'isMissing',
  'isNamed',
  'isOpen',
  'isThorough',
  'keepToken',
  'ofOthers',
  'othersSeq',
  'retryAfterMs',
  'showable',
  'stoppedTyping',
  'storageKey',
  'toEnd',
  'unnumbered',
  'upsert',
];

/** Options of esbuild. The same in every bundle, which hand each other objects. */
export const shortInternalNames = {
  mangleProps: new RegExp(`^(?:${NAMES.join('|')})$`),
  mangleCache: Object.fromEntries(NAMES.map((name, n) => [name, `$${n.toString(36)}`])),
};
