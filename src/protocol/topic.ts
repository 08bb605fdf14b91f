// Topic names.

/** The topic of everything that concerns the user and no conversation: new conversations, presence, unread. */
export const ME = 'me';

/** A conversation: `grp` and 11 to 32 characters of URL-safe base64. */
export const isConversation = (topic: string): boolean => /^grp[\w-]{11,32}$/.test(topic);

/**
 * A conversation that is still to be made: `new` and the client's key. The key is part of the conversation's identity:
 * the same user opening the same key twice gets the same conversation.
 */
export const isNewConversation = (topic: string): boolean => /^new[\w-]{1,64}$/.test(topic);
