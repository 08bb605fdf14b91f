// Origins: which pages may open a link, and the address of who asks.
import type { IncomingMessage } from 'node:http';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

export const isLoopback = (host: string): boolean => LOOPBACK.includes(host) || /^127\./.test(host);

export interface OriginPolicy {
  /** Empty: the gateway's own host alone. `*`: all. */
  readonly allowed: readonly string[];
  /** Pages of this machine, on any port. */
  readonly local: boolean;
}

/**
 * Whether a page of `origin` may connect to `host`. No origin: not a browser, which is no danger to anyone's session,
 * since nothing is sent by itself; `null`, the origin of sandboxed pages, must be allowed by name.
 */
export function isOriginAllowed(origin: string | undefined, host: string | undefined, policy: OriginPolicy): boolean {
  if (origin === undefined) return true;
  if (policy.allowed.includes('*') || policy.allowed.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (policy.local && isLoopback(url.hostname)) return true;
  return policy.allowed.length === 0 && host !== undefined && url.host === host;
}

/** The address of the client, as the outermost trusted proxy saw it. */
export function addressOf(request: IncomingMessage, trustProxy: number): string {
  const direct = request.socket.remoteAddress ?? '';
  if (trustProxy === 0) return direct;
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return forwarded.at(-trustProxy) ?? forwarded[0] ?? direct;
}

/** What limits per address count by: an IPv4 address, or the /64 network that one IPv6 user has. */
export const addressKey = (address: string): string => {
  const v4 = /(?:^|:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(address);
  if (v4?.[1] !== undefined) return v4[1];
  return address.split(':').slice(0, 4).join(':');
};
