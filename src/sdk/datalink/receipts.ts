// Receipts: how far each member has received and read.
export interface Receipt {
  readonly recv: number;
  readonly read: number;
}

const NONE: Receipt = { recv: 0, read: 0 };

export class Receipts {
  readonly #byUser = new Map<string, Receipt>();

  of(user: string): Receipt {
    return this.#byUser.get(user) ?? NONE;
  }

  /** Receipts only grow; a read message has been received. True when something was news. */
  note(user: string, recv: number, read: number): boolean {
    const known = this.of(user);
    const next = { recv: Math.max(known.recv, recv, read), read: Math.max(known.read, read) };
    if (next.recv === known.recv && next.read === known.read) return false;
    this.#byUser.set(user, next);
    return true;
  }

  /** The furthest of everybody but `me`. */
  ofOthers(me: string | undefined): Receipt {
    let { recv, read } = NONE;
    for (const [user, receipt] of this.#byUser) {
      if (user === me) continue;
      recv = Math.max(recv, receipt.recv);
      read = Math.max(read, receipt.read);
    }
    return { recv, read };
  }
}
