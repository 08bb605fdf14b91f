// Log: one JSON line per event. Never content, tokens, names or whole addresses.
import { createHash } from 'node:crypto';
import type { Clock } from './clock.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line may tell besides its code: link ids, hashes, counts, milliseconds, messages of errors. */
export interface LogFields {
  readonly conn?: string;
  /** As {@link topicHash} makes it. */
  readonly topic?: string;
  /** As {@link networkOf} makes it. */
  readonly net?: string;
  /** The first eight digits. */
  readonly msgid?: string | undefined;
  readonly ms?: number;
  readonly count?: number;
  readonly close?: number;
  readonly port?: number;
  readonly kind?: string;
  readonly error?: string;
}

export interface Log {
  debug(code: string, fields?: LogFields): void;
  info(code: string, fields?: LogFields): void;
  warn(code: string, fields?: LogFields): void;
  error(code: string, fields?: LogFields): void;
}

export function createLog(level: LogLevel, clock: Clock, write = (line: string) => process.stderr.write(line)): Log {
  const from = LOG_LEVELS.indexOf(level);
  const at =
    (name: LogLevel) =>
    (code: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(name) < from) return;
      write(`${JSON.stringify({ ts: new Date(clock.now()).toISOString(), level: name, code, ...fields })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The same topic has the same hash, and nobody gets in with it. */
export const topicHash = (topic: string): string => createHash('sha256').update(topic).digest('hex').slice(0, 12);

/** The network of an address: /24 for IPv4, /48 for IPv6. */
export const networkOf = (address: string): string => {
  const v4 = /(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(address);
  if (v4) return `${v4[1] ?? ''}.0`;
  return `${address.split(':').slice(0, 3).join(':')}::`;
};

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
