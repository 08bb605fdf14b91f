// Links to files: asked for when they are needed, together, and again before they end.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Json } from '../../../src/protocol/json.ts';
import type { Ctrl } from '../../../src/protocol/server-packet.ts';
import { FileLinks } from '../../../src/sdk/datalink/file-links.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const HOUR_MS = 3_600_000;
const ref = (n: number): string => `/v0/file/s/${String(n).padStart(22, 'A')}.png`;

let clock: ManualClock;
let asked: (readonly string[])[];
/** False: there is no way to ask. */
let isAttached: boolean;
let answer: (refs: readonly string[]) => Promise<Ctrl>;
let links: FileLinks;

const resolve = (one: string): string | undefined => links.resolve$.value(one);
const urlsOf = (refs: readonly string[]): Record<string, Json> =>
  Object.fromEntries(refs.map((one) => [one, `${one}?n=${asked.length}`]));

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  isAttached = true;
  answer = async (refs) => ({ code: 200, params: { urls: urlsOf(refs), ms: 1.5 * HOUR_MS } });
  links = new FileLinks({
    clock,
    address: (path) => `https://im.example.com${path}`,
    ask: (refs) => {
      if (!isAttached) return undefined;
      asked.push(refs);
      return answer(refs);
    },
  });
});

describe('file links', () => {
  it('are asked for together, once, and are there for the next look', async () => {
    let looks = 0;
    links.resolve$.subscribe(() => (looks += 1));
    assert.equal(resolve(ref(1)), undefined);
    resolve(ref(2));
    resolve(ref(1));
    await clock.advance(0);
    assert.deepEqual(asked, [[ref(1), ref(2)]]);
    assert.equal(resolve(ref(1)), `https://im.example.com${ref(1)}?n=1`);
    assert.equal(looks, 2, 'whoever looks is told');
    await clock.advance(HOUR_MS);
    assert.equal(asked.length, 1);
  });

  it('are asked for again before they end; the old one is good until then', async () => {
    resolve(ref(1));
    await clock.advance(0);
    clock.sleep(1.4 * HOUR_MS);
    assert.equal(resolve(ref(1)), `https://im.example.com${ref(1)}?n=1`);
    await clock.advance(0);
    assert.equal(resolve(ref(1)), `https://im.example.com${ref(1)}?n=2`);
  });

  it('go in questions of 32', async () => {
    for (let n = 0; n < 70; n += 1) resolve(ref(n));
    await clock.advance(0);
    assert.deepEqual(
      asked.map(({ length }) => length),
      [32, 32, 6],
    );
  });

  it('wait until somebody can be asked, and are asked for again when the answer is lost', async () => {
    isAttached = false;
    resolve(ref(1));
    await clock.advance(0);
    assert.deepEqual(asked, []);
    isAttached = true;
    answer = () => Promise.reject(new Error('link lost'));
    void links.fill();
    await clock.advance(1_000);
    assert.equal(resolve(ref(1)), undefined);
    answer = async (refs) => ({ code: 200, params: { urls: urlsOf(refs), ms: HOUR_MS } });
    await clock.advance(10_000);
    assert.equal(resolve(ref(1)), `https://im.example.com${ref(1)}?n=2`);
  });

  it('that there are none of are not asked for at each look', async () => {
    answer = async () => ({ code: 200, params: { urls: {} } });
    resolve(ref(1));
    await clock.advance(0);
    for (let look = 0; look < 3; look += 1) assert.equal(resolve(ref(1)), undefined);
    await clock.advance(0);
    assert.equal(asked.length, 1);
    await clock.advance(120_000);
    resolve(ref(1));
    await clock.advance(0);
    assert.equal(asked.length, 2, 'the message may have been on its way still');
  });

  it('lead nowhere but to files of the gateway', async () => {
    for (const other of [
      'https://evil.example/pixel.gif',
      'javascript:alert(1)',
      '/v0/file/s/../../x',
      '//evil.example',
      '',
    ])
      assert.equal(resolve(other), undefined);
    await clock.advance(0);
    assert.deepEqual(asked, []);
  });

  it('to files of this device are there at once, under both of their names', () => {
    links.keep('local:1', new Blob(['x']));
    links.rename('local:1', ref(1));
    assert.match(resolve('local:1') ?? '', /^blob:/);
    assert.equal(resolve(ref(1)), resolve('local:1'));
    links.destroy();
  });
});
