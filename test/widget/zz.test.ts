import { nextFrame } from '@open-wc/testing';
import { focusPage } from '../support/focus.ts';
import { clients, inWindow, newChat, settled, useFakeClients, useRealClients, windowOf } from '../support/chat-fixture.ts';
describe('zz', () => {
  before(focusPage);
  beforeEach(useFakeClients);
  afterEach(useRealClients);
  it('x', async () => {
    const chat = await newChat();
    chat.open();
    await settled(chat);
    clients[0]!.current().receive('Seen');
    await settled(chat);
    await nextFrame(); await nextFrame();
    const l = inWindow(chat, 'kefu-message-list') as any;
    console.log('settling', String(l.settling), l.pendingRows?.().length, l.window.size, l.window.start); l.look(); console.log('after look', l.readSeq); console.log(document.hasFocus(), document.visibilityState, getComputedStyle(windowOf(chat)!).visibility, l.scroller?.clientHeight, l.toEnd, l.othersSeq, l.readSeq, innerHeight, JSON.stringify(clients[0]!.current().calls));
  });
});
