// File links: where the files are that the messages of a topic refer to. Links live for an hour or two, and are asked for when a file is shown.
import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';
import { fileNameOf, REFS_MOST } from '../../protocol/file-ref.ts';
import { asObject } from '../../protocol/json.ts';
import type { Ctrl } from '../../protocol/server-packet.ts';
import type { Clock } from '../network/clock.ts';

/** A link that is about to end is renewed this long before. */
const RENEW_MS = 600_000;
/** Until then what the gateway had no link to is not asked for again. */
const ABSENT_MS = 60_000;

const RETRY_MS = 5_000;

/** The address of a file; undefined while there is none. */
export type Resolve = (ref: string) => string | undefined;

interface Link {
  readonly url: string | undefined;
  /** When to ask again, milliseconds since 1970. */
  readonly until: number;
}

export interface FileLinksSurroundings {
  readonly clock: Clock;
  /** The address of a path of the gateway. */
  readonly address: (path: string) => string;
  /** Asks the gateway for links. Undefined: not now. */
  readonly ask: (refs: readonly string[]) => Promise<Ctrl> | undefined;
}

export class FileLinks {
  readonly #around: FileLinksSurroundings;
  readonly #links = new Map<string, Link>();
  readonly #wanted = new Set<string>();
  /** Files of this device, by the reference that only it knows, and later by the one that all know. */
  readonly #local = new Map<string, string>();
  readonly #resolve: BehaviorSubject<Resolve>;
  #isAsking = false;

  /** A new function whenever something became known. Asking it for what is not known asks the gateway. */
  readonly resolve$: Observable<Resolve> & { readonly value: Resolve };

  constructor(around: FileLinksSurroundings) {
    this.#around = around;
    this.resolve$ = this.#resolve = new BehaviorSubject(this.#resolver());
  }

  /** The file is on this device, until `destroy`. */
  keep(ref: string, file: Blob): void {
    if (this.#local.has(ref)) return;
    this.#local.set(ref, URL.createObjectURL(file));
    this.#resolve.next(this.#resolver());
  }

  /** What was known as `local` is now known to all as `ref`. */
  rename(local: string, ref: string): void {
    const url = this.#local.get(local);
    if (url !== undefined) this.#local.set(ref, url);
  }

  /** The gateway can be asked (again). */
  async fill(): Promise<void> {
    if (this.#isAsking || this.#wanted.size === 0) return;
    const refs = [...this.#wanted].slice(0, REFS_MOST);
    const asked = this.#around.ask(refs);
    if (!asked) return;
    this.#isAsking = true;
    try {
      const { params } = await asked;
      const urls = asObject(params?.['urls']);
      const livesMs = Number(params?.['ms'] ?? 0) - RENEW_MS;
      for (const ref of refs) {
        const url = urls?.[ref];
        const isLink = typeof url === 'string';
        this.#links.set(ref, {
          url: isLink ? this.#around.address(url) : undefined,
          until: this.#around.clock.now() + (isLink ? livesMs : ABSENT_MS),
        });
        this.#wanted.delete(ref);
      }
      this.#resolve.next(this.#resolver());
    } catch {
      // On the next link, or on this one in a while.
      this.#around.clock.after(RETRY_MS, () => void this.fill());
      return;
    } finally {
      this.#isAsking = false;
    }
    void this.fill();
  }

  destroy(): void {
    this.#resolve.complete();
    for (const url of this.#local.values()) URL.revokeObjectURL(url);
  }

  #resolver(): Resolve {
    return (ref) => {
      const local = this.#local.get(ref);
      if (local !== undefined || fileNameOf(ref) === undefined) return local;
      const link = this.#links.get(ref);
      if ((link?.until ?? 0) < this.#around.clock.now()) {
        if (this.#wanted.size === 0) this.#around.clock.after(0, () => void this.fill());
        this.#wanted.add(ref);
      }
      return link?.url;
    };
  }
}
