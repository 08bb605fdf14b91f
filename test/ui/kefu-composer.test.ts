// <kefu-composer>: what is sent when, and that no text is ever lost.
import { expect, html } from '@open-wc/testing';
import { executeServerCommand, sendKeys, sendMouse } from '@web/test-runner-commands';
import { LIMITS } from '../../src/protocol/limits.ts';
import type { DraftTarget } from '../../src/ui/draft.ts';
import type { KefuComposer } from '../../src/ui/kefu-composer.ts';
import type { DraftEvent, SendRequestEvent } from '../../src/ui/request-events.ts';
import { inFace, inside, shownTextOf } from '../support/face-fixture.ts';
import { until } from '../support/until.ts';

const newComposer = async (content = html`<kefu-composer></kefu-composer>`) => {
  const face = await inFace<KefuComposer>(content);
  const field = inside<HTMLTextAreaElement>(face.element, 'textarea');
  const sent = () =>
    face.requests
      .filter((event): event is SendRequestEvent => event.type === 'kefu-send-request')
      .map(({ content }) => content);
  return {
    ...face,
    composer: face.element,
    field,
    button: inside<HTMLButtonElement>(face.element, 'button.send'),
    sent,
  };
};

const ime = (method: string, payload: object) => executeServerCommand(`cdp:Input.${method}`, payload);

/** A press of Enter as an event, to tell what engines other than this one report. */
const enter = (change: KeyboardEventInit = {}) =>
  new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true, cancelable: true, ...change });

