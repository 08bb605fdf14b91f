// What the elements ask of the face around them. State comes down as properties, requests go up as these events.
import type { Span } from '../protocol/drafty.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { Draft } from './draft.ts';

/**
 * An event that crosses shadow roots on its way up to the face (`<kefu-chat>`, `<kefu-desk>`).
 *
 * Internal: `composed` is needed to leave the shadow root of the element that asks, so the face that answers must call
 * `stopPropagation()` at its own root ({@link REQUEST_EVENTS} lists the types). The host page never sees one.
 */
class RequestEvent extends Event {
  constructor(type: string, cancelable = false) {
    super(type, { bubbles: true, composed: true, cancelable });
  }
}

/** The user sends a message. Dispatched inside the key press or click; `preventDefault()` leaves the text in the composer. */
export class SendRequestEvent extends RequestEvent {
  readonly content: Json;
  readonly head: JsonObject;
  constructor(content: Json, head: JsonObject = {}) {
    super('kefu-send-request', true);
    this.content = content;
    this.head = head;
  }
}

/** The reader wants to see the message with this seqid, which is not here: the face loads it. */
export class JumpRequestEvent extends RequestEvent {
  readonly seqid: number;
  /** Set by the face: resolves when the message is in the list, or could not be had. */
  loading: Promise<void> | undefined;
  constructor(seqid: number) {
    super('kefu-jump-request');
    this.seqid = seqid;
  }
}

/** The reader wants to see an image in full, or to have a file, of the message with this key. */
export class MediaRequestEvent extends RequestEvent {
  readonly key: string;
  readonly span: Span;
  constructor(key: string, span: Span) {
    super('kefu-media-request');
    this.key = key;
    this.span = span;
  }
}

/** The user wants the expired message with this key to be sent again. */
export class RetryRequestEvent extends RequestEvent {
  readonly key: string;
  constructor(key: string) {
    super('kefu-retry-request');
    this.key = key;
  }
}

/** The user wants the refused or expired message with this key to be gone, or its file not to be uploaded. */
export class DiscardRequestEvent extends RequestEvent {
  readonly key: string;
  constructor(key: string) {
    super('kefu-discard-request');
    this.key = key;
  }
}

/** The reader comes near the oldest message, and there are older ones on the server. */
export class LoadOlderRequestEvent extends RequestEvent {
  constructor() {
    super('kefu-load-older-request');
  }
}

/** The newest message is on the screen of a visible and focused page. */
export class ReadEvent extends RequestEvent {
  constructor() {
    super('kefu-read');
  }
}

/** The user has just typed something. Not throttled. */
export class TypingEvent extends RequestEvent {
  constructor() {
    super('kefu-typing');
  }
}

/** What is in the composer has changed by the user, or was sent. */
export class DraftEvent extends RequestEvent {
  readonly draft: Draft;
  constructor(draft: Draft) {
    super('kefu-draft');
    this.draft = draft;
  }
}

/** The types of all request events, for the face that must stop them at its root. */
export const REQUEST_EVENTS = [
  'kefu-send-request',
  'kefu-jump-request',
  'kefu-media-request',
  'kefu-retry-request',
  'kefu-discard-request',
  'kefu-load-older-request',
  'kefu-read',
  'kefu-typing',
  'kefu-draft',
] as const;

declare global {
  interface HTMLElementEventMap {
    'kefu-send-request': SendRequestEvent;
    'kefu-jump-request': JumpRequestEvent;
    'kefu-media-request': MediaRequestEvent;
    'kefu-retry-request': RetryRequestEvent;
    'kefu-discard-request': DiscardRequestEvent;
    'kefu-load-older-request': LoadOlderRequestEvent;
    'kefu-read': ReadEvent;
    'kefu-typing': TypingEvent;
    'kefu-draft': DraftEvent;
  }
}
