// S3 storage: files in a bucket of Amazon S3 or of anything that speaks its protocol.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request as requestPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { StorageFullError } from './file-storage.ts';
import type { FileStorage } from './file-storage.ts';
import { EMPTY_HASH, signed } from './s3-signature.ts';
import type { S3Credentials } from './s3-signature.ts';

/** Without a byte for this long a request has failed. */
const STALL_MS = 30_000;

export interface S3Options extends S3Credentials {
  /** `https://s3.eu-central-1.amazonaws.com`, or the address of another service. */
  readonly endpoint: string;
  readonly bucket: string;
}

interface Ask {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The file that is the body. */
  readonly path?: string;
}

/** `now` is the machine's time: services refuse requests of another day. */
export function s3Storage(options: S3Options, now: () => number): FileStorage {
  const ask = async ({ method, name, headers = {}, path }: Ask): Promise<IncomingMessage> => {
    const url = new URL(`/${options.bucket}/${name}`, options.endpoint);
    const bodyHash = path === undefined ? EMPTY_HASH : await hashOf(path);
    const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, {
      method,
      headers: signed({ method, url, headers, bodyHash, now: now() }, options),
      timeout: STALL_MS,
    });
    request.on('timeout', () => request.destroy(new Error('the file storage does not answer')));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', reject);
    });
    // A refusal may come before the whole body has gone: the answer counts.
    if (path === undefined) request.end();
    else pipeline(createReadStream(path), request).catch(() => undefined);
    return answered;
  };
  /** The status of an answer that says no more. */
  const statusOf = async (asked: Ask): Promise<number> => {
    const answer = await ask(asked);
    answer.resume();
    return answer.statusCode ?? 0;
  };
  const expected = (status: number, ...wanted: readonly number[]): void => {
    if (status === 507) throw new StorageFullError('no space left');
    if (!wanted.includes(status)) throw new Error(`the file storage answered ${status}`);
  };

  return {
    async put(name, path, { size, mime }) {
      const headers = { 'content-length': String(size), 'content-type': mime };
      expected(await statusOf({ method: 'PUT', name, headers, path }), 200);
      await rm(path, { force: true });
    },
    async has(name) {
      const status = await statusOf({ method: 'HEAD', name });
      expected(status, 200, 404);
      return status === 200;
    },
    async read(name, range) {
      const headers = range && { range: `bytes=${range.start}-${range.end}` };
      const answer = await ask({ method: 'GET', name, ...(headers && { headers }) });
      const { statusCode = 0 } = answer;
      if (statusCode === (range ? 206 : 200)) return answer;
      answer.resume();
      expected(statusCode, 404);
      return undefined;
    },
    async remove(name) {
      expected(await statusOf({ method: 'DELETE', name }), 200, 204, 404);
    },
  };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
