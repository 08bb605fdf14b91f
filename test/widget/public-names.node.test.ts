// What pages read and call keeps its name in the bundles, where what only our own code uses has a short one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { shortInternalNames } from '../../scripts/internal-names.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = ['src/widget/kefu.ts', 'src/desk/desk.ts'].map((file) => root + file);

/** Names of everything that a page can reach from what the entries export: members, options, details of events. */
function publicNames(): Set<string> {
  const config = ts.getParsedCommandLineOfConfigFile(
    `${root}tsconfig.json`,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) =>
        assert.fail(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')),
    },
  );
  const program = ts.createProgram(entries, config?.options ?? {});
  const checker = program.getTypeChecker();
  const names = new Set<string>();
  const seen = new Set<ts.Type>();

  const isOurs = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.some((one) => one.getSourceFile().fileName.startsWith(`${root}src/`)) === true;
  const isOpen = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.every(
      (one) => !(ts.getCombinedModifierFlags(one) & (ts.ModifierFlags.Protected | ts.ModifierFlags.Private)),
    ) === true && !symbol.name.startsWith('#');

  const walk = (type: ts.Type): void => {
    if (seen.has(type)) return;
    seen.add(type);
    if (type.isUnionOrIntersection()) type.types.forEach(walk);
    for (const argument of [...checker.getTypeArguments(type as ts.TypeReference), ...(type.aliasTypeArguments ?? [])])
      walk(argument);
    for (const signature of type.getCallSignatures()) {
      walk(signature.getReturnType());
      for (const parameter of signature.getParameters()) walk(checker.getTypeOfSymbol(parameter));
    }
    for (const property of type.getProperties()) {
      // Elements hand each other the words to show.
      if (!isOurs(property) || !isOpen(property) || property.name === 'strings') continue;
      names.add(property.name);
      walk(checker.getTypeOfSymbol(property));
    }
  };

  for (const entry of entries) {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    assert.ok(module, `${entry} exports nothing`);
    for (const symbol of checker.getExportsOfModule(module)) walk(checker.getDeclaredTypeOfSymbol(symbol));
  }
  return names;
}

describe('the names of the bundles', () => {
  it('are whole where pages use them', () => {
    const names = publicNames();
    // A method, a property, an option, details of events.
    for (const known of ['destroy', 'noSound', 'price', 'msgid', 'loaded']) assert.ok(names.has(known), known);
    assert.deepEqual(
      Object.keys(shortInternalNames.mangleCache).filter((name) => names.has(name)),
      [],
    );
  });

  it('are whole where what runs inside of a page, to measure or to watch, uses them', () => {
    for (const file of ['bench/list-page.mjs', 'bench/send.mjs', 'test/proof/browsers/witness.ts']) {
      const code = readFileSync(root + file, 'utf8');
      assert.deepEqual(
        Object.keys(shortInternalNames.mangleCache).filter((name) => new RegExp(`[.{,]\\s*${name}\\b`).test(code)),
        [],
        file,
      );
    }
  });
});
