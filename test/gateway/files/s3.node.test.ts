// Files in a bucket: the signature as Amazon documents it, and a small service that checks what it is asked.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { StorageFullError } from '../../../src/gateway/files/file-storage.ts';
import { EMPTY_HASH, signed } from '../../../src/gateway/files/s3-signature.ts';
import { s3Storage } from '../../../src/gateway/files/s3-storage.ts';
import type { S3Options } from '../../../src/gateway/files/s3-storage.ts';
import { newFolder } from '../new-gateway.ts';

const KEYS = {
  region: 'us-east-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

describe('signatures of S3', () => {
  // The examples of "Signature Calculations for the Authorization Header" in Amazon's documentation.
  const now = Date.UTC(2013, 4, 24);
  const signatureOf = (headers: Record<string, string>): string =>
    headers['authorization']?.split('Signature=')[1] ?? '';

  test('are those of the documentation', () => {
    const get = {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { range: 'bytes=0-9' },
      bodyHash: EMPTY_HASH,
      now,
    };
    assert.equal(signatureOf(signed(get, KEYS)), 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
    const list = {
      ...get,
      url: new URL('https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J'),
      headers: {},
    };
    assert.equal(signatureOf(signed(list, KEYS)), '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
    const put = {
      method: 'PUT',
      url: new URL('https://examplebucket.s3.amazonaws.com/test%24file.text'),
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      bodyHash: createHash('sha256').update('Welcome to Amazon S3.').digest('hex'),
      now,
    };
    assert.equal(signatureOf(signed(put, KEYS)), '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd');
  });
});

interface Bucket {
  readonly options: S3Options;
  readonly files: Map<string, Buffer>;
  /** A status to answer everything with. */
  status: number;
}

async function newBucket(t: TestContext): Promise<Bucket> {
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void serve(request).then(({ status, body, headers = {} }) => {
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    });
  });
  const serve = async (
    request: IncomingMessage,
  ): Promise<{ status: number; body?: Buffer; headers?: Record<string, string> }> => {
    const body = await buffer(request);
    if (bucket.status !== 0) return { status: bucket.status };
    const { method = '', url = '', headers } = request;
    const bodyHash = createHash('sha256').update(body).digest('hex');
    const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
    const at = String(headers['x-amz-date']).replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
    const wanted = signed(
      {
        method,
        url: new URL(url, `http://${headers.host}`),
        headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
        bodyHash,
        now: Date.parse(at),
      },
      KEYS,
    );
    if (wanted['authorization'] !== headers.authorization) return { status: 403 };
    const name = url.replace('/files/', '');
    const known = files.get(name);
    if (method === 'PUT') {
      assert.equal(Number(headers['content-length']), body.length);
      files.set(name, body);
      return { status: 200 };
    }
    if (method === 'DELETE') return { status: files.delete(name) ? 204 : 404 };
    if (!known) return { status: 404 };
    const range = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '');
    if (range) return { status: 206, body: known.subarray(Number(range[1]), Number(range[2]) + 1) };
    return { status: 200, body: known };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const bucket: Bucket = {
    options: { ...KEYS, bucket: 'files', endpoint: `http://127.0.0.1:${port}` },
    files,
    status: 0,
  };
  return bucket;
}

describe('files in a bucket', () => {
  const NAME = 'AAAAAAAAAAAAAAAAAAAA-_.png';

  test('are put, read, in part too, and removed', async (t) => {
    const { options, files } = await newBucket(t);
    const path = join(await newFolder(), 'part');
    const content = Buffer.alloc(300_000, 'abc');
    await writeFile(path, content);
    const storage = s3Storage(options, Date.now);
    assert.equal(await storage.has(NAME), false);
    assert.equal(await storage.read(NAME, undefined), undefined);
    await storage.put(NAME, path, { size: content.length, mime: 'image/png' });
    assert.deepEqual(files.get(NAME), content);
    await assert.rejects(stat(path), 'the file has been taken over');
    assert.equal(await storage.has(NAME), true);
    assert.deepEqual(await buffer((await storage.read(NAME, undefined))!), content);
    assert.deepEqual(await buffer((await storage.read(NAME, { start: 3, end: 5 }))!), content.subarray(3, 6));
    await storage.remove(NAME);
    await storage.remove(NAME);
    assert.equal(files.size, 0);
  });

  test('that can not be reached are an error, a full bucket is one of its own', async (t) => {
    const bucket = await newBucket(t);
    const path = join(await newFolder(), 'part');
    await writeFile(path, 'x');
    const about = { size: 1, mime: 'text/plain' };
    const wrongKeys = s3Storage({ ...bucket.options, secretAccessKey: 'other' }, Date.now);
    await assert.rejects(wrongKeys.put(NAME, path, about), /403/);
    const storage = s3Storage(bucket.options, Date.now);
    bucket.status = 500;
    await assert.rejects(storage.put(NAME, path, about), /500/);
    await assert.rejects(storage.has(NAME), /500/);
    await assert.rejects(storage.read(NAME, undefined), /500/);
    bucket.status = 507;
    await assert.rejects(storage.put(NAME, path, about), StorageFullError);
    assert.ok(await stat(path), 'what was not taken over stays');
    const gone = s3Storage({ ...bucket.options, endpoint: 'http://127.0.0.1:1' }, Date.now);
    await assert.rejects(gone.has(NAME), /ECONNREFUSED/);
  });
});
