// What a real page tells the link.
import { expect } from '@open-wc/testing';
import type { Subscription } from 'rxjs';
import { HIDDEN_MS, wakeSignals } from '../../../src/sdk/network/wake.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { HandClock } from '../../support/hand-clock.ts';

describe('wake signals', () => {
  let clock: HandClock;
  let heard: WakeSignal[];
  let listening: Subscription;
  let isHandheld: boolean;

  const show = (state: DocumentVisibilityState): void => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };

  beforeEach(() => {
    clock = new HandClock();
    heard = [];
    isHandheld = true;
    listening = wakeSignals(clock, () => isHandheld).subscribe((signal) => heard.push(signal));
  });
  afterEach(() => {
    listening.unsubscribe();
    delete (document as { visibilityState?: unknown }).visibilityState;
    delete (navigator as { connection?: unknown }).connection;
  });

  it('wake when the page is shown, looked at or thawed, and sleep when it is left or frozen', () => {
    show('hidden');
    expect(heard).to.deep.equal([]);
    show('visible');
    window.dispatchEvent(new Event('focus'));
    document.dispatchEvent(new Event('freeze'));
    document.dispatchEvent(new Event('resume'));
    window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    expect(heard).to.deep.equal(['wake', 'wake', 'sleep', 'wake', 'sleep', 'wake']);
  });

  it('take no notice of the first pageshow, which belongs to the load', () => {
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
    expect(heard).to.deep.equal([]);
  });

  it('tell of another network, and doubt the link when there is none', () => {
    window.dispatchEvent(new Event('online'));
    window.dispatchEvent(new Event('offline'));
    show('hidden');
    window.dispatchEvent(new Event('offline'));
    expect(heard).to.deep.equal(['network', 'wake']);
  });

  it('tell of a change from Wi-Fi to cellular, not of each new estimate of its speed', () => {
    listening.unsubscribe();
    const connection = Object.assign(new EventTarget(), { type: 'wifi' });
    Object.defineProperty(navigator, 'connection', { value: connection, configurable: true });
    listening = wakeSignals(clock).subscribe((signal) => heard.push(signal));
    connection.dispatchEvent(new Event('change'));
    expect(heard).to.deep.equal([]);
    connection.type = 'cellular';
    connection.dispatchEvent(new Event('change'));
    connection.dispatchEvent(new Event('change'));
    expect(heard).to.deep.equal(['network']);
  });

  it('sleep after five minutes without being seen, on what is held in a hand', () => {
    show('hidden');
    clock.advance(HIDDEN_MS - 1);
    expect(heard).to.deep.equal([]);
    clock.advance(1);
    expect(heard).to.deep.equal(['sleep']);
    // Woken by the network while nobody looks: not for longer than before.
    window.dispatchEvent(new Event('online'));
    clock.advance(HIDDEN_MS);
    expect(heard).to.deep.equal(['sleep', 'network', 'sleep']);
    show('visible');
    expect(clock.waiting).to.equal(0);
  });

  it('begin the five minutes anew when the page was seen in between', () => {
    show('hidden');
    clock.advance(HIDDEN_MS - 1);
    show('visible');
    show('hidden');
    clock.advance(HIDDEN_MS - 1);
    expect(heard).to.deep.equal(['wake']);
  });

  it('let a desktop tab stay live for its sound and badge', () => {
    isHandheld = false;
    show('hidden');
    clock.advance(10 * HIDDEN_MS);
    expect(heard).to.deep.equal([]);
  });

  it('leave nothing behind', () => {
    show('hidden');
    listening.unsubscribe();
    expect(clock.waiting).to.equal(0);
    window.dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('freeze'));
    expect(heard).to.deep.equal([]);
  });
});
