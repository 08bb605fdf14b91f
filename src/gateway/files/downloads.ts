// Downloads: files go out to who has a link, or a token and the right to read them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { StoredFile } from '../store/store.ts';
import type { ByteRange, FileStorage } from './file-storage.ts';
import { isShown } from './file-type.ts';

/** A name never gets another content. */
const CACHE = 'private, max-age=31536000, immutable';

/**
 * Answers with the file, or the part of it that is asked for. `asAttachment`: to be saved even if it could be shown. Resolves
 * with false when its content is not there.
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  {
    file,
    storage,
    asAttachment,
  }: { readonly file: StoredFile; readonly storage: FileStorage; readonly asAttachment: boolean },
): Promise<boolean> {
  const etag = `"${file.name}"`;
  const shown = isShown(file.mime) && !asAttachment;
  const headers = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': CACHE,
    ETag: etag,
    'Content-Type': file.mime.startsWith('text/') ? `${file.mime}; charset=utf-8` : file.mime,
    'Content-Disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${escaped(downloadName(file))}`,
    'X-Content-Type-Options': 'nosniff',
    // Whatever it is after all, in a window of its own it runs nothing and asks for nothing.
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Referrer-Policy': 'no-referrer',
  };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return true;
  }
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? rangeOf(request.headers.range, file.size) : undefined;
  if (range === 'beyond') {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${file.size}` }).end();
    return true;
  }
  const bytes = request.method === 'HEAD' ? undefined : await storage.read(file.name, range);
  if (!bytes && request.method !== 'HEAD') return false;
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'Content-Length': range ? range.end - range.start + 1 : file.size,
    ...(range && { 'Content-Range': `bytes ${range.start}-${range.end}/${file.size}` }),
  });
  if (!bytes) response.end();
  // Who leaves in the middle is no fault of ours.
  else await pipeline(bytes, response).catch(() => undefined);
  return true;
}

/** One range; several, or nonsense, count as none. */
function rangeOf(header: string | undefined, size: number): ByteRange | 'beyond' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return start > end ? 'beyond' : { start, end };
}

/** What it is saved as: the sender's name for it, with the ending that its content has. */
export function downloadName({ name, title = 'file' }: Pick<StoredFile, 'name' | 'title'>): string {
  const ending = name.slice(name.lastIndexOf('.'));
  const same = ending === '.jpg' ? /\.jpe?g$/i : undefined;
  return title.toLowerCase().endsWith(ending) || same?.test(title) ? title : title + ending;
}

/** What a header takes (RFC 8187). */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
