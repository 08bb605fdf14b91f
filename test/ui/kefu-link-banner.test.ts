// <kefu-link-banner>: honest, but not nervous.
import { expect, html } from '@open-wc/testing';
import type { LinkStatusState } from '../../src/sdk/app/model.ts';
import type { KefuLinkBanner } from '../../src/ui/kefu-link-banner.ts';
import { inFace, inside, shownTextOf } from '../support/face-fixture.ts';
import { HandClock } from '../support/hand-clock.ts';

const newBanner = async (theme: 'light' | 'dark' = 'light') => {
  const clock = new HandClock();
  const { element: banner } = await inFace<KefuLinkBanner>(
    html`<kefu-link-banner .clock=${clock}></kefu-link-banner>`,
    theme,
  );
  const become = async (state: LinkStatusState) => {
    banner.link = { state, since: clock.now(), stale: state === 'retrying' };
    await banner.updateComplete;
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await banner.updateComplete;
  };
  const isShown = () => inside(banner, '[role=status]').classList.contains('shown');
  return { banner, clock, become, pass, isShown };
};

describe('kefu-link-banner', () => {
  it('says nothing about trouble of less than a second', async () => {
    const { banner, become, pass, isShown } = await newBanner();
    await become('online');
    await become('retrying');
    await pass(999);
    expect(isShown()).to.equal(false);
    expect(shownTextOf(inside(banner, '[role=status]'))).to.equal('');
    await become('online');
    await pass(10_000);
    expect(isShown()).to.equal(false);
  });

  it('counts the second from the first sign of trouble, whatever it becomes', async () => {
    const { banner, become, pass, isShown } = await newBanner();
    await become('connecting');
    await pass(600);
    await become('retrying');
    await pass(400);
    expect(isShown()).to.equal(true);
    expect(shownTextOf(inside(banner, '[role=status]'))).to.equal('Reconnecting… What you see may be out of date.');
    await become('offline');
    expect(shownTextOf(inside(banner, '[role=status]'))).to.contain('Waiting for network');
    await become('online');
    expect(isShown()).to.equal(false);
  });

  it('is silent before the chat is opened, and does not wait to say that it was refused', async () => {
    const { become, pass, isShown } = await newBanner();
    await become('idle');
    await pass(5_000);
    expect(isShown()).to.equal(false);
    await become('refused');
    expect(isShown()).to.equal(true);
  });

  it('takes no room', async () => {
    const { banner, become, pass } = await newBanner();
    await become('retrying');
    await pass(2_000);
    expect(banner.getBoundingClientRect().height).to.equal(0);
  });

  it('lets its timer go with it, and begins again when it comes back', async () => {
    const { banner, clock, become, pass, isShown } = await newBanner();
    await become('retrying');
    const parent = banner.parentElement!;
    banner.remove();
    expect(clock.waiting).to.equal(0);
    parent.append(banner);
    await banner.updateComplete;
    await pass(1_000);
    expect(isShown()).to.equal(true);
  });

  it('turns for a while, and not for as long as there is no network', async () => {
    const { banner, become, pass } = await newBanner();
    await become('retrying');
    await pass(1_000);
    const turning = banner.shadowRoot!.getAnimations().filter((one) => 'animationName' in one);
    expect(turning.map(({ effect }) => Number(effect!.getComputedTiming().endTime) < 60_000)).to.deep.equal([true]);
  });

  it('is accessible', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { banner, become, pass } = await newBanner(theme);
      await become('retrying');
      await pass(1_000);
      await Promise.all(
        inside(banner, '[role=status]')
          .getAnimations()
          .map(({ finished }) => finished),
      );
      await expect(banner).to.be.accessible();
    }
  });
});
