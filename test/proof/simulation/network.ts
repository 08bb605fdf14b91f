// Network: links between pages and gateways, and everything that befalls them.
//
// A `stream` is like TCP: frames keep their order, arrive once, and are lost only together with the link. The others are
// worse than any transport there is: frames are dropped, doubled and overtake each other while the link lives on. On a
// `lossy` link that befalls all frames but {pub}: the order of what one page sends is the order of its link. On a `torn`
// one it befalls those too, and what is left is everything but that order.
import { CLOSE } from '../../../src/protocol/close-code.ts';
import type { Core } from '../../../src/gateway/core.ts';
import type { Pipe, PipeEvents } from '../../../src/gateway/pipe.ts';
import { Connection } from '../../../src/sdk/network/connection.ts';
import type { Happening } from '../history.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the system of the sender takes before a transport has to say that it holds something. */
const SYSTEM_BUFFER_BYTES = 128 * 1024;

/** A gateway's life: what the links of a gateway that died point to says so. */
export interface Incarnation {
  readonly core: Core | undefined;
  readonly isAlive: boolean;
}

/** Sees every frame where it enters and leaves the network. */
export interface Tap {
  /** The page handed it to its transport; the gateway got it. */
  up(text: string, link: Link): void;
  upArrived(text: string, link: Link): void;
  /** The gateway handed it to its transport; the page got it. */
  down(text: string, link: Link): void;
  downArrived(text: string, link: Link): void;
  opened(link: Link): void;
  closed(link: Link, code: number): void;
  buffered(bytes: number, link: Link): void;
}

export type LinkKind = 'stream' | 'lossy' | 'torn';

export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly witness: (event: Happening) => void;
  readonly kind: LinkKind;
  readonly gateway: () => Incarnation;
}

/** Where a page is: its way to the network. */
export interface Site {
  readonly name: string;
  readonly address: string;
  readonly tap: Tap;
  /** No packet goes in or out. */
  isOffline: boolean;
  /** Runs what comes from outside: later when the page is frozen, never when it is gone. */
  deliver(act: () => void): void;
}

type Way = 'up' | 'down';

export class Network {
  readonly options: NetworkOptions;
  readonly links = new Set<Link>();
  /** Faults are over. */
  isCalm = false;
  #links = 0;

  constructor(options: NetworkOptions) {
    this.options = options;
  }

  connect(site: Site): Connection {
    return new Link((this.#links += 1), this, site).connection;
  }

  /** Every link of a gateway that has died: the system closes its sockets, or, with `isSilent`, the machine is gone. */
  gatewayDied(isSilent: boolean): void {
    for (const link of [...this.links]) if (!link.isGatewayAlive) link.gatewayDied(isSilent);
  }

  /** The page is gone, with or without its system saying so. */
  pageDied(site: Site, isSilent: boolean): void {
    for (const link of [...this.links]) if (link.site === site) link.pageDied(isSilent);
  }

  /** The way of a site is open again. */
  online(site: Site): void {
    site.isOffline = false;
    for (const link of [...this.links]) if (link.site === site) link.heal();
  }
}

class PageConnection extends Connection {
  readonly #link: Link;

  constructor(link: Link) {
    super();
    this.#link = link;
  }

  override open(): void {
    this.#link.open();
  }

  override send(text: string): void {
    this.#link.sendUp(text);
  }

  override close(code: number): void {
    this.#link.closeByPage(code);
  }

  override abandon(): void {
    super.abandon();
    this.#link.closeByPage(CLOSE.normal);
  }

  opened(): void {
    this.emit({ type: 'open' });
  }

  received(text: string): void {
    this.emit({ type: 'text', text });
  }

  closed(code: number): void {
    this.emit({ type: 'close', code });
  }
}

interface Direction {
  /** When the newest frame arrives: none that keeps the order overtakes it. */
  last: number;
  isBlocked: boolean;
  /** Frames on their way that keep the order, and how many of them have arrived and wait for the way to open. */
  readonly inOrder: string[];
  arrived: number;
  /** The others that have arrived and wait. */
  readonly others: string[];
}

const newDirection = (): Direction => ({ last: 0, isBlocked: false, inOrder: [], arrived: 0, others: [] });

export class Link {
  readonly id: number;
  readonly site: Site;
  readonly connection: PageConnection;
  readonly #network: Network;
  readonly #up = newDirection();
  readonly #down = newDirection();
  #incarnation: Incarnation | undefined;
  #events: PipeEvents | undefined;
  #page: 'new' | 'opening' | 'open' | 'closing' | 'closed' = 'new';
  #gateway: 'none' | 'open' | 'closing' | 'closed' = 'none';
  #transit = 0;
  #isPaused = false;
  readonly #unread: string[] = [];

  constructor(id: number, network: Network, site: Site) {
    this.id = id;
    this.#network = network;
    this.site = site;
    this.connection = new PageConnection(this);
  }

  get isGatewayAlive(): boolean {
    return this.#incarnation?.isAlive ?? true;
  }

  /** Both ends believe in it. */
  get isLive(): boolean {
    return this.#page === 'open' && this.#gateway === 'open';
  }

  open(): void {
    this.#page = 'opening';
    this.#network.links.add(this);
    const { gateway } = this.#network.options;
    this.#later(this.#delay() * 2, () => {
      if (this.#page !== 'opening' || this.#isUpBlocked || this.#isDownBlocked) return;
      const incarnation = gateway();
      const { core } = incarnation;
      if (!core || !incarnation.isAlive || core.refusal(this.site.address) !== undefined) {
        this.#closeAtPage(CLOSE.abnormal);
        return;
      }
      this.#incarnation = incarnation;
      this.#gateway = 'open';
      core.connect(this.#pipe(), this.site.address);
      this.#later(this.#delay(), () => {
        this.site.deliver(() => {
          if (this.#page !== 'opening') return;
          this.#page = 'open';
          this.site.tap.opened(this);
          this.connection.opened();
        });
      });
    });
  }

  sendUp(text: string): void {
    if (this.#page !== 'open') return;
    this.site.tap.up(text, this);
    this.#transmit('up', text);
  }

  /** The page says good-bye. */
  closeByPage(code: number): void {
    if (this.#page === 'closed' || this.#page === 'closing') return;
    const was = this.#page;
    this.#page = was === 'open' ? 'closing' : 'closed';
    if (was !== 'open') {
      this.#forgetIfOver();
      if (this.#gateway !== 'open') return;
    }
    if (!this.#isUpBlocked)
      this.#after('up', () => {
        this.#closeAtGateway(code);
        this.#closeAtPage(code);
      });
    // A platform that hears nothing more gives up.
    this.#later(30_000, () => {
      this.#closeAtPage(CLOSE.abnormal);
    });
  }

  gatewayDied(isSilent: boolean): void {
    this.#gateway = 'closed';
    if (isSilent) return;
    this.#after('down', () => {
      if (!this.#isDownBlocked) this.#closeAtPage(CLOSE.abnormal);
    });
  }

