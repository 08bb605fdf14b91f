// Group commit: what waits while the disk is busy goes in one transaction, in the order of the calls.
import { READS } from './embedded-worker.ts';
import type { Answer, Call } from './embedded-worker.ts';
import type { Argument, Operation, Result, Store } from './store.ts';

/** Calls that go in one transaction at most: more would make the first of them wait. */
const GROUP = 512;
/**
 * From one group to the next, in ms, at least: a group costs nearly the same whether it is small or large. Who comes when
 * nothing else does need not wait.
 */
const GATHER_MS = 3;

interface Waiting extends Call {
  readonly since: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export interface GroupCommitOptions {
  /** Hands a group to the database; its answers, once it is on disk, come by {@link GroupCommit.answered}. */
  readonly order: (calls: readonly Call[]) => void;
  /** Runs `act` soon: after everybody who has something to say now. */
  readonly soon: (act: () => void) => void;
  /** Runs `act` after so many milliseconds. */
  readonly after: (ms: number, act: () => void) => void;
  /** Milliseconds since some moment. */
  readonly elapsed: () => number;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  #committing: Waiting[] = [];
  #isScheduled = false;
  #orderedAt = -Infinity;
  #end: Error | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  call<K extends Operation>(operation: K, argument: Argument<K>): Promise<Result<K>> {
    return new Promise<Result<K>>((resolve, reject) => {
      if (this.#end) {
        reject(this.#end);
        return;
      }
      this.#waiting.push({ operation, argument, since: this.#options.elapsed(), resolve, reject });
      if (this.#committing.length === 0) this.#schedule(true);
    });
  }

  /** The answers to the group that was ordered, in its order. */
  answered(answers: readonly Answer<never>[]): void {
    const answered = this.#committing;
    this.#committing = [];
    const fault = answers.find((answer) => 'error' in answer && answer.isFault);
    const late = fault ? this.#waiting.filter(({ operation }) => !READS.has(operation)) : [];
    if (fault) this.#waiting = this.#waiting.filter(({ operation }) => READS.has(operation));
    this.#schedule(false);
    for (const [index, one] of answered.entries()) {
      const answer = answers[index];
      if (answer === undefined) one.reject(new Error('no answer'));
      else if ('error' in answer) one.reject(new Error(answer.error));
      else one.resolve(answer.value);
    }
    // Called when nobody knew of the fault: stored now, they would have overtaken what was not.
    if (fault && 'error' in fault) for (const one of late) one.reject(new Error(fault.error));
  }

  /** No answers will come any more. */
  fail(error: Error): void {
    this.#end ??= error;
    for (const one of [...this.#committing, ...this.#waiting]) one.reject(error);
    this.#committing = [];
    this.#waiting = [];
  }

  /** Takes no further calls; resolves when all that were made have been answered. */
  async close(): Promise<void> {
    this.#end ??= new Error('the store is closed');
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#committing.length === 0 && this.#waiting.length === 0) resolve();
        else this.#options.soon(look);
      };
      look();
    });
  }

  backlog(): ReturnType<Store['backlog']> {
    const first = this.#committing[0] ?? this.#waiting[0];
    return {
      calls: this.#committing.length + this.#waiting.length,
      ms: first === undefined ? 0 : this.#options.elapsed() - first.since,
    };
  }

  /** `isFirst`: others who have something to say now may come yet. */
  #schedule(isFirst: boolean): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    const restMs = this.#orderedAt + GATHER_MS - this.#options.elapsed();
    const act = (): void => {
      this.#isScheduled = false;
      this.#commit();
    };
    this.#isScheduled = true;
    if (restMs > 0 && this.#waiting.length < GROUP) this.#options.after(restMs, act);
    else if (isFirst) this.#options.soon(act);
    else act();
  }

  #commit(): void {
    if (this.#committing.length > 0 || this.#waiting.length === 0) return;
    this.#committing = this.#waiting.slice(0, GROUP);
    this.#waiting = this.#waiting.slice(GROUP);
    this.#orderedAt = this.#options.elapsed();
    this.#options.order(this.#committing.map(({ operation, argument }) => ({ operation, argument })));
  }
}

/** A store whose calls go by groups. */
export function storeByGroups(groups: GroupCommit, close: () => Promise<void>): Store {
  const call = <K extends Operation>(operation: K, argument: Argument<K>): Promise<Result<K>> =>
    groups.call(operation, argument);
  return {
    createUser: (user) => call('createUser', user),
    user: (id) => call('user', id),
    setUserPublic: (change) => call('setUserPublic', change),
    credentials: (login) => call('credentials', login),
    addToken: (token) => call('addToken', token),
    useToken: (use) => call('useToken', use),
    identify: (identification) => call('identify', identification),
    userOfSubject: (subject) => call('userOfSubject', subject),
    liveTokens: (query) => call('liveTokens', query),
    agents: () => call('agents', undefined),
    setPassword: (change) => call('setPassword', change),
    removeAgent: (removal) => call('removeAgent', removal),
    openConversation: (conversation) => call('openConversation', conversation),
    conversation: (topic) => call('conversation', topic),
    conversationsOf: (query) => call('conversationsOf', query),
    setConversationPublic: (change) => call('setConversationPublic', change),
    append: (message) => call('append', message),
    appended: (identity) => call('appended', identity),
    hide: (identity) => call('hide', identity),
    history: (query) => call('history', query),
    find: (query) => call('find', query),
    messages: (query) => call('messages', query),
    remove: (removal) => call('remove', removal),
    deletions: (query) => call('deletions', query),
    removals: (query) => call('removals', query),
    newestDeletion: (query) => call('newestDeletion', query),
    saveMarks: (marks) => call('saveMarks', marks),
    assign: (assignment) => call('assign', assignment),
    resolve: (resolution) => call('resolve', resolution),
    release: (release) => call('release', release),
    queued: (limit) => call('queued', limit),
    loads: () => call('loads', undefined),
    addFile: (file) => call('addFile', file),
    fileOfUpload: (upload) => call('fileOfUpload', upload),
    file: (name) => call('file', name),
    filesIn: (query) => call('filesIn', query),
    fileBytes: (user) => call('fileBytes', user),
    doomFiles: (query) => call('doomFiles', query),
    removeFiles: (names) => call('removeFiles', names),
    files: (query) => call('files', query),
    secret: (secret) => call('secret', secret),
    forgetSecret: (name) => call('forgetSecret', name),
    findUsers: (query) => call('findUsers', query),
    eraseUser: (erasure) => call('eraseUser', erasure),
    expunge: (query) => call('expunge', query),
    expired: (query) => call('expired', query),
    doomFilesOf: (query) => call('doomFilesOf', query),
    foreignWrites: () => call('foreignWrites', undefined),
    inspect: (query) => call('inspect', query),
    probe: () => call('probe', undefined),
    backlog: () => groups.backlog(),
    close,
  };
}
