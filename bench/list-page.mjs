// What runs in the page of bench/list.mjs: a client without a gateway whose conversation has any number of messages, each made when it is asked for.
import { countElements } from './count-elements.mjs';
import { mixedContent } from './mixed.mjs';

/** Messages that were asked for stay the same ones; older ones are made anew. */
const KEPT = 4_000;

const readable = (value) => {
  const observers = new Set();
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      for (const observer of [...observers]) observer(next);
    },
    subscribe(observer) {
      observers.add(observer);
      observer(value);
      return { unsubscribe: () => observers.delete(observer) };
    },
  };
};

const startedAt = Date.now() - 86_400_000;

/** Seqids first … last, both included; the last `own` of them are not the user's business. */
const newConversation = (count) => {
  let first = Math.max(1, count > 0 ? 1_001 : 1);
  let last = first - 1 + count;
  let version = 0;
  const kept = new Map();
  const message = (seqid) => {
    let known = kept.get(seqid);
    if (known) return known;
    const key = `m${seqid}`;
    const own = seqid % 3 === 0;
    known = {
      ...{
        key,
        msgid: key,
        seqid,
        base: seqid,
        n: 0,
        from: own ? 'usrMe' : 'usrAgent',
        own,
        at: startedAt + seqid * 60,
      },
      ...{ head: {}, content: mixedContent(seqid), state: 'sent', reason: undefined, volatile: false },
    };
    kept.set(seqid, known);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return known;
  };
  const list = () => {
    const [low, length] = [first, last - first + 1];
    const indexOf = (seqid) => (seqid >= low && seqid < low + length ? seqid - low : -1);
    return {
      ...{ version: (version += 1), length, hasOlder: low > 1, loadingOlder: false, recv: last, read: last },
      ...{ myRead: 0, newestSeq: last },
      at: (index) => (index >= 0 && index < length ? message(low + index) : undefined),
      isMissingBefore: () => false,
      indexOf: (key) => indexOf(Number(key.slice(1))),
      indexOfSeqid: indexOf,
      stateOf: ({ own }) => (own ? 'read' : 'sent'),
    };
  };
  const messages$ = readable(list());
  const nothing = () => undefined;
  return {
    ...{ id: 'c1', messages$, typing$: readable([]), resolve$: readable(nothing), user: nothing, open: nothing },
    info$: readable({ phase: 'assigned', touched: startedAt, unread: 0, newest: undefined }),
    ...{ markRead: nothing, typing: nothing, retry: nothing, discard: nothing },
    loadOlder: () => Promise.resolve(),
    append() {
      last += 1;
      messages$.set(list());
    },
    prepend(many) {
      first = Math.max(1, first - many);
      messages$.set(list());
    },
  };
};

const afterFrame = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => {
      // A message to oneself comes after the frame that is being made.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(0);
    });
  });

const list = () =>
  document
    .querySelector('kefu-chat')
    .shadowRoot.querySelector('kefu-window')
    .shadowRoot.querySelector('kefu-message-list');
const scroller = () => list().shadowRoot.querySelector('.scroller');
const rows = () => [...list().shadowRoot.querySelectorAll('kefu-message')];

const still = async () => {
  for (let frame = 0; frame < 3; frame += 1) await afterFrame();
  await list().updateComplete;
};

globalThis.bench = {
  async open(count) {
    const conversation = newConversation(count);
    const { KefuChat } = globalThis.Kefu;
    KefuChat.clientFactory = () => ({
      ...{
        link$: readable({ state: 'online', since: 0, stale: false }),
        leads$: readable(false),
        me$: readable(undefined),
      },
      ...{ conversations$: readable([]), unread$: readable(0), on: () => () => undefined, connect: () => undefined },
      ...{ current: () => conversation, logout: () => undefined, destroy: () => undefined },
    });
    globalThis.conversation = conversation;
    document.querySelector('kefu-chat').open();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await still();
  },

  /** Milliseconds from a message that arrives to its frame. */
  async append(times) {
    const results = [];
    for (let n = 0; n < times; n += 1) {
      await afterFrame();
      const since = performance.now();
      globalThis.conversation.append();
      await afterFrame();
      const newest = rows().at(-1);
      if (
        newest?.message !==
        globalThis.conversation.messages$.value.at(globalThis.conversation.messages$.value.length - 1)
      )
        throw new Error('the frame came without the message');
      results.push(performance.now() - since);
    }
    return results;
  },

  /** The largest way in px that any row on the screen moves when 50 older messages come, while one reads at the very top. */
  async prepend(times) {
    let most = 0;
    list().jumpTo(globalThis.conversation.messages$.value.at(0).seqid);
    await still();
    for (let n = 0; n < times; n += 1) {
      scroller().scrollTop = -scroller().scrollHeight;
      await still();
      const view = scroller().getBoundingClientRect();
      const seen = rows()
        .map((row) => [row, row.getBoundingClientRect()])
        .filter(([, { top, bottom }]) => bottom > view.top && top < view.bottom);
      const look = () => {
        for (const [row, { bottom }] of seen)
          most = Math.max(most, row.isConnected ? Math.abs(row.getBoundingClientRect().bottom - bottom) : Infinity);
      };
      globalThis.conversation.prepend(50);
      for (let frame = 0; frame < 5; frame += 1) {
        await afterFrame();
        look();
      }
    }
    return most;
  },

  /** Scrolls up from the end, and says how long the frames took and how many elements there were. */
  async scroll(frames) {
    list().jumpToNewest();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await still();
    const tasks = [];
    const watching = new PerformanceObserver((entries) => {
      for (const { duration } of entries.getEntries()) tasks.push(duration);
    });
    watching.observe({ type: 'longtask' });
    let elements = 0;
    for (let frame = 0; frame < frames; frame += 1) {
      scroller().scrollTop -= 120;
      await afterFrame();
      if (frame % 20 === 0) elements = Math.max(elements, countElements());
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    watching.disconnect();
    return { elements: Math.max(elements, countElements()), longTasks: tasks.length, longest: Math.max(0, ...tasks) };
  },
};
