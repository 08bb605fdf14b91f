// Files go up, in a form or in pieces, and come down to those who may have them.
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { mkdir, readdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RunningGateway } from '../../../src/gateway/server.ts';
import { until } from '../../support/until.ts';
import { newFolder, newGateway, PASSWORD } from '../new-gateway.ts';
import { JumpingClock } from '../jumping-clock.ts';
import { TestClient } from '../test-client.ts';

interface Params {
  readonly url?: string;
  readonly expires?: string;
  readonly offset?: number;
  readonly reason?: string;
  readonly retryAfter?: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly params: Params;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

function ask(url: string, path: string, { method = 'GET', headers = {}, body = '' }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = send(url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const all = Buffer.concat(chunks);
        const isJson = response.headers['content-type'] === 'application/json' && all.length > 0;
        const params = isJson
          ? ((JSON.parse(all.toString()) as { ctrl?: { params?: Params } }).ctrl?.params ?? {})
          : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: all, params });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(3_000, 7)]);
const UPLOADS = '/v0/file/u/';

const auth = ({ token }: TestClient): Record<string, string> => ({ 'X-Tinode-Auth': `Token ${token}` });

function form(file: Buffer, { name = 'cat.png', type = 'image/png', id = '77' } = {}): Ask {
  const boundary = '----Boundary77';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  const tail = `\r\n--${boundary}\r\nContent-Disposition: form-data; name="id"\r\n\r\n${id}\r\n--${boundary}--\r\n`;
  return {
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), file, Buffer.from(tail)]),
  };
}

interface Piece {
  readonly upload?: string;
  readonly offset?: number;
  readonly length?: number;
  readonly type?: string;
  readonly name?: string;
}

/** A request of our own SDK. */
function piece(
  client: TestClient,
  body: Buffer,
  { upload = 'a'.repeat(32), offset = 0, length = PNG.length, type = 'image/png', name = 'cat.png' }: Piece = {},
): Ask & { readonly headers: Record<string, string> } {
  return {
    method: 'POST',
    headers: {
      ...auth(client),
      'Content-Type': type,
      'X-Kefu-Upload': upload,
      'X-Kefu-Name': encodeURIComponent(name),
      'Upload-Offset': String(offset),
      'Upload-Length': String(length),
    },
    body,
  };
}

const upload = (url: string, client: TestClient, body: Buffer = PNG, about: Piece = {}): Promise<Answer> =>
  ask(url, UPLOADS, piece(client, body, { length: body.length, ...about }));

/** Uploads a file and sends it in the conversation; resolves with its reference. */
async function sendFile(
  url: string,
  client: TestClient,
  topic: string,
  file: Buffer = PNG,
  about: Piece = {},
): Promise<string> {
  const { status, params } = await upload(url, client, file, about);
  assert.equal(status, 200);
  const ref = params.url ?? '';
  await refer(client, topic, ref);
  return ref;
}

async function refer(client: TestClient, topic: string, ref: string): Promise<void> {
  const content = { txt: ' ', fmt: [{ len: 1 }], ent: [{ tp: 'IM', data: { mime: 'image/png', ref } }] };
  assert.equal((await client.request('pub', { topic, content, noecho: true })).code, 202);
}

async function links(client: TestClient, topic: string, refs: readonly string[]): Promise<Record<string, string>> {
  const { code, params } = await client.request('get', { topic, what: 'file', file: { refs } });
  assert.equal(code, 200);
  return params?.['urls'] as Record<string, string>;
}

async function linkTo(client: TestClient, topic: string, ref: string): Promise<string> {
  const url = (await links(client, topic, [ref]))[ref];
  assert.ok(url);
  return url;
}

const staged = (dataDir: string): Promise<string[]> => readdir(join(dataDir, 'uploads'));

