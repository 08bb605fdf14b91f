// Files in a conversation on the screen: chosen, pasted, dropped, recorded, looked at.
import { expect } from '@open-wc/testing';
import { sendKeys, sendMouse } from '@web/test-runner-commands';
import { defineWidget } from '../../../src/widget/define.ts';
import { KefuChat } from '../../../src/widget/kefu-chat.ts';
import { isAccepted } from '../../../src/ui/more/choose-files.ts';
import { previewOf } from '../../../src/ui/more/record-voice.ts';
import { FakeClient } from '../../support/fake-client.ts';
import type { FakeConversation } from '../../support/fake-client.ts';
import { picture } from '../../support/pictures.ts';
import { until } from '../../support/until.ts';

defineWidget();

let client: FakeClient;
let chat: KefuChat;
let conversation: FakeConversation;
const { clientFactory } = KefuChat;

const chatWindow = (): HTMLElement => chat.shadowRoot!.querySelector('kefu-window')!;
const composer = (): HTMLElement => chatWindow().shadowRoot!.querySelector('kefu-composer')!;
const tool = (part: string): HTMLElement | null => composer().querySelector(`[part=${part}]`);
const chooser = (): HTMLInputElement => composer().querySelector('input[type=file]')!;
const dialog = (): HTMLDialogElement | undefined =>
  [...chat.shadowRoot!.children].flatMap((child) => child.shadowRoot?.querySelector('dialog') ?? []).at(-1);
const inDialog = (selector: string): HTMLElement | null => dialog()?.querySelector<HTMLElement>(selector) ?? null;
const rows = (): string[] =>
  [...(dialog()?.querySelectorAll('li') ?? [])].map((row) => row.querySelector('.about')!.textContent);
const sent = (): string[] => conversation.calls.filter((call) => call.startsWith('sendFile'));
const button = (name: string): HTMLButtonElement =>
  [...dialog()!.querySelectorAll('button')].find(
    (one) => (one.getAttribute('aria-label') ?? one.textContent) === name,
  )!;

const transfer = (...files: File[]): DataTransfer => {
  const data = new DataTransfer();
  for (const file of files) data.items.add(file);
  return data;
};
const choose = (...files: File[]): void => {
  chooser().files = transfer(...files).files;
  chooser().dispatchEvent(new Event('change', { bubbles: true }));
};
const ready = (): Promise<unknown> => until('the files are ready', () => inDialog('.main:enabled'));
const text = (name: string): File => new File(['hello'], name, { type: 'text/plain' });

