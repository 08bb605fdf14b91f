// What createClient needs to know.
import type { LogIn } from '../datalink/session.ts';
import type { Message } from './model.ts';

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
  /**
   * `none` keeps nothing beyond the page, `session` the login and unsent messages for the life of the tab, `local` also the
   * last messages, for all pages of the device. Written after the first connect or message only.
   */
  readonly persist?: 'none' | 'session' | 'local';
  /** Messages for which this returns false never reach a list; they are ordered and acked all the same. */
  readonly filter?: (message: Message) => boolean;
  /** Visitors whom the host's own server names: who they are there. What this device keeps of each is kept apart. */
  readonly subject?: string | undefined;
  /** How they log in on each new link. Undefined, or undefined returned: as an anonymous visitor. */
  readonly logIn?: LogIn;
  /**
   * The gateway does not want this client, and says why; or `left`: the user has logged out on another page of the
   * device, and everything is forgotten here too.
   */
  readonly ended?: (reason: string) => void;
  /** Stock Tinode servers want their public API key. */
  readonly apiKey?: string;
}
