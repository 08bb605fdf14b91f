// Connection over plain http, for networks that let no WebSocket through: one request waits for what the gateway says, another brings what the client says.
import { CLOSE } from '../../protocol/close-code.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { decodeServerPacket } from '../../protocol/codec.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { Connection } from './connection.ts';

/** Whoever answers at once that there is nothing to say is no gateway, and is not asked as fast as it answers. */
const PAUSE_MS = 200;
/** What one UTF-16 code unit may take in UTF-8. */
const BYTES_MOST = 3;

/**
 * Long polling as a Tinode server speaks it; with ours, the secret of the session travels in a header, and many texts in
 * one request. A request that fails ends the connection: nobody knows then what the other has.
 */
export class LongPollConnection extends Connection {
  readonly #url: URL;
  readonly #ending = new AbortController();
  readonly #headers: Record<string, string> = {};
  /** Our gateway: any number of texts in a request, one a line. */
  #isBatching = false;
  #isOpen = false;
  #unsent: string[] = [];
  #isSending = false;
  /** What it closes with when a request fails. */
  #failure: number = CLOSE.abnormal;

  /** `channels` is the address of the gateway's channels. */
  constructor(channels: URL) {
    super();
    this.#url = new URL(channels);
    this.#url.pathname += '/lp';
  }

  override open(): void {
    this.#run().catch(() => {
      this.close(this.#failure);
    });
  }

  override send(text: string): void {
    if (!this.#isOpen) return;
    this.#unsent.push(text);
    if (this.#isSending) return;
    this.#isSending = true;
    this.#sendAll().catch(() => {
      this.close(this.#failure);
    });
  }

  override close(code: number): void {
    this.#end();
    this.emit({ type: 'close', code });
  }

  override abandon(): void {
    super.abandon();
    this.#end();
  }

  /** A poll that breaks off is the good-bye. */
  #end(): void {
    this.#isOpen = false;
    this.#unsent = [];
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    const packet = decodeServerPacket(await this.#ask());
    const params = 'ctrl' in packet ? packet.ctrl.params : undefined;
    const sid = params?.['sid'];
    if (typeof sid !== 'string') throw new Error('no session');
    this.#isBatching = params?.['kefu'] !== undefined;
    if (this.#isBatching) this.#headers['x-kefu-sid'] = sid;
    else this.#url.searchParams.set('sid', sid);
    this.#isOpen = true;
    this.emit({ type: 'open' });
    for (;;) {
      const texts = await this.#ask();
      for (const text of texts.split('\n')) {
        // A network that wants a login answers everything, and means nothing by it.
        if (!/^([{0]|$)/.test(text)) throw new Error('no packet');
        if (text) this.emit({ type: 'text', text });
      }
      if (!texts) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #sendAll(): Promise<void> {
    // What is said in one turn goes together.
    await Promise.resolve();
    while (this.#unsent.length > 0) await this.#ask(this.#take());
    this.#isSending = false;
  }

  /** As many texts as one request may bring. */
  #take(): string {
    let body = this.#unsent.shift() ?? '';
    while (this.#isBatching && this.#unsent.length > 0) {
      const more = `${body}\n${this.#unsent[0] ?? ''}`;
      if (more.length * BYTES_MOST > LIMITS.packetBytes) break;
      body = more;
      this.#unsent.shift();
    }
    return body;
  }

  /** One request; resolves with what was answered, rejects with anything else than success. */
  async #ask(body?: string): Promise<string> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: this.#headers,
      body: body ?? null,
      credentials: 'omit',
      cache: 'no-store',
      signal: this.#ending.signal,
    });
    // Nobody there knows the session: the way leads to another gateway already.
    if (response.status === CTRL.forbidden) this.#failure = CLOSE.goingAway;
    if (!response.ok) throw new Error(String(response.status));
    return response.text();
  }
}
