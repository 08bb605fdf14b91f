// Incoming: what a topic shows, in order, once, acknowledged.
import { filter, map, Observable, tap } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { SeqRange } from '../../protocol/seq.ts';
import type { SeqOrder } from './in-seq-order.ts';
import type { Message } from './message.ts';

/** A numbered message, or the news that some seqids have none to show. */
export type Arrival = { readonly message: Message } | { readonly skip: SeqRange };

export type MessageFilter = (message: Message) => boolean;

/** Holds back what came early; lets a batch go when the gap before it has closed. */
const inSeqOrder = (order: SeqOrder): OperatorFunction<Arrival, Message[]> =>
  map((arrival) => ('skip' in arrival ? order.skip(arrival.skip) : order.accept(arrival.message)));

/** RxJS's own mergeMap brings promises and async iterables along: a kilobyte for what is a loop. */
const oneByOne = <T>(): OperatorFunction<readonly T[], T> => {
  return (batches$) =>
    new Observable((subscriber) =>
      batches$.subscribe({
        next: (batch) => {
          for (const item of batch) subscriber.next(item);
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
};

/**
 * The order of the steps matters: the sequence must see every seqid, shown or not (a filter above it would make gaps),
 * and hidden messages are acked too.
 */
export const incoming =
  (
    order: SeqOrder,
    progress: (contiguous: number) => void,
    showable: MessageFilter,
  ): OperatorFunction<Arrival, Message> =>
  (arrivals$) =>
    arrivals$.pipe(
      inSeqOrder(order),
      tap(() => {
        progress(order.contiguous);
      }),
      oneByOne(),
      filter(showable),
    );