describe('uploads in a form, as stock clients send them', () => {
  test('are answered with an address that opens nothing by itself', async (t) => {
    const { url } = await newGateway(t);
    const visitor = await TestClient.visitor(url);
    const { headers, ...rest } = form(PNG);
    const answer = await ask(url, UPLOADS, { ...rest, headers: { ...headers, ...auth(visitor) } });
    assert.equal(answer.status, 200);
    const { ctrl } = JSON.parse(answer.body.toString()) as { ctrl: { id: string; code: number } };
    assert.deepEqual([ctrl.id, ctrl.code], ['77', 200]);
    assert.match(answer.params.url ?? '', /^\/v0\/file\/s\/[\w-]{22}\.png$/);
    assert.ok(Date.parse(answer.params.expires ?? '') > Date.now());
    assert.equal((await ask(url, answer.params.url ?? '')).status, 401);
    const own = await ask(url, answer.params.url ?? '', { headers: auth(visitor) });
    assert.deepEqual(own.body, PNG);
  });

  test('without a token, without a file, or no form at all are refused', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir });
    const visitor = await TestClient.visitor(url);
    assert.equal((await ask(url, UPLOADS, form(PNG))).status, 401);
    const status = async ({ headers, ...rest }: Ask): Promise<number> =>
      (await ask(url, UPLOADS, { ...rest, headers: { ...headers, ...auth(visitor) } })).status;
    assert.equal(await status(form(Buffer.alloc(0))), 400);
    assert.equal(await status({ method: 'POST', body: 'hello' }), 400);
    assert.equal(await status({ ...form(PNG), body: 'no boundary' }), 400);
    const { body, ...cut } = form(PNG);
    assert.equal(await status({ ...cut, body: (body as Buffer).subarray(0, 2_000) }), 400);
    assert.equal(await status({ method: 'PUT' }), 405);
    assert.deepEqual(await staged(dataDir), []);
  });

  test('that are too large, or not what they are said to be, leave nothing behind', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir, fileBytes: 4_000 });
    const visitor = await TestClient.visitor(url);
    const post = ({ headers, ...rest }: Ask): Promise<Answer> =>
      ask(url, UPLOADS, { ...rest, headers: { ...headers, ...auth(visitor) } });
    const large = await post(form(Buffer.concat([PNG, PNG])));
    assert.deepEqual([large.status, large.params.reason], [413, 'file too large']);
    const html = await post(form(Buffer.from('<!doctype html><script>alert(1)</script>')));
    assert.deepEqual([html.status, html.params.reason], [422, 'file type not accepted']);
    assert.deepEqual(await staged(dataDir), []);
  });

  test('whatever the form is made of, the gateway lives and keeps nothing of it', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir, limits: { visitorUploads: { perSecond: 1e6, burst: 1e6 } } });
    const visitor = await TestClient.visitor(url);
    const valid = form(PNG);
    const text = (valid.body as Buffer).toString('latin1');
    const cut = fc.tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 4 }), async (cuts) => {
        let body = text;
        for (const [at, length, instead] of cuts) body = body.slice(0, at) + instead + body.slice(at + length);
        const { status } = await ask(url, UPLOADS, {
          ...valid,
          headers: { ...valid.headers, ...auth(visitor) },
          body: Buffer.from(body, 'latin1'),
        });
        assert.ok([200, 400, 422].includes(status), `${status} ${body}`);
      }),
      { numRuns: 150 },
    );
    assert.deepEqual(await staged(dataDir), []);
    assert.equal((await ask(url, '/livez')).status, 200);
  });
});

