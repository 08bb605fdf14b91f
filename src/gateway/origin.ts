// Origins: which pages may open a link, and the address of who asks.
import type { IncomingMessage } from 'node:http';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

export const isLoopback = (host: string): boolean => LOOPBACK.includes(host) || /^127\./.test(host);

export interface OriginPolicy {
  /** Empty: the gateway's own host alone. `*`: all. `channel=origin`: for conversations of that channel alone. */
  readonly allowed: readonly string[];
  /** Pages of this machine, on any port. */
  readonly local: boolean;
}

/**
 * In which channels a page of `origin` may open conversations on `host`: all, or those of the set; in none it may not even
 * connect. No origin: not a browser, which is no danger to anyone's session, since nothing is sent by itself; `null`, the
 * origin of sandboxed pages, must be allowed by name.
 */
export function channelsOf(
  origin: string | undefined,
  host: string | undefined,
  { allowed, local }: OriginPolicy,
): 'all' | ReadonlySet<string> {
  if (origin === undefined) return 'all';
  const channels = new Set<string>();
  for (const entry of allowed) {
    const [page = '', channel] = entry.split('=').reverse();
    if (page !== '*' && page !== origin) continue;
    if (channel === undefined) return 'all';
    channels.add(channel);
  }
  const url = URL.parse(origin);
  const isLocal = local && url !== null && isLoopback(url.hostname);
  const isOwn = allowed.length === 0 && host !== undefined && url?.host === host;
  return isLocal || isOwn ? 'all' : channels;
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
