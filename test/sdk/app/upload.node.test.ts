// Files of messages: in their place at once, uploaded in pieces, however often the way is lost.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { asObject } from '../../../src/protocol/json.ts';
import type { Client, ClientEvent, Conversation, Message } from '../../../src/sdk/app/model.ts';
import { FakeFiles } from '../../support/fake-files.ts';
import { MemoryDevice } from '../../support/memory-device.ts';
import { World, listed, seqids, states } from './world.ts';

const KIB = 1024;
const photo = (kib = 10): Blob => new Blob([new Uint8Array(kib * KIB).fill(7)], { type: 'image/png' });

let world: World;
let client: Client;
let conversation: Conversation;
let events: ClientEvent[];

const dataOf = ({ content }: Message): Record<string, unknown> => {
  const entities = asObject(content)?.['ent'] as readonly { readonly data: Record<string, unknown> }[];
  return entities[0]?.data ?? {};
};
const newest = (): Message => listed(conversation).at(-1)!;
const send = (file = photo(), name = 'cat.png'): Message => conversation.sendFile(file, { name, width: 4, height: 3 });
const pubs = (): unknown[] => world.gateway.of('pub').map(({ content }) => content);
/** Requests take this long, and then end as they would. */
const slowly =
  (ms: number) =>
  (_: unknown, signal: AbortSignal): Promise<undefined> =>
    new Promise((resolve, reject) => {
      const cancel = world.clock.after(ms, () => resolve(undefined));
      signal.addEventListener('abort', () => {
        cancel();
        reject(new DOMException('aborted', 'AbortError'));
      });
    });

beforeEach(async () => {
  world = new World();
  ({ client, conversation, events } = await world.visitor());
});

