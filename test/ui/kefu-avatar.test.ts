// <kefu-avatar>: pictures, letters, colours.
import { expect, html, oneEvent } from '@open-wc/testing';
import type { User } from '../../src/sdk/app/model.ts';
import type { KefuAvatar } from '../../src/ui/kefu-avatar.ts';
import { inFace, inside, shownTextOf } from '../support/face-fixture.ts';
import { anna, wang } from '../support/messages.ts';

const newAvatar = async (user: User | undefined, presence = false) => {
  const { element } = await inFace<KefuAvatar>(html`<kefu-avatar .user=${user} ?presence=${presence}></kefu-avatar>`);
  return element;
};

const lettersOf = async (name: string) => shownTextOf(inside(await newAvatar({ ...anna, name }), '[part=avatar]'));

describe('kefu-avatar', () => {
  it('shows the letters that people use for a name', async () => {
    expect(await lettersOf('Anna Berg')).to.equal('AB');
    expect(await lettersOf('anna')).to.equal('A');
    expect(await lettersOf('  Jean-Luc de la Cruz ')).to.equal('JC');
    expect(await lettersOf('王晓梅')).to.equal('王');
    expect(await lettersOf('김 민수')).to.equal('김민');
  });

  it('shows a person for somebody without a name', async () => {
    expect(inside(await newAvatar(undefined), 'svg')).to.exist;
    expect(inside(await newAvatar({ ...anna, name: undefined }), 'svg')).to.exist;
  });

  it('has a colour of the user, the same every time', async () => {
    const colourOf = async (id: string) =>
      getComputedStyle(inside(await newAvatar({ ...anna, id }), '[part=avatar]')).backgroundColor;
    expect(await colourOf('usr1')).to.equal(await colourOf('usr1'));
    const colours = await Promise.all(Array.from({ length: 20 }, (_, n) => colourOf(`usr${n}`)));
    expect(new Set(colours).size).to.be.above(5);
  });

  it('falls back to the letters when the picture is broken, and tries another one', async () => {
    const avatar = await newAvatar({ ...anna, avatar: 'data:image/png;base64,broken' });
    const picture = inside<HTMLImageElement>(avatar, 'img');
    if (!picture.complete) await oneEvent(picture, 'error');
    await avatar.updateComplete;
    expect(shownTextOf(inside(avatar, '[part=avatar]'))).to.equal('AB');
    avatar.user = { ...anna, avatar: 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=' };
    await avatar.updateComplete;
    expect(inside(avatar, 'img')).to.exist;
  });

  it('shows a dot for who is online, where that is asked for', async () => {
    const hasDot = async (user: User, presence: boolean) =>
      (await newAvatar(user, presence)).shadowRoot!.querySelector('.online') !== null;
    expect(await hasDot(anna, true)).to.equal(true);
    expect(await hasDot(anna, false)).to.equal(false);
    expect(await hasDot(wang, true)).to.equal(false);
  });
});
