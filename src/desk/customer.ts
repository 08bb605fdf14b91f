// The customer: who a visitor is, and what of that the merchant has signed.
import { pictureOf } from '../protocol/address.ts';
import type { ConversationInfo, User } from '../sdk/app/model.ts';
import { named } from './visitor-name.ts';

export interface Customer {
  /** The visitor with what to show of them: what is signed before what they say themselves. */
  readonly user: User | undefined;
  /** Never empty. */
  readonly name: string;
  /** The name is signed, and not the visitor's own word. */
  readonly verified: boolean;
  /** In the merchant's shop, signed. */
  readonly id: string | undefined;
  readonly email: string | undefined;
}

export function customerOf({ visitor, identity }: ConversationInfo, nameless: string): Customer {
  const signed = (key: string): string | undefined => {
    const value = identity?.[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const name = signed('name');
  const user = visitor && {
    ...visitor,
    name: name ?? visitor.name,
    avatar: pictureOf(signed('picture')) ?? visitor.avatar,
  };
  return {
    user,
    name: (user && named(user, nameless).name) ?? nameless,
    verified: name !== undefined,
    id: signed('id'),
    email: signed('email'),
  };
}
