// A <kefu-chat> on the page whose clients are fakes.
import { fixture, fixtureCleanup } from '@open-wc/testing';
import { defineWidget } from '../../src/widget/define.ts';
import { KefuChat } from '../../src/widget/kefu-chat.ts';
import type { KefuWindow } from '../../src/widget/kefu-window.ts';
import { FakeClient } from './fake-client.ts';
import { until } from './until.ts';

const realFactory = KefuChat.clientFactory;
const realRing = KefuChat.ring;

/** How often it has rung since {@link useFakeClients}. */
export const rings = { count: 0 };

/** Every client that was made since {@link useFakeClients}. */
export const clients: FakeClient[] = [];

/** Before each test. */
export const useFakeClients = (): void => {
  defineWidget();
  clients.length = 0;
  rings.count = 0;
  KefuChat.ring = () => {
    rings.count += 1;
  };
  KefuChat.clientFactory = (options) => {
    const client = new FakeClient(options);
    clients.push(client);
    return client;
  };
};

/** After each test: takes the elements off the page. */
export const useRealClients = (): void => {
  fixtureCleanup();
  KefuChat.clientFactory = realFactory;
  KefuChat.ring = realRing;
};

export const newChat = (markup = '<kefu-chat server="https://im.example.com" channel="web"></kefu-chat>') =>
  fixture<KefuChat>(markup);

/** A chat that has been opened, with what its second file adds. */
export const newOpenChat = async (attributes = ''): Promise<KefuChat> => {
  const chat = await newChat(`<kefu-chat server="https://im.example.com" lang="en" ${attributes}></kefu-chat>`);
  chat.open();
  await settled(chat);
  await until('the second file is there', () => inWindow(chat, 'kefu-composer').querySelector('[part=target]'));
  return chat;
};

/** Everything inside has shown what it was given. */
export const settled = async (chat: KefuChat): Promise<void> => {
  for (let round = 0; round < 3; round += 1) {
    await chat.updateComplete;
    await windowOf(chat)?.updateComplete;
    await launcherOf(chat)?.updateComplete;
  }
};

export const windowOf = (chat: KefuChat): KefuWindow | null => chat.shadowRoot!.querySelector('kefu-window');

export const launcherOf = (chat: KefuChat) => chat.shadowRoot!.querySelector('kefu-launcher');

export const inWindow = (chat: KefuChat, selector: string): HTMLElement => {
  const found = windowOf(chat)?.shadowRoot?.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`no ${selector} in the window`);
  return found;
};

/** The button of the launcher. */
export const button = (chat: KefuChat): HTMLButtonElement => launcherOf(chat)!.shadowRoot!.querySelector('button')!;
