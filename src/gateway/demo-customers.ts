// Demo customers: who can log in at the demo shop, and what the server of a shop does for them: it signs who they are.
import type { IncomingMessage } from 'node:http';
import { SignJWT } from 'jose';
import type { Clock } from './clock.ts';
import type { JwtConfig } from './config.ts';
import type { Random } from './random.ts';

const CUSTOMERS = [
  { id: 'demo-1001', name: 'Lin Yue', email: 'lin@example.com' },
  { id: 'demo-1002', name: 'Theo Brandt', email: 'theo@example.com' },
];

/** Where the shop's page asks for a token: `POST /demo/token?name=Lin%20Yue`. */
export const DEMO_TOKEN = '/demo/token';
const LIFE_S = 300;

export class DemoCustomers {
  readonly #clock: Clock;
  readonly #secret: string;

  /** The key is another one at each start: nobody is known by a token of before. */
  constructor(random: Random, clock: Clock) {
    this.#clock = clock;
    this.#secret = random.bytes(32).toString('base64');
  }

  /** How the gateway verifies what is signed here. */
  get jwt(): JwtConfig {
    return { keysFile: undefined, secret: this.#secret, audience: 'kefu', isRequired: false };
  }

  /** A token for the customer of that name; undefined: there is none. */
  async sign(request: IncomingMessage): Promise<string | undefined> {
    const wanted = URL.parse(request.url ?? '', 'http://gateway')?.searchParams.get('name');
    const customer = CUSTOMERS.find(({ name }) => name === wanted);
    if (!customer) return undefined;
    const iat = Math.floor(this.#clock.now() / 1_000);
    const { id: sub, name, email } = customer;
    return new SignJWT({ sub, name, email, aud: this.jwt.audience, iat, exp: iat + LIFE_S })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(this.#secret));
  }
}
