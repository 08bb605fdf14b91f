// What the second file adds to the place where one writes: formats, quotes, emoji, what the page offers.
import { expect } from '@open-wc/testing';
import { sendKeys, sendMouse } from '@web/test-runner-commands';
import { quoting } from '../../../src/protocol/drafty-writer.ts';
import type { DraftTarget } from '../../../src/ui/draft.ts';
import { clients, newOpenChat, settled, useFakeClients, useRealClients, windowOf } from '../../support/chat-fixture.ts';

const shown = (element: Element): string => element.textContent.replace(/\s+/g, ' ').trim();

const newChat = async (attributes = '') => {
  const chat = await newOpenChat(attributes);
  const composer = windowOf(chat)!.shadowRoot!.querySelector('kefu-composer')!;
  const field = composer.shadowRoot!.querySelector('textarea')!;
  const part = (name: string) => composer.querySelector<HTMLElement>(`[part=${name}]:not([hidden])`);
  const newest = () => {
    const list = clients.at(-1)!.current().messages$.value;
    return list.at(list.length - 1)!;
  };
  return { chat, composer, field, part, newest };
};

describe('writing', () => {
  beforeEach(useFakeClients);
  afterEach(() => {
    useRealClients();
    sessionStorage.clear();
  });

  it('makes formats of shorthand', async () => {
    const { composer, newest } = await newChat();
    composer.value = 'all *sold* out';
    composer.send();
    expect(newest().content).to.deep.equal({ txt: 'all sold out', fmt: [{ at: 4, len: 4, tp: 'ST' }] });
  });

  describe('about a message', () => {
    const target: DraftTarget = { seqid: 7, kind: 'reply', name: 'Anna', excerpt: 'How many?' };
    const newTarget = async (change: Partial<DraftTarget> = {}, value = 'Two') => {
      const chat = await newChat();
      chat.composer.change(value, { ...target, ...change });
      await chat.composer.updateComplete;
      return chat;
    };

    it('shows it, and quotes it in an answer', async () => {
      const { composer, part, newest } = await newTarget();
      expect(shown(part('target')!)).to.equal('AnnaHow many?');
      composer.send();
      expect(newest().head).to.include({ reply: '7' });
      expect(newest().content).to.deep.equal(quoting('Anna', 'How many?', 'Two'));
      await composer.updateComplete;
      expect(part('target')).to.equal(null);
    });

    it('quotes nothing in an edit', async () => {
      const { composer, part, newest } = await newTarget({ kind: 'edit' });
      expect(shown(part('target')!)).to.equal('Edit messageHow many?');
      composer.send();
      expect(newest().head).to.include({ replace: ':7' });
      expect(newest().content).to.equal('Two');
    });

    it('is left by Escape, which goes no further, or by its button', async () => {
      const { chat, composer, part, field } = await newTarget();
      composer.focus();
      await sendKeys({ press: 'Escape' });
      await settled(chat);
      expect(part('target')).to.equal(null);
      expect(composer.value).to.equal('Two');
      expect(chat.opened).to.equal(true);
      composer.change('Three', { ...target, kind: 'edit' });
      await composer.updateComplete;
      part('target')!.querySelector('button')!.click();
      expect(composer).to.include({ value: '', target: undefined });
      expect(composer.shadowRoot!.activeElement).to.equal(field);
    });

    it('is there again when the page is loaded anew', async () => {
      const { chat } = await newTarget();
      chat.destroy();
      const again = await newChat();
      expect(shown(again.part('target')!)).to.equal('AnnaHow many?');
      expect(again.composer.value).to.equal('Two');
    });
  });

  describe('emoji', () => {
    const newPicker = async () => {
      const chat = await newChat();
      chat.composer.value = 'ab';
      await chat.composer.updateComplete;
      const button = chat.part('emoji-button')!;
      const all = () => [...chat.part('emoji')!.querySelectorAll('button')];
      return { ...chat, button, all };
    };

    it('are not there until they are wanted, and leave by Escape, which goes no further', async () => {
      const { chat, composer, button, part, field } = await newPicker();
      expect(part('emoji')).to.equal(null);
      button.click();
      expect(button.ariaExpanded).to.equal('true');
      part('emoji')!.querySelector('button')!.focus();
      await sendKeys({ press: 'Escape' });
      expect(part('emoji')).to.equal(null);
      expect(button.ariaExpanded).to.equal('false');
      expect(chat.opened).to.equal(true);
      expect(composer.shadowRoot!.activeElement).to.equal(field);
    });

    it('go where the cursor is, the focus stays where it was, and sending closes them', async () => {
      const { chat, composer, button, part, all, field } = await newPicker();
      composer.focus();
      field.setSelectionRange(1, 1);
      button.click();
      await settled(chat);
      const smile = all().find((one) => shown(one) === '🙂')!;
      smile.scrollIntoView({ block: 'nearest' });
      const { left, top, width, height } = smile.getBoundingClientRect();
      await sendMouse({ type: 'click', position: [Math.round(left + width / 2), Math.round(top + height / 2)] });
      all()
        .find((one) => shown(one) === '👍')!
        .click();
      expect(field.value).to.equal('a🙂👍b');
      expect(composer.value).to.equal('a🙂👍b');
      expect(clients.at(-1)!.current().calls).to.include('typing');
      expect(composer.shadowRoot!.activeElement).to.equal(field);
      composer.send();
      expect(part('emoji')).to.equal(null);
    });

    it('can be walked through with the arrow keys, and only one is in the tab order', async () => {
      const { button, all } = await newPicker();
      button.click();
      expect(all().filter((one) => one.tabIndex === 0)).to.have.length(1);
      all()[0]!.focus();
      for (const [key, at] of [
        ['ArrowRight', 1],
        ['ArrowDown', 9],
        ['ArrowLeft', 8],
        ['ArrowUp', 0],
        ['ArrowUp', 0],
      ] as const) {
        await sendKeys({ press: key });
        expect(
          all().findIndex((one) => one.matches(':focus')),
          key,
        ).to.equal(at);
      }
    });

    it('are each one character, and different', async () => {
      const { button, all } = await newPicker();
      button.click();
      const texts = all().map(shown);
      expect(new Set(texts).size).to.equal(texts.length);
      for (const text of texts) expect(text).to.match(/^\p{Emoji}$/u);
    });

    it('are not offered where the page wants none', async () => {
      const { part } = await newChat('no-emoji');
      expect(part('emoji-button')).to.equal(null);
    });
  });

  describe('what the page offers', () => {
    const kettle = { title: 'Kettle', price: '¥129', picture: '/demo/favicon.svg', url: '/kettle' };

    it('is a product, sent with one tap', async () => {
      const { chat, part, newest } = await newChat();
      expect(part('offer')).to.equal(null);
      chat.setProduct(kettle);
      await settled(chat);
      expect(shown(part('offer')!)).to.contain('Kettle');
      part('offer-send')!.click();
      expect(part('offer')).to.equal(null);
      const { ent } = newest().content as { ent: readonly [{ tp: string; data: object }] };
      expect(newest().head).to.include({ mime: 'text/x-drafty' });
      expect(ent[0].tp).to.equal('x-kefu-product');
      expect(ent[0].data).to.deep.equal({
        ...kettle,
        picture: new URL('/demo/favicon.svg', document.baseURI).href,
        url: new URL('/kettle', document.baseURI).href,
      });
    });

    it('is an order by open(), one at a time, nothing when there is nothing to show or it was declined', async () => {
      const { chat, part } = await newChat();
      const offered = async (): Promise<string | undefined> => {
        await settled(chat);
        const offer = part('offer');
        return offer ? shown(offer) : undefined;
      };
      chat.open({ order: { id: '1024' } });
      expect(await offered()).to.contain('Order 1024');
      chat.setProduct(kettle);
      expect(await offered()).to.contain('Kettle');
      part('offer')!.querySelector<HTMLElement>('.icon')!.click();
      expect(await offered()).to.equal(undefined);
      for (const odd of [{}, { title: 7 }] as object[]) {
        chat.product = odd;
        expect(await offered()).to.equal(undefined);
      }
      chat.product = { title: 'x', url: 'http://[', picture: 8 } as object;
      expect(await offered()).to.contain('x');
      chat.setProduct();
      expect(await offered()).to.equal(undefined);
    });

    it('may stand in an attribute; what is no JSON offers nothing', async () => {
      const { chat, part } = await newChat(`product='{"title":"Kettle"}'`);
      expect(shown(part('offer')!)).to.contain('Kettle');
      chat.setAttribute('product', '{nonsense');
      await settled(chat);
      expect(part('offer')).to.equal(null);
    });
  });

  it('is accessible with emoji, a target and an offer', async () => {
    for (const theme of ['light', 'dark']) {
      const { chat, composer, part } = await newChat(`theme="${theme}"`);
      chat.setProduct({ title: 'Kettle', price: '¥129' });
      composer.change('', { seqid: 7, kind: 'reply', name: 'Anna', excerpt: 'How many?' });
      part('emoji-button')!.click();
      await settled(chat);
      expect(windowOf(chat)).to.not.equal(null);
      await expect(chat).to.be.accessible();
      chat.destroy();
    }
  });
});
