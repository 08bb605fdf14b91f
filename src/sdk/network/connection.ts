// Connection: one transport's pipe of opaque strings, used once.
import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';

export type ConnectionEvent =
  | { readonly type: 'open' }
  | { readonly type: 'text'; readonly text: string }
  /** `code` is a WebSocket close code (RFC 6455, 7.4); transports without codes use 1006. */
  | { readonly type: 'close'; readonly code: number };

/**
 * The life of a connection: `open()` once, then an `open` event or a `close` event, then texts, then one `close` event.
 * After `abandon()` there are no events at all.
 */
export abstract class Connection {
  readonly #incoming = new Subject<ConnectionEvent>();
  readonly incoming$: Observable<ConnectionEvent> = this.#incoming;

  abstract open(): void;

  /** Hands a text to the transport. Dropped when the connection is not open: whoever needs an answer waits for it. */
  abstract send(text: string): void;

  /** Says good-bye; the `close` event follows when the peer has answered or the transport has given up. */
  abstract close(code: number): void;

  /** Lets go at once, without a word and without further events: a dead socket may never say that it closed. */
  abandon(): void {
    this.#incoming.complete();
  }

  protected emit(event: ConnectionEvent): void {
    this.#incoming.next(event);
    if (event.type === 'close') this.#incoming.complete();
  }
}

export type ConnectionFactory = () => Connection;

/**
 * Address of the channels of the gateway at `server` (an http, https, ws or wss origin), where every transport begins.
 * Throws TypeError on nonsense.
 */
export const channelsUrl = (server: string, apiKey?: string): URL => {
  const url = new URL('/v0/channels', server);
  url.protocol = url.protocol.replace('ws', 'http');
  if (apiKey !== undefined) url.searchParams.set('apikey', apiKey);
  return url;
};