describe('uploads in pieces', () => {
  test('go on where the last one ended, and a repeat changes nothing', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir });
    const visitor = await TestClient.visitor(url);
    const put = (from: number, to: number): Promise<Answer> =>
      ask(url, UPLOADS, piece(visitor, PNG.subarray(from, to), { offset: from }));
    assert.equal((await put(0, 1_000)).params.offset, 1_000);
    const ahead = await put(2_000, 3_000);
    assert.deepEqual([ahead.status, ahead.params.offset], [409, 1_000]);
    const again = await put(0, 1_000);
    assert.deepEqual([again.status, again.params.offset], [409, 1_000]);
    assert.equal((await put(1_000, 1_000)).params.offset, 1_000, 'nothing at all asks how far it is');
    assert.equal((await put(1_000, 2_000)).params.offset, 2_000);
    const done = await put(2_000, PNG.length);
    assert.match(done.params.url ?? '', /\.png$/);
    const repeated = await put(2_000, PNG.length);
    assert.deepEqual([repeated.status, repeated.params], [200, done.params], 'the answer may have been lost');
    assert.deepEqual(await staged(dataDir), []);
    const file = await ask(url, done.params.url ?? '', { headers: auth(visitor) });
    assert.deepEqual(file.body, PNG);
  });

  test('keep what came before a connection broke, also over a restart', async (t) => {
    const dataDir = await newFolder();
    const first = await newGateway(t, { dataDir });
    const visitor = await TestClient.visitor(first.url);
    const { headers } = piece(visitor, PNG);
    const cut = send(first.url + UPLOADS, { method: 'POST', headers: { ...headers, 'Content-Length': PNG.length } });
    cut.on('error', () => undefined);
    cut.write(PNG.subarray(0, 1_500));
    const sizeOf = async (url: string): Promise<unknown> =>
      (await ask(url, UPLOADS, piece(visitor, Buffer.alloc(0), { offset: 9_999 }))).params.offset;
    // A second request takes over from the first, which the client has given up.
    const path = join(dataDir, 'uploads', `${visitor.user}.${'a'.repeat(32)}`);
    const onDisk = (): Promise<number> =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    await until('some of it is here', async () => (await onDisk()) > 0);
    const size = await sizeOf(first.url);
    assert.ok(Number(size) > 0 && Number(size) <= 1_500);
    cut.destroy();
    await visitor.close();
    await first.close();
    const { url } = await newGateway(t, { dataDir });
    assert.equal(await sizeOf(url), size);
    const rest = await ask(url, UPLOADS, piece(visitor, PNG.subarray(Number(size)), { offset: Number(size) }));
    const file = await ask(url, rest.params.url ?? '', { headers: auth(visitor) });
    assert.deepEqual(file.body, PNG);
  });

  test('are refused before the rest has come when they can not be', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir, fileBytes: 10_000 });
    const visitor = await TestClient.visitor(url);
    const large = await upload(url, visitor, PNG, { length: 10_001 });
    assert.deepEqual([large.status, large.params.reason], [413, 'file too large']);
    const html = await upload(url, visitor, Buffer.from('<!doctype html>'.padEnd(600)), { length: 9_000 });
    assert.deepEqual([html.status, html.params.reason], [422, 'file type not accepted']);
    const over = await upload(url, visitor, PNG, { length: 2_000 });
    assert.equal(over.status, 400);
    for (const wrong of [{ upload: '../../etc/passwd' }, { upload: 'x' }, { offset: -1 }, { length: 0 }])
      assert.equal((await upload(url, visitor, PNG, wrong)).status, 400, JSON.stringify(wrong));
    assert.deepEqual(await staged(dataDir), []);
  });

  test('of one user are bounded in number, rate and size', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, {
      dataDir,
      limits: { visitorUploads: { perSecond: 0.001, burst: 6 }, uploadsPerUser: 2, visitorFileBytes: 2 * PNG.length },
    });
    const visitor = await TestClient.visitor(url);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((letter) => letter.repeat(32));
    const [a = '', b = '', c = '', ...others] = names;
    for (const name of [a, b, c]) await ask(url, UPLOADS, piece(visitor, PNG.subarray(0, 1_000), { upload: name }));
    assert.deepEqual((await staged(dataDir)).sort(), [`${visitor.user}.${b}`, `${visitor.user}.${c}`]);
    for (const name of [b, c])
      assert.equal(
        (await upload(url, visitor, PNG.subarray(1_000), { upload: name, offset: 1_000, length: PNG.length })).status,
        200,
      );
    const full = await upload(url, visitor, PNG, { upload: others[0] ?? '' });
    assert.deepEqual([full.status, full.params.reason], [422, 'too many files']);
    for (const name of others.slice(1, 3)) await upload(url, visitor, PNG, { upload: name });
    const often = await upload(url, visitor, PNG, { upload: others[3] ?? '' });
    assert.equal(often.status, 429);
    assert.ok(Number(often.params.retryAfter) > 0);
  });

  test('all together take up a bounded part of the disk', async (t) => {
    const { url } = await newGateway(t, { limits: { uploadBytes: 100_000 } });
    const visitor = await TestClient.visitor(url);
    const start = (name: string): Promise<Answer> =>
      upload(url, visitor, PNG.subarray(0, 10), { upload: name, length: 80_000 });
    assert.equal((await start('a'.repeat(32))).status, 200);
    assert.equal((await start('b'.repeat(32))).status, 429);
  });

  test('wait when the disk is full', async (t) => {
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { dataDir });
    const visitor = await TestClient.visitor(url);
    await mkdir(join(dataDir, 'uploads'), { recursive: true });
    await symlink('/dev/full', join(dataDir, 'uploads', `${visitor.user}.${'a'.repeat(32)}`));
    const answer = await upload(url, visitor);
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.params.retryAfter) > 0);
  });

  test('that bring nothing are cut', async (t) => {
    const clock = new JumpingClock();
    const dataDir = await newFolder();
    const { url } = await newGateway(t, { clock, dataDir });
    const visitor = await TestClient.visitor(url);
    const { headers } = piece(visitor, PNG);
    const slow = send(url + UPLOADS, { method: 'POST', headers: { ...headers, 'Content-Length': PNG.length } });
    const ended = new Promise<string>((resolve) => {
      slow.on('error', () => resolve('cut'));
      slow.on('response', () => resolve('answered'));
    });
    slow.write(PNG.subarray(0, 100));
    // The watch begins when the request has come.
    await until('some of it is here', async () => (await staged(dataDir)).length === 1);
    clock.jump(20_000);
    assert.equal(await ended, 'cut');
  });
});

