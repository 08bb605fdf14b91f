// A page by the DevTools protocol alone. Playwright keeps its pages awake: to them every page is in front and has the focus.
import type { Browser } from 'playwright-core';
import { until } from '../support/until.ts';

interface Answer {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
  readonly error?: { readonly message: string };
}

export class RawPage {
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
  }

  /** Opens `url` in a browser that was launched with this debugging port. */
  static async open(browser: Browser, port: number, url: string): Promise<RawPage> {
    const made = await fetch(`http://127.0.0.1:${port}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' });
    const { webSocketDebuggerUrl } = (await made.json()) as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    browser.on('disconnected', () => socket.close());
    const page = new RawPage(socket);
    // Before it has come to its document there is nothing to evaluate in, or another one that is about to go.
    await until('the page has its document', () => page.evaluate(`location.href !== 'about:blank'`).catch(() => false));
    return page;
  }

  async send(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const id = (this.lastId += 1);
    const answer = await new Promise<Answer>((resolve) => {
      this.waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer;
  }

  /** The value of an expression on the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    return answer.result?.result?.value;
  }
}
