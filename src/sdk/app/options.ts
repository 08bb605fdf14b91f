// What createClient needs to know, and what it takes from its surroundings unless told otherwise.
import type { RandomBytes } from '../../protocol/msgid.ts';

/** Where a user's session and place are kept between page loads. */
export interface KeyValueStore {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

export interface ClientOptions {
  /** Origin of the gateway: `https://im.example.com`. `http:` and `ws:` origins are for development. */
  readonly server: string;
  /** `visitor` gets an anonymous account on first connect; `agent` logs in by name and password. */
  readonly role: 'visitor' | 'agent';
  /** Visitors: the channel that conversations are opened on. */
  readonly channel?: string;
  /** BCP 47 language that the gateway is told. */
  readonly lang?: string;
  /** Visitors: title and address of the page, shown to the agent. */
  readonly page?: () => { readonly title: string; readonly url: string };
  /** `none` keeps nothing; `session` and `local` use the browser's storage, written after the first connect only. */
  readonly persist?: 'none' | 'session' | 'local';
  /** Messages for which this returns false never reach a list; they are ordered and acked all the same. */
  readonly filter?: (message: { readonly head: object; readonly content: unknown; readonly from: string | undefined }) => boolean;
  /** Seams for tests; the platform's own by default. */
  readonly random?: () => number;
  readonly randomBytes?: RandomBytes;
  readonly now?: () => number;
}
