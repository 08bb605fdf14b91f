// <kefu-message>: what one row shows.
import { expect, html } from '@open-wc/testing';
import type { Message, MessageState } from '../../src/sdk/app/model.ts';
import type { KefuMessage } from '../../src/ui/kefu-message.ts';
import type { DiscardRequestEvent, RetryRequestEvent } from '../../src/ui/request-events.ts';
import { inFace, inside, shownTextOf } from '../support/face-fixture.ts';
import { HandClock } from '../support/hand-clock.ts';
import { anna, newDraft, newMessage, NOON } from '../support/messages.ts';

const newRow = async (message: Message, state?: MessageState, theme: 'light' | 'dark' = 'light') => {
  const clock = new HandClock();
  const face = await inFace<KefuMessage>(
    html`<kefu-message
      lang="en"
      .clock=${clock}
      .message=${message}
      .state=${state}
      .sender=${message.own ? undefined : anna}
    ></kefu-message>`,
    theme,
  );
  const row = face.element;
  const has = (selector: string) => row.shadowRoot!.querySelector(selector) !== null;
  return { ...face, row, clock, has, bubble: inside(row, '[part~=bubble]') };
};

const own = (state: MessageState) => newMessage(7, { own: true, state, content: 'Mine' });
const receipt = (row: KefuMessage) => shownTextOf(row.shadowRoot!.querySelector('[part~=receipt]'));

