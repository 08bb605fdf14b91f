// Incoming: what a topic shows, in order, once, acknowledged.
import { Observable } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { SeqRange } from '../../protocol/seq.ts';
import type { SeqOrder } from './in-seq-order.ts';
import type { Message } from './message.ts';

/** A numbered message, or the news that some seqids have none to show. */
export type Arrival = { readonly message: Message } | { readonly skip: SeqRange };

export type MessageFilter = (message: Message) => boolean;

/**
 * Holds back what came early, acknowledges, drops what is never to be shown. The order of the steps matters: the sequence
 * must see every seqid, shown or not (a filter above it would make gaps), and hidden messages are acked too. One operator
 * instead of four of RxJS's, which would bring more code than they save.
 */
export const inSeqOrder =
  (
    order: SeqOrder,
    acknowledge: (contiguous: number) => void,
    showable: MessageFilter,
  ): OperatorFunction<Arrival, Message> =>
  (arrivals$) =>
    new Observable((subscriber) =>
      arrivals$.subscribe((arrival) => {
        const batch = 'skip' in arrival ? order.skip(arrival.skip) : order.accept(arrival.message);
        acknowledge(order.contiguous);
        for (const message of batch) if (showable(message)) subscriber.next(message);
      }),
    );
