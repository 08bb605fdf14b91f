// Witness: what a page shows and says about its messages, told to the test as it happens. Runs inside the page.
import type { MessageList } from '../../../src/sdk/app/model.ts';
import type { Happening, Row } from '../history.ts';

/** How long a message took to be on the screen, in frames after the one that its key was pressed in. */
export interface Painted {
  readonly what: 'painted';
  readonly text: string;
  /** 0: it was in the first picture after the key. */
  readonly framesLate: number;
}

/** The page was shown again as it had been left. */
export interface Restored {
  readonly what: 'restored';
}

export type Report = Happening | Painted | Restored;

declare global {
  /** What the test sets in the page. */
  interface Window {
    /** Added to the page's clock. */
    kefuSkewMs?: number;
    /** Place in the order of sending that the next message has which is sent after all. */
    kefuRetryOrder?: number;
  }
}

export interface WitnessOptions {
  readonly by: string;
  readonly skewMs: number;
}

/**
 * Begins in a document before its own scripts. Own messages go by their text, which the test makes different each time; so
 * a message that was sent again under another msgid counts as doubled. Reports are handed over before the page goes on,
 * and survive whatever then becomes of it.
 */
export const witness = ({ by: name, skewMs }: WitnessOptions): void => {
  if (window !== window.top || !location.protocol.startsWith('http')) return;
  // Pages of two addresses may be there at once, one of them asleep: each is a witness of its own.
  const by = name + location.pathname;
  /** Frames that a message may be late before it is not looked for any more. */
  const FRAMES = 120;
  /** The end of the list that is told of. */
  const ROWS = 60;
  const EVERY_MS = 50;

  window.kefuSkewMs = skewMs;
  const now = Date.now.bind(Date);
  Date.now = () => now() + (window.kefuSkewMs ?? 0);

  let waiting: Report[] = [];
  const flush = (): void => {
    if (waiting.length === 0) return;
    const body = JSON.stringify(waiting);
    waiting = [];
    const request = new XMLHttpRequest();
    try {
      request.open('POST', '/witness', false);
      request.send(body);
    } catch {
      // The page is being left.
    }
  };
  const report = (...reports: Report[]): void => {
    waiting.push(...reports);
    setTimeout(flush);
  };

  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...args) {
    const transaction = begin.apply(this, args);
    transaction.addEventListener('abort', () => {
      report({ what: 'trace', by, text: `storage: ${transaction.error?.name ?? 'aborted'}` });
    });
    return transaction;
  };

  const chat = (): (HTMLElement & { readonly state: string }) | null => document.querySelector('kefu-chat');
  const listElement = (): (HTMLElement & { readonly messages?: MessageList }) | null | undefined =>
    chat()?.shadowRoot?.querySelector('kefu-window')?.shadowRoot?.querySelector<HTMLElement>('kefu-message-list');

  /** The last word about each own message. */
  const told = new Map<string, string>();
  const once = (text: string, word: string, event: Report): void => {
    if (told.get(text)?.includes(word)) return;
    told.set(text, `${told.get(text) ?? ''} ${word}`);
    report(event);
  };
  let seen: MessageList | undefined;
  const look = (): void => {
    const list = listElement()?.messages;
    if (!list || list === seen) return;
    seen = list;
    const rows: Row[] = [];
    for (let index = Math.max(0, list.length - ROWS); index < list.length; index += 1) {
      const message = list.at(index);
      if (!message) continue;
      if (list.isMissingBefore(index)) rows.push(null);
      const { own, content, state, seqid, msgid, key } = message;
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      rows.push([own ? text : (msgid ?? key), seqid ?? 0]);
      if (!own) continue;
      // Kept, as the page claims it.
      if ((state === 'queued' || state === 'sending') && !message.volatile)
        once(text, 'kept', { what: 'kept', by, msgid: text });
      else if (state === 'refused') once(text, state, { what: state, by, msgid: text });
      else if (state === 'expired') {
        if (!told.get(text)?.endsWith(state)) report({ what: state, by, msgid: text });
        told.set(text, state);
      } else if (state === 'sent' && seqid === undefined)
        once(text, 'unnumbered', { what: 'unnumbered', by, msgid: text });
      else if (seqid !== undefined) once(text, 'acked', { what: 'acked', by, topic: '', msgid: text, seqid });
    }
    const loading = chat()?.state !== 'online';
    report({ what: 'view', by, topic: '', rows, loading });
  };
  for (const type of ['kefu-message', 'kefu-status', 'kefu-state'])
    addEventListener(type, () => {
      // The element shows it at the end of the task.
      setTimeout(look);
    });
  addEventListener(
    'kefu-retry-request',
    (event) => {
      look();
      const { key } = event as Event & { readonly key: string };
      const content = seen?.at(seen.indexOf(key))?.content;
      report({
        what: 'retried',
        by,
        msgid: typeof content === 'string' ? content : '',
        order: window.kefuRetryOrder ?? 0,
      });
    },
    true,
  );
  setInterval(look, EVERY_MS);
  const frame = (): void => {
    look();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  const isShown = (text: string): boolean => {
    const list = listElement();
    const row = [...(list?.shadowRoot?.querySelectorAll('kefu-message') ?? [])].find(
      (one) => one.shadowRoot?.querySelector('.text')?.textContent === text,
    );
    const bubble = row?.shadowRoot?.querySelector('[part~="bubble"]')?.getBoundingClientRect();
    const around = list?.getBoundingClientRect();
    return Boolean(
      bubble && around && bubble.height > 0 && bubble.bottom <= around.bottom + 1 && bubble.top >= around.top,
    );
  };
  addEventListener(
    'keydown',
    (event) => {
      const [input] = event.composedPath();
      if (event.key !== 'Enter' || !(input instanceof HTMLTextAreaElement)) return;
      const text = input.value;
      let framesLate = 0;
      // Called right before the picture is made.
      const check = (): void => {
        if (isShown(text) || framesLate === FRAMES) report({ what: 'painted', text, framesLate });
        else {
          framesLate += 1;
          requestAnimationFrame(check);
        }
      };
      requestAnimationFrame(check);
    },
    true,
  );
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) report({ what: 'restored' });
  });
};
