// What the attributes of `<kefu-chat>` may say, and what holds where they say nothing.

/** `float`: a launcher in a corner and a window above it; `inline`: fills its own box; `full`: fills the viewport. */
export type Mode = 'float' | 'inline' | 'full';

/** The corner of a floating chat, by the direction of the page. */
export type Placement = 'bottom-end' | 'bottom-start';

/** `auto` follows the system, `host` the page: a class `dark`, `data-theme="dark"` or the like on its root. */
export type Theme = 'auto' | 'light' | 'dark' | 'host';

/** What this device keeps of the visitor once the chat was opened. */
export type Persist = 'local' | 'session' | 'none';

/** Anything unknown is `local`. */
export const persistOf = (value: string): Persist => (value === 'session' || value === 'none' ? value : 'local');

/** Who opened or closed: the visitor by hand, or the page by attribute or method. */
export type Actor = 'user' | 'page';

/** Anything unknown is `float`. */
export const modeOf = (value: string): Mode => (value === 'inline' || value === 'full' ? value : 'float');

// For a script this is the address of the script itself.
const scriptUrl = import.meta.url;

/**
 * The gateway's origin: what `server` says, relative to the page where it is not absolute; without it, where the script
 * came from. Undefined when that is no http or WebSocket address.
 */
export const serverOf = (server: string): string | undefined => {
  try {
    const { protocol, host } = new URL(server || scriptUrl, document.baseURI);
    return /^(https?|wss?):$/.test(protocol) && host ? `${protocol}//${host}` : undefined;
  } catch {
    return undefined;
  }
};
