// The writer of the PostgreSQL store: one connection, on which writes take effect in the order in which they are called. What waits while the database is busy goes in one transaction.
import { setTimeout as delay } from 'node:timers/promises';
import { appendAll, identified } from './postgres-append.ts';
import type { IdentifiedMessage } from './postgres-append.ts';
import { Line, backoffMs, remedyOf, transaction } from './postgres-connection.ts';
import type { Connection, Query } from './postgres-connection.ts';
import { StoreUnavailable } from './store.ts';
import type { Appended, NewMessage } from './store.ts';

/** Calls that go in one transaction at most: more would make the first of them wait. */
const GROUP = 512;
/** Conflicts with other gateways after which a call is given up. */
const CONFLICTS = 20;
/**
 * What is not a message waits so long for a database that is away. Messages wait until it is back: to give up the first
 * and store the second would turn the sender's order round.
 */
export const WAIT_MS = 8_000;
/** How long a store that is closed tries to save what was called before. */
export const CLOSE_MS = 5_000;

/** Carries out a write. May run again after a conflict or a lost answer, so that twice must be as good as once. */
export type Write<T> = (query: Query) => Promise<T>;

interface Waiting {
  readonly since: number;
  isGivenUp: boolean;
  readonly reject: (error: unknown) => void;
}

interface AppendCall extends Waiting {
  readonly message: IdentifiedMessage;
  /** Undefined: there is no such conversation. */
  readonly settle: (appended: Appended | undefined) => void;
}

interface WriteCall extends Waiting {
  /** Resolves with what is to be done when it is durable. */
  readonly perform: (query: Query) => Promise<() => void>;
}
type Call = AppendCall | WriteCall;

export interface WriterEvents {
  /** The database is away; called once until it is back. */
  away(error: unknown): void;
  back(): void;
}

export class Writer {
  readonly #line: Line;
  readonly #events: WriterEvents;
  #waiting: Call[] = [];
  #committing: readonly Call[] = [];
  #work: Promise<void> | undefined;
  #last: Promise<unknown> | undefined;
  #isAway = false;
  #closeBy: number | undefined;

  constructor(url: string, events: WriterEvents) {
    this.#line = new Line(url);
    this.#events = events;
  }

  append(message: NewMessage): Promise<Appended> {
    return this.#call((resolve, waiting) => ({
      ...waiting,
      message: identified(message),
      settle(appended) {
        if (appended) resolve(appended);
        else waiting.reject(new Error('no such conversation'));
      },
    }));
  }

  write<T>(write: Write<T>): Promise<T> {
    return this.#call<T>((resolve, waiting) => ({
      ...waiting,
      async perform(query) {
        const value = await write(query);
        return () => {
          resolve(value);
        };
      },
    }));
  }

  /** Resolves when every write that was called has been carried out, or given up; undefined: now. */
  settled(): Promise<void> | undefined {
    return this.#last?.then(ignore, ignore);
  }

  backlog(): { readonly calls: number; readonly ms: number } {
    const first = this.#committing[0] ?? this.#waiting[0];
    return {
      calls: this.#committing.length + this.#waiting.length,
      ms: first === undefined ? 0 : performance.now() - first.since,
    };
  }

  async close(): Promise<void> {
    this.#closeBy ??= performance.now() + CLOSE_MS;
    await this.#work;
    await this.#line.close();
  }

  #call<T>(make: (resolve: (value: T) => void, waiting: Waiting) => Call): Promise<T> {
    if (this.#closeBy !== undefined) return Promise.reject(new Error('the store is closed'));
    const done = new Promise<T>((resolve, reject) => {
      this.#waiting.push(make(resolve, { since: performance.now(), isGivenUp: false, reject }));
    });
    this.#last = done;
    this.#work ??= this.#run();
    return done;
  }

  async #run(): Promise<void> {
    // After all sockets that have something to say now.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      this.#committing = this.#waiting.splice(0, GROUP);
      await this.#commit(this.#committing);
      this.#committing = [];
    }
    // In the same turn as the last look: what is called next starts anew.
    this.#work = undefined;
    this.#last = undefined;
  }

  /** Never rejects: every call gets an answer. */
  async #commit(calls: readonly Call[]): Promise<void> {
    let left = calls.filter(({ isGivenUp }) => !isGivenUp);
    for (let failures = 0; left.length > 0; failures += 1) {
      try {
        const connection = await this.#line.connection();
        const settles = await carryOut(connection, left);
        this.#isBack();
        for (const settle of settles) settle();
        return;
      } catch (error) {
        const remedy = remedyOf(error);
        if (remedy === 'reconnect') this.#line.drop();
        if (remedy === undefined || (remedy === 'again' && failures >= CONFLICTS)) {
          await this.#apart(left, error);
          return;
        }
        if (remedy === 'reconnect') this.#isGone(error);
        left = this.#patient(left, error);
        await delay(remedy === 'again' ? Math.random() * 5 * (failures + 1) : backoffMs(failures));
      }
    }
  }

  /**
   * One of them can't be done: each by itself, so that it takes no other with it. But messages must not be there without
   * one before them that should have been.
   */
  async #apart(calls: readonly Call[], error: unknown): Promise<void> {
    const [only] = calls;
    if (calls.length > 1) {
      for (const call of calls) await this.#commit([call]);
    } else if (only) {
      giveUp(only, error);
      if (!('message' in only)) return;
      for (const later of [...this.#committing, ...this.#waiting]) if ('message' in later) giveUp(later, error);
      this.#waiting = this.#waiting.filter((later) => !('message' in later));
    }
  }

  /** Gives up on those that have waited long enough; returns the others. */
  #patient(calls: readonly Call[], cause: unknown): Call[] {
    const now = performance.now();
    const isClosing = this.#closeBy !== undefined && now > this.#closeBy;
    const patient = (call: Call): boolean => {
      if (!isClosing && ('message' in call || now - call.since < WAIT_MS)) return true;
      giveUp(call, new StoreUnavailable('the database is away', { cause }));
      return false;
    };
    this.#waiting = this.#waiting.filter(patient);
    return calls.filter(patient);
  }

  #isGone(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#events.away(error);
  }

  #isBack(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#events.back();
  }
}

const ignore = (): void => undefined;

function giveUp(call: Call, error: unknown): void {
  call.isGivenUp = true;
  call.reject(error);
}

/** Does it all, durably; returns what tells the callers. */
async function carryOut(connection: Connection, calls: readonly Call[]): Promise<readonly (() => void)[]> {
  const steps = stepsOf(calls);
  const act = async (): Promise<(() => void)[]> => {
    const settles: (() => void)[] = [];
    for (const step of steps) {
      if (!Array.isArray(step)) {
        settles.push(await step.perform(connection.query));
        continue;
      }
      const appended = await appendAll(
        connection.query,
        step.map(({ message }) => message),
      );
      for (const [index, { settle }] of step.entries()) settles.push(() => settle(appended[index]));
    }
    return settles;
  };
  // Messages without files that replace none are one statement, and so one round trip.
  const isOne =
    steps.length === 1 &&
    calls.every((call) => 'message' in call && !call.message.files?.length && call.message.replaces === undefined);
  return isOne ? act() : transaction(connection, act);
}

/** Messages that follow each other are one step. */
function stepsOf(calls: readonly Call[]): (AppendCall[] | WriteCall)[] {
  const steps: (AppendCall[] | WriteCall)[] = [];
  for (const call of calls) {
    const last = steps.at(-1);
    if (!('message' in call)) steps.push(call);
    else if (Array.isArray(last)) last.push(call);
    else steps.push([call]);
  }
  return steps;
}
