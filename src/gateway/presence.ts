// Presence: who has a link, here or on another gateway. What gateways know of each other is in the store that they share.
import type { Clock } from './clock.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { SharedStore } from './store/store.ts';

export interface PresenceOptions {
  /** Undefined: this gateway is alone. */
  readonly shared: SharedStore | undefined;
  /** Name of this gateway. */
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The user has come, or has left the last gateway. */
  readonly onChange: (user: string, what: 'on' | 'off') => void;
  /** These have come or left elsewhere, and nobody here was told. */
  readonly onUnheard: (changes: ReadonlyMap<string, 'on' | 'off'>) => void;
}

/** How soon after the store has failed. */
const AGAIN_MS = 1_000;

export class Presence {
  readonly #options: PresenceOptions;
  /** How many ties (to `me` or a topic) each user has here. */
  readonly #ties = new Map<string, number>();
  /** Agents who can take conversations here, and by how many links. */
  readonly #duties = new Map<string, number>();
  /** Users who were seen on other gateways, as far as anybody here asked. */
  #elsewhere = new Set<string>();
  /** Users whose state here the store does not know yet. */
  readonly #unsaved = new Set<string>();
  #saving: Promise<void> | undefined;
  /** The store does not know anything of this gateway (any more). */
  #isUnknown = true;
  #isClosed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** A tie more, or less. */
  tie(user: string, by: 1 | -1): void {
    const before = this.#ties.get(user) ?? 0;
    count(this.#ties, user, by);
    if (before === 0) {
      this.#save(user);
      this.#options.onChange(user, 'on');
    } else if (before + by === 0) void this.#left(user);
  }

  /** A link of an agent more, or less, by which conversations can be given to them. */
  duty(agent: string, by: 1 | -1): void {
    count(this.#duties, agent, by);
    this.#save(agent);
  }

  isOnline(user: string | undefined): boolean {
    return user !== undefined && (this.#ties.has(user) || this.#elsewhere.has(user));
  }

  /** Makes sure that {@link isOnline} is right about these. */
  async look(users: readonly (string | undefined)[]): Promise<void> {
    const { shared } = this.#options;
    if (!shared) return;
    const asked = users.filter((user): user is string => user !== undefined && !this.#ties.has(user));
    if (asked.length === 0) return;
    const online = new Set(await shared.online(asked));
    const changed = new Map<string, 'on' | 'off'>();
    for (const user of asked) {
      if (online.has(user) !== this.#elsewhere.has(user)) changed.set(user, online.has(user) ? 'on' : 'off');
      if (online.has(user)) this.#elsewhere.add(user);
      else this.#elsewhere.delete(user);
    }
    this.#options.onUnheard(changed);
  }

  /** What another gateway says. */
  heard(user: string, what: 'on' | 'off'): void {
    if (this.#ties.has(user)) return;
    if (what === 'on') this.#elsewhere.add(user);
    else this.#elsewhere.delete(user);
  }

  /** Agents who can take conversations, wherever they are. */
  async agentsOnDuty(): Promise<string[]> {
    const { shared } = this.#options;
    return shared ? [...new Set([...this.#duties.keys(), ...(await shared.onDuty())])] : [...this.#duties.keys()];
  }

  get hasDuties(): boolean {
    return this.#duties.size > 0;
  }

  /** How many users have ties here, and how many agents can take conversations here. */
  get size(): number {
    return this.#ties.size;
  }
  get onDuty(): number {
    return this.#duties.size;
  }

  /**
   * Tells the store that this gateway lives, lets go of the users of gateways that do not, and looks who of these is
   * there. Returns those of them who have come or left unheard.
   */
  async beat(users: ReadonlySet<string>): Promise<ReadonlyMap<string, 'on' | 'off'>> {
    const changed = new Map<string, 'on' | 'off'>();
    const { shared, node } = this.#options;
    if (!shared || this.#isClosed) return changed;
    if (await shared.beat(node)) this.#isUnknown = true;
    if (this.#isUnknown) {
      for (const user of this.#ties.keys()) this.#unsaved.add(user);
      await this.#saved();
    }
    for (const user of await shared.buryNodes(node)) if (!this.#ties.has(user)) this.#options.onChange(user, 'off');
    const asked = [...users].filter((user) => !this.#ties.has(user));
    const online = new Set(asked.length > 0 ? await shared.online(asked) : []);
    for (const user of asked)
      if (online.has(user) !== this.#elsewhere.has(user)) changed.set(user, online.has(user) ? 'on' : 'off');
    this.#elsewhere = online;
    return changed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#saving;
    await this.#options.shared?.leave(this.#options.node);
  }

  async #left(user: string): Promise<void> {
    const { shared, log, onChange } = this.#options;
    this.#save(user);
    try {
      if (shared) {
        await this.#saved();
        await this.look([user]);
      }
      // Gone and back while the store was asked: the last word counts.
      if (!this.isOnline(user)) onChange(user, 'off');
    } catch (error) {
      if (!this.#isClosed) log.warn('presence', { error: errorText(error) });
    }
  }

  #save(user: string): void {
    if (!this.#options.shared) return;
    this.#unsaved.add(user);
    void this.#saved();
  }

  /** Resolves when the store knows of everybody who has come or left until now. */
  #saved(): Promise<void> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #write(): Promise<void> {
    const { shared, node, clock, log } = this.#options;
    // With all who come and leave in this turn.
    await Promise.resolve();
    while (shared && this.#unsaved.size > 0) {
      const users = [...this.#unsaved];
      this.#unsaved.clear();
      const anew = this.#isUnknown;
      if (anew) {
        // What an unknown gateway says first is all that there is.
        this.#isUnknown = false;
        users.splice(0, users.length, ...this.#ties.keys());
      }
      const on = users.filter((user) => this.#ties.has(user));
      const off = users.filter((user) => !this.#ties.has(user));
      try {
        await shared.present({ node, anew, off, on: on.map((user) => ({ user, duty: this.#duties.has(user) })) });
      } catch (error) {
        if (this.#isClosed) return;
        log.warn('presence', { error: errorText(error) });
        for (const user of users) this.#unsaved.add(user);
        this.#isUnknown ||= anew;
        await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve));
      }
    }
  }
}

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const after = (counts.get(key) ?? 0) + by;
  if (after > 0) counts.set(key, after);
  else counts.delete(key);
}