describe('a message with a file', () => {
  it('is in the list before send returns, and goes when its file is there', async () => {
    const message = send();
    assert.deepEqual(states(conversation), ['draft']);
    const { ref, ...about } = dataOf(message);
    assert.deepEqual(about, { mime: 'image/png', size: 10 * KIB, name: 'cat.png', width: 4, height: 3 });
    assert.match(conversation.resolve$.value(String(ref)) ?? '', /^blob:/, 'it is shown from this device');
    assert.deepEqual(world.files.pieces, [], 'nothing before the paint');
    await world.soon();
    assert.deepEqual(states(conversation), ['sent']);
    assert.deepEqual(seqids(conversation), [1]);
    const stored = world.files.uploads.get(message.msgid ?? '');
    assert.equal(stored?.name, 'cat.png');
    assert.equal(stored.bytes.length, 10 * KIB);
    const [content] = pubs();
    assert.deepEqual(content, newest().content);
    assert.equal(dataOf(newest())['ref'], stored.ref);
    assert.equal(newest().head['mime'], 'text/x-drafty');
    assert.match(conversation.resolve$.value(String(stored.ref)) ?? '', /^blob:/, 'and still is');
  });

  it('says how far it is, and holds up no text that is sent after it', async () => {
    world.files.intercept = slowly(500);
    send(photo(600));
    conversation.send('meanwhile');
    await world.soon();
    assert.deepEqual(states(conversation), ['sent', 'uploading']);
    assert.deepEqual(seqids(conversation), [1, undefined], 'what has a number stands above what floats');
    await world.clock.advance(3_000);
    assert.deepEqual(states(conversation), ['sent', 'sent']);
    assert.deepEqual(seqids(conversation), [1, 2]);
    const progress = events.flatMap((event) => (event.type === 'upload' ? [event.loaded / KIB] : []));
    assert.deepEqual(progress, [0, 256, 512]);
    assert.equal(newest().upload, undefined);
    const uploads = events.filter(({ type }) => type === 'message').length;
    assert.equal(uploads, 2);
  });

  it('goes on where it stopped when the link is lost, and is stored once', async () => {
    world.files.intercept = slowly(500);
    send(photo(300));
    await world.clock.advance(700);
    assert.deepEqual(newest().upload, { loaded: 256 * KIB, total: 300 * KIB });
    world.gateway.cut();
    await world.clock.advance(10);
    const before = world.files.pieces.length;
    world.gateway.reachable = false;
    await world.clock.advance(60_000);
    assert.equal(world.files.pieces.length, before, 'it waits for the network');
    assert.deepEqual(states(conversation), ['uploading']);
    world.gateway.reachable = true;
    await world.clock.advance(30_000);
    assert.deepEqual(states(conversation), ['sent']);
    const taken = [...world.files.uploads.values()];
    assert.deepEqual(
      taken.map(({ bytes }) => bytes.length),
      [300 * KIB],
    );
    assert.equal(pubs().length, 1);
  });

  it('is not sent twice when an answer is lost', async () => {
    world.files.intercept = (piece) => {
      if (piece.offset === 0) return undefined;
      world.files.intercept = () => undefined;
      const stored = world.files.uploads.get(piece.id)!;
      const headers = new Headers({ 'upload-length': String(stored.size) });
      world.files.take(piece, new Uint8Array(piece.bytes), headers);
      throw new TypeError('network error');
    };
    send(photo(300));
    await world.clock.advance(10_000);
    assert.deepEqual(states(conversation), ['sent']);
    assert.equal(world.files.uploads.size, 1);
    assert.equal(pubs().length, 1);
  });

  it('waits as long as a busy gateway says, and gives up on nothing but a refusal', async () => {
    let refusals = 0;
    world.files.intercept = () => {
      refusals += 1;
      if (refusals === 1) return FakeFiles.refusal(429, { retryAfter: 5_000 });
      if (refusals === 2) return FakeFiles.refusal(500);
      if (refusals === 3) return new Response('<html>log in to this network</html>', { status: 200 });
      if (refusals === 4) return new Response('<html>not found</html>', { status: 404 });
      return undefined;
    };
    send();
    await world.clock.advance(4_900);
    assert.equal(refusals, 1);
    await world.clock.advance(30_000);
    assert.deepEqual(states(conversation), ['sent']);

    world.files.intercept = () => FakeFiles.refusal(422, { reason: 'file type not accepted' });
    send(new Blob(['<html>'], { type: 'image/png' }));
    conversation.send('next');
    await world.soon();
    assert.deepEqual(states(conversation), ['sent', 'refused', 'sent']);
    assert.equal(listed(conversation)[1]?.reason, 'file type not accepted');
    conversation.discard(listed(conversation)[1]?.key ?? '');
    assert.deepEqual(states(conversation), ['sent', 'sent']);
  });

  it('can be called off', async () => {
    world.files.intercept = slowly(500);
    const first = send(photo(300), 'one.png');
    send(photo(10), 'two.png');
    await world.soon();
    conversation.discard(first.key);
    await world.clock.advance(2_000);
    assert.deepEqual(states(conversation), ['sent']);
    assert.deepEqual(
      listed(conversation).map((message) => dataOf(message)['name']),
      ['two.png'],
    );
    assert.equal(world.files.pieces.filter(({ id }) => id === first.msgid).length, 1);
  });

  it('sent together with others keeps their order', async () => {
    world.files.intercept = (piece, signal) => slowly(piece.bytes > 20 * KIB ? 900 : 10)(piece, signal);
    for (const [index, kib] of [60, 1, 30, 2].entries()) send(photo(kib), `${index}.png`);
    await world.clock.advance(5_000);
    assert.deepEqual(
      listed(conversation).map((message) => dataOf(message)['name']),
      ['0.png', '1.png', '2.png', '3.png'],
    );
    assert.deepEqual(seqids(conversation), [1, 2, 3, 4]);
  });

  it('gives up a request that gets nowhere, and goes on with what came of it', async () => {
    world.files.intercept = (piece, signal) => {
      world.files.intercept = () => undefined;
      const given = new Headers({ 'content-type': 'image/png', 'upload-length': String(300 * KIB) });
      world.files.take(piece, new Uint8Array(100 * KIB), given);
      return slowly(600_000)(piece, signal);
    };
    send(photo(300));
    await world.clock.advance(59_000);
    assert.equal(world.files.pieces.length, 1);
    await world.clock.advance(5_000);
    assert.deepEqual(states(conversation), ['sent']);
    assert.deepEqual(
      world.files.pieces.map(({ offset }) => offset / KIB),
      [0, 0, 100],
    );
  });

  it('is sent in one request when each piece ends up elsewhere', async () => {
    let asked = 0;
    // Two gateways behind one address, which take turns.
    const other = new FakeFiles();
    world.files.intercept = (piece) => {
      asked += 1;
      if (asked % 2 === 1) return undefined;
      const given = new Headers({ 'upload-length': String(2_000 * KIB) });
      return other.take(piece, new Uint8Array(piece.bytes), given);
    };
    send(photo(2_000));
    await world.clock.advance(60_000);
    assert.deepEqual(states(conversation), ['sent']);
    assert.deepEqual(
      world.files.pieces.map(({ bytes }) => bytes / KIB),
      [256, 256, 2_000],
    );
  });

  it('says who it is from, and nobody else is asked', async () => {
    send();
    await world.soon();
    assert.ok(world.files.pieces.every(({ token }) => token !== undefined && token !== ''));
  });

  it('is refused where the peer takes no files', async () => {
    client.destroy();
    world = new World();
    world.gateway.stock = true;
    ({ client, conversation } = await world.visitor());
    send();
    await world.soon();
    assert.deepEqual(states(conversation), ['refused']);
    assert.equal(newest().reason, 'files not accepted');
  });
});

