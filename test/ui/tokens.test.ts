// The tokens: which theme counts, and who may change the looks.
import { expect, fixture, html } from '@open-wc/testing';
import { emulateMedia } from '@web/test-runner-commands';
import '../support/face-fixture.ts';

const LIGHT = 'rgb(255, 255, 255)';
const DARK = 'rgb(23, 24, 28)';

const newFace = (theme: string | null, page = '') =>
  fixture<HTMLElement>(
    html`<div>
      <style .textContent=${page}></style>
      <test-face theme=${theme ?? ''}></test-face>
    </div>`,
  ).then((box) => {
    const face = box.querySelector<HTMLElement>('test-face')!;
    if (theme === null) face.removeAttribute('theme');
    return face;
  });

const backgroundOf = (face: Element) => getComputedStyle(face).backgroundColor;

describe('tokens', () => {
  after(() => emulateMedia({ colorScheme: 'light' }));

  it('follow the theme that is asked for, else the system', async () => {
    const seen: Record<string, readonly string[]> = {};
    for (const colorScheme of ['light', 'dark'] as const) {
      await emulateMedia({ colorScheme });
      const faces = await Promise.all([null, 'auto', 'light', 'dark', 'host'].map((theme) => newFace(theme)));
      seen[colorScheme] = faces.map(backgroundOf);
      expect(faces.map((face) => getComputedStyle(face).colorScheme)).to.deep.equal(
        seen[colorScheme].map((colour) => (colour === DARK ? 'dark' : 'light')),
      );
    }
    expect(seen).to.deep.equal({
      light: [LIGHT, LIGHT, LIGHT, DARK, LIGHT],
      dark: [DARK, DARK, LIGHT, DARK, LIGHT],
    });
    const face = await newFace('host');
    face.dataset['dark'] = '';
    expect(backgroundOf(face)).to.equal(DARK);
  });

  it('are the page’s to set, on the face or anywhere above', async () => {
    expect(backgroundOf(await newFace('light', 'test-face { --kefu-bg: rgb(1, 2, 3) }'))).to.equal('rgb(1, 2, 3)');
    expect(backgroundOf(await newFace('dark', 'div { --kefu-bg: rgb(1, 2, 3) }'))).to.equal('rgb(1, 2, 3)');
  });

  it('keep out what a page says about all elements', async () => {
    const hostile = `* { font: italic 9px serif; color: red; letter-spacing: 5px; text-transform: uppercase; text-align: right }
      test-face { font: 30px cursive !important; }`;
    const style = getComputedStyle(await newFace('light', hostile));
    expect(style.fontStyle).to.equal('normal');
    expect(style.fontSize).to.equal('15px');
    expect(style.color).to.equal('rgb(22, 24, 29)');
    expect(style.letterSpacing).to.equal('normal');
    expect(style.textTransform).to.equal('none');
    expect(style.textAlign).to.equal('start');
    const wished = getComputedStyle(await newFace('light', 'test-face { --kefu-font-size: 18px; --kefu-font: serif }'));
    expect(wished.fontSize).to.equal('18px');
    expect(wished.fontFamily).to.equal('serif');
  });
});
