// A proxy that lets http through and, as some networks do, no WebSocket: until it is told otherwise.
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export class UpgradeProxy {
  /** False: asks to become a WebSocket are answered as if they were any request. */
  lets = false;
  /** WebSockets that were let through, and how many asked in vain. */
  sockets = 0;
  refused = 0;
  /** Requests of long polling. */
  polls = 0;
  url = '';
  private readonly target: URL;
  private readonly server: Server;
  private readonly open = new Set<Duplex>();

  constructor(target: string) {
    this.target = new URL(target);
    this.server = createServer((asked, response) => {
      if (asked.url?.startsWith('/v0/channels/lp')) this.polls += 1;
      const { hostname, port } = this.target;
      const passed = request(
        { hostname, port, path: asked.url, method: asked.method, headers: asked.headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      passed.on('error', () => response.destroy());
      response.on('close', () => passed.destroy());
      asked.pipe(passed);
    });
    this.server.on('upgrade', (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.hold(socket);
      if (this.lets) this.pass(asked, socket, head);
      else {
        this.refused += 1;
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      }
    });
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  /** Cuts every WebSocket. */
  cut(): void {
    for (const socket of this.open) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private pass(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const through: Socket = connect(Number(this.target.port), this.target.hostname, () => {
      this.sockets += 1;
      const headers = asked.rawHeaders.map((text, n) => (n % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
      through.write(`GET ${asked.url ?? '/'} HTTP/1.1\r\n${headers}\r\n`);
      through.write(head);
      socket.pipe(through).pipe(socket);
    });
    this.hold(through);
    socket.on('close', () => through.destroy());
    through.on('close', () => socket.destroy());
  }

  private hold(socket: Duplex): void {
    this.open.add(socket);
    socket.on('close', () => this.open.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}
