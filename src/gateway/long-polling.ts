// Long polling: sessions over plain http, for networks that let no WebSocket through. As a Tinode server speaks it; our own clients send the secret in a header, and many packets at once.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CLOSE } from '../protocol/close-code.ts';
import { encode } from '../protocol/codec.ts';
import { CTRL, CTRL_TEXT } from '../protocol/ctrl-code.ts';
import type { JsonObject } from '../protocol/json.ts';
import { LIMITS } from '../protocol/limits.ts';
import { KEFU_VERSION } from '../protocol/version.ts';
import type { Clock } from './clock.ts';
import { timestamp } from './clock.ts';
import type { Core } from './core.ts';
import { PollingPipe } from './polling-pipe.ts';
import type { Random } from './random.ts';
import type { Session } from './session.ts';

/** The secret of a session: whoever has it is the client. In the query only from clients that know no better. */
const SID_HEADER = 'x-kefu-sid';
/** A day; browsers keep it for as long as they want to. */
const PREFLIGHT_SECONDS = 86_400;

export interface LongPollingOptions {
  readonly core: Core;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a poll waits for something to say. */
  readonly pollMs: number;
  /** Whether the page that asks may connect. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
  /** In which channels it may open conversations. */
  readonly channelsOf: (request: IncomingMessage) => Session['channels'];
  readonly addressOf: (request: IncomingMessage) => string;
}

export class LongPolling {
  readonly #options: LongPollingOptions;
  readonly #pipes = new Map<string, PollingPipe>();

  constructor(options: LongPollingOptions) {
    this.#options = options;
  }

  /** Answers a request: opens a session, or says or asks something on one. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = request.headers;
    response.setHeader('Vary', 'Origin');
    if (!this.#options.isAllowed(request)) {
      this.#ctrl(response, CTRL.forbidden);
      return;
    }
    if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin);
    if (request.method === 'OPTIONS') preflight(response);
    else if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST, OPTIONS');
      this.#ctrl(response, 405, 'method not allowed');
    } else await this.#serveSession(request, response);
  }

  async #serveSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const header = request.headers[SID_HEADER];
    const isOurs = typeof header === 'string';
    const sid = isOurs ? header : sidOf(request);
    if (sid === null) {
      this.#open(request, response);
      return;
    }
    const pipe = this.#pipes.get(sid);
    if (!pipe) {
      this.#expired(response);
      return;
    }
    response.on('close', () => {
      if (!response.writableFinished) pipe.terminate();
    });
    const body = await bodyOf(request);
    if (response.destroyed) return;
    if (body === undefined) {
      pipe.terminate(CLOSE.tooLarge);
      response.setHeader('Connection', 'close');
      this.#ctrl(response, CTRL.tooLarge);
    } else if (body === '') pipe.poll(response, isOurs);
    else {
      await pipe.post(isOurs ? body.split('\n') : [body]);
      if (pipe.isOpen) answer(response, []);
      else this.#expired(response);
    }
  }

  #open(request: IncomingMessage, response: ServerResponse): void {
    const { core, clock, random, pollMs, addressOf, channelsOf } = this.#options;
    const address = addressOf(request);
    const refused = core.refusal(address);
    if (refused !== undefined) {
      this.#ctrl(response, refused);
      return;
    }
    const sid = random.bytes(32).toString('base64url');
    const pipe = new PollingPipe({
      clock,
      pollMs,
      answer,
      refuse: (poll) => {
        this.#expired(poll);
      },
      ended: () => {
        this.#pipes.delete(sid);
      },
    });
    this.#pipes.set(sid, pipe);
    core.connect(pipe, address, channelsOf(request));
    this.#ctrl(response, CTRL.created, undefined, { sid, kefu: { v: KEFU_VERSION } });
  }

  #expired(response: ServerResponse): void {
    this.#ctrl(response, CTRL.forbidden, 'invalid or expired session');
  }

  #ctrl(response: ServerResponse, code: number, text = CTRL_TEXT[code] ?? '', params?: JsonObject): void {
    const ts = timestamp(this.#options.clock.now());
    reply(response, code, encode({ ctrl: { code, text, ...(params && { params }), ts } }));
  }
}

/** The answer to a poll or a post: packets, one a line. */
const answer = (response: ServerResponse, texts: readonly string[]): void => {
  reply(response, 200, texts.join('\n'));
};

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

function preflight(response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': `content-type, ${SID_HEADER}, x-tinode-apikey`,
    'Access-Control-Max-Age': PREFLIGHT_SECONDS,
  });
  response.end();
}

const sidOf = (request: IncomingMessage): string | null =>
  URL.parse(request.url ?? '', 'http://gateway')?.searchParams.get('sid') ?? null;

/** What a request says, empty when it breaks off; undefined: more than a packet may have. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LIMITS.packetBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).toString('utf8');
}
