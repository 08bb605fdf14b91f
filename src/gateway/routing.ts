// Routing: which agent gets a conversation that waits.
import type { Hub } from './hub.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { Clock } from './clock.ts';
import type { Conversation, Store } from './store/store.ts';
import type { Topic } from './topic.ts';

/** Waiting conversations that are looked at in one go. */
const BATCH = 50;

export interface RoutingOptions {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  /** Conversations that one agent has at a time. */
  readonly capacity: number;
}

export class Routing {
  readonly #options: RoutingOptions;
  readonly #loads = new Map<string, number>();
  /** When each agent got the last one, as a counter: among equals the one who waits longest is next. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #work: Promise<void> = Promise.resolve();
  #isEmptying = false;

  constructor(options: RoutingOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    for (const { agent, conversations } of await this.#options.store.loads()) this.#loads.set(agent, conversations);
  }

  /** A conversation has begun to wait: back to the agent it had, else to who has least to do. */
  place(conversation: Conversation, except?: string): void {
    this.#next(async () => {
      const { lastAgent } = conversation;
      const online = this.#options.hub.onlineAgents();
      const agent = lastAgent !== undefined && online.includes(lastAgent) ? lastAgent : this.#pick(except);
      if (agent !== undefined) await this.#assign(conversation.topic, agent);
    });
  }

  /** An agent has come, or has room again: those that wait longest go first. */
  emptyQueue(): void {
    if (this.#isEmptying) return;
    this.#isEmptying = true;
    this.#next(async () => {
      this.#isEmptying = false;
      while (this.#pick() !== undefined) {
        const waiting = await this.#options.store.queued(BATCH);
        let placed = 0;
        for (const { topic } of waiting) {
          const agent = this.#pick();
          if (agent === undefined) return;
          if (await this.#assign(topic, agent)) placed += 1;
        }
        if (placed === 0) return;
      }
    });
  }

  /** Takes or transfers a conversation. Undefined when there is none of that name. */
  give(topic: Topic, agent: string, act: string): Promise<Conversation | undefined> {
    return this.#alone(async () => {
      const { store, hub, clock } = this.#options;
      const before = topic.conversation.agent;
      const conversation = await store.assign({ topic: topic.name, agent, at: clock.now() });
      if (!conversation) return undefined;
      this.#moved(before, agent);
      await hub.announceMember(conversation, agent, act);
      if (before !== undefined && before !== agent) this.emptyQueue();
      return conversation;
    });
  }

  resolve(topic: Topic): Promise<Conversation | undefined> {
    return this.#alone(async () => {
      const { store, hub, clock } = this.#options;
      const before = topic.conversation.agent;
      const conversation = await store.resolve({ topic: topic.name, at: clock.now() });
      if (!conversation) return undefined;
      topic.change(conversation);
      this.#moved(before, undefined);
      hub.announceChange(conversation, true);
      this.emptyQueue();
      return conversation;
    });
  }

  /** An agent leaves the conversation for good; if it was theirs it waits again. */
  release(topic: Topic, agent: string): Promise<void> {
    return this.#alone(async () => {
      const { store, hub, clock } = this.#options;
      const before = topic.conversation.agent;
      const conversation = await store.release({ topic: topic.name, agent, at: clock.now() });
      if (!conversation) return;
      topic.change(conversation);
      topic.members.delete(agent);
      if (before === agent) this.#moved(agent, undefined);
      hub.announceChange(conversation, true);
      if (conversation.phase === 'queued') this.place(conversation, agent);
    });
  }

  /** Resolves when nothing is being placed. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async #assign(topic: string, agent: string): Promise<boolean> {
    const { store, hub, clock } = this.#options;
    const conversation = await store.assign({ topic, agent, from: 'queued', at: clock.now() });
    // Taken by hand meanwhile.
    if (!conversation) return false;
    this.#moved(undefined, agent);
    await hub.announceMember(conversation, agent, undefined);
    return true;
  }

  #pick(except?: string): string | undefined {
    let best: string | undefined;
    for (const agent of this.#options.hub.onlineAgents()) {
      if (agent === except || this.#load(agent) >= this.#options.capacity) continue;
      const isBetter =
        best === undefined ||
        this.#load(agent) < this.#load(best) ||
        (this.#load(agent) === this.#load(best) && (this.#turns.get(agent) ?? 0) < (this.#turns.get(best) ?? 0));
      if (isBetter) best = agent;
    }
    return best;
  }

  #load(agent: string): number {
    return this.#loads.get(agent) ?? 0;
  }

  #moved(from: string | undefined, to: string | undefined): void {
    if (from !== undefined) this.#loads.set(from, Math.max(0, this.#load(from) - 1));
    if (to === undefined) return;
    this.#loads.set(to, this.#load(to) + 1);
    this.#turns.set(to, (this.#turn += 1));
  }

  /** One at a time: two would give the last free place twice. */
  #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#work.then(act);
    this.#work = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  #next(act: () => Promise<void>): void {
    this.#alone(act).catch((error: unknown) => {
      // It still waits in the store, and the next that comes or goes tries again.
      this.#options.log.warn('routing', { error: errorText(error) });
    });
  }
}
