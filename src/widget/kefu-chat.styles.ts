// The looks of <kefu-chat>: where the launcher and the window are. A page's own rules for `*` reach the host only, so what matters there is said with force.
import { css } from 'lit';

export const chatStyles = css`
  :host {
    --_x: var(--kefu-offset-x, 20px);
    --_edge: max(env(safe-area-inset-bottom, 0px), var(--kefu-safe-bottom, 0px));
    --_y: calc(var(--kefu-offset-y, 20px) + var(--_edge));
    --_size: var(--kefu-launcher-size, 60px);
    position: fixed !important;
    z-index: var(--kefu-z, 2147483000) !important;
    inset: auto !important;
    inset-block-end: var(--_y) !important;
    inset-inline: auto var(--_x) !important;
    margin: 0 !important;
    padding: 0 !important;
    border: 0 !important;
    float: none !important;
  }
  :host([placement='bottom-start']) {
    inset-inline: var(--_x) auto !important;
  }
  :host([mode='inline']) {
    position: relative !important;
    z-index: auto !important;
    inset: auto !important;
    block-size: var(--kefu-height, 600px);
  }
  /* What the page's rules have set on the host ends here. */
  .root {
    all: initial;
    display: block;
    block-size: 100%;
    visibility: inherit;
    color-scheme: inherit;
    color: var(--_fg);
    font: 400 var(--_font-size) / 1.45 var(--_font);
  }
  kefu-window {
    block-size: 100%;
  }
  .inline kefu-window {
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
  }
  .float kefu-window {
    position: absolute;
    inset-block-end: calc(100% + 14px);
    inset-inline-end: 0;
    inline-size: min(var(--kefu-width, 400px), 100vw - 2 * var(--_x));
    block-size: min(var(--kefu-height, 704px), 100vh - var(--_y) - var(--_size) - 30px);
    border-radius: var(--_radius);
    box-shadow: var(--_shadow);
    transform-origin: 100% 100%;
    transition:
      opacity var(--_duration) var(--_ease),
      transform var(--_duration) var(--_ease);
  }
  :host([placement='bottom-start']) .float kefu-window {
    inset-inline: 0 auto;
    transform-origin: 0 100%;
  }
  kefu-window[hidden] {
    display: flex !important;
    visibility: hidden;
    opacity: 0;
    transform: translateY(12px) scale(0.97);
    pointer-events: none;
    /* Visible at once, and until it has gone: what is visible counts as read. */
    transition-property: opacity, transform, visibility;
  }
  .full kefu-window,
  .fill kefu-window {
    position: fixed;
    inset: var(--_area-top, 0) 0 auto !important;
    inline-size: auto;
    block-size: var(--_area-height, 100%);
    border-radius: 0;
    --_safe-top: env(safe-area-inset-top, 0px);
    --_safe-bottom: var(--_edge);
  }
  .fill kefu-window:not([hidden]) + kefu-launcher {
    display: none;
  }
  @media print {
    .float {
      display: none;
    }
  }
`;
