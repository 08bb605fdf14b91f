// The choice of a transport: WebSocket, and long polling where no WebSocket comes up.
import { CLOSE } from '../../protocol/close-code.ts';
import { PROBE } from '../../protocol/codec.ts';
import type { Clock } from './clock.ts';
import type { Connection, ConnectionFactory } from './connection.ts';

/** The figures of the choice. */
export const TRANSPORT = {
  /** So many WebSockets in a row did not come up: the network may let none through. */
  failures: 2,
  /** On a page where one has come up, the gateway is the more likely cause. */
  failuresProven: 6,
  /** A WebSocket that was given up sooner says nothing: the page was left, or another connection was faster. */
  tooSoonMs: 1_500,
  /** While long polling lives, WebSocket is tried again after this long. */
  retryMs: 5 * 60_000,
  /** How long that may take. */
  trialMs: 5_000,
} as const;

/**
 * Makes each new connection of a page by what has become of those before it. A WebSocket has come up when something was
 * heard on it: some networks let it open, and nothing through. Long polling that does not come up says that the gateway
 * can't be reached at all: WebSocket then has its chances anew.
 */
export const transportChoice = (
  clock: Pick<Clock, 'now' | 'after'>,
  webSocket: ConnectionFactory,
  longPoll: ConnectionFactory,
): ConnectionFactory => {
  let failures = 0;
  let isProven = false;
  const cameUp = (): void => {
    failures = 0;
    isProven = true;
  };

  const newWebSocket = (): Connection => {
    const connection = webSocket();
    const since = clock.now();
    let isOver = false;
    let isUp = false;
    connection.incoming$.subscribe({
      next({ type }) {
        isOver = type === 'close';
        if (type !== 'text') return;
        isUp = true;
        cameUp();
      },
      complete() {
        if (!isUp && (isOver || clock.now() - since >= TRANSPORT.tooSoonMs)) failures += 1;
      },
    });
    return connection;
  };

  /** Tries WebSocket from time to time, and ends `polling` when one has come up: the next connection is one. */
  const tryLater = (polling: Connection): (() => void) => {
    let trial: Connection | undefined;
    let cancel: () => void;
    const wait = (): void => {
      cancel = clock.after(TRANSPORT.retryMs, () => {
        const tried = (trial = webSocket());
        cancel = clock.after(TRANSPORT.trialMs, () => {
          tried.abandon();
          wait();
        });
        tried.incoming$.subscribe(({ type }) => {
          if (type === 'open') tried.send(PROBE);
          else {
            cancel();
            if (type === 'close') wait();
            else {
              cameUp();
              tried.abandon();
              polling.close(CLOSE.goingAway);
            }
          }
        });
        tried.open();
      });
    };
    wait();
    return () => {
      cancel();
      trial?.abandon();
    };
  };

  const newLongPoll = (): Connection => {
    const connection = longPoll();
    let stopTrying: (() => void) | undefined;
    connection.incoming$.subscribe({
      next({ type }) {
        if (type === 'text') stopTrying ??= tryLater(connection);
      },
      complete() {
        if (stopTrying) stopTrying();
        else failures = 0;
      },
    });
    return connection;
  };

  return () => (failures < (isProven ? TRANSPORT.failuresProven : TRANSPORT.failures) ? newWebSocket() : newLongPoll());
};
