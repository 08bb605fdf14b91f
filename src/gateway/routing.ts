// Routing: which agent gets a conversation that waits.
import type { SystemLine } from '../protocol/content.ts';
import type { Hub } from './hub.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { Clock } from './clock.ts';
import type { Conversation, Store } from './store/store.ts';
import { writeSystemLine } from './system-line.ts';
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
  /** What happens is written into the conversation. */
  readonly systemLines: boolean;
}

export class Routing {
  readonly #options: RoutingOptions;
  /** When each agent got the last one, as a counter: among equals the one who waits longest is next. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #work: Promise<void> = Promise.resolve();
  #isEmptying = false;

  constructor(options: RoutingOptions) {
    this.#options = options;
  }

  /** A conversation has begun to wait: back to the agent it had, else to who has least to do. */
  place(conversation: Conversation, except?: string): void {
    this.#next(async () => {
      const { lastAgent, topic } = conversation;
      const loads = await this.#loads();
      // Whoever had it last gets it back, however much they have.
      if (lastAgent !== undefined && loads.has(lastAgent)) await this.#assign(topic, lastAgent, undefined);
      else await this.#assignToBest(topic, loads, except);
    });
  }

  /** An agent has come, or has room again: those that wait longest go first. */
  emptyQueue(): void {
    if (this.#isEmptying) return;
    this.#isEmptying = true;
    this.#next(async () => {
      this.#isEmptying = false;
      let placed = 1;
      while (placed > 0) {
        placed = 0;
        const loads = await this.#loads();
        if (this.#best(loads) === undefined) return;
        for (const { topic } of await this.#options.store.queued(BATCH))
          if (await this.#assignToBest(topic, loads)) placed += 1;
      }
    });
  }

  /** Takes or transfers a conversation. Undefined when there is none of that name. */
  give(topic: Topic, agent: string, act: string): Promise<Conversation | undefined> {
    return this.#alone(async () => {
      const { store, hub, clock } = this.#options;
      const { agent: before, phase } = topic.conversation;
      // It was given to them while they took it.
      if (phase === 'assigned' && before === agent) return topic.conversation;
      const conversation = await store.assign({ topic: topic.name, agent, at: clock.now() });
      if (!conversation) return undefined;
      this.#took(agent);
      await hub.announceMember(conversation, agent, act);
      await this.#write(topic.name, act, {
        act: before === undefined || act === agent ? 'joined' : 'transferred',
        user: agent,
      });
      if (before !== undefined && before !== agent) this.emptyQueue();
      return conversation;
    });
  }

  resolve(topic: Topic, act: string): Promise<Conversation | undefined> {
    return this.#alone(async () => {
      const { store, hub, clock } = this.#options;
      const conversation = await store.resolve({ topic: topic.name, at: clock.now() });
      if (!conversation) return undefined;
      topic.change(conversation);
      hub.announceChange(conversation, true);
      await this.#write(topic.name, act, { act: 'resolved', user: act });
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
      hub.announceChange(conversation, true);
      if (before === agent) await this.#write(topic.name, agent, { act: 'left', user: agent });
      if (conversation.phase === 'queued') this.place(conversation, agent);
    });
  }

  async #write(topic: string, from: string, line: SystemLine): Promise<void> {
    if (this.#options.systemLines) await writeSystemLine(this.#options, topic, from, line);
  }

  /** Resolves when nothing is being placed. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** How many conversations each agent has who can take some. */
  async #loads(): Promise<Map<string, number>> {
    const { store, hub } = this.#options;
    const [agents, loads] = await Promise.all([hub.presence.agentsOnDuty(), store.loads()]);
    const known = new Map(loads.map(({ agent, conversations }) => [agent, conversations]));
    return new Map(agents.map((agent) => [agent, known.get(agent) ?? 0]));
  }

  async #assignToBest(topic: string, loads: Map<string, number>, except?: string): Promise<boolean> {
    const agent = this.#best(loads, except);
    if (agent === undefined || !(await this.#assign(topic, agent, this.#options.capacity))) return false;
    loads.set(agent, (loads.get(agent) ?? 0) + 1);
    return true;
  }

  async #assign(topic: string, agent: string, capacity: number | undefined): Promise<boolean> {
    const { store, hub, clock } = this.#options;
    const conversation = await store.assign({ topic, agent, from: 'queued', capacity, at: clock.now() });
    // Taken meanwhile, or the agent's last place was.
    if (!conversation) return false;
    this.#took(agent);
    await hub.announceMember(conversation, agent, undefined);
    await this.#write(topic, agent, { act: 'joined', user: agent });
    return true;
  }

  /** Who has least to do, and among those who has waited longest for something. */
  #best(loads: ReadonlyMap<string, number>, except?: string): string | undefined {
    let best: string | undefined;
    let least = this.#options.capacity;
    for (const [agent, load] of loads) {
      if (agent === except || load > least || load >= this.#options.capacity) continue;
      if (best !== undefined && load === least && this.#turnOf(agent) > this.#turnOf(best)) continue;
      best = agent;
      least = load;
    }
    return best;
  }

  #turnOf(agent: string): number {
    return this.#turns.get(agent) ?? 0;
  }

  #took(agent: string): void {
    this.#turns.set(agent, (this.#turn += 1));
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
