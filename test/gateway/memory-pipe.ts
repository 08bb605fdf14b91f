// Memory pipe: both ends of a link in one process.
import type { Pipe, PipeEvents } from '../../src/gateway/pipe.ts';
import { settled } from '../support/manual-clock.ts';

export class MemoryPipe implements Pipe {
  readonly received: string[] = [];
  bufferedBytes = 0;
  isOpen = true;
  closeCode: number | undefined;
  pings = 0;
  /** The other end takes nothing: what is sent waits. */
  isStuck = false;
  #events: PipeEvents | undefined;
  listen(events: PipeEvents): void {
    this.#events = events;
  }
  send(text: string): void {
    this.received.push(text);
    if (this.isStuck) this.bufferedBytes += Buffer.byteLength(text);
  }
  /** The other end has taken everything. */
  drain(): void {
    this.isStuck = false;
    this.bufferedBytes = 0;
    this.#events?.written();
  }
  ping(): void {
    this.pings += 1;
  }
  close(code: number): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.closeCode = code;
    this.#events?.closed(code);
  }
  terminate(): void {
    this.close(1006);
  }
  pause(): void {}
  resume(): void {}
  /** The other end sends a packet. */
  async say(packet: object): Promise<void> {
    this.#events?.text(JSON.stringify(packet));
    await settled();
  }
  /** The other end answers a ping. */
  pong(): void {
    this.#events?.alive();
  }
}