describe('downloads', () => {
  async function talk(gateway: RunningGateway): Promise<{
    readonly visitor: TestClient;
    readonly agent: TestClient;
    readonly topic: string;
  }> {
    const visitor = await TestClient.visitor(gateway.url);
    const topic = await visitor.open();
    const agent = await TestClient.login(gateway.url, 'mei', PASSWORD);
    await visitor.say(topic, 'hello');
    await agent.attach(topic);
    return { visitor, agent, topic };
  }

  test('are for the members of the conversation, by links that end', async (t) => {
    const clock = new JumpingClock();
    const gateway = await newGateway(t, { clock });
    const { url } = gateway;
    const { visitor, agent, topic } = await talk(gateway);
    const ref = await sendFile(url, visitor, topic);
    const link = await linkTo(agent, topic, ref);
    assert.deepEqual((await ask(url, link)).body, PNG);
    assert.equal(await linkTo(agent, topic, ref), link, 'the same for a while, so that browsers cache it');

    const other = await TestClient.visitor(url);
    const theirs = await other.open();
    assert.deepEqual(await links(other, theirs, [ref]), {});
    await refer(other, theirs, ref);
    assert.deepEqual(await links(other, theirs, [ref]), {}, 'a message does not make it theirs');
    assert.equal((await other.request('get', { topic, what: 'file', file: { refs: [ref] } })).code, 404);
    assert.equal((await ask(url, ref, { headers: auth(other) })).status, 404);
    assert.equal((await ask(url, ref, { headers: auth(agent) })).status, 200, 'stock clients say who they are');

    assert.equal((await ask(url, link.replace(/s=./, 's=~'))).status, 403);
    assert.equal((await ask(url, link.replace(/e=\d+/, 'e=9999999999'))).status, 403);
    assert.equal((await ask(url, link.replace(/[\w-]{22}/, 'A'.repeat(22)))).status, 403);
    assert.equal((await ask(url, `${ref}?token=${encodeURIComponent(visitor.token)}`)).status, 401);
    clock.jump(2 * 3_600_000);
    assert.equal((await ask(url, link)).status, 403);
  });

  test('outlive a restart, and say nothing of who asked', async (t) => {
    const dataDir = await newFolder();
    const first = await newGateway(t, { dataDir });
    const { visitor, topic } = await talk(first);
    const ref = await sendFile(first.url, visitor, topic);
    const link = await linkTo(visitor, topic, ref);
    assert.ok(!link.includes(visitor.user) && !link.includes(topic));
    await first.close();
    const { url } = await newGateway(t, { dataDir });
    assert.deepEqual((await ask(url, link)).body, PNG);
  });

  test('have safe headers, ranges and a tag', async (t) => {
    const gateway = await newGateway(t);
    const { url } = gateway;
    const { visitor, topic } = await talk(gateway);
    const link = await linkTo(visitor, topic, await sendFile(url, visitor, topic, PNG, { name: '../../Ünï "x".png' }));
    const { headers } = await ask(url, link);
    assert.equal(headers['content-type'], 'image/png');
    assert.equal(headers['content-disposition'], `inline; filename*=UTF-8''%C3%9Cn%C3%AF%20x.png`);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['content-security-policy']), /default-src 'none'; sandbox/);
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
    assert.match(headers['cache-control'] ?? '', /^private/);
    assert.equal((await ask(url, link, { headers: { 'If-None-Match': headers.etag ?? '' } })).status, 304);
    const saved = await ask(url, `${link}&asatt=1`);
    assert.match(saved.headers['content-disposition'] ?? '', /^attachment/);

    const part = async (range: string, more: Record<string, string> = {}): Promise<readonly unknown[]> => {
      const answer = await ask(url, link, { headers: { Range: range, ...more } });
      return [answer.status, answer.headers['content-range'], answer.body.length];
    };
    const size = PNG.length;
    assert.deepEqual(await part('bytes=0-7'), [206, `bytes 0-7/${size}`, 8]);
    assert.deepEqual(await part('bytes=3000-'), [206, `bytes 3000-${size - 1}/${size}`, size - 3_000]);
    assert.deepEqual(await part('bytes=-8'), [206, `bytes ${size - 8}-${size - 1}/${size}`, 8]);
    assert.deepEqual(await part('bytes=0-99999'), [206, `bytes 0-${size - 1}/${size}`, size]);
    assert.deepEqual(await part(`bytes=${size}-`), [416, `bytes */${size}`, 0]);
    for (const nonsense of ['bytes=9-1', 'bytes=a-b', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2'])
      assert.deepEqual(await part(nonsense), [200, undefined, size], nonsense);
    assert.deepEqual(await part('bytes=0-7', { 'If-Range': '"other"' }), [200, undefined, size]);
    const head = await ask(url, link, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(size), 0]);
  });

  test('of anything but pictures, sound and films are saved', async (t) => {
    const gateway = await newGateway(t);
    const { visitor, topic } = await talk(gateway);
    const text = Buffer.from('<script>alert(1)</script>');
    const ref = await sendFile(gateway.url, visitor, topic, text, { type: 'text/plain', name: 'evil.html' });
    const { headers } = await ask(gateway.url, await linkTo(visitor, topic, ref));
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(headers['content-disposition'], `attachment; filename*=UTF-8''evil.html.txt`);
  });

  test('are gone when no message refers to the file, and not before a day has passed', async (t) => {
    const clock = new JumpingClock();
    const dataDir = await newFolder();
    const gateway = await newGateway(t, { clock, dataDir });
    const { url } = gateway;
    const { visitor, agent, topic } = await talk(gateway);
    const kept = await sendFile(url, visitor, topic, PNG, { upload: 'k'.repeat(32) });
    await agent.request('set', { topic, desc: { trusted: { 'x-kefu': { phase: 'assigned' } } } });
    const recalled = await sendFile(url, agent, topic, PNG, { upload: 'r'.repeat(32) });
    const seq = await agent.say(topic, 'x');
    assert.equal(
      (await agent.request('del', { topic, what: 'msg', hard: true, delseq: [{ low: seq - 1 }] })).code,
      200,
    );
    const { params } = await upload(url, visitor, PNG, { upload: 'o'.repeat(32) });
    const files = async (): Promise<string[]> =>
      (await readdir(join(dataDir, 'files'), { recursive: true })).filter((name) => name.endsWith('.png'));
    assert.equal((await files()).length, 3);
    clock.jump(23.5 * 3_600_000);
    assert.equal((await files()).length, 3);
    await ask(url, UPLOADS, piece(visitor, PNG.subarray(0, 10), { upload: 'p'.repeat(32) }));
    clock.jump(1.6 * 3_600_000);
    await until('the sweep is done', async () => (await files()).length === 1);
    assert.equal((await files())[0]?.slice(-26), kept.slice(-26));
    for (const ref of [recalled, params.url ?? ''])
      assert.equal((await ask(url, ref, { headers: auth(agent) })).status, 404);
  });
});

