// Uploads in memory: takes pieces as the real gateway does, and misbehaves when told to.

interface Stored {
  readonly type: string;
  readonly name: string;
  readonly size: number;
  bytes: Uint8Array;
  ref: string | undefined;
}

/** What a request said. */
export interface PieceSeen {
  readonly id: string;
  readonly offset: number;
  readonly bytes: number;
  readonly token: string | undefined;
}

const answer = (code: number, params: object): Response =>
  new Response(JSON.stringify({ ctrl: { code, params } }), { status: code });

export class FakeFiles {
  readonly uploads = new Map<string, Stored>();
  readonly pieces: PieceSeen[] = [];
  /** Looks at each piece first; what it returns is the answer. It may also throw, as a network does. */
  intercept: (piece: PieceSeen, signal: AbortSignal) => Response | Promise<Response | undefined> | undefined = () =>
    undefined;

  readonly request = async (path: string, { headers, body, signal }: RequestInit): Promise<Response> => {
    if (path !== '/v0/file/u/' || !(body instanceof Blob)) throw new TypeError(`nothing at ${path}`);
    const given = new Headers(headers);
    const id = given.get('x-kefu-upload') ?? '';
    const piece: PieceSeen = {
      id,
      offset: Number(given.get('upload-offset')),
      bytes: body.size,
      token: given.get('x-tinode-auth')?.replace('Token ', ''),
    };
    this.pieces.push(piece);
    const instead = await this.intercept(piece, signal ?? new AbortController().signal);
    if (signal?.aborted === true) throw new DOMException('aborted', 'AbortError');
    return instead ?? this.take(piece, new Uint8Array(await body.arrayBuffer()), given);
  };

  /** What a piece does to an upload, whether or not its answer arrives. */
  take({ id, offset }: PieceSeen, bytes: Uint8Array, given: Headers): Response {
    const stored = this.uploads.get(id) ?? {
      type: given.get('content-type') ?? '',
      name: decodeURIComponent(given.get('x-kefu-name') ?? ''),
      size: Number(given.get('upload-length')),
      bytes: new Uint8Array(),
      ref: undefined,
    };
    this.uploads.set(id, stored);
    if (stored.ref !== undefined) return answer(200, { url: stored.ref });
    if (offset !== stored.bytes.length) return answer(409, { offset: stored.bytes.length });
    stored.bytes = new Uint8Array([...stored.bytes, ...bytes]);
    if (stored.bytes.length < stored.size) return answer(200, { offset: stored.bytes.length });
    stored.ref = `/v0/file/s/${id.slice(-22)}.png`;
    return answer(200, { url: stored.ref });
  }

  /** An answer of another code than success. */
  static refusal(code: number, params: object = {}): Response {
    return answer(code, params);
  }
}
