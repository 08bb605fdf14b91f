// Shop: the pages that the chat is embedded in, on a server that has nothing to do with the gateway.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Report } from './witness.ts';

const SCRIPT = fileURLToPath(new URL('../../../dist/kefu.js', import.meta.url));

const page = (title: string, gateway: string): string => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <link rel="icon" href="data:," />
  <title>${title}</title>
  <script async src="/kefu.js"></script>
  <h1>${title}</h1>
  <kefu-chat open server="${gateway}"></kefu-chat>
</html>`;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
};

export class Shop {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** `told` gets what witnesses in the pages report. */
  static async open(gateway: string, told: (reports: readonly Report[]) => void): Promise<Shop> {
    const script = readFileSync(SCRIPT);
    const server = createServer((request, response) => {
      void (async () => {
        if (request.method === 'POST') {
          told(JSON.parse(await bodyOf(request)) as readonly Report[]);
          response.writeHead(204).end();
        } else if (request.url === '/kefu.js') {
          response.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'max-age=3600' }).end(script);
        } else {
          const title = request.url === '/other' ? 'Another page' : 'A shop';
          response.writeHead(200, { 'Content-Type': 'text/html', 'Cache-Control': 'max-age=0' });
          response.end(page(title, gateway));
        }
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return new Shop(server, `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
