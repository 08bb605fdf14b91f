// File types: what may be uploaded, recognised by its content and never by its name.

export interface FileType {
  readonly mime: string;
  /** Of the stored file's name. */
  readonly extension: string;
}

/** As much of a file as is looked at. */
export const HEAD_BYTES = 4_096;

const type = (mime: string, extension: string): FileType => ({ mime, extension });

const TEXTS: readonly FileType[] = [type('text/plain', 'txt'), type('text/csv', 'csv')];

/** Office documents are zip archives: what is inside is not looked at, so what the sender says of them counts. */
const ARCHIVES: readonly FileType[] = [
  type('application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'),
  type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'),
  type('application/vnd.openxmlformats-officedocument.presentationml.presentation', 'pptx'),
  type('application/zip', 'zip'),
];

/** The brands of ISO media files. */
const BRANDS: readonly (readonly [brand: RegExp, type: FileType])[] = [
  [/^(avif|avis)$/, type('image/avif', 'avif')],
  [/^(heic|heix|heim|heis|hevc|hevx|mif1|msf1)$/, type('image/heic', 'heic')],
  [/^qt {2}$/, type('video/quicktime', 'mov')],
  [/^M4A /, type('audio/mp4', 'm4a')],
  [/^(isom|iso\d|mp4\d|mp71|avc1|dash|M4V |MSNV|3g[pgs2]\w|f4v )$/, type('video/mp4', 'mp4')],
];

const familyOf = (mime: string): string => mime.split('/', 1)[0] ?? '';

/**
 * The type of a file by its first bytes. `declared` is what the sender says: it decides between types that look alike (a
 * sound or a video in the same container, kinds of text, kinds of zip archive), and a file that says that it is an image, a
 * sound or a video has to be one. Undefined: not allowed.
 */
export function fileTypeOf(head: Buffer, declared: string): FileType | undefined {
  const said = (declared.split(';', 1)[0] ?? '').trim().toLowerCase();
  const found = recognised(head, said);
  const family = familyOf(said);
  const mustBe = family === 'image' || family === 'audio' || family === 'video';
  return found && mustBe && familyOf(found.mime) !== family ? undefined : found;
}

function recognised(head: Buffer, said: string): FileType | undefined {
  const isAudio = familyOf(said) === 'audio';
  const starts = (bytes: string, at = 0): boolean => head.subarray(at, at + bytes.length).toString('latin1') === bytes;
  if (starts('\xff\xd8\xff')) return type('image/jpeg', 'jpg');
  if (starts('\x89PNG\r\n\x1a\n')) return type('image/png', 'png');
  if (starts('GIF87a') || starts('GIF89a')) return type('image/gif', 'gif');
  if (starts('RIFF') && starts('WEBP', 8)) return type('image/webp', 'webp');
  if (starts('RIFF') && starts('WAVE', 8)) return type('audio/wav', 'wav');
  if (starts('OggS')) return type('audio/ogg', 'ogg');
  if (starts('ID3') || isMpegAudio(head)) return type('audio/mpeg', 'mp3');
  if (starts('\x1a\x45\xdf\xa3')) return isAudio ? type('audio/webm', 'weba') : type('video/webm', 'webm');
  if (starts('ftyp', 4)) {
    const brand = head.subarray(8, 12).toString('latin1');
    const found = BRANDS.find(([pattern]) => pattern.test(brand))?.[1];
    return found?.mime === 'video/mp4' && isAudio ? type('audio/mp4', 'm4a') : found;
  }
  if (starts('%PDF-')) return type('application/pdf', 'pdf');
  if (starts('PK\x03\x04')) return ARCHIVES.find(({ mime }) => mime === said) ?? type('application/zip', 'zip');
  return isText(head) ? TEXTS.find(({ mime }) => mime === said) : undefined;
}

/** A frame of MPEG-1 or -2 audio, layer III. */
const isMpegAudio = (head: Buffer): boolean =>
  head[0] === 0xff && [0xfb, 0xfa, 0xf3, 0xf2].includes(head[1] ?? 0) && ((head[2] ?? 0xf0) & 0xf0) !== 0xf0;

/** UTF-8 without control characters; the last character may be cut. */
function isText(head: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return text !== '' && !/[\0-\x08\x0e-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}

/** May be shown by a browser where it is; anything else is only ever saved. */
export const isShown = (mime: string): boolean => /^(image|audio|video)\//.test(mime);
