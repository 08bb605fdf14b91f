// Polling socket: a client of long polling that looks like a WebSocket to its user.
import { EventEmitter } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request to `url`; `abort` breaks it off. */
export function ask(
  url: string,
  method: string,
  { body = '', headers = {}, agent }: { body?: string; headers?: Readonly<Record<string, string>>; agent?: Agent } = {},
): { readonly reply: Promise<Reply>; readonly abort: () => void } {
  const asked = request(url, { method, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) }, agent });
  const reply = new Promise<Reply>((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
  });
  asked.end(body);
  return {
    reply,
    abort() {
      asked.destroy();
    },
  };
}

export class PollingSocket extends EventEmitter {
  readyState: number = WebSocket.CONNECTING;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;
  readonly #isOurs: boolean;
  readonly #headers: Readonly<Record<string, string>>;
  #sid = '';
  readonly #queue: string[] = [];
  #isPosting = false;
  #isPaused = false;
  #abort: (() => void) | undefined;

  /** `isOurs`: the secret in a header, and many packets at once. */
  constructor(url: string, isOurs: boolean, headers: Readonly<Record<string, string>>) {
    super();
    this.#url = `${url}/v0/channels/lp?apikey=any`;
    this.#isOurs = isOurs;
    this.#headers = headers;
    this.#open().catch(() => {
      this.#end();
    });
  }

  get sid(): string {
    return this.#sid;
  }

  send(text: string | Buffer): void {
    this.#queue.push(String(text));
    this.#post();
  }

  /** Polls no more until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#poll();
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    this.#abort?.();
    this.#end();
  }

  async #open(): Promise<void> {
    const { status, body } = await ask(this.#url, 'POST', { headers: this.#headers, agent: this.#agent }).reply;
    if (status !== 201) {
      this.#end();
      return;
    }
    this.#sid = (JSON.parse(body) as { ctrl: { params: { sid: string } } }).ctrl.params.sid;
    this.readyState = WebSocket.OPEN;
    this.emit('open');
    this.#poll();
    this.#post();
  }

  #ask(body: string): { readonly reply: Promise<Reply>; readonly abort: () => void } {
    const { agent } = { agent: this.#agent };
    const headers = this.#isOurs ? { ...this.#headers, 'X-Kefu-Sid': this.#sid } : this.#headers;
    return ask(this.#isOurs ? this.#url : `${this.#url}&sid=${this.#sid}`, 'POST', { body, headers, agent });
  }

  #poll(): void {
    if (this.#abort || this.#isPaused || this.readyState !== WebSocket.OPEN) return;
    const { reply, abort } = this.#ask('');
    this.#abort = abort;
    reply.then(
      ({ status, body }) => {
        this.#abort = undefined;
        if (status !== 200) this.#end();
        else {
          for (const line of this.#isOurs ? body.split('\n') : [body]) if (line !== '') this.emit('message', line);
          this.#poll();
        }
      },
      () => {
        this.#end();
      },
    );
  }

  #post(): void {
    if (this.#isPosting || this.#queue.length === 0 || this.readyState !== WebSocket.OPEN) return;
    this.#isPosting = true;
    let bytes = 0;
    let count = 0;
    for (const text of this.#queue) {
      bytes += Buffer.byteLength(text) + 1;
      if (count > 0 && (!this.#isOurs || bytes > 60_000)) break;
      count += 1;
    }
    this.#ask(this.#queue.splice(0, count).join('\n')).reply.then(
      ({ status }) => {
        this.#isPosting = false;
        if (status !== 200) this.#end();
        this.#post();
      },
      () => {
        this.#end();
      },
    );
  }

  #end(): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.#agent.destroy();
    this.emit('close', 1006);
  }
}
