// Members: who is in a conversation, who is there, who is typing, and how far each has come.
import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';
import { pictureOf } from '../../protocol/address.ts';
import { nameOf } from '../../protocol/conversation.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { Subscription } from '../../protocol/server-packet.ts';
import type { Clock } from '../network/clock.ts';
import { Receipts } from './receipts.ts';

export interface User {
  readonly id: string;
  /** Undefined: nameless. */
  readonly name: string | undefined;
  /** Address of a picture: http, https or data. */
  readonly avatar: string | undefined;
  readonly online: boolean;
}

export class Members {
  readonly #clock: Clock;
  readonly #users = new Map<string, User>();
  readonly #typing = new BehaviorSubject<readonly string[]>([]);
  readonly #timers = new Map<string, () => void>();
  readonly receipts = new Receipts();

  /** User ids of those who are typing. */
  readonly typing$: Observable<readonly string[]> & { readonly value: readonly string[] } = this.#typing;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(id: string): User | undefined {
    return this.#users.get(id);
  }

  put(member: Subscription): void {
    if (member.user === undefined) return;
    const known = this.#users.get(member.user);
    this.#users.set(member.user, {
      id: member.user,
      name: nameOf(member.public) ?? known?.name,
      avatar: pictureOf(member.public?.['photo']) ?? known?.avatar,
      online: member.online ?? false,
    });
    this.receipts.note(member.user, member.recv ?? 0, member.read ?? 0);
  }

  /** Everybody, with how far each has come, as {@link put} takes it. */
  all(): Subscription[] {
    return [...this.#users.values()].map(({ id, name, avatar }) => ({
      user: id,
      public: { ...(name === undefined ? {} : { fn: name }), ...(avatar === undefined ? {} : { photo: avatar }) },
      ...this.receipts.of(id),
    }));
  }

  presence(id: string, online: boolean): void {
    const known = this.#users.get(id);
    if (known) this.#users.set(id, { ...known, online });
    if (!online) this.stoppedTyping(id);
  }

  /** The link is lost: who is there is not known. */
  allGone(): void {
    for (const id of this.#users.keys()) this.presence(id, false);
  }

  typing(id: string): void {
    this.#timers.get(id)?.();
    this.#timers.set(
      id,
      this.#clock.after(LIMITS.typingEveryMs * 2, () => {
        this.stoppedTyping(id);
      }),
    );
    if (!this.#typing.value.includes(id)) this.#typing.next([...this.#typing.value, id]);
  }

  stoppedTyping(id: string): void {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    if (this.#typing.value.includes(id)) this.#typing.next(this.#typing.value.filter((other) => other !== id));
  }

  destroy(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#typing.complete();
  }
}
