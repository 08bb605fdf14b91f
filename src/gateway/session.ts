// Session: who is at the other end of a link, and what the link is attached to.
import { CLOSE } from '../protocol/close-code.ts';
import { CTRL, CTRL_TEXT } from '../protocol/ctrl-code.ts';
import { encode } from '../protocol/codec.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ServerPacket } from '../protocol/server-packet.ts';
import type { Clock } from './clock.ts';
import { timestamp } from './clock.ts';
import type { Peer } from './peer.ts';
import type { User } from './store/store.ts';
import type { Attachment } from './topic.ts';

/** What an answer says besides its code. */
export interface Answer {
  readonly topic?: string | undefined;
  /** Instead of the standard text of the code. */
  readonly text?: string | undefined;
  readonly params?: JsonObject | undefined;
  /** Milliseconds since 1970; absent: now. */
  readonly at?: number | undefined;
}

export class Session {
  readonly peer: Peer;
  /** In which the page at the other end may open conversations. */
  readonly channels: 'all' | ReadonlySet<string>;
  readonly #clock: Clock;
  /** Whether `hi` has come. */
  greeted = false;
  /** Whether the other end knows Kefu's additions. */
  kefu = false;
  user: User | undefined;
  /** Of an agent's token, as the store knows it. */
  tokenHash: string | undefined;
  /** Tokens that were none. */
  badTokens = 0;
  /** Attached to `me`. */
  onMe = false;
  readonly attachments = new Map<string, Attachment>();
  /** Messages on their way to the store. */
  readonly sending = new Set<Promise<void>>();

  constructor(peer: Peer, clock: Clock, channels: Session['channels']) {
    this.peer = peer;
    this.channels = channels;
    this.#clock = clock;
  }

  /** Name of the link. */
  get id(): string {
    return this.peer.id;
  }

  get isFull(): boolean {
    return this.peer.isFull;
  }

  send(packet: ServerPacket): void {
    this.peer.send(encode(packet));
  }

  /** The account has ended: who has it logs in anew, on another link. */
  end(): void {
    this.ctrl(undefined, CTRL.unauthorized);
    this.peer.close(CLOSE.goingAway, 'no such account');
  }

  /** Sends what is a packet already. */
  write(text: string): void {
    this.peer.send(text);
  }

  /** Answers the packet with this id; a link that is gone hears nothing. */
  ctrl(id: string | undefined, code: number, { topic, text, params, at }: Answer = {}): void {
    this.send({
      ctrl: {
        ...(id === undefined ? {} : { id }),
        ...(topic === undefined ? {} : { topic }),
        ...(params === undefined ? {} : { params }),
        code,
        text: text ?? CTRL_TEXT[code] ?? '',
        ts: timestamp(at ?? this.#clock.now()),
      },
    });
  }
}
