// Identity: who a visitor is to those who run the page, as a signed token says.

/** What the token vouches for. */
export interface Identity {
  /** The customer's id, 1 to 128 characters. */
  readonly subject: string;
  /** What agents see besides. */
  readonly card: SignedCard;
}

export interface SignedCard {
  readonly name?: string;
  /** https */
  readonly picture?: string;
  readonly email?: string;
}

/** Why a token is none: only `expired` is the client's business, the others are the operator's. */
export type IdentityFault = 'malformed' | 'key' | 'signature' | 'audience' | 'claims' | 'expired';

/** Looks at a compact JWT; `now` in milliseconds since 1970. Never rejects. */
export type Verify = (jwt: string, now: number) => Promise<Identity | IdentityFault>;