describe('kefu-composer', () => {
  describe('sending', () => {
    it('sends on Enter, empties the field and keeps the focus', async () => {
      const { composer, field, sent, asked } = await newComposer();
      composer.focus();
      await sendKeys({ type: 'Hello there' });
      await sendKeys({ press: 'Enter' });
      await composer.updateComplete;
      expect(sent()).to.deep.equal(['Hello there']);
      expect(field.value).to.equal('');
      expect(composer.value).to.equal('');
      expect(composer.shadowRoot!.activeElement).to.equal(field);
      expect(asked().at(-1)).to.equal('kefu-draft');
    });

    it('asks inside the key press', async () => {
      const { composer, field, sent } = await newComposer();
      composer.value = 'now';
      await composer.updateComplete;
      field.dispatchEvent(enter());
      expect(sent()).to.deep.equal(['now']);
    });

    it('starts a new line on Shift+Enter', async () => {
      const { composer, field, sent } = await newComposer();
      composer.focus();
      await sendKeys({ type: 'one' });
      await sendKeys({ down: 'Shift' });
      await sendKeys({ press: 'Enter' });
      await sendKeys({ up: 'Shift' });
      await sendKeys({ type: 'two' });
      expect(field.value).to.equal('one\ntwo');
      await sendKeys({ press: 'Enter' });
      expect(sent()).to.deep.equal(['one\ntwo']);
    });

    it('sends by the button, which takes the focus from nobody', async () => {
      const { composer, field, button, sent } = await newComposer();
      composer.focus();
      await sendKeys({ type: 'By hand' });
      await composer.updateComplete;
      const { left, top, width, height } = button.getBoundingClientRect();
      await sendMouse({ type: 'click', position: [Math.round(left + width / 2), Math.round(top + height / 2)] });
      expect(sent()).to.deep.equal(['By hand']);
      expect(composer.shadowRoot!.activeElement).to.equal(field);
    });

    it('sends no blank, and only what was written', async () => {
      const { composer, button, sent } = await newComposer();
      for (const blank of ['', ' ', '\n\n', '　']) {
        composer.value = blank;
        await composer.updateComplete;
        expect(button.disabled, JSON.stringify(blank)).to.equal(true);
        composer.send();
      }
      composer.value = ' \n\n  indented\n    code\n\n';
      composer.send();
      expect(sent()).to.deep.equal(['  indented\n    code']);
    });

    it('keeps the text when the face does not take it', async () => {
      const { composer, field } = await newComposer();
      composer.addEventListener('kefu-send-request', (event) => event.preventDefault());
      composer.focus();
      await sendKeys({ type: 'precious' });
      await sendKeys({ press: 'Enter' });
      await composer.updateComplete;
      expect(field.value).to.equal('precious');
      expect(composer.value).to.equal('precious');
    });

    it('does nothing while disabled', async () => {
      const { composer, field, button, sent } = await newComposer(
        html`<kefu-composer disabled .value=${'text'}></kefu-composer>`,
      );
      composer.send();
      expect(sent()).to.deep.equal([]);
      expect(field.disabled).to.equal(true);
      expect(button.disabled).to.equal(true);
    });
  });

  describe('input methods', () => {
    it('leaves Enter to a composition', async () => {
      const { composer, field, sent } = await newComposer();
      composer.focus();
      await ime('imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 });
      await until('the composition stands there', () => field.value === 'ni hao');
      await ime('dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 });
      expect(sent()).to.deep.equal([]);
      await ime('insertText', { text: '你好' });
      await until('what was chosen stands there', () => field.value === '你好');
      expect(composer.value).to.equal('你好');
      await sendKeys({ press: 'Enter' });
      expect(sent()).to.deep.equal(['你好']);
    });

    it('is not fooled by any of the ways that engines report that Enter', async () => {
      const { composer, field, sent } = await newComposer();
      composer.value = 'かな';
      await composer.updateComplete;
      field.dispatchEvent(enter({ isComposing: true }));
      field.dispatchEvent(enter({ keyCode: 229 }));
      // Safari: the composition has ended, the key comes after it
      field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, composed: true }));
      field.dispatchEvent(enter());
      expect(sent()).to.deep.equal([]);
      expect(field.value).to.equal('かな');
    });

    it('does not touch the field in the middle of a composition', async () => {
      const { composer, field } = await newComposer();
      composer.focus();
      await ime('imeSetComposition', { text: 'zh', selectionStart: 2, selectionEnd: 2 });
      await until('the composition stands there', () => field.value === 'zh');
      // the face hands the draft back down
      composer.value = 'zh';
      composer.placeholder = 'Other';
      await composer.updateComplete;
      await ime('imeSetComposition', { text: 'zhong', selectionStart: 5, selectionEnd: 5 });
      await until('it goes on', () => field.value === 'zhong');
      await ime('insertText', { text: '中' });
      await until('what was chosen stands there', () => field.value === '中');
    });
  });

  describe('draft and typing', () => {
    it('tells each change, and typing only while there is something', async () => {
      const { composer, requests, asked } = await newComposer();
      composer.focus();
      await sendKeys({ type: 'ab' });
      expect(asked()).to.deep.equal(['kefu-draft', 'kefu-typing', 'kefu-draft', 'kefu-typing']);
      expect((requests[2] as DraftEvent).draft.text).to.equal('ab');
      await sendKeys({ press: 'Backspace' });
      await sendKeys({ press: 'Backspace' });
      expect(asked().at(-1)).to.equal('kefu-draft');
    });

    it('takes a draft from outside without events', async () => {
      const { composer, field, asked } = await newComposer();
      composer.value = 'kept from before';
      await composer.updateComplete;
      expect(field.value).to.equal('kept from before');
      composer.value = '';
      await composer.updateComplete;
      expect(field.value).to.equal('');
      expect(asked()).to.deep.equal([]);
    });
  });

  describe('length', () => {
    it('counts down near the limit', async () => {
      const { composer } = await newComposer();
      const room = inside(composer, '#room');
      expect(room.hidden).to.equal(true);
      composer.value = 'a'.repeat(LIMITS.textCodePoints - 1);
      await composer.updateComplete;
      expect(room.hidden).to.equal(false);
      expect(shownTextOf(room)).to.equal('1 character left');
    });

    it('refuses what is too long, says so and keeps it', async () => {
      const { composer, field, button, sent } = await newComposer();
      composer.value = 'a'.repeat(LIMITS.textCodePoints + 2);
      await composer.updateComplete;
      expect(shownTextOf(inside(composer, '[role=alert]'))).to.equal('Too long by 2 characters');
      expect(field.getAttribute('aria-invalid')).to.equal('true');
      expect(button.disabled).to.equal(true);
      field.dispatchEvent(enter());
      expect(sent()).to.deep.equal([]);
      expect(field.value).to.have.length(LIMITS.textCodePoints + 2);
    });
  });

  describe('the field', () => {
    it('grows with the text up to six rows, and shrinks again', async () => {
      const { composer, field } = await newComposer();
      const one = field.clientHeight;
      const heights: number[] = [];
      for (let rows = 1; rows <= 8; rows += 1) {
        composer.value = Array.from({ length: rows }, () => 'row').join('\n');
        await composer.updateComplete;
        heights.push(field.clientHeight);
      }
      expect(heights[0]).to.equal(one);
      for (let row = 1; row < 6; row += 1) expect(heights[row]! - heights[row - 1]!).to.be.closeTo(22, 1);
      expect(heights[6]).to.equal(heights[5]);
      composer.value = '';
      await composer.updateComplete;
      expect(field.clientHeight).to.equal(one);
    });

    it('is at least 16 px, whatever the page wants, so that iOS does not zoom', async () => {
      const { composer, field } = await newComposer();
      expect(getComputedStyle(field).fontSize).to.equal('16px');
      composer.parentElement!.style.setProperty('--kefu-input-size', '12px');
      expect(getComputedStyle(field).fontSize).to.equal('16px');
      composer.parentElement!.style.setProperty('--kefu-input-size', '20px');
      expect(getComputedStyle(field).fontSize).to.equal('20px');
      expect(field.enterKeyHint).to.equal('send');
    });

    it('takes the focus only when it is told to', async () => {
      const { composer, field } = await newComposer();
      expect(document.activeElement).not.to.equal(composer);
      composer.focus();
      expect(composer.shadowRoot!.activeElement).to.equal(field);
    });
  });

  it('is accessible in both themes and both languages', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { element } = await inFace<KefuComposer>(html`<kefu-composer lang="zh-CN"></kefu-composer>`, theme);
      expect(inside<HTMLTextAreaElement>(element, 'textarea').placeholder).to.equal('请输入消息…');
      await expect(element).to.be.accessible();
      element.value = 'a'.repeat(LIMITS.textCodePoints + 2);
      await element.updateComplete;
      await expect(element).to.be.accessible();
    }
  });

  it('is as high as its text, also when the room for it changes', async () => {
    const { composer, field } = await newComposer();
    composer.value = 'A few words that are one line where there is room.';
    await composer.updateComplete;
    const { clientHeight } = field;
    composer.style.inlineSize = '200px';
    await until('the field is higher', () => field.clientHeight > clientHeight);
    expect(field.scrollHeight).to.equal(field.clientHeight);
  });

  describe('what the text is about', () => {
    const target: DraftTarget = { seqid: 7, kind: 'reply', name: 'Anna', excerpt: 'How many?' };
    const newTarget = (change: Partial<DraftTarget> = {}, value = 'Two') =>
      newComposer(html`<kefu-composer .value=${value} .target=${{ ...target, ...change }}></kefu-composer>`);
    const last = (requests: readonly Event[]) =>
      requests.filter((event): event is SendRequestEvent => event.type === 'kefu-send-request').at(-1)!;
    const draft = (requests: readonly Event[]) =>
      requests.filter((event): event is DraftEvent => event.type === 'kefu-draft').at(-1)!.draft;

    it('goes with it, and is done with then', async () => {
      const { composer, requests } = await newTarget();
      composer.send();
      expect(last(requests).head).to.deep.equal({ reply: '7' });
      expect(last(requests).content).to.equal('Two');
      expect(draft(requests)).to.deep.equal({ text: '', target: undefined });
    });

    it('is replaced by an edit, after which goes on what had been typed before', async () => {
      const { composer, requests } = await newTarget({ kind: 'edit', before: 'half a sen' });
      composer.send();
      expect(last(requests).head).to.deep.equal({ replace: ':7' });
      expect(last(requests).content).to.equal('Two');
      expect(draft(requests)).to.deep.equal({ text: 'half a sen', target: undefined });
    });

    it('stays while one types', async () => {
      const { composer, requests } = await newTarget();
      composer.focus();
      await sendKeys({ type: '!' });
      expect(draft(requests)).to.deep.equal({ text: 'Two!', target });
    });
  });
});
