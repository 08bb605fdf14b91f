// P7: pages and browsers come and go in the middle of what their visitor writes. A share of `npm run soak -- browsers`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Engine, engineAt } from '../proof/browsers/engine.ts';
import { perform } from '../proof/browsers/perform.ts';
import { KINDS } from '../proof/browsers/kinds.ts';
import type { KindName } from '../proof/browsers/kinds.ts';
import { Scene } from '../proof/browsers/scene.ts';

const SEED = 1;
const HOUR_MS = 3_600_000;

describe('P7: nothing is lost, doubled or out of order in Chromium', () => {
  for (const name of Object.keys(KINDS) as KindName[])
    it(name, async () => {
      const { wrong, counts } = await perform('chromium', name, 1, SEED);
      assert.equal(wrong, '');
      assert.ok(counts.sent > 1);
    });

  it('a visitor in a tunnel writes, closes the browser, and comes back an hour later', async () => {
    const scene = await Scene.begin('tunnel', new Engine('chromium'), SEED);
    try {
      const tab = await scene.open('tab');
      const sent = await tab.write();
      await tab.becomes(sent, 'sent');
      scene.weather('deaf');
      const written = [await tab.write(), await tab.write()];
      scene.weather('gone');
      written.push(await tab.write());
      await tab.becomes(written.at(-1) ?? '', 'queued');
      await scene.engine.kill();
      scene.skewMs = HOUR_MS;
      await scene.engine.start();
      await scene.open('tab');
      const { wrong } = await scene.judge();
      assert.equal(wrong, '');
      assert.deepEqual(
        (await tab.rows()).map(({ text, seqid, state }) => [text, seqid, state]),
        [sent, ...written].map((text, index) => [text, index + 1, 'sent']),
      );
    } finally {
      await scene.dispose();
    }
  });
});

if (engineAt('firefox'))
  describe('P7: nothing is lost, doubled or out of order in Firefox', () => {
    for (const name of ['reload', 'browser-crash', 'denied'] as const satisfies readonly KindName[])
      it(name, async () => {
        assert.equal((await perform('firefox', name, 1, SEED)).wrong, '');
      });
  });
else console.warn('NOT TESTED in Firefox, which is not installed: P7');
