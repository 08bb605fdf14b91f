// Own news: what the tabs of a device tell each other about own messages of a topic, and who of them knows more.
import type { Subscription } from 'rxjs';
import type { MessagePool } from './message-pool.ts';
import { isPending } from './message-state.ts';
import type { Message } from './message.ts';
import type { TabNews, Tabs } from './tabs.ts';

export interface OwnNewsSurroundings {
  readonly tabs: Tabs;
  readonly pool: MessagePool;
  /** What this device calls the topic. */
  readonly local: string;
  /** The file that a message still needs, if it is here. */
  readonly file: (key: string) => Blob | undefined;
  /** Another tab tells how the message stands: to be taken over if it {@link OwnNews.isNews}. */
  readonly told: (message: Message, file?: Blob) => void;
  /** The message is nobody's any more. */
  readonly drop: (key: string) => void;
  /** This tab hears the others again, and has missed what they said meanwhile. */
  readonly joined: () => void;
}

export class OwnNews {
  readonly #around: OwnNewsSurroundings;
  readonly #hearing: Subscription;
  /** Removed by the user while this page has been open, by their keys: as sent at place n, or before. */
  readonly #discarded = new Map<string, number>();

  constructor(around: OwnNewsSurroundings) {
    this.#around = around;
    this.#hearing = around.tabs.news$.subscribe((news) => {
      this.#hear(news);
    });
  }

  /** Tells how the message now stands, with the file that it still needs. */
  tell(message: Message | undefined, file?: Blob): void {
    if (message) this.#say({ message, file });
  }

  /** The user has removed the message here. */
  discard(key: string, n: number): void {
    this.#discard(key, n);
    this.#say({ discarded: key, n });
  }

  /** Whether this tab learns something of it. Who lags behind, another tab or what the device has kept, is told. */
  isNews(message: Message): boolean {
    if (this.#isDiscarded(message)) return false;
    const known = this.#around.pool.get(message.key);
    if (!known || isNewer(message, known)) return true;
    if (isNewer(known, message)) this.tell(known);
    return false;
  }

  /** Tells what this tab knows of; who knows better answers, who lacks something takes it. */
  callRoll(): void {
    const mine = this.#tellable();
    this.#say({ mine });
    for (const message of mine) {
      const file = this.#around.file(message.key);
      if (file) this.tell(message, file);
    }
  }

  destroy(): void {
    this.#hearing.unsubscribe();
  }

  #hear(news: TabNews): void {
    const { local, told, joined } = this.#around;
    if ('joined' in news) joined();
    else if ('loggedOut' in news || news.topic !== local) return;
    else if ('mine' in news) this.#answerRoll(news.mine);
    else if ('discarded' in news) this.#discard(news.discarded, news.n);
    else told(news.message, news.file);
  }

  /** Another tab has come or woken: `theirs` is what it knows of. */
  #answerRoll(theirs: readonly Message[]): void {
    const known = new Set(theirs.map(({ key }) => key));
    for (const message of theirs) {
      const { key, n } = message;
      if (this.#isDiscarded(message)) this.#say({ discarded: key, n });
      else this.#around.told(message);
    }
    for (const message of this.#tellable()) if (!known.has(message.key)) this.tell(message);
  }

  /** Not what became of it later, where it came back and was sent again. */
  #discard(key: string, n: number): void {
    const { pool, drop } = this.#around;
    this.#discarded.set(key, n);
    const known = pool.get(key);
    if (!known || (known.seqid === undefined && known.n <= n)) drop(key);
  }

  #isDiscarded({ key, n }: Message): boolean {
    return n <= (this.#discarded.get(key) ?? -1);
  }

  /** A draft is nobody else's yet: its tab tells of it when it is in the outbox. */
  #tellable(): Message[] {
    return this.#around.pool.unnumbered().filter(({ state }) => state !== 'draft');
  }

  #say(news: Untitled<TabNews>): void {
    const { tabs, local } = this.#around;
    tabs.tell({ topic: local, ...news });
  }
}

/** News of a topic, without its name. */
type Untitled<T> = T extends { readonly topic: string } ? Omit<T, 'topic'> : never;

/** Whether `a` knows more of the message than `b`: its seqid, that the user sent it again, or how far it has come. */
const isNewer = (a: Message, b: Message): boolean =>
  b.seqid === undefined &&
  (a.seqid !== undefined ||
    a.n > b.n ||
    (a.n === b.n && (b.state === 'uploading' || (!isPending(a.state) && isPending(b.state)))));
