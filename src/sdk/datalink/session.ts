// The session: hi and login on each new connection, and the packets that flow while it is logged in.
import { BehaviorSubject, Subject } from 'rxjs';
import type { Observable, Subscription } from 'rxjs';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { decodeServerPacket } from '../../protocol/codec.ts';
import { asObject } from '../../protocol/json.ts';
import { binary } from '../../protocol/jwt.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { nameOf } from '../../protocol/conversation.ts';
import type { Ctrl, ServerPacket } from '../../protocol/server-packet.ts';
import { KEFU_VERSION, PROTOCOL_VERSION } from '../../protocol/version.ts';
import { inTime } from '../network/clock.ts';
import type { Clock } from '../network/clock.ts';
import type { Link } from '../network/link.ts';
import type { LinkState } from '../network/link-state.ts';
import type { DeviceStore } from './device-store.ts';
import type { KeyValueStore } from './key-value-store.ts';
import { RefusedError } from './request-errors.ts';
import { Requests } from './request.ts';

export type { LinkState };

/** Storage that takes longer must not hold up a login. */
const DEVICE_MS = 1_000;

/** Who is logged in, and on what kind of peer. */
export interface Login {
  readonly user: string;
  readonly name: string | undefined;
  /** What requests besides the link say who they are with. */
  readonly token: string | undefined;
  /** The peer knows Kefu's additions; without them a stock peer's rules apply. */
  readonly kefu: boolean;
  /** Which life of the peer's store this is: in another one seqids may have been given to other messages. */
  readonly epoch: string | undefined;
}

export interface SessionOptions {
  readonly role: 'visitor' | 'agent';
  readonly lang?: string | undefined;
  /**
   * The token is kept on the device; and under this key in the store, which is all that some pages have, and which loses
   * its last seconds when the browser is killed.
   */
  readonly device: Pick<DeviceStore, 'token' | 'keepToken'>;
  readonly storageKey: string;
  /** Runs `act` while no other page of this device makes an account. */
  readonly alone: <T>(act: () => Promise<T>) => Promise<T>;
  /** How a visitor whom the host's own server names logs in; undefined, or undefined returned: nobody is named. */
  readonly logIn?: LogIn | undefined;
  /** The gateway does not want this client, and says why. */
  readonly ended?: ((reason: string) => void) | undefined;
}

/**
 * Logs in on the link whose `hi` has been answered so, in 10 s, and resolves with the ctrl of the login. Whatever it
 * rejects with, but for a RefusedError, is tried again on the next link, after a back-off.
 */
export type LogIn = (hi: Ctrl, requests: Requests, clock: Clock) => Promise<Ctrl> | undefined;

interface Attempt {
  readonly secret: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const text = (params: JsonObject | undefined, key: string): string | undefined => {
  const value = params?.[key];
  return typeof value === 'string' ? value : undefined;
};

export class Session {
  readonly #link: Link;
  readonly #store: KeyValueStore;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  /** The token on the device, as far as known. */
  #onDevice: string | undefined;
  readonly #login = new BehaviorSubject<Login | undefined>(undefined);
  readonly #packets = new Subject<ServerPacket>();
  readonly #watching: Subscription;
  /** A login by name and password that the app waits for. */
  #attempt: Attempt | undefined;
  #hello = 0;

  readonly requests: Requests;
  /** Set while logged in on a living link; unset the moment the link is lost. */
  readonly login$: Observable<Login | undefined> & { readonly value: Login | undefined } = this.#login;
  /** Every packet that came, in the order of its coming. */
  readonly packets$: Observable<ServerPacket> = this.#packets;

