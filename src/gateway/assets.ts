// Assets: the scripts that pages embed, the desk, and in demo mode the demo.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const SCRIPTS: ReadonlySet<string> = new Set(
  ['kefu.js', 'kefu.esm.js', 'kefu-desk.js', 'kefu-more.js'].flatMap((name) => [name, `${name}.map`]),
);
/** What the desk's page is made of; the rest of the folder is the demo shop. */
const DESK: ReadonlySet<string> = new Set(['desk.html', 'desk.css', 'desk.js', 'favicon.svg']);

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
};

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

type Encoding = 'br' | 'gzip';
interface Asset {
  readonly stamp: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly encoded: Map<Encoding, Promise<Buffer>>;
}

export interface AssetsOptions {
  /** Folder of the package: the scripts are in its `dist`, the pages in its `demo`. */
  readonly root: string;
  /** Serve the demo shop too. */
  readonly demo: boolean;
}

export class Assets {
  readonly #options: AssetsOptions;
  readonly #cache = new Map<string, Asset>();

  constructor(options: AssetsOptions) {
    this.#options = options;
  }

  /** Answers a request for `path`, which begins with a slash. Resolves with false when there is no such asset. */
  async serve(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const name = nameOf(path);
    if (name === undefined) return false;
    if (name === '' && !this.#options.demo) {
      const text = 'This is a Kefu gateway. Agents answer at /desk.\n';
      response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
      response.end(request.method === 'HEAD' ? undefined : text);
      return true;
    }
    const isScript = SCRIPTS.has(name);
    const page = name === '' ? 'index.html' : extname(name) === '' ? `${name}.html` : name;
    if (!isScript && !this.#options.demo && !DESK.has(page)) return false;
    const { root } = this.#options;
    const asset = await this.#read(isScript ? join(root, 'dist', name) : join(root, 'demo', page));
    if (!asset) return false;

    const type = TYPES[extname(page)] ?? 'application/octet-stream';
    response.setHeader('Content-Type', type);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'strict-origin-when-cross-origin');
    // The address of a script is for ever, its content is not.
    response.setHeader('Cache-Control', isScript ? 'public, max-age=300, stale-while-revalidate=86400' : 'no-cache');
    response.setHeader('ETag', asset.etag);
    response.setHeader('Vary', 'Accept-Encoding');
    if (isScript) {
      response.setHeader('Access-Control-Allow-Origin', '*');
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    } else if (type.startsWith('text/html')) {
      response.setHeader('Content-Security-Policy', policyFor(request.headers.host));
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    }
    if (request.headers['if-none-match'] === asset.etag) {
      response.writeHead(304).end();
      return true;
    }
    const encoding = type.startsWith('image/') && !type.includes('svg') ? undefined : encodingOf(request);
    const body = encoding ? await encodedBody(asset, encoding) : asset.body;
    if (encoding) response.setHeader('Content-Encoding', encoding);
    response.setHeader('Content-Length', body.length);
    response.writeHead(200).end(request.method === 'HEAD' ? undefined : body);
    return true;
  }

  async #read(file: string): Promise<Asset | undefined> {
    const info = await stat(file).catch(() => undefined);
    if (info?.isFile() !== true) return undefined;
    const stamp = `${info.size} ${info.mtimeMs}`;
    const known = this.#cache.get(file);
    if (known?.stamp === stamp) return known;
    const body = await readFile(file);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const asset: Asset = { stamp, etag, body, encoded: new Map() };
    this.#cache.set(file, asset);
    return asset;
  }
}

/** A plain file name, or empty for the root; undefined for anything that could lead elsewhere. */
function nameOf(path: string): string | undefined {
  const name = path.slice(1);
  return name === '' || /^[\w-]+(\.[\w-]+)*$/.test(name) ? name : undefined;
}

const encodingOf = (request: IncomingMessage): Encoding | undefined => {
  const accepted = request.headers['accept-encoding'] ?? '';
  return /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
};

function encodedBody(asset: Asset, encoding: Encoding): Promise<Buffer> {
  let body = asset.encoded.get(encoding);
  if (!body) {
    body =
      encoding === 'br'
        ? compressBrotli(asset.body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
        : compressGzip(asset.body, { level: 9 });
    asset.encoded.set(encoding, body);
  }
  return body;
}

/** Our own pages run under the strictest policy that merchants may have. */
function policyFor(host: string | undefined): string {
  // Older Safari does not count the own WebSocket as 'self'.
  const sockets = host !== undefined && /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src 'self' data: blob: https:`,
    `media-src 'self' blob:`,
    `connect-src 'self'${sockets}`,
    `manifest-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'self'`,
    `require-trusted-types-for 'script'`,
    `trusted-types lit-html 'allow-duplicates'`,
  ].join('; ');
}