describe('kefu-message', () => {
  describe('text', () => {
    const textOf = (bubble: Element) => bubble.querySelector('.text')!.textContent;

    it('is text and nothing else, white space included', async () => {
      const content = '<img src=x onerror=alert(1)>\n  two  spaces\n\tand a tab &amp;';
      const { bubble } = await newRow(newMessage(1, { content }));
      expect(textOf(bubble)).to.equal(content);
      expect(bubble.querySelector('img')).to.equal(null);
      expect(getComputedStyle(bubble.querySelector('.text')!).whiteSpaceCollapse).to.equal('preserve');
    });

    it('links what is safe to follow', async () => {
      const { bubble } = await newRow(newMessage(1, { content: 'see https://a.example/b, not javascript:alert(1)' }));
      const links = [...bubble.querySelectorAll('a')];
      expect(links.map((link) => link.href)).to.deep.equal(['https://a.example/b']);
      expect(links[0]!.rel).to.equal('noopener noreferrer');
      expect(links[0]!.target).to.equal('_blank');
      expect(textOf(bubble)).to.equal('see https://a.example/b, not javascript:alert(1)');
    });

    it('shows the text of a Drafty document, and says when there is nothing that it can show', async () => {
      const { bubble } = await newRow(newMessage(1, { content: { txt: 'From elsewhere', fmt: [] } }));
      expect(textOf(bubble)).to.equal('From elsewhere');
      const { bubble: odd } = await newRow(newMessage(1, { content: { ent: [] } }));
      expect(shownTextOf(odd)).to.contain('This message can’t be shown here.');
    });

    it('runs in its own direction', async () => {
      const { bubble } = await newRow(newMessage(1, { content: 'مرحبا' }));
      expect(getComputedStyle(bubble).direction).to.equal('rtl');
    });

    it('is never wider than the row, however long its words', async () => {
      const { row, bubble } = await newRow(newMessage(1, { content: 'x'.repeat(500) }));
      expect(bubble.getBoundingClientRect().right).to.be.at.most(row.getBoundingClientRect().right);
      expect(row.scrollWidth).to.equal(row.clientWidth);
    });

    it('shows a few emoji large', async () => {
      const size = async (content: string) => {
        const { bubble } = await newRow(newMessage(1, { content }));
        return parseFloat(getComputedStyle(bubble.querySelector('.text')!).fontSize);
      };
      expect(await size('🎉')).to.be.above(2 * (await size('Hooray 🎉')));
    });
  });

  describe('the state of an own message', () => {
    it('is a tick, two ticks, two coloured ticks, each with a word', async () => {
      const colours: string[] = [];
      for (const [state, word] of [
        ['sent', 'Sent'],
        ['delivered', 'Delivered'],
        ['read', 'Read'],
      ] as const) {
        const { row } = await newRow(own('sent'), state);
        expect(receipt(row)).to.equal(word);
        colours.push(getComputedStyle(inside(row, '.tick')).color);
      }
      expect(colours[0]).to.equal(colours[1]);
      expect(colours[2]).not.to.equal(colours[1]);
    });

    it('is nothing for 300 ms, then a clock, and after 10 s it waits for the network', async () => {
      for (const state of ['draft', 'queued', 'sending'] as const) {
        const { row, clock, has } = await newRow(newDraft('a', { state }));
        expect(receipt(row)).to.equal('');
        clock.advance(299);
        await row.updateComplete;
        expect(has('[part~=receipt]')).to.equal(false);
        clock.advance(1);
        await row.updateComplete;
        expect(receipt(row)).to.equal('Sending');
        clock.advance(9_700);
        await row.updateComplete;
        expect(shownTextOf(inside(row, '.waiting'))).to.equal('Waiting for network');
        expect(has('.failure')).to.equal(false);
        expect(clock.waiting).to.equal(0);
      }
    });

    it('P7: says that the page must stay open when this device could not keep the message', async () => {
      const { row, clock } = await newRow(newDraft('a', { state: 'queued', volatile: true }));
      clock.advance(10_000);
      await row.updateComplete;
      expect(shownTextOf(inside(row, '.waiting'))).to.contain('Keep this page open');
    });

    it('keeps the place of the tick, so that the text does not move when it comes', async () => {
      const { row, bubble } = await newRow(newDraft('a', { content: 'Short' }));
      const before = bubble.getBoundingClientRect().width;
      row.message = newMessage(1, { ...newDraft('a', { content: 'Short' }), seqid: 1, state: 'sent' });
      await row.updateComplete;
      expect(bubble.getBoundingClientRect().width).to.be.closeTo(before, 0.5);
    });

    it('leaves no timer behind', async () => {
      const { row, clock } = await newRow(newDraft('a'));
      expect(clock.waiting).to.equal(1);
      const parent = row.parentElement!;
      row.remove();
      expect(clock.waiting).to.equal(0);
      clock.advance(20_000);
      parent.append(row);
      await row.updateComplete;
      expect(shownTextOf(inside(row, '.waiting'))).to.equal('Waiting for network');
    });

    it('moves nothing, from the first frame to the tick, and takes no room from the text', async () => {
      const long = 'Long enough to fill the bubble from side to side';
      for (const lang of ['en', 'zh-CN']) {
        for (const content of ['Hi', long, `${long}, ${long}`, 'x'.repeat(200), '🎉']) {
          const { row, clock, bubble } = await newRow(newDraft('a', { content }));
          row.lang = lang;
          await row.updateComplete;
          const boxes = () =>
            [row, bubble, inside(row, '.text'), inside(row, 'time')].map((box) => {
              const { x, y, width, height } = box.getBoundingClientRect();
              return [x, y, width, height];
            });
          const before = boxes();
          for (const ms of [300, 9_700]) {
            clock.advance(ms);
            await row.updateComplete;
            expect(boxes(), `${content} after ${ms} ms more`).to.deep.equal(before);
          }
          const [waiting, host] = [inside(row, '.waiting').getBoundingClientRect(), row.getBoundingClientRect()];
          expect(waiting.right).to.be.at.most(bubble.getBoundingClientRect().left);
          expect(waiting.left).to.be.at.least(host.left);
          expect(waiting.top, content).to.be.at.least(host.top);
          row.message = newMessage(1, { ...newDraft('a', { content }), seqid: 1, state: 'sent' });
          await row.updateComplete;
          expect(boxes(), content).to.deep.equal(before);
        }
      }
    });

    it('is not shown for messages of others', async () => {
      const { has } = await newRow(newMessage(1), 'sent');
      expect(has('[part~=receipt]')).to.equal(false);
    });
  });

  describe('a message that was not sent', () => {
    it('says why it was refused, and can be removed', async () => {
      const { row, requests } = await newRow(newDraft('a', { state: 'refused', reason: 'Blocked by policy' }));
      const failure = inside(row, '.failure');
      expect(shownTextOf(failure)).to.equal('Not sent: Blocked by policy Remove');
      expect(row.shadowRoot!.querySelector('[part~=failed]')).not.to.equal(null);
      failure.querySelector('button')!.click();
      expect((requests[0] as DiscardRequestEvent).type).to.equal('kefu-discard-request');
      expect((requests[0] as DiscardRequestEvent).key).to.equal('a');
    });

    it('has words for the reasons of the gateway, and says no more than it knows', async () => {
      const failureOf = async (reason: string | undefined) =>
        shownTextOf(inside((await newRow(newDraft('a', { state: 'refused', reason }))).row, '.failure span'));
      expect(await failureOf('words')).to.equal('Not sent: it has words that aren’t allowed here');
      expect(await failureOf('')).to.equal('Not sent');
      expect(await failureOf(undefined)).to.equal('Not sent');
    });

    it('can be sent again when its day is over', async () => {
      const { row, requests } = await newRow(newDraft('a', { state: 'expired', at: NOON - 90_000_000 }));
      const [retry, remove] = [...row.shadowRoot!.querySelectorAll<HTMLButtonElement>('.failure button')];
      retry!.click();
      remove!.click();
      expect(requests.map(({ type }) => type)).to.deep.equal(['kefu-retry-request', 'kefu-discard-request']);
      expect((requests[0] as RetryRequestEvent).key).to.equal('a');
    });
  });

  it('names the sender once in a group, and shows the face at its end', async () => {
    const { row, has } = await newRow(newMessage(1));
    expect(shownTextOf(inside(row, '.name'))).to.equal('Anna Berg');
    expect(has('kefu-avatar')).to.equal(true);
    row.first = false;
    row.last = false;
    await row.updateComplete;
    expect(has('.name')).to.equal(false);
    expect(has('kefu-avatar')).to.equal(false);
  });

  it('stands on its own side, in both directions of writing', async () => {
    const sideOf = async (message: Message, dir: 'ltr' | 'rtl') => {
      const { row, bubble } = await newRow(message, 'sent');
      row.parentElement!.dir = dir;
      const [outer, inner] = [row.getBoundingClientRect(), bubble.getBoundingClientRect()];
      return inner.left - outer.left > outer.right - inner.right ? 'right' : 'left';
    };
    expect(await sideOf(own('sent'), 'ltr')).to.equal('right');
    expect(await sideOf(newMessage(1), 'ltr')).to.equal('left');
    expect(await sideOf(own('sent'), 'rtl')).to.equal('left');
    expect(await sideOf(newMessage(1), 'rtl')).to.equal('right');
  });

  it('is accessible in every state and both themes', async () => {
    for (const theme of ['light', 'dark'] as const) {
      for (const state of ['draft', 'sent', 'delivered', 'read', 'refused', 'expired'] as const) {
        const { row, clock } = await newRow(own(state), state, theme);
        clock.advance(400);
        await row.updateComplete;
        await expect(row).to.be.accessible();
      }
      const { row } = await newRow(newMessage(1, { content: 'With a link: https://a.example' }), 'sent', theme);
      await expect(row).to.be.accessible();
    }
  });
});
