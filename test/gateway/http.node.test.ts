// What the gateway serves over http: health, scripts, pages.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { Assets } from '../../src/gateway/assets.ts';
import { newFolder, newGateway } from './new-gateway.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request whose path goes out as it is written. */
function ask(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function serve(t: TestContext, demo: boolean): Promise<string> {
  const root = await newFolder();
  await mkdir(join(root, 'dist'));
  await mkdir(join(root, 'demo'));
  await writeFile(join(root, 'secret.txt'), 'CANARY');
  await writeFile(join(root, 'dist', 'kefu.js'), 'let kefu = 1;'.repeat(100));
  await writeFile(join(root, 'dist', 'other.js'), 'CANARY');
  await writeFile(join(root, 'demo', 'index.html'), '<!doctype html>shop');
  await writeFile(join(root, 'demo', 'desk.html'), '<!doctype html>desk');
  await writeFile(join(root, 'demo', 'shop.css'), 'body{}');
  const assets = new Assets({ root, demo });
  const server = createServer((incoming, response) => {
    void assets.serve(incoming.url ?? '', incoming, response).then((isServed) => {
      if (!isServed) response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

describe('assets', () => {
  test('scripts may be embedded anywhere, are compressed and revalidated', async (t) => {
    const url = await serve(t, false);
    const script = await ask(url, '/kefu.js', { 'Accept-Encoding': 'gzip, br' });
    assert.equal(script.status, 200);
    assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(script.headers['access-control-allow-origin'], '*');
    assert.equal(script.headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(script.headers['x-content-type-options'], 'nosniff');
    assert.doesNotMatch(script.headers['cache-control'] ?? '', /immutable/);
    assert.equal(script.headers['content-encoding'], 'br');
    assert.equal(brotliDecompressSync(script.body).toString(), 'let kefu = 1;'.repeat(100));
    const etag = script.headers.etag ?? '';
    assert.equal((await ask(url, '/kefu.js', { 'If-None-Match': etag })).status, 304);
    const plain = await ask(url, '/kefu.js');
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.body.toString(), 'let kefu = 1;'.repeat(100));
    const head = await ask(url, '/kefu.js', {}, 'HEAD');
    assert.equal(head.body.length, 0);
    assert.equal(head.headers['content-length'], String(plain.body.length));
  });

  test('the desk is always there, the shop in the demo alone', async (t) => {
    const plain = await serve(t, false);
    assert.match((await ask(plain, '/desk')).body.toString(), /desk/);
    assert.equal((await ask(plain, '/shop.css')).status, 404);
    assert.match((await ask(plain, '/')).headers['content-type'] ?? '', /text\/plain/);
    const demo = await serve(t, true);
    assert.match((await ask(demo, '/')).body.toString(), /shop/);
    assert.equal((await ask(demo, '/shop.css')).status, 200);
    const policy = String((await ask(demo, '/desk')).headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /require-trusted-types-for 'script'/);
  });

  test('no path leads out of the folders', async (t) => {
    const url = await serve(t, true);
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/demo/../../secret.txt',
      '/..\\secret.txt',
      '//secret.txt',
      '/./secret.txt',
      '/other.js',
      '/.env',
      '/kefu.js%00.html',
    ]) {
      const { status, body } = await ask(url, path);
      assert.equal(status, 404, path);
      assert.doesNotMatch(body.toString(), /CANARY/, path);
    }
  });
});

describe('the server', () => {
  test('health, unknown paths, other methods', async (t) => {
    const { url } = await newGateway(t);
    const live = await ask(url, '/livez');
    assert.equal(live.status, 200);
    assert.equal((JSON.parse(live.body.toString()) as { ok: boolean }).ok, true);
    const ready = await ask(url, '/readyz');
    assert.equal(ready.status, 200);
    assert.deepEqual(JSON.parse(ready.body.toString()), { ok: true, store: 'ok', draining: false, waiting: 0 });
    assert.equal((await ask(url, '/nope')).status, 404);
    assert.equal((await ask(url, '/', {}, 'POST')).status, 405);
    assert.equal((await ask(url, '/v0/channels')).status, 426);
    assert.equal((await ask(url, '/%ff%')).status, 404);
  });
});
