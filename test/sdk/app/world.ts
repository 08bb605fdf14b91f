// A client and a gateway in one process, on a clock that the test moves.
import assert from 'node:assert/strict';
import { Subject } from 'rxjs';
import { createClient } from '../../../src/sdk/app/client.ts';
import type { Surroundings } from '../../../src/sdk/app/client.ts';
import type { Client, ClientEvent, Conversation, Message } from '../../../src/sdk/app/model.ts';
import type { ClientOptions } from '../../../src/sdk/app/options.ts';
import { memoryStore } from '../../../src/sdk/datalink/key-value-store.ts';
import type { KeyValueStore } from '../../../src/sdk/datalink/key-value-store.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { FakeFiles } from '../../support/fake-files.ts';
import { FakeGateway } from '../../support/fake-gateway.ts';
import type { MemoryDevice } from '../../support/memory-device.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** Long enough for a few packets to go and come; shorter than any patience of the client. */
export const SOON_MS = 200;

export class World {
  readonly clock = new ManualClock();
  readonly gateway = new FakeGateway(this.clock);
  readonly files = new FakeFiles();
  readonly wake$ = new Subject<WakeSignal>();
  readonly store: KeyValueStore = memoryStore();
  private lastRandom = 0;

  /** One more page of a device. */
  page(
    device: MemoryDevice,
    store = device.store,
    options: Partial<ClientOptions> = {},
  ): { client: Client; events: ClientEvent[] } {
    return this.client(options, { store: device.values, device: store, tabs: device.tabs() });
  }

  /** One more client of the gateway; what it keeps is kept in `store`. */
  client(
    options: Partial<ClientOptions> = {},
    surroundings: Partial<Surroundings> = {},
  ): { client: Client; events: ClientEvent[] } {
    const client = createClient(
      { server: 'https://im.example.com', role: 'visitor', ...options },
      {
        clock: this.clock,
        connect: this.gateway.connect,
        wake$: this.wake$,
        request: this.files.request,
        store: this.store,
        random: () => 0.5,
        randomBytes: (bytes) => {
          this.lastRandom += 1;
          return bytes.fill(0).fill(this.lastRandom, -1);
        },
        ...surroundings,
      },
    );
    const events: ClientEvent[] = [];
    client.on((event) => events.push(event));
    return { client, events };
  }

  /** A visitor who is logged in and looks at the conversation. */
  async visitor(options: Partial<ClientOptions> = {}): Promise<{
    client: Client;
    conversation: Conversation;
    events: ClientEvent[];
  }> {
    const { client, events } = this.client(options);
    const conversation = client.current();
    client.connect();
    await this.soon();
    assert.equal(client.link$.value.state, 'online');
    return { client, conversation, events };
  }

  /** A visitor in a conversation that has been there for long, with so many messages of the agent. */
  async returning(messages: number, options: Partial<ClientOptions> = {}): ReturnType<World['visitor']> {
    await this.remember(messages);
    return this.visitor(options);
  }

  /** The store holds the token of a visitor who has such a conversation. */
  async remember(messages: number): Promise<void> {
    const user = 'usrVisitor0001';
    const first = this.client();
    first.client.connect();
    await this.soon();
    first.client.destroy();
    assert.equal(first.client.me$.value?.id, user);
    this.gateway.conversation(user, messages);
    this.gateway.packets.length = 0;
  }

  soon(): Promise<void> {
    return this.clock.advance(SOON_MS);
  }
}

export const listed = (conversation: Conversation): Message[] => {
  const list = conversation.messages$.value;
  return Array.from({ length: list.length }, (_, index) => list.at(index)).flatMap((message) => message ?? []);
};

export const texts = (conversation: Conversation): unknown[] => listed(conversation).map(({ content }) => content);
export const seqids = (conversation: Conversation): (number | undefined)[] =>
  listed(conversation).map(({ seqid }) => seqid);
/** The states to show. */
export const states = (conversation: Conversation): string[] => {
  const list = conversation.messages$.value;
  return listed(conversation).map((message) => list.stateOf(message));
};
export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);
