// Uploads a picture as our SDK does, in one piece, and sends it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestClient } from './test-client.ts';

/** Resolves with the reference to the file. */
export async function sendFile(
  url: string,
  client: TestClient,
  topic: string,
  { name, bytes }: { readonly name: string; readonly bytes: Buffer<ArrayBuffer> },
): Promise<string> {
  const answer = await fetch(`${url}/v0/file/u/`, {
    method: 'POST',
    headers: {
      'X-Tinode-Auth': `Token ${client.token}`,
      'Content-Type': 'image/png',
      'X-Kefu-Upload': randomBytes(16).toString('hex'),
      'X-Kefu-Name': name,
      'Upload-Offset': '0',
      'Upload-Length': String(bytes.length),
    },
    body: bytes,
  });
  const { ctrl } = (await answer.json()) as { ctrl: { params: { url: string } } };
  const { url: ref } = ctrl.params;
  const content = { txt: ' ', fmt: [{ len: 1 }], ent: [{ tp: 'IM', data: { mime: 'image/png', name, ref } }] };
  assert.equal((await client.request('pub', { topic, content, noecho: true })).code, 202);
  return ref;
}