  pageDied(isSilent: boolean): void {
    if (this.#page === 'closed') return;
    this.#page = 'closed';
    // A machine that is gone takes nothing from the network.
    if (isSilent) this.#down.isBlocked = true;
    else if (!this.#isUpBlocked)
      this.#later(this.#delay(), () => {
        this.#closeAtGateway(CLOSE.abnormal);
      });
    this.#forgetIfOver();
  }

  /** Both ends hear that it is gone. */
  cut(): void {
    this.#later(this.#delay(), () => {
      this.#closeAtPage(CLOSE.abnormal);
    });
    this.#later(this.#delay(), () => {
      this.#closeAtGateway(CLOSE.abnormal);
    });
  }

  /** Nothing passes any more, and nobody hears of it; after `ms` the way is open again. */
  block(ways: readonly Way[], ms: number): void {
    for (const way of ways) this.#direction(way).isBlocked = true;
    this.#later(ms, () => {
      for (const way of ways) this.#direction(way).isBlocked = false;
      this.heal();
    });
  }

  /** What waits in the systems goes on its way, where a way is open again. */
  heal(): void {
    for (const way of ['up', 'down'] as const)
      this.#later(this.#delay(), () => {
        this.#flow(way);
      });
  }

  get #isUpBlocked(): boolean {
    return this.#up.isBlocked || this.site.isOffline;
  }

  get #isDownBlocked(): boolean {
    return this.#down.isBlocked || this.site.isOffline;
  }

  #isBlocked(way: Way): boolean {
    return way === 'up' ? this.#isUpBlocked : this.#isDownBlocked;
  }

  #direction(way: Way): Direction {
    return way === 'up' ? this.#up : this.#down;
  }

  #pipe(): Pipe {
    const isOpen = (): boolean => this.#gateway === 'open' && this.isGatewayAlive;
    const bufferedBytes = (): number => Math.max(0, this.#transit - SYSTEM_BUFFER_BYTES);
    return {
      get isOpen() {
        return isOpen();
      },
      get bufferedBytes() {
        return bufferedBytes();
      },
      listen: (events) => {
        this.#events = events;
      },
      send: (text) => {
        if (!isOpen()) return;
        this.#transit += text.length;
        this.site.tap.down(text, this);
        this.site.tap.buffered(bufferedBytes(), this);
        this.#transmit('down', text);
      },
      ping: () => {
        if (!isOpen() || this.#isDownBlocked || this.#isUpBlocked) return;
        this.#later(this.#delay() + this.#delay(), () => {
          if (isOpen() && this.#page === 'open') this.#events?.alive();
        });
      },
      close: (code) => {
        if (!isOpen()) return;
        this.#gateway = 'closing';
        if (this.#isDownBlocked) return;
        this.#after('down', () => {
          this.#closeAtPage(code);
          this.#after('up', () => {
            this.#closeAtGateway(code);
          });
        });
      },
      terminate: () => {
        this.#later(0, () => {
          this.#closeAtGateway(CLOSE.abnormal);
        });
        if (this.#isDownBlocked) return;
        this.#later(this.#delay(), () => {
          this.#closeAtPage(CLOSE.abnormal);
        });
      },
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => {
        this.#isPaused = false;
        // The reader may pause again in between.
        const isPaused = (): boolean => this.#isPaused;
        for (let text = this.#unread.shift(); text !== undefined; text = this.#unread.shift()) {
          this.#events?.text(text);
          if (isPaused()) break;
        }
      },
    };
  }

  /** Whether the frame may be dropped, doubled and overtaken. */
  #isExposed(text: string): boolean {
    const { kind } = this.#network.options;
    if (kind === 'stream' || this.#network.isCalm) return false;
    // The word about a deletion comes once on a link, and is asked for on the next one.
    return (kind === 'torn' || !text.startsWith('{"pub":')) && !text.includes('"delseq":');
  }

  #transmit(way: Way, text: string): void {
    const { random, witness } = this.#network.options;
    if (!this.#isExposed(text)) {
      this.#travel(way, text);
      return;
    }
    if (random.chance(0.05)) {
      witness({ what: 'fault', fault: 'drop' });
      if (way === 'down') this.#written(text);
      return;
    }
    this.#travel(way, text);
    if (!random.chance(0.05)) return;
    witness({ what: 'fault', fault: 'duplicate' });
    if (way === 'down') this.#transit += text.length;
    this.#travel(way, text);
  }

  #travel(way: Way, text: string): void {
    const { time, witness } = this.#network.options;
    const direction = this.#direction(way);
    const due = time.now + this.#delay();
    if (this.#isExposed(text)) {
      if (due < direction.last) witness({ what: 'fault', fault: 'overtake' });
      time.after(due - time.now, () => {
        direction.others.push(text);
        this.#flow(way);
      });
    } else {
      direction.inOrder.push(text);
      time.after(Math.max(due, direction.last) - time.now, () => {
        direction.arrived += 1;
        this.#flow(way);
      });
    }
    direction.last = Math.max(direction.last, due);
  }

  /** Hands over what has arrived, if the way is open. */
  #flow(way: Way): void {
    const direction = this.#direction(way);
    const arrive = (text: string | undefined): void => {
      if (text === undefined) return;
      if (way === 'up') this.#arriveUp(text);
      else this.#arriveDown(text);
    };
    while (direction.arrived > 0 && !this.#isBlocked(way)) {
      direction.arrived -= 1;
      arrive(direction.inOrder.shift());
    }
    while (direction.others.length > 0 && !this.#isBlocked(way)) arrive(direction.others.shift());
  }

  #arriveUp(text: string): void {
    if (!this.isGatewayAlive) {
      // Nobody knows this link here: the system says so.
      this.#later(this.#delay(), () => {
        if (!this.#isDownBlocked && this.#network.options.gateway().isAlive) this.#closeAtPage(CLOSE.abnormal);
      });
      return;
    }
    if (this.#gateway !== 'open') return;
    this.site.tap.upArrived(text, this);
    if (this.#isPaused) this.#unread.push(text);
    else this.#events?.text(text);
  }

  #arriveDown(text: string): void {
    this.#written(text);
    this.site.deliver(() => {
      if (this.#page !== 'open') return;
      this.site.tap.downArrived(text, this);
      this.connection.received(text);
    });
  }

  #written(text: string): void {
    const isWaiting = this.#transit > SYSTEM_BUFFER_BYTES;
    this.#transit -= text.length;
    if (isWaiting && this.#gateway === 'open' && this.isGatewayAlive) this.#events?.written();
  }

  #closeAtPage(code: number): void {
    if (this.#page === 'closed') return;
    this.site.deliver(() => {
      if (this.#page === 'closed') return;
      this.#page = 'closed';
      this.#forgetIfOver();
      this.site.tap.closed(this, code);
      this.connection.closed(code);
    });
  }

  #closeAtGateway(code: number): void {
    if (this.#gateway === 'none' || this.#gateway === 'closed') return;
    this.#gateway = 'closed';
    this.#forgetIfOver();
    if (this.isGatewayAlive) this.#events?.closed(code);
  }

  #forgetIfOver(): void {
    if (this.#page === 'closed' && (this.#gateway === 'closed' || this.#gateway === 'none'))
      this.#network.links.delete(this);
  }

  /** Behind everything that is on its way in this direction. */
  #after(way: Way, act: () => void): void {
    const { time } = this.#network.options;
    const direction = this.#direction(way);
    direction.last = Math.max(direction.last, time.now + this.#delay());
    time.after(direction.last - time.now, act);
  }

  #later(ms: number, act: () => void): void {
    this.#network.options.time.after(ms, act);
  }

  #delay(): number {
    return this.#network.options.random.between(5, 85);
  }
}
