// A crowd in a process of its own: visitors who write, or agents who read and answer. Takes its options as JSON in the
// first argument, its orders from the parent process.
import type { Conversation } from '../../../src/sdk/app/model.ts';
import { seededRandom } from './seeded-random.ts';
import { BufferedHistory, WitnessedClient, noCounts } from './witnessed-client.ts';
import type { ClientCounts } from './witnessed-client.ts';

export interface CrowdOptions {
  readonly role: 'visitor' | 'agent';
  /** Of visitors; agents have a login each, which is their password too. */
  readonly names: readonly string[];
  /** Origin, as seen through the faults. */
  readonly server: string;
  readonly history: string;
  readonly seed: number;
}

export type CrowdOrder =
  /** Send so many messages, of so many characters at least, at so many a second; then say that it is done. */
  | { readonly send: number; readonly perSecond: number; readonly length?: number }
  /** Send no more; said to be done too. */
  | { readonly stop: true }
  /** Be complete: everything settled, each topic up to the seqid that is given; then write down what is shown, and end. */
  | { readonly settle: { readonly [topic: string]: number }; readonly deadlineMs: number };

export interface CrowdReport extends ClientCounts {
  readonly is: 'working' | 'sent' | 'settled' | 'unsettled';
  readonly clients: number;
  /** Those whose link is up and who miss nothing that they know of. */
  readonly online: number;
  /** What is not yet as it should be, for people. */
  readonly missing?: string;
}

/** Messages that one client has on its way, of the 500 that it would take. */
const UNSENT_MOST = 400;
const TICK_MS = 20;
const REPORT_MS = 500;
/** As often as a reader looks. */
const READ_MS = 1_000;

const options = JSON.parse(process.argv[2] ?? '') as CrowdOptions;
const random = seededRandom(options.seed, options.role === 'agent' ? 2 : 1);
const history = new BufferedHistory(options.history);
const clients = options.names.map(
  (name) =>
    new WitnessedClient(name, { server: options.server, role: options.role }, (event) => {
      history.write(event);
    }),
);
for (const [index, { client }] of clients.entries()) {
  if (options.role === 'visitor') {
    client.current();
    client.connect();
  } else {
    const name = options.names[index] ?? '';
    client.login(name, name).catch((error: unknown) => {
      throw error;
    });
  }
}

const report = (is: CrowdReport['is'], missing?: string): void => {
  const counts = noCounts();
  for (const client of clients)
    for (const key of Object.keys(counts) as (keyof ClientCounts)[])
      counts[key] = key === 'longestMs' ? Math.max(counts[key], client.counts[key]) : counts[key] + client.counts[key];
  const online = clients.filter(({ client }) => {
    const { state, stale } = client.link$.value;
    return state === 'online' && !stale;
  }).length;
  process.send?.({
    is,
    clients: clients.length,
    online,
    ...counts,
    ...(missing !== undefined && { missing }),
  } satisfies CrowdReport);
};
const reporting = setInterval(() => report('working'), REPORT_MS);

const reading = setInterval(() => {
  for (const { client } of clients) for (const conversation of client.conversations$.value) conversation.markRead();
}, READ_MS);

/** Where the client writes: a visitor in the one conversation, an agent in those that are theirs. */
const placesOf = ({ client }: WitnessedClient): readonly Conversation[] => {
  if (options.role === 'visitor') return [client.current()];
  const me = client.me$.value?.id;
  return client.conversations$.value.filter(({ info$ }) => me !== undefined && info$.value.agent?.id === me);
};

let isStopped = false;
function send(total: number, perSecond: number, length = 0): void {
  const startedAt = performance.now();
  let sent = 0;
  const ticking = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1000));
    // Some have nobody to answer yet, or too much unsent for one device: their turn comes later.
    for (let tries = 0; sent < due && tries < 2 * clients.length; tries += 1) {
      const client = clients[Math.floor(random() * clients.length)];
      if (!client || client.counts.sent - client.counts.settled >= UNSENT_MOST) continue;
      const places = placesOf(client);
      const place = places[Math.floor(random() * places.length)];
      if (!place) continue;
      tries = 0;
      sent += 1;
      client.send(place, `message ${sent} `.padEnd(length, 'x'));
    }
    if (sent < total && !isStopped) return;
    clearInterval(ticking);
    report('sent');
  }, TICK_MS);
}

/** What keeps the crowd from being complete. */
function missing(seqids: Readonly<Record<string, number>>): string | undefined {
  for (const { client, counts } of clients) {
    if (counts.settled < counts.sent) return `${counts.sent - counts.settled} own messages without an answer`;
    const { state, stale } = client.link$.value;
    if (state !== 'online' || stale) return `a link that is ${state}${stale ? ', stale' : ''}`;
    for (const { info$, messages$ } of client.conversations$.value) {
      const { topic } = info$.value;
      const list = messages$.value;
      const newest = list.at(list.length - 1)?.seqid ?? 0;
      const wanted = seqids[topic ?? ''] ?? 0;
      if (newest < wanted) return `${topic ?? ''} ends at ${newest} instead of ${wanted}`;
    }
  }
  return undefined;
}

function settle(seqids: Readonly<Record<string, number>>, deadlineMs: number): void {
  const endAt = performance.now() + deadlineMs;
  const looking = setInterval(() => {
    const what = missing(seqids);
    if (what !== undefined && performance.now() < endAt) return;
    clearInterval(looking);
    clearInterval(reading);
    clearInterval(reporting);
    void Promise.all(clients.map((client) => client.dump())).then(() => {
      history.close();
      report(what === undefined ? 'settled' : 'unsettled', what);
      for (const { client } of clients) client.destroy();
      process.disconnect();
    });
  }, 100);
}

process.on('message', (order: CrowdOrder) => {
  if ('send' in order) send(order.send, order.perSecond, order.length);
  else if ('stop' in order) isStopped = true;
  else settle(order.settle, order.deadlineMs);
});
// The parent is gone: so is the run.
process.on('disconnect', () => process.exit(0));
