// What a screen reader is told of a conversation.
import { expect } from '@open-wc/testing';
import { user } from '../../support/fake-client.ts';
import { clients, newOpenChat, settled, useFakeClients, useRealClients, windowOf } from '../../support/chat-fixture.ts';

describe('what is said of a conversation', () => {
  beforeEach(useFakeClients);
  afterEach(useRealClients);

  it('is what arrives, in words', async () => {
    const chat = await newOpenChat();
    const conversation = clients[0]!.current();
    const list = windowOf(chat)!.shadowRoot!.querySelector('kefu-message-list')!;
    const status = list.shadowRoot!.querySelector('.sr[role=status]')!;
    conversation.users.set('usrAgent', user('usrAgent', 'Anna Berg'));
    const say = async (...texts: string[]): Promise<string> => {
      for (const text of texts) conversation.receive(text);
      await settled(chat);
      await list.updateComplete;
      return status.textContent;
    };
    expect(await say('History')).to.equal('');
    expect(await say('Hello')).to.equal('Anna Berg: Hello');
    expect(await say('Hello'), 'the same words are said again').to.equal('Anna Berg: Hello\u200b');
    expect(await say('1', '2', '3', '4')).to.equal('4 new messages');
    conversation.send('Own');
    await settled(chat);
    expect(status.textContent).to.equal('4 new messages');
  });
});