  constructor(link: Link, store: KeyValueStore, options: SessionOptions, clock: Clock, random: () => number) {
    this.#link = link;
    this.#store = store;
    this.#options = options;
    this.#clock = clock;
    this.requests = new Requests(
      (packet) => {
        link.send(packet);
      },
      clock,
      random,
    );
    this.#watching = link.state$.subscribe((state) => {
      if (state === 'hello') void this.#greet((this.#hello += 1));
      else if (state !== 'live' && state !== 'suspect' && state !== 'draining') this.#lost();
      if (state === 'fatal') this.#attempt?.reject(new RefusedError(CTRL.forbidden, 'connection refused'));
    });
    this.#watching.add(
      link.incoming$.subscribe((packet) => {
        this.#read(packet);
      }),
    );
  }

  /** The user acts: a link that waits before its next attempt tries now. */
  hurry(): void {
    this.#link.hurry();
  }

  /** Agents: connects and logs in. Rejects with RefusedError when name or password are wrong. */
  logIn(name: string, password: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#attempt = { secret: btoa(binary(`${name}:${password}`)), resolve, reject };
      // A link that waits in `fatal` or without a user starts again with the new secret.
      this.#link.stop();
      this.#link.start();
    });
  }

  /** Forgets the user and ends the link. */
  logOut(): void {
    this.#store.remove(this.#options.storageKey);
    this.#link.stop();
  }

  destroy(): void {
    this.#watching.unsubscribe();
    this.#lost();
    this.#login.complete();
    this.#packets.complete();
  }

  #lost(): void {
    this.requests.lost();
    if (this.#login.value) this.#login.next(undefined);
  }

  #read(packet: string): void {
    let decoded: ServerPacket;
    try {
      decoded = decodeServerPacket(packet);
    } catch {
      // Not a packet, or one of a newer protocol. What was missed shows as a gap and is asked for.
      return;
    }
    if ('ctrl' in decoded) {
      this.requests.answer(decoded.ctrl);
      const { after, spread } = decoded.ctrl.params ?? {};
      if (decoded.ctrl.code === CTRL.evicted && decoded.ctrl.topic === undefined) {
        this.#link.drain(Number(after) || 0, Number(spread) || 0, () => this.requests.areWaiting);
      } else if (decoded.ctrl.code === CTRL.unauthorized && this.#login.value) {
        // The peer has forgotten who this is: log in again, on a new link.
        this.#link.fail();
      }
    }
    this.#packets.next(decoded);
  }

  async #greet(hello: number): Promise<void> {
    // A second connection took over from a suspect one: everything that hung on the first is lost with it.
    this.#lost();
    try {
      const hi = await this.requests.request('hi', {
        ver: PROTOCOL_VERSION,
        ua: 'Kefu',
        platf: 'web',
        ...(this.#options.lang === undefined ? {} : { lang: this.#options.lang }),
        kefu: { v: KEFU_VERSION },
      });
      const ctrl = await this.#identify(hi);
      if (hello !== this.#hello) return;
      const card = asObject(asObject(ctrl.params?.['desc'])?.['public']);
      this.#attempt?.resolve();
      this.#attempt = undefined;
      this.#link.ready();
      this.#login.next({
        user: text(ctrl.params, 'user') ?? '',
        name: nameOf(card),
        token: text(ctrl.params, 'token'),
        kefu: hi.params?.['kefu'] !== undefined,
        epoch: text(asObject(hi.params?.['kefu']), 'epoch'),
      });
    } catch (error) {
      if (hello !== this.#hello) return;
      if (error instanceof RefusedError) {
        this.#attempt?.reject(error);
        this.#attempt = undefined;
        this.#link.refuse();
        this.#options.ended?.(error.reason);
      } else {
        this.#link.fail();
      }
    }
  }

  /** Logs in with what there is: a fresh password, the host's word, the kept token, or as a new anonymous visitor. */
  async #identify(hi: Ctrl): Promise<Ctrl> {
    const { role, alone, logIn } = this.#options;
    if (this.#attempt) return this.#logIn('basic', this.#attempt.secret);
    const named = logIn?.(hi, this.requests, this.#clock);
    if (named) {
      this.#link.awaitToken();
      return named;
    }
    const known = await this.#logInByToken();
    if (known) return known;
    if (role === 'agent') throw new RefusedError(CTRL.unauthorized, 'not logged in');
    // Two pages that are opened at once must not become two visitors: the second finds the token of the first.
    return alone(
      async () =>
        (await this.#logInByToken()) ??
        this.#keepToken(await this.requests.request('acc', { user: 'new', scheme: 'anonymous', login: true })),
    );
  }

  /** Undefined when there is no token, or it is no longer known. */
  async #logInByToken(): Promise<Ctrl | undefined> {
    const { storageKey } = this.#options;
    const token = await this.token();
    if (token === undefined) return undefined;
    try {
      return await this.#logIn('token', token);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // A visitor starts anew; an agent has to log in again. Unless another page has done so already.
      if (this.#store.get(storageKey) === token) this.#store.remove(storageKey);
      if ((await this.token()) === token) await this.#keepOnDevice(undefined);
      this.#link.awaitToken();
      return undefined;
    }
  }

  async #logIn(scheme: string, secret: string): Promise<Ctrl> {
    return this.#keepToken(await this.requests.request('login', { scheme, secret }));
  }

  /** What the visitor has logged in with here before. */
  async token(): Promise<string | undefined> {
    this.#onDevice = await inTime(this.#clock, DEVICE_MS, this.#options.device.token(), undefined);
    return this.#onDevice ?? this.#store.get(this.#options.storageKey);
  }

  async #keepOnDevice(token: string | undefined): Promise<void> {
    if (token === this.#onDevice) return;
    this.#onDevice = token;
    await inTime(this.#clock, DEVICE_MS, this.#options.device.keepToken(token), undefined);
  }

  /** Resolves when the token is as safe as it can be: before anything is sent by it. */
  async #keepToken(ctrl: Ctrl): Promise<Ctrl> {
    const token = text(ctrl.params, 'token');
    if (token !== undefined) {
      this.#store.set(this.#options.storageKey, token);
      await this.#keepOnDevice(token);
    }
    return ctrl;
  }
}