describe('files outlive the page', () => {
  let device: MemoryDevice;
  const open = async (): Promise<{ client: Client; conversation: Conversation }> => {
    const page = world.page(device);
    const opened = page.client.current();
    page.client.connect();
    await world.soon();
    return { client: page.client, conversation: opened };
  };

  beforeEach(() => {
    client.destroy();
    world = new World();
    device = new MemoryDevice();
  });

  it('and go on where they stopped on the next one', async () => {
    world.files.intercept = slowly(500);
    const first = await open();
    ({ conversation } = first);
    const { msgid } = send(photo(300));
    await world.clock.advance(700);
    first.client.destroy();
    const before = world.files.pieces.length;
    world.files.intercept = () => undefined;
    ({ client, conversation } = await open());
    assert.match(conversation.resolve$.value(String(dataOf(newest())['ref'])) ?? '', /^blob:/);
    await world.soon();
    assert.deepEqual(states(conversation), ['sent']);
    assert.equal(newest().msgid, msgid);
    // One request finds out how far it was.
    assert.deepEqual(
      world.files.pieces.slice(before).map(({ offset }) => offset / KIB),
      [0, 256],
    );
    assert.equal(device.files.size, 0, 'nothing is kept of what the gateway has');
  });

  it('and are told when the browser has lost them', async () => {
    world.files.intercept = slowly(500);
    const first = await open();
    ({ conversation } = first);
    send(photo(300));
    await world.soon();
    first.client.destroy();
    device.files.clear();
    ({ client, conversation } = await open());
    assert.deepEqual(states(conversation), ['refused']);
    assert.equal(newest().reason, 'file lost');
  });

  it('and are uploaded by the page that leads alone, whoever that is', async () => {
    world.files.intercept = slowly(500);
    const first = await open();
    const second = await open();
    ({ conversation } = first);
    send(photo(300));
    await world.clock.advance(700);
    assert.deepEqual(states(second.conversation), ['uploading'], 'the other page shows it');
    assert.ok(listed(second.conversation)[0]?.upload?.loaded);
    const key = newest().key;
    const ref = String(dataOf(newest())['ref']);
    assert.match(second.conversation.resolve$.value(ref) ?? '', /^blob:/, 'with its picture');
    const inFlight = world.files.pieces.length;
    second.conversation.send('here now');
    await world.clock.advance(3_000);
    assert.ok(world.files.pieces.length > inFlight);
    for (const page of [first, second]) {
      assert.deepEqual(states(page.conversation).sort(), ['sent', 'sent']);
      assert.equal(listed(page.conversation).find((message) => message.key === key)?.state, 'sent');
    }
    assert.equal(world.gateway.of('pub').length, 2);
  });

  it('expire, and are uploaded again when the user wants so', async () => {
    const first = await open();
    ({ conversation } = first);
    world.files.intercept = () => FakeFiles.refusal(503);
    send();
    await world.soon();
    first.client.destroy();
    await world.clock.advance(25 * 3_600_000);
    ({ client, conversation } = await open());
    assert.deepEqual(states(conversation), ['expired']);
    world.files.intercept = () => undefined;
    conversation.retry(newest().key);
    await world.soon();
    assert.deepEqual(states(conversation), ['sent']);
  });
});
