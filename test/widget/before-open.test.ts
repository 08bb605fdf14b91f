// Before the visitor opens the chat nothing is stored, asked for or connected to: watched where the platform is.
import { expect, fixture, fixtureCleanup } from '@open-wc/testing';
import { defineWidget } from '../../src/widget/define.ts';
import type { KefuChat } from '../../src/widget/kefu-chat.ts';
import { until } from '../support/until.ts';

/** Puts a watcher in place of the methods and constructors; `seen` lists the uses. */
const watchPlatform = (): { seen: string[]; restore: () => void } => {
  const seen: string[] = [];
  const restores: (() => void)[] = [];
  const watch = (target: object, name: string): void => {
    const descriptor = Object.getOwnPropertyDescriptor(target, name)!;
    const original = descriptor.value as object;
    const watcher = new Proxy(original, {
      apply: (to, self, args: unknown[]) => {
        seen.push(name);
        return Reflect.apply(to as () => unknown, self, args) as unknown;
      },
      construct: () => {
        seen.push(name);
        return Object.assign(new EventTarget(), { close: () => {}, send: () => {}, postMessage: () => {} });
      },
    });
    Object.defineProperty(target, name, { ...descriptor, value: watcher });
    restores.push(() => Object.defineProperty(target, name, descriptor));
  };
  for (const name of ['WebSocket', 'EventSource', 'fetch', 'XMLHttpRequest', 'Worker', 'BroadcastChannel'])
    watch(window, name);
  watch(Navigator.prototype, 'sendBeacon');
  for (const name of ['getItem', 'setItem', 'removeItem']) watch(Storage.prototype, name);
  watch(IDBFactory.prototype, 'open');
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')!;
  Object.defineProperty(Document.prototype, 'cookie', { ...cookie, set: () => seen.push('cookie') });
  restores.push(() => Object.defineProperty(Document.prototype, 'cookie', cookie));
  return { seen, restore: () => restores.forEach((undo) => undo()) };
};

describe('kefu-chat before it is opened', () => {
  let platform: ReturnType<typeof watchPlatform>;
  beforeEach(() => {
    platform = watchPlatform();
  });
  afterEach(() => {
    fixtureCleanup();
    platform.restore();
    localStorage.clear();
    sessionStorage.clear();
  });

  it('leaves no trace, in any mode, and goes without one', async () => {
    defineWidget();
    const requests = performance.getEntriesByType('resource').length;
    for (const mode of ['float', 'inline', 'full']) {
      const chat = await fixture<KefuChat>(
        `<kefu-chat server="https://im.example.com" mode="${mode}" theme="host"></kefu-chat>`,
      );
      chat.heading = 'Changed';
      chat.channel = 'changed';
      await chat.updateComplete;
      chat.close();
      dispatchEvent(new PageTransitionEvent('pagehide'));
      document.dispatchEvent(new Event('visibilitychange'));
      await chat.updateComplete;
      chat.remove();
    }
    expect(platform.seen).to.deep.equal([]);
    expect(performance.getEntriesByType('resource').length).to.equal(requests);
  });

  it('opens a socket when it is opened: the watch can see', async () => {
    defineWidget();
    const chat = await fixture<KefuChat>('<kefu-chat server="https://im.example.com"></kefu-chat>');
    chat.open();
    await until('a socket', () => platform.seen.includes('WebSocket'));
    chat.destroy();
  });
});
