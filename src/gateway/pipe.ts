// Pipe: what a transport is to the core: texts both ways, in order, until it ends.

export interface Pipe {
  /** What is sent now may still arrive. */
  readonly isOpen: boolean;
  /** Bytes that were sent and that the transport still holds. */
  readonly bufferedBytes: number;
  /** Long polling, where Tinode's servers answer `hi` with another code. Absent: no. */
  readonly isPolled?: boolean;
  /** Called once, before anything else; nothing is lost that came before. */
  listen(events: PipeEvents): void;
  /** Hands a text to the transport. Dropped when the pipe is not open. */
  send(text: string): void;
  /** Asks for a sign of life, which comes as `alive`. */
  ping(): void;
  /** Says good-bye after what was sent before; `closed` follows when the other end has answered. */
  close(code: number, reason: string): void;
  /** Ends it at once, without a word; `closed` follows. */
  terminate(): void;
  /** Nothing is taken from the other end until `resume`: it may still push a few texts that were read already. */
  pause(): void;
  resume(): void;
}

export interface PipeEvents {
  /** A text of the other end; empty for anything that is no text. */
  text(text: string): void;
  /** A sign of life that is no text. */
  alive(): void;
  /** Some of what was sent has left; `bufferedBytes` is smaller now. */
  written(): void;
  /** The end, once. `code` is a WebSocket close code. */
  closed(code: number): void;
}
