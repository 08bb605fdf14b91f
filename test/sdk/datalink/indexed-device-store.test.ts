// The device store on the browser's own IndexedDB: what it keeps, and what becomes of it when storage fails.
import { expect } from '@open-wc/testing';
import { FILES_MOST } from '../../../src/sdk/datalink/device-store.ts';
import type { DeviceStore, KeptTopic } from '../../../src/sdk/datalink/device-store.ts';
import { indexedDeviceStore } from '../../../src/sdk/datalink/indexed-device-store.ts';
import { FLOATING } from '../../../src/sdk/datalink/virtual-seq.ts';
import { newDraft, newMessage, newMessages } from '../../support/messages.ts';

const TOPIC = 'newweb';
let name: string;
let count = 0;
/** Every connection that the store has opened, oldest first. */
let handles: IDBDatabase[];
const original = indexedDB.open.bind(indexedDB);
const begin = IDBDatabase.prototype.transaction;

const settled = (request: IDBOpenDBRequest): Promise<void> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error!);
  });

const seen = (touched: number, change: Partial<KeptTopic> = {}): KeptTopic => ({
  user: 'usrMe',
  name: 'grpOne',
  epoch: 'one',
  low: 1,
  contiguous: 3,
  clear: 0,
  messages: newMessages(1, 3),
  members: [],
  status: undefined,
  public: undefined,
  touched,
  myRead: 0,
  ...change,
});

const keys = async (store: DeviceStore, topic = TOPIC): Promise<string[]> =>
  (await store.load(topic)).own.map(({ key }) => key);

const rejected = async (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => false,
    () => true,
  );

/** IndexedDB as `open` has it, until the test is over. */
const withOpen = (open: IDBFactory['open']): void => {
  indexedDB.open = open;
};

/** The next transactions undo what they did, and end in this error. */
const failing = (transactions: number, error: string): void => {
  let left = transactions;
  IDBDatabase.prototype.transaction = function (...args) {
    const begun = begin.apply(this, args);
    if ((left -= 1) === 0) IDBDatabase.prototype.transaction = begin;
    Object.defineProperty(begun, 'error', { value: new DOMException('simulated', error) });
    queueMicrotask(() => begun.abort());
    return begun;
  };
};

