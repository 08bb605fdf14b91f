// Voice messages: heard with their waveform, one at a time.
import { expect, fixture } from '@open-wc/testing';
import { sendMouse } from '@web/test-runner-commands';
import type { KefuChat } from '../../../src/widget/kefu-chat.ts';
import { barsOf } from '../../../src/ui/more/kefu-voice.ts';
import type { KefuVoice } from '../../../src/ui/more/kefu-voice.ts';
import { clients, settled, useFakeClients, useRealClients, windowOf } from '../../support/chat-fixture.ts';
import { silence } from '../../support/silence.ts';
import { until } from '../../support/until.ts';

describe('a voice message', () => {
  beforeEach(useFakeClients);
  afterEach(useRealClients);

  const newVoices = async () => {
    const chat = await fixture<KefuChat>('<kefu-chat server="https://im.example.com" lang="en"></kefu-chat>');
    chat.open();
    await settled(chat);
    const conversation = clients[0]!.current();
    const url = URL.createObjectURL(new Blob([silence(4_000)], { type: 'audio/wav' }));
    const preview = btoa(String.fromCharCode(0, 64, 128, 255));
    for (const n of [1, 2]) {
      const data = { mime: 'audio/wav', ref: `/v0/file/s/${n}.wav`, duration: 4_000, preview };
      conversation.receive({ txt: ' ', fmt: [{ at: 0, len: 1, key: 0 }], ent: [{ tp: 'AU', data }] });
    }
    conversation.resolve$.set(() => url);
    const list = windowOf(chat)!.shadowRoot!.querySelector('kefu-message-list')!;
    const voices = (): KefuVoice[] =>
      [...list.shadowRoot!.querySelectorAll('kefu-message')].flatMap(
        (row) => row.shadowRoot!.querySelector<KefuVoice>('kefu-voice') ?? [],
      );
    await until(
      'the players are there',
      () => voices().length === 2 && voices().every((one) => one.shadowRoot?.querySelector('button')),
    );
    const inside = (n: number) => {
      const root = voices()[n]!.shadowRoot!;
      return {
        audio: voices()[n]!.querySelector('audio')!,
        button: root.querySelector('button')!,
        place: root.querySelector('input')!,
        time: () => root.querySelector('span')!.textContent,
        bars: root.querySelector('.wave path')!.getAttribute('d')!.split('M').length - 1,
      };
    };
    return { chat, inside };
  };

  it('shows how long and how loud it is, and plays: one at a time', async () => {
    const { inside } = await newVoices();
    const [first, second] = [inside(0), inside(1)];
    expect(first.bars).to.equal(4);
    expect(first.time()).to.equal('0:04');
    expect(first.button.getAttribute('aria-label')).to.equal('Play');
    const { left, top } = first.button.getBoundingClientRect();
    // A real click: browsers let no page make sounds by itself.
    await sendMouse({ type: 'click', position: [Math.round(left) + 10, Math.round(top) + 10] });
    await until('it plays', () => !first.audio.paused && first.audio.currentTime > 0);
    expect(first.button.getAttribute('aria-label')).to.equal('Pause');
    second.button.click();
    await until('the other plays', () => !second.audio.paused && first.audio.paused);
    expect(first.button.getAttribute('aria-label')).to.equal('Play');
    second.place.value = '500';
    second.place.dispatchEvent(new Event('input'));
    expect(second.audio.currentTime).to.be.closeTo(2, 0.1);
    second.button.click();
    expect(second.audio.paused).to.equal(true);
  });

  it('is accessible', async () => {
    const { chat } = await newVoices();
    await expect(chat).to.be.accessible();
  });

  it('is flat where its loudness is not known', () => {
    for (const odd of [undefined, 7, '', '%'])
      expect(barsOf(odd).every((bar) => bar === 0)).to.equal(true, String(odd));
    expect(barsOf(btoa('\xff\x00'))).to.deep.equal([1, 0]);
    expect(barsOf(btoa('x'.repeat(9_000)))).to.have.length(64);
  });
});
