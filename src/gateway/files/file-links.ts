// File links: who has one may read one file for a short while. Nothing secret of a user is in it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { FILE_PATH } from '../../protocol/file-ref.ts';

/** A link lives between one and two of these. All links of the same time are the same, so that browsers cache by them. */
const STEP_MS = 3_600_000;

export interface FileLink {
  /** Path and query on this gateway. */
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export class FileLinks {
  readonly #secret: string;
  readonly #clock: Clock;

  /** All gateways on the same store have the same secret. */
  constructor(secret: string, clock: Clock) {
    this.#secret = secret;
    this.#clock = clock;
  }

  link(name: string): FileLink {
    const expiresAt = (Math.floor(this.#clock.now() / STEP_MS) + 2) * STEP_MS;
    return { url: `${FILE_PATH}${name}?e=${expiresAt / 1000}&s=${this.#signature(name, expiresAt)}`, expiresAt };
  }

  isValid(name: string, query: URLSearchParams): boolean {
    const expiresAt = Number(query.get('e')) * 1000;
    const given = Buffer.from(query.get('s') ?? '');
    const wanted = Buffer.from(this.#signature(name, expiresAt));
    return given.length === wanted.length && timingSafeEqual(given, wanted) && expiresAt > this.#clock.now();
  }

  #signature(name: string, expiresAt: number): string {
    return createHmac('sha256', this.#secret).update(`${name} ${expiresAt}`).digest('base64url');
  }
}
