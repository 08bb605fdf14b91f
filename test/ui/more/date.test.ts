// The day of what is seen, while one scrolls.
import { expect } from '@open-wc/testing';
import { dayText } from '../../../src/ui/time.ts';
import { clients, newOpenChat, settled, useFakeClients, useRealClients, windowOf } from '../../support/chat-fixture.ts';
import { until } from '../../support/until.ts';

const DAY_MS = 86_400_000;

describe('the day of what is seen', () => {
  beforeEach(useFakeClients);
  afterEach(useRealClients);

  it('is told in full where one points at a time', async () => {
    const chat = await newOpenChat();
    clients[0]!.current().receive('Hello', { at: new Date(2026, 2, 9, 14, 32).getTime() });
    await settled(chat);
    const list = windowOf(chat)!.shadowRoot!.querySelector('kefu-message-list')!;
    await list.updateComplete;
    const time = list.shadowRoot!.querySelector('kefu-message')!.shadowRoot!.querySelector('time')!;
    expect(time.title).to.equal('');
    time.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, composed: true }));
    expect(time.title).to.match(/^Monday, March 9, 2026 at 2:32/);
  });

  it('stands over the messages while one scrolls, and not at the end', async () => {
    const chat = await newOpenChat();
    const conversation = clients[0]!.current();
    const now = Date.now();
    for (let n = 0; n < 40; n += 1) conversation.receive(`Message ${n}`, { at: now - (n < 20 ? 400 * DAY_MS : 0) });
    await settled(chat);
    const list = windowOf(chat)!.shadowRoot!.querySelector('kefu-message-list')!;
    await list.updateComplete;
    const scroller = list.shadowRoot!.querySelector('.scroller')!;
    const shown = (): string => {
      const date = windowOf(chat)!.shadowRoot!.querySelector('.date.shown');
      return date?.textContent ?? '';
    };
    expect(shown()).to.equal('');
    scroller.scrollTop = -100;
    // It may be tomorrow by now.
    await until('the day of the newest', () => shown() === dayText('en', now, Date.now()));
    scroller.scrollTop = 150 - scroller.scrollHeight + scroller.clientHeight;
    const year = String(new Date(now - 400 * DAY_MS).getFullYear());
    await until('the day of the oldest', () => shown().includes(year));
    scroller.scrollTop = -scroller.scrollHeight;
    await until('the name of the day is enough', () => shown() === '');
    scroller.scrollTop = 0;
    await until('it goes', () => shown() === '');
  });
});