describe('files in a conversation', () => {
  beforeEach(async () => {
    KefuChat.clientFactory = (options) => (client = new FakeClient(options));
    chat = document.createElement('kefu-chat');
    chat.lang = 'en';
    document.body.append(chat);
    chat.open();
    await until('the buttons are there', () => chat.shadowRoot?.querySelector('kefu-window') && tool('attach'));
    client.link('online');
    conversation = client.current();
  });
  afterEach(() => {
    chat.destroy();
    KefuChat.clientFactory = clientFactory;
  });

  it('are shown before they are sent, and can be left out', async () => {
    let clicks = 0;
    chooser().addEventListener('click', (event) => {
      event.preventDefault();
      clicks += 1;
    });
    tool('attach')!.click();
    expect(clicks).to.equal(1, 'in the tap itself');
    choose(await picture(40, 30), text('a.txt'), text('b.txt'));
    await ready();
    expect(dialog()!.querySelector('h2')!.textContent).to.equal('Send 3 files');
    expect(inDialog('img.thumb')!.getAttribute('src')).to.match(/^blob:/);
    button('Remove a.txt').click();
    expect(dialog()!.querySelector('h2')!.textContent).to.equal('Send 2 files');
    button('Send').click();
    await until('they are sent', () => sent().length === 2);
    expect(sent()).to.deep.equal(['sendFile cat.png', 'sendFile b.txt']);
    expect(dialog()).to.equal(undefined);
  });

  it('are not sent when the visitor leaves the sheet', async () => {
    choose(text('a.txt'));
    await ready();
    await sendKeys({ press: 'Escape' });
    await until('it is closed', () => !dialog());
    expect(sent()).to.deep.equal([]);
    expect(chat.opened).to.equal(true, 'the window stays');
  });

  it('that the page or the browser does not take are named, and the others go', async () => {
    chat.setAttribute('accept', 'image/*,.txt');
    chat.setAttribute('max-file-size', '0.001');
    const large = new File([new Uint8Array(2_000)], 'large.txt', { type: 'text/plain' });
    choose(
      new File(['%PDF'], 'a.pdf', { type: 'application/pdf' }),
      large,
      new File(['<html>'], 'evil.png', { type: 'image/png' }),
      text('b.txt'),
    );
    await ready();
    expect(rows().map((row) => row.replace(/\s+/g, ' '))).to.deep.equal([
      'a.pdfFiles of this kind can’t be sent',
      'large.txtToo large: 1 kB at most',
      'evil.pngThis browser can’t read the format. Choose a JPEG or PNG.',
      'b.txt5 byte',
    ]);
    button('Send').click();
    await until('it is sent', () => sent().length > 0);
    expect(sent()).to.deep.equal(['sendFile b.txt']);
  });

  it('are pasted and dropped; texts are not', async () => {
    const paste = (data: DataTransfer): boolean =>
      composer().dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, composed: true, cancelable: true }),
      );
    const words = new DataTransfer();
    words.setData('text/plain', 'words');
    expect(paste(words)).to.equal(true);
    expect(paste(transfer(text('a.txt')))).to.equal(false);
    await ready();
    button('Send').click();
    await until('it is sent', () => sent().length === 1);

    const drag = (type: string, data: DataTransfer): boolean =>
      composer().dispatchEvent(
        new DragEvent(type, { dataTransfer: data, bubbles: true, composed: true, cancelable: true }),
      );
    expect(drag('dragover', words)).to.equal(true);
    expect(drag('dragover', transfer(text('b.txt')))).to.equal(false);
    expect(chatWindow().hasAttribute('dropping')).to.equal(true);
    expect(drag('drop', transfer(text('b.txt')))).to.equal(false);
    expect(chatWindow().hasAttribute('dropping')).to.equal(false);
    await ready();
    button('Send').click();
    await until('it is sent', () => sent().length === 2);
  });

  it('are not offered where the page wants none', async () => {
    chat.toggleAttribute('no-upload', true);
    await until('the buttons are gone', () => !tool('attach'));
    const event = new DragEvent('dragover', { dataTransfer: transfer(text('a')), bubbles: true, cancelable: true });
    expect(chatWindow().dispatchEvent(event)).to.equal(true, 'they are the page’s');
    chat.removeAttribute('no-upload');
    await until('the buttons are back', () => tool('attach'));
  });

  it('are recorded, with their loudness over time', async () => {
    const audio = new AudioContext();
    const stream = audio.createMediaStreamDestination();
    const tone = new OscillatorNode(audio);
    tone.connect(stream);
    tone.start();
    const { getUserMedia } = navigator.mediaDevices;
    navigator.mediaDevices.getUserMedia = () => Promise.resolve(stream.stream);
    try {
      tool('record')!.click();
      await ready();
      expect(dialog()!.querySelectorAll('.bars i').length).to.be.greaterThan(1);
      button('Send').click();
      await until('it is sent', () => sent().length === 1);
    } finally {
      navigator.mediaDevices.getUserMedia = getUserMedia;
      await audio.close();
    }
    expect(sent()[0]).to.match(/^sendFile Voice message\.(weba|m4a|ogg)$/);
    expect(stream.stream.getTracks().every(({ readyState }) => readyState === 'ended')).to.equal(true);
  });

  it('are recorded while the button is held: let go there they are sent, elsewhere not', async () => {
    const audio = new AudioContext();
    const { getUserMedia } = navigator.mediaDevices;
    navigator.mediaDevices.getUserMedia = () => Promise.resolve(audio.createMediaStreamDestination().stream);
    try {
      const { left, top } = tool('record')!.getBoundingClientRect();
      const place: [number, number] = [Math.round(left) + 8, Math.round(top) + 8];
      const hold = async (): Promise<void> => {
        await sendMouse({ type: 'move', position: place });
        await sendMouse({ type: 'down' });
        await ready();
        expect(dialog()!.querySelector('h2')!.textContent).to.contain('let go to send');
      };
      await hold();
      await sendMouse({ type: 'move', position: [place[0] - 200, place[1] - 100] });
      await sendMouse({ type: 'up' });
      await until('it is left', () => !dialog());
      expect(sent()).to.deep.equal([]);
      await hold();
      await sendMouse({ type: 'up' });
      await until('it is sent', () => sent().length === 1);
      expect(dialog()).to.equal(undefined);
    } finally {
      navigator.mediaDevices.getUserMedia = getUserMedia;
      await audio.close();
    }
  });

  it('are not recorded without leave, which is said', async () => {
    const { getUserMedia } = navigator.mediaDevices;
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    try {
      tool('record')!.click();
      await until('it says so', () => dialog()?.textContent.includes('The microphone can’t be used'));
      button('Cancel').click();
      await until('it is closed', () => !dialog());
    } finally {
      navigator.mediaDevices.getUserMedia = getUserMedia;
    }
    expect(sent()).to.deep.equal([]);
  });

  it('are looked at full screen: each image in turn, closer, and back to where the focus was', async () => {
    const urls = new Map<string, string>();
    for (const n of [1, 2, 3]) {
      const file = await picture(300, 200);
      const ref = `/v0/file/s/${String(n).padStart(22, 'A')}.png`;
      urls.set(ref, URL.createObjectURL(file));
      const data = { mime: 'image/png', ref, name: `${n}.png`, width: 300, height: 200, size: file.size };
      conversation.receive({ txt: ' ', fmt: [{ at: 0, len: 1, key: 0 }], ent: [{ tp: 'IM', data }] });
    }
    conversation.resolve$.set((ref) => urls.get(ref));
    const list = chatWindow().shadowRoot!.querySelector('kefu-message-list')!;
    const images = (): HTMLElement[] =>
      [...list.shadowRoot!.querySelectorAll('kefu-message')].flatMap(
        (row) => row.shadowRoot!.querySelector<HTMLElement>('.media') ?? [],
      );
    await until('they are there', () => images().length === 3);
    images()[1]!.focus();
    images()[1]!.click();
    await until('it is open', () => dialog()?.open);
    const place = (): string => inDialog('.bar .about')!.textContent;
    expect(place()).to.contain('2.png').and.to.contain('2 of 3');
    expect(dialog()!.querySelectorAll('img')[1]!.alt).to.equal('2.png');
    await sendKeys({ press: 'ArrowRight' });
    await until('the next one', () => place().includes('3 of 3'));
    expect(button('Next').disabled).to.equal(true);
    button('Previous').click();
    await until('the one before', () => place().includes('2 of 3'));
    const image = dialog()!.querySelectorAll('img')[1]!;
    const before = image.clientWidth;
    button('Zoom').click();
    expect(image.clientWidth).to.be.greaterThan(before * 2);
    image.click();
    expect(image.clientWidth).to.equal(before);
    await sendKeys({ press: 'Escape' });
    await until('it is closed', () => !dialog());
    const row = list.shadowRoot!.activeElement;
    expect(row?.shadowRoot?.activeElement).to.equal(images()[1]);
    for (const url of urls.values()) URL.revokeObjectURL(url);
  });

  it('say how far they are, and can be called off', async () => {
    const file = new File([new Uint8Array(1_000)], 'a.png', { type: 'image/png' });
    const { key } = conversation.sendFile(file, { name: 'a.png' });
    conversation.settle(key, { upload: { loaded: 400, total: 1_000 } });
    const list = chatWindow().shadowRoot!.querySelector('kefu-message-list')!;
    const upload = await until('the ring', () =>
      list.shadowRoot!.querySelector('kefu-message')?.shadowRoot?.querySelector<HTMLElement>('.upload'),
    );
    await until('its progress', () => upload.getAttribute('aria-label') === 'Uploading, 40%. Cancel');
    upload.click();
    expect(conversation.calls).to.include(`discard ${key}`);
  });
});

describe('what may be sent', () => {
  it('is read as a file input reads it', () => {
    const photo = { name: 'Photo.JPG', type: 'image/jpeg' };
    expect(isAccepted(photo, '')).to.equal(true);
    expect(isAccepted(photo, 'image/*')).to.equal(true);
    expect(isAccepted(photo, ' .jpg , .png')).to.equal(true);
    expect(isAccepted(photo, 'image/jpeg')).to.equal(true);
    expect(isAccepted(photo, '.pdf,video/*')).to.equal(false);
  });

  it('has the loudness of a voice in 48 bars at most', () => {
    const bars = (levels: number[]): number[] => [...atob(previewOf(levels))].map((bar) => bar.charCodeAt(0));
    expect(bars([0.1, 0.2, 0.05])).to.deep.equal([128, 255, 64]);
    expect(bars(Array.from({ length: 480 }, (_, n) => n / 480))).to.have.length(48);
    expect(bars(Array.from({ length: 500 }, () => 0))).to.deep.equal(new Array(48).fill(0));
    expect(bars([])).to.deep.equal([]);
  });
});
