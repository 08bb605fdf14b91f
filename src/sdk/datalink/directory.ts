// The directory: all conversations of the user, as the topic `me` tells of them.
import { BehaviorSubject, Subscription } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Meta, Pres, ServerPacket, Subscription as Entry } from '../../protocol/server-packet.ts';
import { isConversation, ME } from '../../protocol/topic.ts';
import type { Session } from './session.ts';
import type { Topic } from './topic.ts';

export class Directory {
  readonly #session: Session;
  readonly #makeTopic: (name: string) => Topic;
  readonly #adopt: (name: string, entry: Entry) => void;
  readonly #topics = new BehaviorSubject<readonly Topic[]>([]);
  readonly #listed = new BehaviorSubject(false);
  readonly #watching = new Subscription();

  readonly topics$: Observable<readonly Topic[]> & { readonly value: readonly Topic[] } = this.#topics;
  /** True once the list has come on the present link. */
  readonly listed$: Observable<boolean> & { readonly value: boolean } = this.#listed;

  /** `adopt` may give a topic that waits for its name the one of a listed conversation, before a new topic is made. */
  constructor(session: Session, makeTopic: (name: string) => Topic, adopt: (name: string, entry: Entry) => void) {
    this.#session = session;
    this.#makeTopic = makeTopic;
    this.#adopt = adopt;
    this.#watching.add(
      session.login$.subscribe((login) => {
        if (login) void this.#subscribe();
        else this.#listed.next(false);
      }),
    );
    this.#watching.add(
      session.packets$.subscribe((packet) => {
        this.#read(packet);
      }),
    );
  }

  /** The topic of this name, made when it is not there. */
  topic(name: string): Topic {
    const known = this.#topics.value.find((topic) => topic.name === name);
    return known ?? this.add(this.#makeTopic(name));
  }

  add(topic: Topic): Topic {
    this.#topics.next([...this.#topics.value, topic]);
    return topic;
  }

  /** Lets go of every topic but this one: the user has changed. */
  clear(but?: Topic): void {
    const [kept, gone] = [[] as Topic[], [] as Topic[]];
    for (const topic of this.#topics.value) (topic === but ? kept : gone).push(topic);
    for (const topic of gone) topic.destroy();
    this.#topics.next(kept);
  }

  destroy(): void {
    this.#watching.unsubscribe();
    this.clear();
    this.#topics.complete();
    this.#listed.complete();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#session.requests.request('sub', { topic: ME, get: { what: 'desc sub' } });
    } catch {
      // A lost link subscribes again; a refusal leaves what single topics tell.
    }
  }

  #read(packet: ServerPacket): void {
    if ('meta' in packet) {
      if (packet.meta.topic === ME) this.#readMeta(packet.meta);
    } else if ('pres' in packet) {
      if (packet.pres.topic === ME) this.#readPres(packet.pres);
    } else if ('ctrl' in packet) {
      const { topic, params } = packet.ctrl;
      if (topic === ME && params?.['what'] === 'sub') this.#listed.next(true);
    }
  }

  #readMeta(meta: Meta): void {
    for (const entry of meta.sub ?? []) this.#put(entry);
    if (meta.sub) this.#listed.next(true);
  }

  #put(entry: Entry): void {
    if (entry.topic === undefined || !isConversation(entry.topic)) return;
    if (entry.deleted !== undefined) this.#remove(entry.topic);
    else {
      this.#adopt(entry.topic, entry);
      this.topic(entry.topic).describe(entry);
    }
  }

  #readPres({ src, what, seq }: Pres): void {
    if (src === undefined || !isConversation(src)) return;
    if (what === 'gone') {
      this.#remove(src);
      return;
    }
    const known = this.#topics.value.find((topic) => topic.name === src);
    if (known && what === 'msg' && seq !== undefined) known.reached(seq);
    else if (known && (what === 'on' || what === 'off')) known.describe({ online: what === 'on' });
    else if (what === 'msg' || what === 'acs' || what === 'upd') {
      this.#session.requests.request('get', { topic: ME, what: 'sub', sub: { topic: src } }).catch(() => undefined);
    }
  }

  #remove(name: string): void {
    const topic = this.#topics.value.find((one) => one.name === name);
    if (!topic) return;
    topic.destroy();
    this.#topics.next(this.#topics.value.filter((one) => one !== topic));
  }
}
