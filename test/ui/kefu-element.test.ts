// KefuElement: the words to show. And the small elements that need no file of their own.
import { expect, fixture, html } from '@open-wc/testing';
import { define, KefuElement, nearestLang } from '../../src/ui/kefu-element.ts';
import type { KefuComposer } from '../../src/ui/kefu-composer.ts';
import type { KefuTyping } from '../../src/ui/kefu-typing.ts';
import { stringsFor } from '../../src/ui/i18n/strings-for.ts';
import { inFace, inside, shownTextOf } from '../support/face-fixture.ts';
import { anna, wang } from '../support/messages.ts';

describe('define', () => {
  it('leaves a name that is taken to whoever has it', () => {
    class One extends KefuElement {}
    class Two extends KefuElement {}
    define('test-twice', One);
    define('test-twice', Two);
    expect(customElements.get('test-twice')).to.equal(One);
  });
});

describe('KefuElement', () => {
  const placeholderOf = (composer: KefuComposer) => inside<HTMLTextAreaElement>(composer, 'textarea').placeholder;

  it('takes the language of the nearest element that has one, shadow roots included', async () => {
    const outer = await fixture<HTMLElement>(html`<div lang="zh-Hans"><div></div></div>`);
    const root = outer.firstElementChild!.attachShadow({ mode: 'open' });
    const inner = document.createElement('p');
    root.append(inner);
    expect(nearestLang(inner)).to.equal('zh-Hans');
    inner.lang = 'en-GB';
    expect(nearestLang(inner)).to.equal('en-GB');
  });

  it('follows its own lang, and a catalogue before any', async () => {
    const { element } = await inFace<KefuComposer>(html`<kefu-composer></kefu-composer>`);
    expect(placeholderOf(element)).to.equal('Write a message…');
    element.lang = 'zh-CN';
    await element.updateComplete;
    expect(placeholderOf(element)).to.equal('请输入消息…');
    element.strings = { ...stringsFor('en'), placeholder: 'Ask away' };
    await element.updateComplete;
    expect(placeholderOf(element)).to.equal('Ask away');
    element.strings = undefined;
    await element.updateComplete;
    expect(placeholderOf(element)).to.equal('请输入消息…');
  });
});

describe('kefu-typing', () => {
  const newTyping = async (lang: string) =>
    (await inFace<KefuTyping>(html`<kefu-typing lang=${lang}></kefu-typing>`)).element;

  it('is nothing while nobody types, and says who does', async () => {
    const typing = await newTyping('en');
    expect(typing.shadowRoot!.querySelector('[part=typing]')).to.equal(null);
    typing.users = [anna];
    await typing.updateComplete;
    expect(shownTextOf(inside(typing, '.sr'))).to.equal('Anna Berg is typing…');
    typing.users = [anna, wang];
    await typing.updateComplete;
    expect(shownTextOf(inside(typing, '.sr'))).to.equal('Several people are typing…');
    typing.users = [{ ...anna, name: undefined }];
    await typing.updateComplete;
    expect(shownTextOf(inside(typing, '.sr'))).to.equal('Support is typing…');
    await expect(typing).to.be.accessible();
  });

  it('is Chinese in Chinese', async () => {
    const typing = await newTyping('zh');
    typing.users = [wang];
    await typing.updateComplete;
    expect(shownTextOf(inside(typing, '.sr'))).to.equal('王晓梅正在输入…');
  });
});
