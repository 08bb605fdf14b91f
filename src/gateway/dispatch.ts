// Dispatch: a frame becomes a packet, and the packet goes to its handler. Nothing that comes in gets past here as an error.
import { CLOSE } from '../protocol/close-code.ts';
import { decodeClientPacket } from '../protocol/codec.ts';
import type { ClientPacket } from '../protocol/client-packet.ts';
import { CTRL } from '../protocol/ctrl-code.ts';
import { ProtocolError } from '../protocol/protocol-error.ts';
import type { Gateway } from './gateway.ts';
import { acc } from './handlers/acc.ts';
import { del } from './handlers/del.ts';
import { get } from './handlers/get.ts';
import { hi } from './handlers/hi.ts';
import { leave } from './handlers/leave.ts';
import { login } from './handlers/login.ts';
import { note } from './handlers/note.ts';
import { pub } from './handlers/pub.ts';
import { set } from './handlers/set.ts';
import { sub } from './handlers/sub.ts';
import { errorText } from './log.ts';
import type { Session } from './session.ts';
import { StoreUnavailable } from './store/store.ts';

/** Ids are echoed: longer ones are nobody's. */
const ID_MOST = 64;

/** When to ask again while the store does not answer. */
const AWAY_MS = 2_000;

type Done = Promise<void> | undefined;

export class Dispatch {
  readonly #gateway: Gateway;
  readonly #session: Session;
  #bad = 0;

  constructor(gateway: Gateway, session: Session) {
    this.#gateway = gateway;
    this.#session = session;
  }

  /** Handles one frame. The promise, if any, never rejects; the next frame comes when it is done. */
  frame(text: string): Done {
    let packet: ClientPacket;
    try {
      packet = decodeClientPacket(text);
      if ((idOf(packet)?.length ?? 0) > ID_MOST) throw new ProtocolError('id: too long');
    } catch (error) {
      this.#failed(undefined, error);
      return undefined;
    }
    try {
      return this.#handle(packet)?.catch((error: unknown) => {
        this.#failed(packet, error);
      });
    } catch (error) {
      this.#failed(packet, error);
      return undefined;
    }
  }

  #handle(packet: ClientPacket): Done {
    const gateway = this.#gateway;
    const session = this.#session;
    if ('hi' in packet) {
      hi(gateway, session, packet.hi);
      return undefined;
    }
    if (!session.greeted) {
      session.ctrl(idOf(packet), CTRL.conflict, { text: 'hi must be first' });
      return undefined;
    }
    if ('acc' in packet) return acc(gateway, session, packet.acc);
    if ('login' in packet) return login(gateway, session, packet.login);
    if (!session.user) {
      session.ctrl(idOf(packet), CTRL.unauthorized);
      return undefined;
    }
    const caller = { gateway, session, user: session.user };
    if ('pub' in packet) return pub(caller, packet.pub);
    if ('note' in packet) return note(caller, packet.note);
    if ('get' in packet) return get(caller, packet.get);
    if ('sub' in packet) return sub(caller, packet.sub);
    if ('leave' in packet) return leave(caller, packet.leave);
    if ('set' in packet) return set(caller, packet.set);
    return del(caller, packet.del);
  }

  #failed(packet: ClientPacket | undefined, error: unknown): void {
    const session = this.#session;
    const id = packet && idOf(packet);
    if (error instanceof ProtocolError) {
      session.ctrl(id, CTRL.malformed, { text: error.message });
      this.#bad += 1;
      if (this.#bad >= this.#gateway.limits.badPackets) session.peer.close(CLOSE.protocol, 'too many bad packets');
      return;
    }
    const kind = packet && Object.keys(packet)[0];
    this.#gateway.log.error('handler', {
      conn: session.id,
      error: errorText(error),
      ...(kind !== undefined && { kind }),
    });
    if (error instanceof StoreUnavailable) session.ctrl(id, CTRL.unavailable, { params: { retryAfter: AWAY_MS } });
    else session.ctrl(id, CTRL.internal);
  }
}

const idOf = (packet: ClientPacket): string | undefined => {
  const [body] = Object.values<unknown>({ ...packet });
  return typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string' ? body.id : undefined;
};