describe('indexed device store', () => {
  beforeEach(() => {
    name = `kefu:test:${(count += 1)}`;
    handles = [];
    withOpen((...args) => {
      const request = original(...args);
      request.addEventListener('success', () => handles.push(request.result));
      return request;
    });
  });
  afterEach(async () => {
    withOpen(original);
    IDBDatabase.prototype.transaction = begin;
    for (const handle of handles) handle.close();
    await settled(indexedDB.deleteDatabase(name));
  });

  it('keeps own messages with their places for the next page, in the order of sending', async () => {
    const first = indexedDeviceStore(name);
    const refused = newDraft('b', { n: 2, base: 7, state: 'refused', reason: 'words' });
    await first.put(TOPIC, newDraft('c', { n: 3, state: 'queued' }));
    await first.put(TOPIC, newDraft('a', { n: 1, state: 'queued' }));
    await first.put(TOPIC, newDraft('b', { n: 2, state: 'queued' }));
    await first.put(TOPIC, refused);
    await first.put('other', newDraft('z'));
    const second = indexedDeviceStore(name);
    const { own } = await second.load(TOPIC);
    expect(own.map(({ key }) => key)).to.deep.equal(['a', 'b', 'c']);
    expect(own[0]!.base).to.equal(FLOATING);
    expect(own[1]).to.deep.equal(refused);
    expect(await second.topics()).to.have.members([TOPIC, 'other']);
    await second.remove(TOPIC, 'b');
    expect(await keys(first)).to.deep.equal(['a', 'c']);
  });

  it('keeps files with their messages, up to a bound, until they are not needed any more', async () => {
    const store = indexedDeviceStore(name);
    const file = new Blob(['cat'], { type: 'image/png' });
    await store.put(TOPIC, newDraft('a', { n: 1, state: 'uploading' }), file);
    await store.put(TOPIC, newDraft('b', { n: 2, state: 'queued' }));
    const { files } = await indexedDeviceStore(name).load(TOPIC);
    expect([...files!.keys()]).to.deep.equal(['a']);
    expect(files!.get('a')!.type).to.equal('image/png');
    expect(await files!.get('a')!.text()).to.equal('cat');

    const large = new Blob([new Uint8Array(FILES_MOST - 10)]);
    await store.put(TOPIC, newDraft('c', { n: 3, state: 'uploading' }), large);
    expect(
      await rejected(store.put(TOPIC, newDraft('d', { n: 4, state: 'uploading' }), new Blob(['too much']))),
    ).to.equal(true);
    expect(await keys(store)).to.deep.equal(['a', 'b', 'c'], 'and all else stays');
    await store.put(TOPIC, newDraft('c', { n: 3, state: 'queued' }));
    await store.put(TOPIC, newDraft('d', { n: 4, state: 'uploading' }), new Blob(['has room now']));
    expect([...(await store.load(TOPIC)).files!.keys()]).to.deep.equal(['a', 'd']);
  });

  it('takes topics apart whose names begin alike', async () => {
    const store = indexedDeviceStore(name);
    for (const topic of ['new', 'newweb', 'newweb2', 'newweb\uffff']) await store.put(topic, newDraft(topic));
    for (const topic of ['new', 'newweb', 'newweb2', 'newweb\uffff'])
      expect(await keys(store, topic)).to.deep.equal([topic]);
  });

  it('keeps what was seen of the last twenty topics', async () => {
    const store = indexedDeviceStore(name);
    for (let n = 1; n <= 25; n += 1) await store.see(`topic ${n}`, seen(n));
    // The oldest of them is looked at again.
    await store.see('topic 6', seen(26, { messages: [newMessage(9)] }));
    await store.see('topic 26', seen(27));
    const kept = await Promise.all(Array.from({ length: 26 }, (_, n) => store.load(`topic ${n + 1}`)));
    expect(kept.map(({ seen }) => seen !== undefined)).to.deep.equal(
      Array.from({ length: 26 }, (_, n) => n + 1 > 7 || n + 1 === 6),
    );
    expect(kept[5]!.seen!.messages).to.deep.equal([newMessage(9)]);
    expect(kept[20]!.seen).to.deep.equal(seen(21));
  });

  it('keeps the token beside the messages', async () => {
    const store = indexedDeviceStore(name);
    expect(await store.token()).to.equal(undefined);
    await store.keepToken('secret');
    await store.put('token', newDraft('a'));
    expect(await indexedDeviceStore(name).token()).to.equal('secret');
    expect(await store.topics()).to.deep.equal(['token']);
    expect(await keys(store, 'token')).to.deep.equal(['a']);
    await store.keepToken(undefined);
    expect(await store.token()).to.equal(undefined);
  });

  it('forgets what was seen, and all of it when the user leaves', async () => {
    const store = indexedDeviceStore(name);
    await store.keepToken('secret');
    await store.put(TOPIC, newDraft('a'));
    await store.see(TOPIC, seen(1));
    await store.forget();
    expect((await store.load(TOPIC)).seen).to.equal(undefined);
    expect(await keys(store)).to.deep.equal(['a']);
    await store.wipe();
    expect(await keys(store)).to.deep.equal([]);
    expect(await store.token()).to.equal(undefined);
  });

  it('passes over rows of another form', async () => {
    const store = indexedDeviceStore(name);
    await store.put(TOPIC, newDraft('a'));
    const transaction = handles[0]!.transaction(['own', 'seen'], 'readwrite');
    transaction.objectStore('own').put('nonsense', [TOPIC, 'b']);
    transaction.objectStore('seen').put({ touched: 1 }, TOPIC);
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    expect(await keys(store)).to.deep.equal(['a']);
    expect((await store.load(TOPIC)).seen).to.equal(undefined);
  });

  describe('P7: where storage fails', () => {
    it('opens the database again when the connection is dead, and loses nothing', async () => {
      const store = indexedDeviceStore(name);
      await store.put(TOPIC, newDraft('a', { n: 1 }));
      // As WebKit does to pages in the background: every call on the handle throws InvalidStateError.
      handles[0]!.close();
      await Promise.all([
        store.put(TOPIC, newDraft('b', { n: 2 })),
        store.put(TOPIC, newDraft('c', { n: 3 })),
        store.see(TOPIC, seen(1)),
        store.remove(TOPIC, 'a'),
      ]);
      expect(await keys(store)).to.deep.equal(['b', 'c']);
      handles.at(-1)!.close();
      expect(await keys(store)).to.deep.equal(['b', 'c']);
    });

    it('opens it again when a transaction ends in an error', async () => {
      const store = indexedDeviceStore(name);
      await store.put(TOPIC, newDraft('a', { n: 1 }));
      failing(1, 'UnknownError');
      await store.put(TOPIC, newDraft('b', { n: 2 }));
      expect(await keys(store)).to.deep.equal(['a', 'b']);
      expect(handles.length).to.equal(2);
    });

    it('makes way for a newer version of the page, or for the user who clears storage, and begins anew', async () => {
      const store = indexedDeviceStore(name);
      await store.put(TOPIC, newDraft('a'));
      await settled(indexedDB.deleteDatabase(name));
      expect(await keys(store)).to.deep.equal([]);
      await store.put(TOPIC, newDraft('b'));
      expect(await keys(indexedDeviceStore(name))).to.deep.equal(['b']);
    });

    it('is done without while it is refused, and used when it is there again', async () => {
      const { open } = indexedDB;
      let tries = 0;
      withOpen(() => {
        tries += 1;
        throw new DOMException('refused', 'SecurityError');
      });
      const store = indexedDeviceStore(name);
      expect(await rejected(store.load(TOPIC))).to.equal(true);
      expect(await rejected(store.put(TOPIC, newDraft('a')))).to.equal(true);
      expect(tries, 'nothing is tried for long').to.be.at.most(4);
      withOpen(open);
      await store.put(TOPIC, newDraft('b'));
      expect(await keys(store)).to.deep.equal(['b']);
    });

    it('is done without where there is none', async () => {
      const own = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true });
      try {
        expect(await rejected(indexedDeviceStore(name).put(TOPIC, newDraft('a')))).to.equal(true);
      } finally {
        if (own) Object.defineProperty(globalThis, 'indexedDB', own);
        else Reflect.deleteProperty(globalThis, 'indexedDB');
      }
    });

    it('gives up what was seen before it gives up an own message when the disk is full', async () => {
      const store = indexedDeviceStore(name);
      await store.put(TOPIC, newDraft('a', { n: 1 }));
      await store.see(TOPIC, seen(1));
      failing(1, 'QuotaExceededError');
      await store.put(TOPIC, newDraft('b', { n: 2 }));
      expect(await keys(store)).to.deep.equal(['a', 'b']);
      expect((await store.load(TOPIC)).seen).to.equal(undefined);
      // Not even that is enough; when there is room again, it is used.
      failing(3, 'QuotaExceededError');
      expect(await rejected(store.put(TOPIC, newDraft('c', { n: 3 })))).to.equal(true);
      await store.put(TOPIC, newDraft('d', { n: 4 }));
      expect(await keys(store)).to.deep.equal(['a', 'b', 'd']);
    });
  });
});
