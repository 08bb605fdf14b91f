// The widget and the desk on a page with a strict policy and Trusted Types: not one violation.
import { expect } from '@open-wc/testing';
import type { PolicyReport } from '../support/csp-page.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

const isReport = (data: unknown): data is PolicyReport =>
  typeof data === 'object' && data !== null && 'kefu' in data && data.kefu === 'policy-report';

const reportOf = (frame: HTMLIFrameElement): Promise<PolicyReport> =>
  new Promise((resolve) => {
    addEventListener('message', function hear({ data, source }: MessageEvent<unknown>) {
      if (source !== frame.contentWindow || !isReport(data)) return;
      removeEventListener('message', hear);
      resolve(data);
    });
  });

describe('a strict content security policy', () => {
  it('is kept, with Trusted Types, and everything is there and looks right', async () => {
    const frame = document.createElement('iframe');
    frame.width = '1280';
    frame.height = '800';
    frame.srcdoc = `<!doctype html><html lang="en"><head><title>Policy</title>
      <meta http-equiv="Content-Security-Policy" content="${POLICY}">
      <script type="module" src="/test/support/csp-page.ts"></script></head><body></body></html>`;
    document.body.append(frame);
    const { violations, errors, missing, styled, control } = await reportOf(frame);
    frame.remove();
    expect({ violations, errors, missing, styled }).to.deep.equal({
      violations: [],
      errors: [],
      missing: [],
      styled: true,
    });
    expect(control, 'a violation made on purpose is seen').to.equal(1);
  });
});
