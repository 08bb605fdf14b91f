// The looks of <kefu-chat>: where the launcher and the window are. A page's own rules for `*` reach the host only, so what matters there is said with force.
import { css } from 'lit';

export const chatStyles = css`
  :host {
    margin: 0 !important;
    padding: 0 !important;
    border: 0 !important;
    background: none !important;
    float: none !important;
    --_x: var(--kefu-offset-x, 20px);
    --_y: var(--kefu-offset-y, 20px);
    --_edge: max(env(safe-area-inset-bottom, 0px), var(--kefu-safe-bottom, 0px));
    --_size: var(--kefu-launcher-size, 60px);
  }
  :host(:not([mode='inline'])) {
    position: fixed !important;
    z-index: var(--kefu-z, 2147483000) !important;
    inset: auto !important;
    inset-block-end: calc(var(--_y) + var(--_edge)) !important;
    inset-inline-end: var(--_x) !important;
    inline-size: auto !important;
    block-size: auto !important;
  }
  :host([placement='bottom-start']:not([mode='inline'])) {
    inset-inline-end: auto !important;
    inset-inline-start: var(--_x) !important;
  }
  /* What the page's rules have set on the host ends here. */
  .root {
    all: initial;
    display: block;
    visibility: inherit;
    color-scheme: inherit;
    color: var(--_fg);
    font: 400 var(--_font-size) / 1.45 var(--_font);
  }
  kefu-window {
    transition:
      opacity var(--_duration) var(--_ease),
      transform var(--_duration) var(--_ease);
  }

  :host(:not([mode='inline'], [mode='full'])) kefu-window {
    position: absolute;
    inset-block-end: calc(100% + 14px);
    inset-inline-end: 0;
    inline-size: min(var(--kefu-width, 400px), 100vw - 2 * var(--_x));
    block-size: min(var(--kefu-height, 704px), 100vh - var(--_y) - var(--_edge) - var(--_size) - 14px - 16px);
    border-radius: var(--_radius);
    box-shadow: var(--_shadow);
    transform-origin: 100% 100%;
  }
  :host([placement='bottom-start']) kefu-window {
    inset-inline: 0 auto !important;
    transform-origin: 0 100%;
  }
  kefu-window[hidden] {
    display: flex !important;
    visibility: hidden;
    opacity: 0;
    transform: translateY(12px) scale(0.97);
    pointer-events: none;
    /* Visible at once, and until it has gone: what is visible counts as read. */
    transition:
      opacity var(--_duration) var(--_ease),
      transform var(--_duration) var(--_ease),
      visibility var(--_duration);
  }

  :host([mode='inline']) {
    position: relative;
    inline-size: 100%;
    block-size: var(--kefu-height, 600px);
  }
  :host([mode='inline']) .root {
    position: absolute;
    inset: 0;
  }
  :host([mode='inline']) kefu-window {
    block-size: 100%;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
  }

  :host([mode='full']) kefu-window {
    position: fixed;
    inset-inline: 0;
    inset-block-start: var(--_area-top, 0);
    block-size: var(--_area-height, 100%);
    --_safe-top: env(safe-area-inset-top, 0px);
    --_safe-bottom: var(--_edge);
  }

  @media (max-width: 480px), (max-height: 420px) {
    :host(:not([mode='inline'], [mode='full'])) kefu-window {
      position: fixed;
      inset-inline: 0 !important;
      inset-block: var(--_area-top, 0) auto;
      inline-size: auto;
      block-size: var(--_area-height, 100%);
      border-radius: 0;
      box-shadow: none;
      --_safe-top: env(safe-area-inset-top, 0px);
      --_safe-bottom: var(--_edge);
    }
    :host([open]:not([mode='inline'], [mode='full'])) kefu-launcher {
      display: none;
    }
  }
  @media print {
    :host(:not([mode='inline'])) {
      display: none !important;
    }
  }
`;
