// What a file becomes before it is sent: images of a sensible size and without what a camera writes into them.
import type { FileAbout } from '../../sdk/app/model.ts';

/** A file as it goes. */
export interface Prepared {
  readonly file: Blob;
  readonly about: FileAbout;
}

/** The browser can't read this image, and neither could others. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

const QUALITY = 0.86;
/** PNGs that stay small stay sharp; a photograph is better as JPEG. */
const PNG_MOST = 1024 * 1024;
const PATIENCE_MS = 5_000;

/** Downscales and re-encodes images, measures videos and sound; anything else is left as it is. */
export const prepareFile = async (file: File, maxEdge: number): Promise<Prepared> => {
  const plain = { file, about: { name: file.name } };
  const isForeign = /^image\/(hei[cf]|bmp)/.test(file.type) || /\.hei[cf]$/i.test(file.name);
  if (isForeign || /^image\/(jpe?g|png|webp|avif|gif)$/.test(file.type)) {
    const url = URL.createObjectURL(file);
    try {
      const image = await loaded('img', url).catch(() => {
        throw new UnreadableError();
      });
      const { naturalWidth: width, naturalHeight: height } = image;
      // Animations would stand still.
      if (file.type === 'image/gif') return { file, about: { ...plain.about, width, height } };
      return await redrawn(image, file, maxEdge).catch((error: unknown) => {
        if (isForeign) throw error;
        // A browser that lets nobody draw: better the original than nothing.
        return { file, about: { ...plain.about, width, height } };
      });
    } finally {
      URL.revokeObjectURL(url);
    }
  }
  const tag = /^video\//.test(file.type) ? 'video' : /^audio\//.test(file.type) ? 'audio' : undefined;
  return tag ? measured(plain, file, tag) : plain;
};

/** Resolves when the browser knows what it is. */
const loaded = <K extends 'img' | 'video' | 'audio'>(tag: K, src: string): Promise<HTMLElementTagNameMap[K]> =>
  new Promise((resolve, reject) => {
    const media = document.createElement(tag);
    media.onload = media.onloadedmetadata = () => {
      resolve(media);
    };
    media.onerror = () => {
      reject(new Error('unreadable'));
    };
    if (tag !== 'img') setTimeout(reject, PATIENCE_MS);
    media.src = src;
  });

const redrawn = async (image: HTMLImageElement, file: File, maxEdge: number): Promise<Prepared> => {
  const scale = Math.min(1, maxEdge / Math.max(image.naturalWidth, image.naturalHeight));
  const width = Math.max(1, Math.round(image.naturalWidth * scale));
  const height = Math.max(1, Math.round(image.naturalHeight * scale));
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const brush = canvas.getContext('2d');
  if (!brush) throw new Error('no canvas');
  const encoded = async (type: string): Promise<Blob> => {
    brush.fillStyle = '#fff';
    if (type === 'image/jpeg') brush.fillRect(0, 0, width, height);
    brush.drawImage(image, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, type, QUALITY);
    });
    if (blob?.type !== type) throw new Error('not encoded');
    return blob;
  };
  let result = /png|webp/.test(file.type) ? await encoded('image/png') : undefined;
  if (!result || result.size > PNG_MOST) result = await encoded('image/jpeg');
  const ending = result.type === 'image/png' ? 'png' : 'jpg';
  return { file: result, about: { name: file.name.replace(/(\.\w{1,5})?$/, `.${ending}`), width, height } };
};

/** Adds what the browser finds out about it, if it does. */
const measured = async (plain: Prepared, file: File, tag: 'video' | 'audio'): Promise<Prepared> => {
  const url = URL.createObjectURL(file);
  try {
    const media = await loaded(tag, url);
    const duration = Number.isFinite(media.duration) ? { duration: Math.round(media.duration * 1000) } : {};
    const size =
      media instanceof HTMLVideoElement && media.videoWidth > 0
        ? { width: media.videoWidth, height: media.videoHeight }
        : {};
    return { file, about: { ...plain.about, ...size, ...duration } };
  } catch {
    return plain;
  } finally {
    URL.revokeObjectURL(url);
  }
};
