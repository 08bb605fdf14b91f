// Metrics: what a gateway counts of itself. Labels are words from closed lists: never a name, a topic or an address.

interface Counted {
  readonly help: string;
  /** By what it is told apart, and every word for that. */
  readonly label?: string;
  readonly words?: readonly string[];
}

/** What only grows, by name without `kefu_` and `_total`. */
export const COUNTERS = {
  connects: {
    help: 'Links that clients wanted to open',
    label: 'result',
    words: ['opened', 'forbidden', 'limited', 'full'],
  },
  closes: {
    help: 'Links that have ended. slow: acked nothing; cut: no sign of life; protocol: packets that make no sense, or no login in time',
    label: 'why',
    words: ['left', 'cut', 'slow', 'protocol', 'limited', 'restarting', 'other'],
  },
  pubs: {
    help: 'Messages that came. dup: a repeat, stored once; unnumbered: taken and not shown; busy: to be sent again; asked: what became of one',
    label: 'result',
    words: ['ok', 'dup', 'unnumbered', 'refused', 'busy', 'asked'],
  },
  msgid_reuses: { help: 'Repeats whose text was another one: a client that breaks the protocol' },
  deliveries: { help: 'Messages pushed to receivers', label: 'kind', words: ['first', 'again'] },
  auth_failures: {
    help: 'Logins that failed. identity: one is required, and none was shown; jwt_…: what is wrong with it',
    label: 'why',
    words: [
      'token',
      'password',
      'limited',
      'identity',
      'jwt_malformed',
      'jwt_key',
      'jwt_signature',
      'jwt_audience',
      'jwt_claims',
      'jwt_expired',
    ],
  },
  bus_events: { help: 'Hints between gateways, and within this one', label: 'direction', words: ['out', 'in'] },
  repair_polls: {
    help: 'Looks at what the store knows beyond what hints told of',
    label: 'result',
    words: ['nothing', 'something', 'failed'],
  },
} as const satisfies { readonly [name: string]: Counted };

export type CounterName = keyof typeof COUNTERS;
export type CounterWord<K extends CounterName> = (typeof COUNTERS)[K] extends {
  readonly words: readonly (infer W extends string)[];
}
  ? W
  : undefined;

export interface Metrics {
  /** One more. */
  count<K extends CounterName>(name: K, word: CounterWord<K>): void;
  /** A message is stored, this long after it was handed to the store. */
  committed(ms: number): void;
}

/** Nobody wants to know. */
export const noMetrics: Metrics = {
  count: () => undefined,
  committed: () => undefined,
};

/** How things stand. */
export interface Gauges {
  readonly connections: number;
  /** Logged in, by kind of user. */
  readonly sessions: { readonly visitor: number; readonly agent: number; readonly user: number };
  readonly topics: number;
  /** Users with a tie to `me` or a topic, and agents who take conversations; on this gateway. */
  readonly present: number;
  readonly onDuty: number;
  readonly draining: boolean;
}