describe('pages of other origins', () => {
  test('that are allowed may upload and read; others get no word', async (t) => {
    const gateway = await newGateway(t, { allowedOrigins: ['https://shop.example'] });
    const { url } = gateway;
    const shop = { Origin: 'https://shop.example' };
    const visitor = await TestClient.visitor(url, 'V', { headers: shop });
    const topic = await visitor.open();
    const preflight = await ask(url, UPLOADS, {
      method: 'OPTIONS',
      headers: { ...shop, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x-tinode-auth' },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://shop.example');
    assert.match(preflight.headers['access-control-allow-methods'] ?? '', /POST/);
    for (const header of ['x-tinode-auth', 'authorization', 'x-tinode-apikey', 'x-kefu-upload', 'upload-offset'])
      assert.ok(preflight.headers['access-control-allow-headers']?.includes(header), header);
    assert.equal(preflight.headers['access-control-allow-credentials'], undefined);

    const asked = piece(visitor, PNG);
    const answer = await ask(url, UPLOADS, { ...asked, headers: { ...asked.headers, ...shop } });
    assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [200, 'https://shop.example']);
    const refusedAnswer = await ask(url, UPLOADS, { method: 'POST', headers: shop });
    assert.deepEqual(
      [refusedAnswer.status, refusedAnswer.headers['access-control-allow-origin']],
      [401, 'https://shop.example'],
      'a page may read why',
    );
    await refer(visitor, topic, answer.params.url ?? '');
    const link = await linkTo(visitor, topic, answer.params.url ?? '');
    assert.equal(
      (await ask(url, link, { headers: shop })).headers['access-control-allow-origin'],
      'https://shop.example',
    );

    const evil = { Origin: 'https://evil.example' };
    const theirs = await ask(url, UPLOADS, { ...asked, headers: { ...asked.headers, ...evil } });
    assert.deepEqual([theirs.status, theirs.headers['access-control-allow-origin']], [403, undefined]);
    const read = await ask(url, link, { headers: evil });
    assert.equal(read.headers['access-control-allow-origin'], undefined);
  });
});
