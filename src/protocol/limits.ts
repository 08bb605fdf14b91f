// Sizes, lengths and times that both ends must agree on.

export const LIMITS = {
  /** One packet on the wire, in bytes of UTF-8. A longer one closes the link with 1009. */
  packetBytes: 64 * 1024,
  /** Text of one message, in bytes of UTF-8. */
  textBytes: 8 * 1024,
  /** Text of one message, in Unicode code points. */
  textCodePoints: 5_000,
  /** Nesting of JSON, the packet itself being depth 1. */
  jsonDepth: 16,
  /** Keys in one JSON object. */
  jsonKeys: 64,
  /** Items in one JSON array that a client sends. */
  jsonItems: 1_024,
  /** One JSON string that a client sends, in UTF-16 code units. */
  jsonString: 16 * 1024,
  /** Messages in one history page: what is asked for, and the most that is answered. */
  historyPage: 50,
  historyPageMost: 100,
  /** Messages that one client may have on their way in one topic. */
  sendWindow: 64,
  /** Own messages that wait in one topic on one device; more are refused there. */
  outbox: 500,
  /** Messages that are pushed to one receiver before its ack is awaited. */
  pushWindow: 64,
  /** Conversations that a visitor, an agent may be attached to. */
  subscriptionsPerVisitor: 4,
  subscriptionsPerAgent: 500,
  /** hi must come this long after the socket opened, login or acc this long after hi. */
  helloDeadlineMs: 5_000,
  loginDeadlineMs: 10_000,
  /** A link without any sign of life for this long is cut by the gateway. */
  idleMs: 36_000,
  /** For this long who has sent a message may take it back. */
  recallMs: 2 * 60_000,
  /** The text that is searched for, in UTF-16 code units; messages that one answer finds. */
  findText: 100,
  findPage: 50,
  /** Typing is announced at most this often, and shown for twice as long. */
  typingEveryMs: 3_000,
} as const;
