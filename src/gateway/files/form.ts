// Form: the multipart body in which stock clients upload a file.
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { BusboyInstance } from '@fastify/busboy';

export interface FormFile {
  /** Ends early when the file is longer than allowed; `isTooLarge` says so then. */
  readonly bytes: AsyncIterable<Buffer>;
  readonly isTooLarge: () => boolean;
  readonly title: string;
  readonly mime: string;
}

/** The body is no form with one file in it. */
export class FormError extends Error {
  override readonly name = 'FormError';
}

/**
 * Reads the form, hands its file to `take`, and resolves with what that gave, and the field `id`. Nothing of the file is held
 * beyond what `take` has not read yet. Rejects with FormError, with what `take` rejects with, or when the request breaks off.
 */
export async function readForm<T>(
  request: IncomingMessage,
  fileBytes: number,
  take: (file: FormFile) => Promise<T>,
): Promise<{ readonly taken: T; readonly id: string | undefined }> {
  const { 'content-type': type = '' } = request.headers;
  let form: BusboyInstance;
  try {
    form = new Busboy({
      headers: { ...request.headers, 'content-type': type },
      limits: {
        files: 1,
        fields: 8,
        parts: 9,
        fieldSize: 1_024,
        headerPairs: 16,
        headerSize: 4_096,
        fileSize: fileBytes,
      },
    });
  } catch (error) {
    throw new FormError('no form', { cause: error });
  }
  let file: Readable | undefined;
  let work: Promise<T> | undefined;
  let id: string | undefined;
  form.on('field', (name, value) => {
    if (name === 'id' && value.length <= 64) id = value;
  });
  const read = new Promise<void>((resolve, reject) => {
    form.on('file', (field, bytes, title, _encoding, mime) => {
      // What is wrong with a form is said more than once, also when nobody listens any more.
      bytes.on('error', ignore);
      if (field !== 'file') {
        bytes.resume();
        return;
      }
      file = bytes;
      work = take({ bytes: ofForm(bytes), isTooLarge: () => bytes.truncated, title, mime });
      // A file that is not wanted is not read to its end.
      work.catch(reject);
    });
    form.on('finish', resolve);
    form.on('error', (error: unknown) => reject(new FormError('no form', { cause: error })));
    finished(request, { writable: false }, (error) => {
      if (error) reject(error);
    });
  });
  request.pipe(form);
  try {
    await read;
    if (!work) throw new FormError('no file');
    return { taken: await work, id };
  } catch (error) {
    request.unpipe(form);
    // It does not end with the form that it is in.
    file?.destroy();
    await work?.catch(ignore);
    throw error;
  }
}

async function* ofForm(bytes: Readable): AsyncGenerator<Buffer> {
  try {
    yield* bytes as AsyncIterable<Buffer>;
  } catch (error) {
    throw new FormError('no form', { cause: error });
  }
}

const ignore = (): void => undefined;
